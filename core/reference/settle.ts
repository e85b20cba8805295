import type { Settlement } from '../events/index.ts'
import type { E8, Micros, Tick } from '../units/index.ts'
import { ONE } from '../units/index.ts'
import * as Boundary from './boundary.ts'
import type { Strike } from './strike.ts'

/**
 * The settlement series' own verdict on a window: its value at the end against its value at the start, at full precision
 * (formulas.md §2, resolution class `settlement`).
 */
export type Settle = { final: boolean; boundary: Boundary.Boundary }

/** No value yet. `max_age_us` as in {@link Boundary.create}. */
export function create(max_age_us?: Micros): Settle {
  return { final: false, boundary: Boundary.create(max_age_us) }
}

/**
 * Take one value of the settlement series. After the verdict is final nothing changes it: payouts may have been made.
 *
 * @param end_us when the end is read, see Settling.Instants
 * @returns true once: when the value at the end became final
 */
export function onSettlement(
  state: Settle,
  end_us: Micros,
  price: E8,
  rest: number,
  stamp_us: Micros,
): boolean {
  if (state.final) return false
  Boundary.observe(state.boundary, end_us, price, rest, stamp_us)
  state.final = state.boundary.final
  return state.final
}

/**
 * What one Up share pays, by the values at both ends.
 *
 * @returns 10000, 0, or 5000 for a tie under the rule `half`; −1 while strike or settlement value is not final
 */
export function upPayout(state: Settle, strike: Strike, tie: Settlement['tie']): Tick {
  if (!state.final || !strike.final) return -1
  return payout(state.boundary.price, state.boundary.rest, strike.price, strike.rest, tie)
}

/** What one Up share pays for an end value against a start value: whole 1e-8 USD and rests in 1e-18 USD. */
export function payout(
  end_price: E8,
  end_rest: number,
  start_price: E8,
  start_rest: number,
  tie: Settlement['tie'],
): Tick {
  const sign = Boundary.compare(end_price, end_rest, start_price, start_rest)
  if (sign === 0) return tie === 'up' ? ONE : ONE / 2
  return sign > 0 ? ONE : 0
}
