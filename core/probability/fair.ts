import type { Section } from '../config/index.ts'
import { ln, normalCdf, normalPdf } from '../numerics/index.ts'
import type { Probability } from '../units/index.ts'

/**
 * The fair probability that a window ends Up, for settlement on a spot value and on a time-weighted average (TWAP)
 * over the last `lookback` seconds (formulas.md §4). The price is a geometric Brownian motion seen continuously:
 * `dS = μ·S·dt + σ·S·dW`.
 */
export const settings = {
  q_min: {
    type: 'number',
    default: 0.005,
    min: 0,
    max: 0.5,
    unit: '',
    doc: 'The probability is kept between q_min and 1 − q_min: the model is never surer than that.',
  },
} as const satisfies Section

/** What the model looks at. Prices in one unit of the caller's choice, all the same. */
export type Input = {
  settlement: 'spot' | 'twap'
  /** Strike: the settlement value at the window's start. Above 0. */
  s0: number
  /** Spot price now, never a TWAP. Above 0. */
  st: number
  /** Volatility per √s, not negative. */
  sigma: number
  /** Seconds to the window's end; 0 or less: it has ended. */
  tau: number
  /** Drift per s, of the price (not of its logarithm). */
  mu: number
  /** TWAP only: seconds averaged before the end. */
  lookback: number
  /** TWAP only: mean of the spot price since `end − lookback`; NaN where not known or not yet begun. */
  mean: number
}

/** What the model says. */
export type Output = {
  /** P(Up), not clamped. NaN when an input that is needed is not known. */
  q_up: Probability
  /** Standard score, q_up = Φ(z). NaN where there is no uncertainty left: the window has ended, or σ = 0. */
  z: number
  /** φ(z)/√τ_eff: over h seconds q_up moves by about speed·√h. NaN where z is. */
  speed: number
  /** Seconds over which the uncertainty of the settlement value spreads as seen from the spot price. */
  tau_eff: number
}

/** An input to be filled and reused. */
export function createInput(): Input {
  return {
    settlement: 'spot',
    s0: Number.NaN,
    st: Number.NaN,
    sigma: Number.NaN,
    tau: Number.NaN,
    mu: 0,
    lookback: 0,
    mean: Number.NaN,
  }
}

/** An output to be filled and reused. */
export function createOutput(): Output {
  return { q_up: Number.NaN, z: Number.NaN, speed: Number.NaN, tau_eff: Number.NaN }
}

/**
 * Probability of Up, its standard score and its speed (formulas.md §4). Hot path: allocates nothing.
 *
 * Inside the look-back the average is normal with standard deviation `S_t·σ·(τ/w)·√(τ/3)`. The formula scales by `S0`
 * instead of `S_t`. Seen from the exact lognormal score both are off by the same amount in opposite directions (the
 * right scale lies between the price and the break-even price of what is left), a relative error of at most about
 * `σ√τ/2` in z where the outcome is open, and `S0` keeps q_up monotone in the spot price without exception.
 *
 * @param input see {@link Input}; inputs that are missing or out of range give NaN throughout
 * @param out filled, and returned for convenience
 */
export function up(input: Input, out: Output): Output {
  out.q_up = Number.NaN
  out.z = Number.NaN
  out.speed = Number.NaN
  out.tau_eff = Number.NaN
  const { s0, st, sigma, tau, mu } = input
  if (!(s0 > 0) || !(st > 0) || !(sigma >= 0) || Number.isNaN(tau)) return out
  const twap = input.settlement === 'twap'
  const w = input.lookback
  if (twap && !(w >= 0)) return out
  if (tau <= 0) {
    out.tau_eff = 0
    decided(out, twap ? input.mean - s0 : st - s0)
    return out
  }
  if (!twap) {
    out.tau_eff = tau
    const variance = sigma * sigma * tau
    uncertain(out, ln(st / s0) + mu * tau - variance / 2, Math.sqrt(variance))
  } else if (tau >= w) {
    out.tau_eff = tau - (2 * w) / 3
    const variance = sigma * sigma * (tau - w + w / 3)
    uncertain(out, ln(st / s0) + mu * (tau - w / 2) - variance / 2, Math.sqrt(variance))
  } else {
    out.tau_eff = tau / 3
    const expected = ((w - tau) * input.mean + tau * st * (1 + (mu * tau) / 2)) / w
    uncertain(out, expected - s0, s0 * sigma * (tau / w) * Math.sqrt(tau / 3))
  }
  return out
}

/** Keep a probability between `q_min` and `1 − q_min`; NaN stays NaN. */
export function clampProbability(q: Probability, q_min: Probability): Probability {
  return Math.min(Math.max(q, q_min), 1 - q_min)
}

/** Nothing is left to chance: a tie is Up. */
function decided(out: Output, distance: number): void {
  out.q_up = Number.isNaN(distance) ? Number.NaN : distance >= 0 ? 1 : 0
}

function uncertain(out: Output, distance: number, deviation: number): void {
  if (deviation === 0) {
    decided(out, distance)
    return
  }
  out.z = distance / deviation
  out.q_up = normalCdf(out.z)
  out.speed = normalPdf(out.z) / Math.sqrt(out.tau_eff)
}
