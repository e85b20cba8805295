import { ln } from '../numerics/index.ts'
import { MINUTE, type Micros, SECOND } from '../units/index.ts'

/**
 * What the model must not be worse than: the volatility of the last hour by returns of a minute, from nothing but the spot
 * values that a run saw. It decides nothing; reports hold `q_up` against the probability that follows from it.
 */
export type Naive = {
  /** Prices a minute apart and their stamps, a ring; 0 none. */
  prices: Float64Array
  times: Float64Array
  next: number
  last_us: Micros
  /** Volatility per √s; NaN with fewer than {@link RETURNS_MIN} returns. */
  sigma: number
}

/** Returns of an hour, and the prices they lie between. */
const PRICES = 61
const HOUR_US = 60 * MINUTE
/** Fewer returns than these say nothing. */
export const RETURNS_MIN = 10
/** A return over more than twice a minute goes over a gap: it is none. */
const STRETCH = 2

/** Nothing seen yet. */
export function create(): Naive {
  return {
    prices: new Float64Array(PRICES),
    times: new Float64Array(PRICES),
    next: 0,
    last_us: Number.NEGATIVE_INFINITY,
    sigma: Number.NaN,
  }
}

/** Take one value of the spot series; those within a minute of the last one taken are passed over. Allocates nothing. */
export function update(state: Naive, price: number, stamp_us: Micros): void {
  if (!(price > 0) || stamp_us - state.last_us < MINUTE) return
  state.prices[state.next] = price
  state.times[state.next] = stamp_us
  state.next = (state.next + 1) % PRICES
  state.last_us = stamp_us
  let squares = 0
  let span_us = 0
  let returns = 0
  for (let i = 1; i < PRICES; i++) {
    const from = (state.next + i - 1) % PRICES
    const to = (from + 1) % PRICES
    const dt_us = state.times[to]! - state.times[from]!
    const lost = state.prices[from] === 0 || dt_us > STRETCH * MINUTE
    if (lost || state.times[from]! < stamp_us - HOUR_US) continue
    const r = ln(state.prices[to]! / state.prices[from]!)
    squares += r * r
    span_us += dt_us
    returns++
  }
  state.sigma = returns < RETURNS_MIN ? Number.NaN : Math.sqrt((squares * SECOND) / span_us)
}
