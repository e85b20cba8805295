import { ln } from '../numerics/index.ts'
import { type Micros, SECOND } from '../units/index.ts'

/**
 * Whether a series is smoothed: an oracle that averages moves less from second to second than over a minute, so that its
 * short returns follow each other and understate its volatility (formulas.md §3). Measured over a whole recording.
 */
export type Smoothing = {
  last_price: number
  last_us: Micros
  /** Return of the second before; NaN where a value was missing. */
  before: number
  /** Sums over pairs of one-second returns that follow each other. */
  pairs: number
  sum: number
  squares: number
  products: number
  /** By horizon: the price a return begins at and its stamp, squared returns and the time they span. */
  from: { price: number; us: Micros; squares: number; us_sum: Micros }[]
}

/** What was measured. */
export type Measure = {
  /** Pairs of one-second returns, and the correlation of one with the next; NaN without any. */
  pairs: number
  lag_1: number
  /** Volatility per √s by returns over {@link HORIZONS_S}; NaN without any. */
  sigma: number[]
}

/** Lengths of the returns that volatilities are compared by, s. */
export const HORIZONS_S = [1, 5, 10, 60] as const
/** A correlation from here on is no chance over as many pairs as {@link PAIRS_MIN}. */
export const SMOOTHED_FROM = 0.1
/** Fewer pairs than ten minutes say nothing. */
export const PAIRS_MIN = 600
/** A return over more than twice its horizon goes over a gap: it is none. */
const STRETCH = 2

/** Nothing seen yet. */
export function create(): Smoothing {
  return {
    last_price: Number.NaN,
    last_us: Number.NaN,
    before: Number.NaN,
    pairs: 0,
    sum: 0,
    squares: 0,
    products: 0,
    from: HORIZONS_S.map(() => ({ price: Number.NaN, us: Number.NaN, squares: 0, us_sum: 0 })),
  }
}

/** Take one value, by its own stamp; one that is not after the last is passed over. */
export function observe(state: Smoothing, price: number, stamp_us: Micros): void {
  const dt_us = stamp_us - state.last_us
  if (!(price > 0) || dt_us <= 0) return
  const one = dt_us === SECOND ? ln(price / state.last_price) : Number.NaN
  if (!Number.isNaN(one) && !Number.isNaN(state.before)) {
    state.pairs++
    state.sum += one
    state.squares += one * one
    state.products += one * state.before
  }
  state.before = one
  state.last_price = price
  state.last_us = stamp_us
  HORIZONS_S.forEach((horizon_s, i) => {
    const from = state.from[i]!
    const span_us = stamp_us - from.us
    if (span_us < horizon_s * SECOND) return
    if (span_us <= STRETCH * horizon_s * SECOND) {
      const move = ln(price / from.price)
      from.squares += move * move
      from.us_sum += span_us
    }
    from.price = price
    from.us = stamp_us
  })
}

/** What the values so far say. */
export function measure({ pairs, sum, squares, products, from }: Smoothing): Measure {
  const mean = sum / pairs
  return {
    pairs,
    lag_1: (products / pairs - mean * mean) / (squares / pairs - mean * mean),
    sigma: from.map((one) => Math.sqrt((one.squares * SECOND) / one.us_sum)),
  }
}

/** Whether the series is known not to be smoothed: an oracle of which too little was seen is taken to be. */
export function isWhite({ pairs, lag_1 }: Measure): boolean {
  return pairs >= PAIRS_MIN && lag_1 < SMOOTHED_FROM
}

/** Settings that fit a smoothed series at 1 Hz. */
export const SETTINGS = { 'volatility.min_dt_s': 10, 'volatility.half_life_s': 900 } as const
