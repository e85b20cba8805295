import type { Market, ResolutionClass } from '../../core/events/index.ts'
import { Settle, Settling } from '../../core/reference/index.ts'
import { Rules } from '../../core/rules/index.ts'
import { type E8, type Micros, ONE, SECOND, type Tick } from '../../core/units/index.ts'
import type { Manifest } from '../tape/index.ts'

/** Values of a settlement series by their own stamps, ascending: whole 1e-8 USD and the rest in 1e-18 USD. */
export type SettlementSeries = {
  stamps_us: readonly Micros[]
  prices: readonly E8[]
  rests?: readonly number[]
  /** A value answers for a moment up to this long after its stamp, excluded: the spacing of the series. */
  reach_us: Micros
}

/** What is known about how a window ended. */
export type WindowEvidence = {
  /** Payout of one Up share by a market_resolved or an official outcome in the data. */
  recorded_payout?: Tick | undefined
  settlement?: SettlementSeries | undefined
  /** Up mid in 1e-4 within the window's last 10 s or after it, the last one known where a side was empty. */
  last_up_mid?: number | undefined
}

/** The last ten seconds of a window are those whose mid tells its outcome. */
export const LAST_MID_US: Micros = 10 * SECOND
/** Mids at or beyond these in 1e-4 tell the outcome. */
const UP_MID = 9_500
const DOWN_MID = 500

/**
 * Put a window in its class (formulas.md §2). A pure function: the core decides again in a run, with what it knew then.
 *
 * @returns the class, and the payout of one Up share in 1e-4; null when unresolved
 */
export function classifyWindow(
  market: Market,
  evidence: WindowEvidence,
): { class: ResolutionClass; up_payout: Tick | null } {
  const { recorded_payout, settlement, last_up_mid } = evidence
  if (recorded_payout !== undefined) return { class: 'recorded', up_payout: recorded_payout }
  const up_payout = settlement === undefined ? null : settle(market, settlement)
  if (up_payout !== null) return { class: 'settlement', up_payout }
  if (last_up_mid !== undefined && last_up_mid >= UP_MID) {
    return { class: 'inferred_from_book', up_payout: ONE }
  }
  if (last_up_mid !== undefined && last_up_mid <= DOWN_MID)
    return { class: 'inferred_from_book', up_payout: 0 }
  return { class: 'unresolved', up_payout: null }
}

/**
 * Settlement by a series, as a run does it: its value when the window's end is read against that when its strike is, each
 * no older than the spacing of the series. Null unless the series reaches both, and a value after the strike confirms it.
 */
export function settle(market: Market, series: SettlementSeries): Tick | null {
  const { kind, tie } = Rules.settlementOf(market).value
  const { strike_us, strike_from, settle_us } = Settling.instantsOf(market.start_us, market.end_us, kind)
  const { stamps_us, prices, rests, reach_us } = series
  const last = indexAt(stamps_us, strike_us)
  const start = strike_from === 'last' || stamps_us[last] === strike_us ? last : last + 1
  const end = indexAt(stamps_us, settle_us)
  if (start < 0 || end <= start) return null
  if (Math.abs(strike_us - stamps_us[start]!) >= reach_us) return null
  if (settle_us - stamps_us[end]! >= reach_us) return null
  if (stamps_us[start + 1]! - strike_us > reach_us) return null
  return Settle.payout(prices[end]!, rests?.[end] ?? 0, prices[start]!, rests?.[start] ?? 0, tie)
}

/** How many values of a series some window needs: from its start to the value that confirms its end. */
export function neededStamps({ stamps_us, reach_us }: SettlementSeries, markets: readonly Market[]): number {
  const needed = new Set<Micros>()
  for (const { start_us, end_us } of markets) {
    let i = indexAt(stamps_us, start_us - reach_us) + 1
    for (; i < stamps_us.length && stamps_us[i]! <= end_us + reach_us; i++) needed.add(stamps_us[i]!)
  }
  return needed.size
}

/** Count windows by class. */
export function countWindows(classes: Iterable<ResolutionClass>): Manifest['windows'] {
  const windows = { total: 0, recorded: 0, settlement: 0, inferred_from_book: 0, unresolved: 0 }
  for (const name of classes) {
    windows.total++
    windows[name]++
  }
  return windows
}

/** Index of the last value stamped at or before a time; −1 before the first. */
function indexAt(stamps_us: readonly Micros[], time_us: Micros): number {
  let low = 0
  let high = stamps_us.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (stamps_us[middle]! <= time_us) low = middle + 1
    else high = middle
  }
  return low - 1
}
