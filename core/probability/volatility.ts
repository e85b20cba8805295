import type { Section, Values } from '../config/index.ts'
import { exp2, ln } from '../numerics/index.ts'
import type { Micros } from '../units/index.ts'
import { SECOND } from '../units/index.ts'

/**
 * Volatility and drift of the spot price, as exponentially weighted means over time (formulas.md §3). Returns are weighted
 * by the time they span, so that the estimate does not depend on how often the series speaks.
 */
export const settings = {
  half_life_s: {
    type: 'number',
    default: 60,
    min: 1,
    max: 86_400,
    unit: 's',
    doc: 'Time after which a return counts half.',
  },
  min_dt_s: {
    type: 'number',
    default: 1,
    min: 0.001,
    max: 3_600,
    unit: 's',
    // An oracle that smooths (Chainlink at 1 Hz) moves less from second to second than over a minute: on the recorded
    // day of recorded.test.ts one-second returns show two thirds of the volatility, five-second ones nine tenths.
    doc: 'Least time between two prices that make a return; prices in between are passed over. A smoothed series wants more than its own interval: 10 for Chainlink at 1 Hz, which its profiles state.',
  },
  max_dt_s: {
    type: 'number',
    default: 120,
    min: 1,
    max: 86_400,
    unit: 's',
    doc: 'After a longer silence the estimate starts anew, warm-up included.',
  },
  warmup_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'Prices seen before the estimate is used.',
  },
  var_floor: {
    type: 'number',
    default: 1e-10,
    min: 0,
    max: 1,
    unit: '1/s',
    doc: 'Least variance per second.',
  },
  drift_weight: {
    type: 'number',
    default: 0,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Share of the measured drift that the model believes; 0 is a martingale.',
  },
} as const satisfies Section

/** Estimate of one series. Fields up to `ready` are read by others; the rest is its own. */
export type Volatility = {
  /** Variance of the log price per second, floored. NaN before the first return. */
  var_per_s: number
  /** Mean log return per second. NaN before the first return. */
  drift_per_s: number
  /** Square root of `var_per_s`: volatility per √s. */
  sigma: number
  ready: boolean
  /** Last accepted price and its stamp; NaN before any. */
  last_price: number
  last_us: Micros
  /** Stamp of the first price since the last restart. */
  first_us: Micros
  /** Variance before the floor. */
  raw_var: number
  /** Weight of all returns so far, below 1: the mean is normalised by it. */
  weight: number
  /** Times that a silence made it start anew. */
  restarts: number
  half_life_us: Micros
  min_dt_us: Micros
  max_dt_us: Micros
  warmup_us: Micros
  var_floor: number
  drift_weight: number
}

/** A fresh estimate that has seen nothing. */
export function create(config: Values<typeof settings>): Volatility {
  return {
    var_per_s: Number.NaN,
    drift_per_s: Number.NaN,
    sigma: Number.NaN,
    ready: false,
    last_price: Number.NaN,
    last_us: Number.NaN,
    first_us: Number.NaN,
    raw_var: Number.NaN,
    weight: 0,
    restarts: 0,
    half_life_us: Math.round(config.half_life_s * SECOND),
    min_dt_us: Math.round(config.min_dt_s * SECOND),
    max_dt_us: Math.round(config.max_dt_s * SECOND),
    warmup_us: Math.round(config.warmup_s * SECOND),
    var_floor: config.var_floor,
    drift_weight: config.drift_weight,
  }
}

/**
 * Take one price of the spot series (formulas.md §3). Hot path: allocates nothing.
 *
 * The recursion `v ← v + α(r²/Δt − v)` needs a first value. Begun at 0 it would still be at half the true variance after
 * one half-life, when quoting starts; begun at the first return, that one return would weigh as much as the whole first
 * half-life. So the mean is normalised by the weight collected so far (`α/weight` in place of `α`): the first return
 * stands alone, later ones are weighted as the formula says, and the two agree once the weight has grown to 1.
 *
 * @param price above 0, any unit
 * @param stamp_us the series' own stamp; not after the last accepted one by `min_dt_s`: passed over
 * @returns whether the estimate (or its readiness) changed
 */
export function update(state: Volatility, price: number, stamp_us: Micros): boolean {
  if (!(price > 0)) return false
  const dt_us = stamp_us - state.last_us
  if (Number.isNaN(dt_us)) {
    begin(state, price, stamp_us)
    return true
  }
  if (dt_us < state.min_dt_us) return false
  if (dt_us > state.max_dt_us) {
    state.restarts++
    begin(state, price, stamp_us)
    return true
  }
  const dt_s = dt_us / SECOND
  const r = ln(price / state.last_price)
  const alpha = 1 - exp2(-dt_us / state.half_life_us)
  state.weight += alpha * (1 - state.weight)
  const share = alpha / state.weight
  if (Number.isNaN(state.raw_var)) {
    state.raw_var = (r * r) / dt_s
    state.drift_per_s = r / dt_s
  } else {
    state.raw_var += share * ((r * r) / dt_s - state.raw_var)
    state.drift_per_s += share * (r / dt_s - state.drift_per_s)
  }
  state.var_per_s = Math.max(state.raw_var, state.var_floor)
  state.sigma = Math.sqrt(state.var_per_s)
  state.last_price = price
  state.last_us = stamp_us
  state.ready = stamp_us - state.first_us >= state.warmup_us
  return true
}

/** Enough has been seen since the last restart: the estimate may be used. */
export function ready(state: Volatility): boolean {
  return state.ready
}

/**
 * Drift per second for the model: `drift_weight` times the measured one. The estimate is of log returns, whose mean is
 * `μ − σ²/2`; the model wants the drift of the price, so half the variance is added back before weighting.
 */
export function mu(state: Volatility): number {
  if (state.drift_weight === 0) return 0
  return state.drift_weight * (state.drift_per_s + state.raw_var / 2)
}

function begin(state: Volatility, price: number, stamp_us: Micros): void {
  state.var_per_s = Number.NaN
  state.drift_per_s = Number.NaN
  state.sigma = Number.NaN
  state.raw_var = Number.NaN
  state.weight = 0
  state.ready = false
  state.last_price = price
  state.last_us = stamp_us
  state.first_us = stamp_us
}
