import type { Micros } from '../units/index.ts'

/**
 * Time-weighted mean of the spot price over a market's look-back so far, for the TWAP branch inside it (formulas.md §4).
 * A value holds from its own stamp until the next one's. Sums are exact integers, so the mean depends on the values
 * alone: not on when or how often it is read, nor on how rows were chunked.
 */
export type TwapMean = {
  /** Start of the look-back, `end − w`, and its end. */
  from_us: Micros
  until_us: Micros
  /** Longest unknown stretch at its head that is filled with the first known value. */
  missing_us_max: Micros
  /** The unknown stretch at the head; 0 when a value from before the start was known. */
  missing_us: Micros
  /** Value in force in whole 1e-8 USD, −1 none; since when (its stamp, not before `from_us`). */
  last: number
  last_us: Micros
  /** Σ value·time up to `last_us`, as `high·2^24 + low`: each an exact integer. */
  high: number
  low: number
}

const SPLIT = 0x1000000

/** Longest look-back whose sums stay exact: 2^29 µs, almost nine minutes. */
export const LOOKBACK_US_MAX = 536_870_912

/**
 * A mean over `[from_us, until_us]`.
 *
 * @param missing_us_max how much of the head may be unknown, in µs
 * @throws TwapMeanError `twap_mean.lookback` for a look-back that is negative or too long for exact sums
 */
export function create(from_us: Micros, until_us: Micros, missing_us_max: Micros): TwapMean {
  if (!(until_us >= from_us) || until_us - from_us > LOOKBACK_US_MAX) {
    throw new TwapMeanError(
      'twap_mean.lookback',
      `look-back of ${until_us - from_us} µs is refused: use 0 to ${LOOKBACK_US_MAX}`,
    )
  }
  return { from_us, until_us, missing_us_max, missing_us: 0, last: -1, last_us: from_us, high: 0, low: 0 }
}

/**
 * Take one value of the spot series; also values from before the look-back, the last of which is in force at its start.
 * Hot path: allocates nothing.
 *
 * @param price_e8 real 1e-8 USD, above 0, below 2^53/64; kept to whole units
 * @param stamp_us the series' own stamp; a value stamped before the last one is passed over
 */
export function update(state: TwapMean, price_e8: number, stamp_us: Micros): void {
  // A value stamped after the end changes nothing: the one in force then holds to the end, which `value` adds.
  if (!(price_e8 > 0) || stamp_us > state.until_us) return
  const at = Math.max(stamp_us, state.from_us)
  if (at < state.last_us) return
  if (state.last < 0) {
    state.missing_us = at - state.from_us
    state.last = Math.round(price_e8)
  }
  add(state, at - state.last_us)
  state.last = Math.round(price_e8)
  state.last_us = at
}

/**
 * Mean from the start of the look-back to `now_us` (at most to its end), in real 1e-8 USD.
 *
 * @returns NaN before the look-back has begun, before any value, or when too much of its head is unknown
 */
export function value(state: TwapMean, now_us: Micros): number {
  const to = Math.min(Math.max(now_us, state.last_us), state.until_us)
  if (state.last < 0 || state.missing_us > state.missing_us_max || now_us < state.from_us) return Number.NaN
  const elapsed = to - state.from_us
  if (elapsed <= 0) return state.last
  const rest = to - state.last_us
  const high = state.high + Math.floor(state.last / SPLIT) * rest
  const low = state.low + (state.last % SPLIT) * rest
  return (high * SPLIT + low) / elapsed
}

/** Add the value in force over `dt` µs: with dt ≤ 2^29 and values below 2^47 each product and sum stays below 2^53. */
function add(state: TwapMean, dt: Micros): void {
  state.high += Math.floor(state.last / SPLIT) * dt
  state.low += (state.last % SPLIT) * dt
}

/** A look-back that cannot be averaged exactly. `code` is stable. */
export class TwapMeanError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'TwapMean.TwapMeanError'
    this.code = code
  }
}
