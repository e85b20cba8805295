import { Fair } from '../probability/index.ts'
import { type Micros, SECOND } from '../units/index.ts'
import * as PricePath from './price-path.ts'

/**
 * What the true price says of a window: the standard score of Up by the product's own model (formulas.md §4), under the
 * variance that the path is expected to have. Kept for some seconds, because traders see it late, each by an own delay.
 */
export type Belief = {
  input: Fair.Input
  output: Fair.Output
  start_us: Micros
  end_us: Micros
  /** Scores of the last steps, in a ring. */
  scores: Float64Array
  step: number
  /** Sum and count of the oracle's values since the look-back began. */
  sum: number
  values: number
}

/** Steps kept: a power of two, a little over ten seconds. */
const STEPS = 512
/** As sure as anybody ever is: beyond it the probability is 0 or 1 to every trader. */
const SURE = 8

/** Before the first step. */
export function create(): Belief {
  return {
    input: Fair.createInput(),
    output: Fair.createOutput(),
    start_us: 0,
    end_us: 0,
    scores: new Float64Array(STEPS),
    step: 0,
    sum: 0,
    values: 0,
  }
}

/**
 * Turn to another window.
 *
 * @param lookback_s of the settling mean, 0 for none
 */
export function open(belief: Belief, start_us: Micros, end_us: Micros, lookback_s: number): void {
  belief.start_us = start_us
  belief.end_us = end_us
  belief.input.settlement = lookback_s > 0 ? 'twap' : 'spot'
  belief.input.lookback = lookback_s
  belief.input.s0 = Number.NaN
  belief.input.mean = Number.NaN
  belief.scores.fill(0)
  belief.step = 0
  belief.sum = 0
  belief.values = 0
}

/** A value of the settling series' own ingredients, in 1e-8 USD, stamped `now`: inside the look-back it counts. */
export function onValue(belief: Belief, price: number, now: Micros): void {
  if (now <= belief.end_us - belief.input.lookback * SECOND || now > belief.end_us) return
  belief.sum += price
  belief.values++
  belief.input.mean = belief.sum / belief.values
}

/**
 * The score one step on.
 *
 * @param price true, in 1e-8 USD
 * @param outcome 1 Up, 0 Down once it is decided, −1 before
 */
export function observe(
  belief: Belief,
  path: PricePath.PricePath,
  price: number,
  outcome: number,
  now: Micros,
): void {
  belief.step++
  belief.scores[belief.step & (STEPS - 1)] = scoreOf(belief, path, price, outcome, now)
}

/** The score as it was `steps` ago, 0 to 511. HOT. */
export function scoreAt(belief: Belief, steps: number): number {
  return belief.scores[(belief.step - steps) & (STEPS - 1)]!
}

function scoreOf(
  belief: Belief,
  path: PricePath.PricePath,
  price: number,
  outcome: number,
  now: Micros,
): number {
  const { input, output } = belief
  if (outcome >= 0) return outcome === 1 ? SURE : -SURE
  // Before the start nobody knows the strike: the window's move is even.
  if (Number.isNaN(input.s0)) return 0
  input.st = price
  input.tau = Math.max((belief.end_us - now) / SECOND, 0.01)
  input.sigma = Math.sqrt(PricePath.expectedVariance(path, input.tau))
  if (input.lookback > 0 && Number.isNaN(input.mean)) input.mean = price
  Fair.up(input, output)
  return Math.max(-SURE, Math.min(SURE, output.z))
}
