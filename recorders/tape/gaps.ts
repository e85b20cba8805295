import type { Market } from '../../core/events/index.ts'
import { type Micros, SECOND } from '../../core/units/index.ts'
import type { Gap, Manifest } from './manifest.ts'

/** A silence longer than this on an open market is a gap (formulas.md §10, `gap_s`). */
export const GAP_US: Micros = 5 * SECOND

/** Measures silences as messages come, so that a gap ledger needs one pass and constant memory. */
export type SilenceMeter = {
  /** A message was received for a market; times never decrease. */
  message(market: number, local_us: Micros): void
  /** A message of a market (null: unknown) was refused: the market's book may be wrong until its next good message. */
  refused(market: number | null, local_us: Micros, reason: string): void
  /**
   * Close the ledger.
   *
   * @param range what the recording was meant to cover; first to last message where it is not stated
   * @returns gaps by start, then market, the whole feed first
   */
  finish(markets: readonly Market[], range?: { from_us?: Micros; to_us?: Micros }): Gap[]
}

/**
 * @param feed the feed's name in the ledger
 * @param gap_us silences longer than this count
 */
export function createSilenceMeter(feed: string, gap_us: Micros = GAP_US): SilenceMeter {
  const gaps: Gap[] = []
  const first: number[] = []
  const last: number[] = []
  const inside: { market: number; from_us: Micros; to_us: Micros }[] = []
  const pending: ({ from_us: Micros; reason: string } | undefined)[] = []
  let feedFirst = Number.NaN
  let feedLast = Number.NaN
  return {
    message(market, local_us) {
      if (Number.isNaN(feedFirst)) feedFirst = local_us
      else if (local_us - feedLast > gap_us) gaps.push(silence(null, feed, feedLast, local_us))
      feedLast = local_us
      const before = last[market]
      if (before === undefined) first[market] = local_us
      else if (local_us - before > gap_us) inside.push({ market, from_us: before, to_us: local_us })
      last[market] = local_us
      const refusal = pending[market]
      if (refusal === undefined) return
      gaps.push({ market, feed, from_us: refusal.from_us, to_us: local_us, reason: refusal.reason })
      pending[market] = undefined
    },
    refused(market, local_us, why) {
      const reason = `refused: ${why}`
      if (market === null) gaps.push({ market, feed, from_us: local_us, to_us: local_us, reason })
      else pending[market] ??= { from_us: local_us, reason }
    },
    finish(markets, range = {}) {
      const from_us = range.from_us ?? feedFirst
      const to_us = range.to_us ?? feedLast
      if (feedFirst - from_us > gap_us) gaps.push(silence(null, feed, from_us, feedFirst))
      if (to_us - feedLast > gap_us) gaps.push(silence(null, feed, feedLast, to_us))
      markets.forEach(({ start_us, end_us }, market) => {
        const open = last[market] ?? start_us
        const ends = [
          { market, from_us: start_us, to_us: first[market] ?? end_us },
          ...inside.filter((gap) => gap.market === market),
          { market, from_us: open, to_us: Math.max(open, end_us) },
        ]
        for (const gap of ends) {
          const start = Math.max(gap.from_us, start_us)
          const end = Math.min(gap.to_us, end_us)
          if (end - start > gap_us) gaps.push(silence(market, feed, start, end))
        }
        const refusal = pending[market]
        if (refusal !== undefined) {
          const end = Math.max(end_us, refusal.from_us)
          gaps.push({ market, feed, from_us: refusal.from_us, to_us: end, reason: refusal.reason })
        }
      })
      return gaps.sort((a, b) => a.from_us - b.from_us || rank(a) - rank(b) || a.to_us - b.to_us)
    },
  }
}

/** The manifest's summary of a ledger: silences of the whole feed in front, those of single markets and refusals beside. */
export function summariseGaps(gaps: readonly Gap[]): Manifest['gaps'] {
  const total = { feed: zero(), markets: zero(), refused: zero() }
  for (const { market, from_us, to_us, reason } of gaps) {
    const part = reason.startsWith('refused') ? total.refused : market === null ? total.feed : total.markets
    part.count++
    part.micros += to_us - from_us
  }
  return { ...seconds(total.feed), markets: seconds(total.markets), refused: seconds(total.refused) }
}

function silence(market: number | null, feed: string, from_us: Micros, to_us: Micros): Gap {
  return { market, feed, from_us, to_us, reason: 'silence' }
}

function rank(gap: Gap): number {
  return gap.market ?? -1
}

function zero(): { count: number; micros: Micros } {
  return { count: 0, micros: 0 }
}

function seconds({ count, micros }: { count: number; micros: Micros }): { count: number; seconds: number } {
  return { count, seconds: micros / SECOND }
}
