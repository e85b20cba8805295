import { normalCdf } from '../numerics/index.ts'
import { type Micros, SECOND } from '../units/index.ts'
import * as Flow from './flow.ts'
import type * as Oracle from './oracle.ts'
import * as PricePath from './price-path.ts'
import { normalQuantile } from './quantile.ts'
import * as Response from './response.ts'

/**
 * What the traders' knowledge says of a window, as a standard score of Up. They see the true price, which the oracle
 * follows late; they know what the oracle still has to catch up with, the regime of the volatility, and the part of the flow
 * that is in sight. What is left is chance to them too. Kept for some seconds, because each sees it late by an own delay.
 */
export type Belief = {
  response: Response.Response
  /** Variance that the oracle's own noise adds, of one value. */
  noise: number
  start_us: Micros
  end_us: Micros
  /** 1e-8 USD; NaN before the start. */
  strike: number
  /** Scores of the last steps, in a ring. */
  scores: Float64Array
  step: number
  /** Sum and count of the values that the mean is taken of, so far. */
  sum: number
  values: number
  /** The second that the flow was looked at, and what is in sight of it: until the end of that second, and after. */
  second: number
  now: { move: number; variance: number }
  later: { move: number; variance: number }
}

/** Steps kept: a power of two, a little over ten seconds. */
const STEPS = 512
/** As sure as anybody ever is: beyond it the probability is 0 or 1 to every trader. */
const SURE = 8
/** A chance below this is none. */
const NEVER = 1e-15
/** What is rare has at least this share of the calm variance: where no time is left the difference of the two is rounding. */
const RARE_MIN = 0.1
/** Less variance than this is none. */
const CERTAIN = 1e-16
const STEPS_A_SECOND = SECOND / PricePath.STEP_US

/**
 * Before the first step.
 *
 * @param noise deviation of a value of the oracle, as a share of the price
 */
export function create(response: Response.Response, noise: number): Belief {
  return {
    response,
    noise: noise * noise,
    start_us: 0,
    end_us: 0,
    strike: Number.NaN,
    scores: new Float64Array(STEPS),
    step: 0,
    sum: 0,
    values: 0,
    second: -1,
    now: { move: 0, variance: 0 },
    later: { move: 0, variance: 0 },
  }
}

/** Turn to another window. */
export function open(belief: Belief, start_us: Micros, end_us: Micros): void {
  belief.start_us = start_us
  belief.end_us = end_us
  belief.strike = Number.NaN
  belief.scores.fill(0)
  belief.step = 0
  belief.sum = 0
  belief.values = 0
  belief.second = -1
}

/** A value of the settling series' own ingredients, in 1e-8 USD, stamped `now`: inside the look-back it counts. */
export function onValue(belief: Belief, price: number, now: Micros): void {
  if (now <= belief.end_us - belief.response.values * SECOND || now > belief.end_us) return
  belief.sum += price
  belief.values++
}

/**
 * The score one step on.
 *
 * @param oracle null where an exchange's own price settles
 * @param price true, in 1e-8 USD
 * @param outcome 1 Up, 0 Down once it is decided, −1 before
 */
export function observe(
  belief: Belief,
  path: PricePath.PricePath,
  oracle: Oracle.Oracle | null,
  price: number,
  outcome: number,
  now: Micros,
): void {
  belief.step++
  const score = outcome < 0 ? scoreOf(belief, path, oracle, price, now) : outcome === 1 ? SURE : -SURE
  belief.scores[belief.step & (STEPS - 1)] = score
}

/** The score as it was `steps` ago, 0 to 511. HOT. */
export function scoreAt(belief: Belief, steps: number): number {
  return belief.scores[(belief.step - steps) & (STEPS - 1)]!
}

function scoreOf(
  belief: Belief,
  path: PricePath.PricePath,
  oracle: Oracle.Oracle | null,
  price: number,
  now: Micros,
): number {
  const { response, start_us, end_us, strike } = belief
  const from = Math.max(now, start_us)
  const steps = Math.round((end_us - from) / PricePath.STEP_US)
  const left_s = steps / STEPS_A_SECOND
  const usual = PricePath.expectedVariance(path, left_s)
  see(belief, path.flow, now)
  const rest = now < start_us ? 0 : 1 - (now % SECOND) / SECOND
  const seen = belief.later.variance + rest * belief.now.variance
  const move = path.foreseen * Math.sqrt(usual) * (belief.later.move + rest * belief.now.move)
  const spread = Response.spreadAt(response, steps)
  const left = Response.leftAt(response, steps)
  const noise = (belief.noise * left) / (response.values * response.values)
  const unseen = spread - path.foreseen * path.foreseen * seen
  const calm = Math.max(path.variance * unseen + noise, CERTAIN)
  const all = usual * unseen + path.jump_variance * spread + noise
  // Before the start nobody knows the strike: what is in sight of the window's own flow is all there is.
  const off = Number.isNaN(strike) ? move : move + expected(belief, oracle, price, steps, left) / strike - 1
  return scored(off, calm, all, PricePath.calmChance(path, Math.max(left_s, PricePath.STEP_US / SECOND)))
}

/** What the settling value would be if the price stood still. */
function expected(
  belief: Belief,
  oracle: Oracle.Oracle | null,
  price: number,
  steps: number,
  left: number,
): number {
  const { response, sum, values } = belief
  const still = left * price
  if (oracle === null) return still
  const share = price / oracle.price
  const held = Response.heldAt(response, steps, oracle.fast - oracle.price, oracle.slow - oracle.price)
  return (sum + still + share * held) / (values + left)
}

/**
 * Mostly nothing rare comes, neither a jump nor another regime, and then the price moves by less or more than its variance
 * says: the two cases are apart.
 *
 * @param off what the settling value is expected to be off the strike, as a share of it
 * @param calm variance if nothing rare comes
 * @param all variance all in all
 * @param chance that nothing rare comes
 */
function scored(off: number, calm: number, all: number, chance: number): number {
  const size = Math.abs(off)
  const rare = Math.max((all - chance * calm) / (1 - chance), RARE_MIN * calm)
  const against =
    chance * normalCdf(-size / Math.sqrt(calm)) + (1 - chance) * normalCdf(-size / Math.sqrt(rare))
  const score = against > NEVER ? -normalQuantile(against) : SURE
  return off < 0 ? -score : score
}

/** Look at the flow once a second: what is known of the seconds of the window to come. */
function see(belief: Belief, flow: Flow.Flow, now: Micros): void {
  const second = Math.floor(now / SECOND)
  if (second === belief.second) return
  belief.second = second
  const { later, response } = belief
  const end = Math.floor(belief.end_us / SECOND)
  const first = Math.floor(belief.start_us / SECOND)
  later.move = 0
  later.variance = 0
  const last = Math.min(end, flow.next)
  for (let next = Math.max(second + 1, first); next < last; next++) {
    if (!Flow.known(flow, next, next - second)) continue
    const weight = weightOf(response, end - next)
    later.move += weight * Flow.at(flow, next)
    later.variance += weight * weight
  }
  const weight = second < end ? weightOf(response, end - second) : 0
  belief.now.move = weight * Flow.at(flow, second)
  belief.now.variance = weight * weight
}

/** What of the move of one second counts, by the seconds left at its beginning. */
function weightOf(response: Response.Response, left_s: number): number {
  return Response.weightAt(response, left_s * STEPS_A_SECOND - STEPS_A_SECOND / 2)
}
