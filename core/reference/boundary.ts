import type { E8, Micros } from '../units/index.ts'

/**
 * The value of a settlement series at one instant, a window's start or end: the last value stamped at or before it, at
 * the series' full precision (formulas.md §2). It is provisional until a value stamped later has arrived, because values
 * come about a second after their stamp, and never final when it is older at the instant than `max_age_us`: then values
 * around the instant are missing, and the true one may be among them.
 *
 * The open of a candle is the first value stamped at or after its instant. It is final when the series was heard on both
 * sides of the instant, each no further from it than `max_age_us`, or speaks of that very instant.
 */
export type Boundary = {
  side: Side
  max_age_us: Micros
  /** Whole 1e-8 USD (−1 none), the rest in 1e-18 USD, and its stamp. */
  price: E8
  rest: number
  stamp_us: Micros
  /** Last stamp before the instant, for a first value. */
  before_us: Micros
  /** A value stamped after the instant has arrived; of a first value, one stamped after it. */
  passed: boolean
  final: boolean
}

/** Which value counts at the instant: the last up to it, or the first from it on. */
export type Side = 'last' | 'first'

/** What {@link observe} changed. */
export const CHANGED = 1
export const BECAME_FINAL = 2

/**
 * Nothing known yet.
 *
 * @param max_age_us how old the value may be at the instant, in µs; 0 demands a value stamped at the very instant
 */
export function create(max_age_us: Micros = Number.MAX_SAFE_INTEGER, side: Side = 'last'): Boundary {
  return { side, max_age_us, price: -1, rest: 0, stamp_us: -1, before_us: -1, passed: false, final: false }
}

/**
 * Take one value of the series, in any order. Of two values with one stamp the later arrival holds. A value that comes
 * late, stamped nearer to the instant than the one held, still replaces it.
 *
 * @param at_us the instant
 * @returns bits {@link CHANGED}, {@link BECAME_FINAL}
 */
export function observe(state: Boundary, at_us: Micros, price: E8, rest: number, stamp_us: Micros): number {
  if (state.side === 'first') return observeFirst(state, at_us, price, rest, stamp_us)
  let bits = 0
  if (stamp_us > at_us) state.passed = true
  else if (stamp_us >= state.stamp_us && (price !== state.price || rest !== state.rest)) {
    state.price = price
    state.rest = rest
    state.stamp_us = stamp_us
    bits = CHANGED
  } else if (stamp_us > state.stamp_us) state.stamp_us = stamp_us
  if (!state.final && state.passed && state.price >= 0 && at_us - state.stamp_us <= state.max_age_us) {
    state.final = true
    bits |= BECAME_FINAL
  }
  return bits
}

/** Of two first values with one stamp the earlier arrival holds: an exchange tells its trades in their order. */
function observeFirst(state: Boundary, at_us: Micros, price: E8, rest: number, stamp_us: Micros): number {
  let bits = 0
  if (stamp_us < at_us) state.before_us = Math.max(state.before_us, stamp_us)
  else if (state.price < 0 || stamp_us < state.stamp_us) {
    state.passed = state.price >= 0
    state.price = price
    state.rest = rest
    state.stamp_us = stamp_us
    bits = CHANGED
  } else if (stamp_us > state.stamp_us) state.passed = true
  if (state.final || !state.passed) return bits
  const exact = state.stamp_us === at_us
  const heard = at_us - state.before_us <= state.max_age_us && state.stamp_us - at_us <= state.max_age_us
  state.final = exact || heard
  return state.final ? bits | BECAME_FINAL : bits
}

/**
 * Sign of `a − b` at full precision: prices first, rests where they are equal.
 *
 * @param a_rest in 1e-18 USD, 0 to 1e10 − 1; so `b_rest`
 */
export function compare(a_price: E8, a_rest: number, b_price: E8, b_rest: number): -1 | 0 | 1 {
  if (a_price !== b_price) return a_price > b_price ? 1 : -1
  if (a_rest !== b_rest) return a_rest > b_rest ? 1 : -1
  return 0
}

/** 1e-18 USD in 1e-8 USD. */
export const REST_ONE = 10_000_000_000

/** A price with its rest as one real number of 1e-8 USD, for the model. */
export function real(price: E8, rest: number): number {
  return price + rest / REST_ONE
}
