import { Rng } from '../../core/random/index.ts'

/** What one window contributes to a mean difference: how many samples, and the sum of their differences. */
export type Part = { n: number; sum: number }

/** A mean over samples with a bootstrap interval over windows; null ends with fewer than two windows. */
export type Difference = { mean: number; low: number | null; high: number | null; level: number }

const LEVEL = 0.95
const DRAWS = 4_000
/** One seed for all: the same samples give the same interval. */
const SEED = 20_260_608
const STREAM = 31

/**
 * The mean of all samples, and between which values it lies in `level` of the tapes that are drawn from these windows.
 * Whole windows are drawn, because the samples of one share its path and its outcome.
 */
export function differenceOf(parts: readonly Part[]): Difference {
  const mean = ratio(parts)
  if (parts.length < 2) return { mean, low: null, high: null, level: LEVEL }
  const rng = Rng.create(SEED, STREAM)
  const drawn = new Float64Array(DRAWS)
  for (let i = 0; i < DRAWS; i++) {
    let n = 0
    let sum = 0
    for (let j = 0; j < parts.length; j++) {
      const part = parts[Math.floor((Rng.next(rng) / 0x1_0000_0000) * parts.length)]!
      n += part.n
      sum += part.sum
    }
    drawn[i] = sum / n
  }
  drawn.sort()
  const at = (share: number) => drawn[Math.round(share * (DRAWS - 1))]!
  return { mean, low: at((1 - LEVEL) / 2), high: at((1 + LEVEL) / 2), level: LEVEL }
}

function ratio(parts: readonly Part[]): number {
  const n = parts.reduce((all, part) => all + part.n, 0)
  return parts.reduce((all, part) => all + part.sum, 0) / n
}
