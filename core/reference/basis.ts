import { exp2 } from '../numerics/index.ts'
import type { Micros } from '../units/index.ts'

/**
 * How far each venue stands from the series that settles, as a slow factor (formulas.md §1.5): an exponentially weighted
 * mean of `venue/target`, each observation weighted by the time it speaks for, at most `dt_us_max`, so that one value
 * after a long silence does not become the estimate. Normalised by the weight collected so far, like the volatility.
 */
export type Basis = {
  half_life_us: Micros
  dt_us_max: Micros
  /** Stamp of the target's last value. */
  last_us: Micros
  /** Weight of the value being observed. */
  alpha: number
  /** `venue/target`, NaN not known yet. */
  factor: Float64Array
  weight: Float64Array
}

/**
 * A basis for each of `venues` venues.
 *
 * @param known 1 where there is nothing to compare with (every venue counts as it is), NaN where it is still to be seen
 */
export function create(venues: number, half_life_us: Micros, dt_us_max: Micros, known: number): Basis {
  return {
    half_life_us,
    dt_us_max,
    last_us: Number.NaN,
    alpha: 0,
    factor: new Float64Array(venues).fill(known),
    weight: new Float64Array(venues),
  }
}

/** The target spoke, stamped `stamp_us`, not before its last stamp: {@link observe} each venue against it. */
export function begin(state: Basis, stamp_us: Micros): void {
  const dt = Math.min(stamp_us - state.last_us, state.dt_us_max)
  state.alpha = 1 - exp2(-(Number.isNaN(dt) ? state.dt_us_max : dt) / state.half_life_us)
  state.last_us = stamp_us
}

/** One venue's price over the target's value; NaN (not comparable) leaves its factor as it is. */
export function observe(state: Basis, venue: number, ratio: number): void {
  if (!(ratio > 0) || state.alpha === 0) return
  state.weight[venue]! += state.alpha * (1 - state.weight[venue]!)
  const factor = state.factor[venue]!
  state.factor[venue] = Number.isNaN(factor)
    ? ratio
    : factor + (state.alpha / state.weight[venue]!) * (ratio - factor)
}
