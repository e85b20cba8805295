import type { Micros } from '../../core/units/index.ts'

/** The last lags of a line, for percentiles. */
export type LagWindow = {
  /** HOT. Allocates nothing. */
  add(lag_us: Micros): void
  /** ms; null: none yet. */
  percentiles(): { p50: number; p99: number } | null
}

const LAGS = 2_048

/** An empty window over the last 2,048 lags. */
export function createLagWindow(): LagWindow {
  const lags = new Float64Array(LAGS)
  let count = 0
  return {
    add(lag_us) {
      lags[count % LAGS] = lag_us
      count++
    },
    percentiles() {
      const size = Math.min(count, LAGS)
      if (size === 0) return null
      const sorted = lags.slice(0, size).sort()
      const at = (part: number): number => sorted[Math.min(size - 1, Math.floor(part * size))]! / 1_000
      return { p50: at(0.5), p99: at(0.99) }
    },
  }
}
