import { Fair } from '../../core/probability/index.ts'
import { LabError } from './lab-error.ts'

/** What the model looks at. Prices in one unit of your choice, all the same. */
export type FairInput = {
  /** Strike: the settlement value at the window's start. Above 0. */
  s0: number
  /** Spot price now. Above 0. */
  st: number
  /** Volatility per √s, such as 6e-5. */
  sigma: number
  /** Seconds to the window's end; 0: it has ended. */
  tau: number
  /** Drift per s. Default 0. */
  mu?: number
  /** How the window is settled. Default `spot`. */
  settlement?: 'spot' | 'twap'
  /** TWAP: seconds averaged before the end. Default 60. */
  lookback?: number
  /** TWAP, inside the look-back: mean of the spot price since it began. */
  mean?: number
}

/** What it says: probability of Up before any clamping, its score, and how far it moves in a second, per √s. */
export type FairAnswer = { q_up: number; z: number; speed_per_sqrt_s: number }

/**
 * The probability model as a calculator, as `engine fair`.
 *
 * @returns `z` and `speed_per_sqrt_s` are NaN where no uncertainty is left
 * @throws LabError `lab.fair` naming what is missing or out of range
 */
export function fair(input: FairInput): FairAnswer {
  const { s0, st, sigma, tau, mu = 0, settlement = 'spot', lookback = 60, mean = Number.NaN } = input
  check('s0', s0, s0 > 0, 'a price above 0')
  check('st', st, st > 0, 'a price above 0')
  check('sigma', sigma, sigma >= 0, 'a volatility, 0 or more')
  check('tau', tau, Number.isFinite(tau), 'seconds')
  check('mu', mu, Number.isFinite(mu), 'a drift per second')
  check('settlement', settlement, settlement === 'spot' || settlement === 'twap', 'spot or twap')
  if (settlement === 'twap') {
    check('lookback', lookback, lookback > 0, 'seconds above 0')
    check(
      'mean',
      mean,
      tau >= lookback || mean > 0,
      'the mean since the look-back began, as less than it is left',
    )
  }
  const answer = Fair.up({ settlement, s0, st, sigma, tau, mu, lookback, mean }, Fair.createOutput())
  return { q_up: answer.q_up, z: answer.z, speed_per_sqrt_s: answer.speed }
}

function check(field: string, given: unknown, good: boolean, expected: string): void {
  if (good) return
  throw new LabError(
    'lab.fair',
    `${field} ${given} is refused: expected ${expected}`,
    `set ${field} to ${expected}`,
    field,
  )
}
