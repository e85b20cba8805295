import type { Settlement } from '../events/index.ts'
import type { E8, Micros, Tick } from '../units/index.ts'
import { MINUTE } from '../units/index.ts'
import * as Settle from './settle.ts'
import * as Settling from './settling.ts'
import * as Strike from './strike.ts'

/** A window to be judged. */
export type Case = Settling.Instants & { tie: Settlement['tie'] }

/** A window while values come. */
export type Window = Case & { strike: Strike.Strike; settle: Settle.Settle }

/** Why a window has no verdict: its strike or the value at its end is not known. */
export type Missing = 'strike' | 'end'

/**
 * The settlement series' verdicts on many windows of one asset, outside of any run: to hold what the core computes
 * against official outcomes, and to class the windows of a recording (formulas.md §2).
 */
export type Verdicts = {
  max_age_us: Micros
  /** In the order given; {@link order} lists them by start. */
  windows: Window[]
  order: number[]
  /** Windows ahead of this place in the order take no more values. */
  first: number
}

/** Once a value past the end has come, the series is at most so far beyond it when a late one still counts: as long as a run waits. */
const LATE_US: Micros = 5 * MINUTE

/**
 * No values yet.
 *
 * @param max_age_us how old the value may be at a start or end; 0: only one stamped at that very instant counts
 */
export function create(cases: readonly Case[], max_age_us: Micros): Verdicts {
  const windows = cases.map((one) => ({
    ...one,
    strike: Strike.create(max_age_us, undefined, one.strike_from),
    settle: Settle.create(max_age_us),
  }))
  const order = windows.map((_, at) => at)
  order.sort((a, b) => windows[a]!.strike_us - windows[b]!.strike_us || a - b)
  return { max_age_us, windows, order, first: 0 }
}

/**
 * Take one value of the settlement series, in the order of arrival: whole 1e-8 USD, the rest in 1e-18 USD, its stamp.
 *
 * @param trade as for Settling.observe
 */
export function onValue(state: Verdicts, price: E8, rest: number, stamp_us: Micros, trade = false): void {
  const { windows, order, max_age_us } = state
  while (state.first < order.length && isOver(windows[order[state.first]!]!, stamp_us)) state.first++
  for (let i = state.first; i < order.length; i++) {
    const window = windows[order[i]!]!
    // One more: a trade at the instant of a close is one before it.
    if (window.strike_us - stamp_us > max_age_us + 1) return
    if (isOver(window, stamp_us)) continue
    Settling.observe(window, window.strike, window.settle, price, rest, stamp_us, trade)
  }
}

/** The venue's own strike of a window: it replaces the series'. */
export function onStrike(state: Verdicts, window: number, price: E8, rest: number): void {
  Strike.onMetadata(state.windows[window]!.strike, price, rest)
}

/** What one Up share of a window pays by the series: 10000, 0, or 5000; −1 where there is no verdict. */
export function payout(state: Verdicts, window: number): Tick {
  const { settle, strike, tie } = state.windows[window]!
  return Settle.upPayout(settle, strike, tie)
}

/** What a window lacks for a verdict; null where it has one. */
export function missing(state: Verdicts, window: number): Missing | null {
  const { settle, strike } = state.windows[window]!
  return strike.final ? (settle.final ? null : 'end') : 'strike'
}

/**
 * Whether the venue's own strike is the series' value at the start, to the last of 18 decimals.
 *
 * @returns null unless both are known
 */
export function strikeAgrees(state: Verdicts, window: number): boolean | null {
  const { strike } = state.windows[window]!
  const { boundary, source, price, rest } = strike
  if (source !== 'metadata' || !boundary.final) return null
  return boundary.price === price && boundary.rest === rest
}

/** A value past the end has come, and the series has gone on since. */
function isOver({ settle_us, settle }: Window, stamp_us: Micros): boolean {
  return settle.boundary.passed && stamp_us - settle_us > LATE_US
}
