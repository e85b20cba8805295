import { exp } from '../numerics/index.ts'
import { SECOND } from '../units/index.ts'
import { STEP_US } from './price-path.ts'

/**
 * How the value that windows settle on follows the true price: an oracle that smooths hears of a move late, a mean of many
 * values takes part of it. Tables by steps left until the end: the first `steps` of them, beyond which a move counts whole.
 */
export type Response = {
  /** Values that the mean is taken of; 1 without. */
  values: number
  smoothing: Smoothing
  /** What of a move counts that comes so many steps before the end. */
  weight: Float64Array
  /** Sum of the squares of those weights from there to the end, in seconds: the variance that is left, for one of 1/s. */
  spread: Float64Array
  /** Values to come, the one of this very moment included. */
  left: Float64Array
  /** What the values to come still have, together, of what each part of the oracle is off the price now. */
  fast: Float64Array
  slow: Float64Array
}

/** Two exponential means of the true price, by their time constants in s, and the share of the second. */
export type Smoothing = { fast_s: number; slow_s: number; slow_share: number }

/** Nothing is smoothed. */
export const PLAIN: Smoothing = { fast_s: 0, slow_s: 0, slow_share: 0 }

const STEPS = SECOND / STEP_US
/** Time constants after which nothing is left. */
const LONG = 12

/** What an exponential mean keeps of itself from one step to the next. */
export function keepOf(constant_s: number): number {
  return constant_s > 0 ? exp(-STEP_US / SECOND / constant_s) : 0
}

/**
 * @param lookback_s of the settling mean, 0 for none
 */
export function create(lookback_s: number, smoothing: Smoothing): Response {
  const { fast_s, slow_s, slow_share } = smoothing
  const values = Math.max(1, lookback_s)
  const steps = Math.ceil((values + LONG * Math.max(fast_s, slow_s)) * STEPS) + 1
  const column = () => new Float64Array(steps)
  const response: Response = {
    values,
    smoothing,
    weight: column(),
    spread: column(),
    left: column(),
    fast: column(),
    slow: column(),
  }
  const { weight, spread, left, fast, slow } = response
  const fast_keep = keepOf(fast_s)
  const slow_keep = keepOf(slow_s)
  for (let n = 0; n < steps; n++) {
    const value = n % STEPS === 0 && n / STEPS < values ? 1 : 0
    const before = n > 0 ? n - 1 : n
    left[n] = (n > 0 ? left[before]! : 0) + value
    fast[n] = (n > 0 ? fast[before]! * fast_keep : 0) + value
    slow[n] = (n > 0 ? slow[before]! * slow_keep : 0) + value
    const late = (1 - slow_share) * fast_keep * fast[n]! + slow_share * slow_keep * slow[n]!
    weight[n] = (left[n]! - late) / values
    spread[n] = n > 0 ? spread[before]! + (weight[before]! * weight[before]!) / STEPS : 0
  }
  return response
}

/** What of a move counts, so many steps before the end. HOT. */
export function weightAt({ weight }: Response, steps: number): number {
  return steps < weight.length ? weight[steps]! : 1
}

/** Seconds of variance left, so many steps before the end. HOT. */
export function spreadAt({ spread }: Response, steps: number): number {
  const last = spread.length - 1
  return steps <= last ? spread[steps]! : spread[last]! + (steps - last) / STEPS
}

/** Values to come, so many steps before the end. HOT. */
export function leftAt({ left, values }: Response, steps: number): number {
  return steps < left.length ? left[steps]! : values
}

/**
 * What the mean of the values to come will be off the price now, times how many they all are, by what the oracle's two parts are off
 * it. HOT.
 */
export function heldAt(response: Response, steps: number, fast_off: number, slow_off: number): number {
  const { fast, slow, smoothing } = response
  if (steps >= fast.length) return 0
  return (1 - smoothing.slow_share) * fast_off * fast[steps]! + smoothing.slow_share * slow_off * slow[steps]!
}
