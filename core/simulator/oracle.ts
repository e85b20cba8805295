import type { Section, Values } from '../config/index.ts'
import { Flag, Kind } from '../events/index.ts'
import { Rng } from '../random/index.ts'
import { type E8, E8_ONE, type Micros } from '../units/index.ts'
import * as Draw from './draws.ts'
import * as Response from './response.ts'
import * as Wire from './wire.ts'

/** The series that windows settle on (section `sim_oracle`). */
export const settings = {
  noise_bp: {
    type: 'number',
    default: 0.1,
    min: 0,
    max: 100,
    unit: 'bp',
    doc: 'Standard deviation of what a value of the oracle is off, beside what it smooths.',
  },
  fast_s: {
    type: 'number',
    default: 0.4,
    min: 0,
    max: 60,
    unit: 's',
    doc: 'The oracle smooths: time constant of the part of it that is quick to follow the true price, 0 for at once.',
  },
  slow_s: {
    type: 'number',
    default: 4,
    min: 0,
    max: 60,
    unit: 's',
    doc: 'Time constant of the part that is slow.',
  },
  slow_share: {
    type: 'number',
    default: 0.25,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Share of the slow part.',
  },
  latency_ms: {
    type: 'number',
    default: 1_300,
    min: 0.1,
    max: 60_000,
    unit: 'ms',
    doc: 'Median time from the stamp of a value to its arrival; the logarithm deviates by 0.2.',
  },
} as const satisfies Section

/** Deviation of the logarithm of the latency. */
export const LATENCY_SPREAD = 0.2

/** An oracle's spot price once a second, and the mean of the last values as a series of its own. */
export type Oracle = {
  rng: Rng.Rng
  spot_instrument: number
  /** −1 where no window settles on a mean. */
  twap_instrument: number
  noise: number
  /** The true price and what the two parts make of it, in USD; NaN before the first. What each keeps of itself in a step. */
  price: number
  fast: number
  slow: number
  fast_keep: number
  slow_keep: number
  slow_share: number
  /** The last values, whole and rest, in a ring as long as the look-back; at least one. */
  wholes: Float64Array
  rests: Float64Array
  count: number
  /** The newest value and the newest mean, at full precision; the mean is −1 until there are enough values. */
  whole: E8
  rest: number
  mean_whole: E8
  mean_rest: number
}

const BP = 1e-4
/** 1e-18 USD in 1e-8 USD. */
const REST_ONE = 10_000_000_000

/**
 * @param lookback_s values that a mean is taken of; 0 for none
 */
export function create(
  rng: Rng.Rng,
  spot_instrument: number,
  twap_instrument: number,
  lookback_s: number,
  config: Values<typeof settings>,
): Oracle {
  const length = Math.max(1, lookback_s)
  return {
    rng,
    spot_instrument,
    twap_instrument,
    noise: config.noise_bp * BP,
    price: Number.NaN,
    fast: Number.NaN,
    slow: Number.NaN,
    fast_keep: Response.keepOf(config.fast_s),
    slow_keep: Response.keepOf(config.slow_s),
    slow_share: config.slow_share,
    wholes: new Float64Array(length),
    rests: new Float64Array(length),
    count: 0,
    whole: -1,
    rest: 0,
    mean_whole: -1,
    mean_rest: 0,
  }
}

/** The true price one step on. */
export function observe(oracle: Oracle, price: number): void {
  oracle.price = price
  if (Number.isNaN(oracle.fast)) {
    oracle.fast = price
    oracle.slow = price
  }
  oracle.fast = price + oracle.fast_keep * (oracle.fast - price)
  oracle.slow = price + oracle.slow_keep * (oracle.slow - price)
}

/** A new value of what was observed, stamped `now`, and the mean that it makes. */
export function tick(oracle: Oracle, line: Wire.Line, now: Micros): void {
  const { rng } = oracle
  const price = oracle.fast + oracle.slow_share * (oracle.slow - oracle.fast)
  oracle.whole = Math.floor(price * (1 + oracle.noise * Draw.normal(rng)) * E8_ONE)
  oracle.rest = Rng.below(rng, REST_ONE / 4) * 4 + Rng.below(rng, 4)
  const at = oracle.count % oracle.wholes.length
  oracle.wholes[at] = oracle.whole
  oracle.rests[at] = oracle.rest
  oracle.count++
  const arrival = Wire.send(line, now)
  row(line, arrival, now, oracle.spot_instrument, oracle.whole, oracle.rest)
  if (oracle.twap_instrument < 0 || oracle.count < oracle.wholes.length) return
  takeMean(oracle)
  row(line, arrival, now, oracle.twap_instrument, oracle.mean_whole, oracle.mean_rest)
}

/** The value that windows settle on. */
export function settling(oracle: Oracle): { whole: E8; rest: number } {
  const { twap_instrument, mean_whole, mean_rest, whole, rest } = oracle
  return twap_instrument < 0 ? { whole, rest } : { whole: mean_whole, rest: mean_rest }
}

/** Exact: what is summed are distances from one of the values, so that sums and products stay below 2^53. */
function takeMean(oracle: Oracle): void {
  const n = oracle.wholes.length
  const base = oracle.wholes[0]!
  let wholes = 0
  let rests = 0
  for (let i = 0; i < n; i++) {
    wholes += oracle.wholes[i]! - base
    rests += oracle.rests[i]!
  }
  const whole = Math.floor(wholes / n)
  const rest = Math.floor(((wholes - whole * n) * REST_ONE + rests) / n)
  const carry = Math.floor(rest / REST_ONE)
  oracle.mean_whole = base + whole + carry
  oracle.mean_rest = rest - carry * REST_ONE
}

function row(line: Wire.Line, at: Micros, stamp: Micros, instrument: number, whole: E8, rest: number): void {
  Wire.put(line, at, stamp, Kind.ORACLE, instrument, 0, whole, rest, Flag.LAST)
}
