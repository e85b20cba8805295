import type { E8, Micros } from '../units/index.ts'

/**
 * The value of a settlement series at one instant, a window's start or end: the last value stamped at or before it, at
 * the series' full precision (formulas.md §2). It is provisional until a value stamped later has arrived, because values
 * come about a second after their stamp, and never final when it is older at the instant than `max_age_us`: then values
 * around the instant are missing, and the true one may be among them.
 */
export type Boundary = {
  max_age_us: Micros
  /** Whole 1e-8 USD (−1 none), the rest in 1e-18 USD, and its stamp. */
  price: E8
  rest: number
  stamp_us: Micros
  /** A value stamped after the instant has arrived. */
  passed: boolean
  final: boolean
}

/** What {@link observe} changed. */
export const CHANGED = 1
export const BECAME_FINAL = 2

/**
 * Nothing known yet.
 *
 * @param max_age_us how old the value may be at the instant, in µs; 0 demands a value stamped at the very instant
 */
export function create(max_age_us: Micros = Number.MAX_SAFE_INTEGER): Boundary {
  return { max_age_us, price: -1, rest: 0, stamp_us: -1, passed: false, final: false }
}

/**
 * Take one value of the series, in any order. Of two values with one stamp the later arrival holds. A value that comes
 * late, stamped nearer to the instant than the one held, still replaces it.
 *
 * @param at_us the instant
 * @returns bits {@link CHANGED}, {@link BECAME_FINAL}
 */
export function observe(state: Boundary, at_us: Micros, price: E8, rest: number, stamp_us: Micros): number {
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
