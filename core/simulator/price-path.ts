import type { Section, Values } from '../config/index.ts'
import { exp } from '../numerics/index.ts'
import type { Rng } from '../random/index.ts'
import { MINUTE, type Micros, SECOND } from '../units/index.ts'
import * as Draw from './draws.ts'
import * as Flow from './flow.ts'

/** The path of BTC (section `sim_price`). Volatilities in bp per square root of a minute. */
export const settings = {
  start_usd: {
    type: 'number',
    default: 74_000,
    min: 1,
    max: 10_000_000,
    unit: 'USD',
    doc: 'Price at the beginning.',
  },
  quiet_bp: {
    type: 'number',
    default: 3.2,
    min: 0,
    max: 1_000,
    unit: 'bp/√min',
    doc: 'Volatility of the quiet regime.',
  },
  normal_bp: {
    type: 'number',
    default: 6,
    min: 0,
    max: 1_000,
    unit: 'bp/√min',
    doc: 'Volatility of the normal regime.',
  },
  wild_bp: {
    type: 'number',
    default: 12,
    min: 0,
    max: 1_000,
    unit: 'bp/√min',
    doc: 'Volatility of the wild regime.',
  },
  quiet_share: {
    type: 'number',
    default: 0.45,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Share of the time that is quiet.',
  },
  wild_share: {
    type: 'number',
    default: 0.13,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Share of the time that is wild; what is neither is normal.',
  },
  regime_s: {
    type: 'number',
    default: 900,
    min: 1,
    max: 1_000_000,
    unit: 's',
    doc: 'Mean time until the regime is drawn anew, by its shares.',
  },
  jumps_per_hour: {
    type: 'number',
    default: 6,
    min: 0,
    max: 100_000,
    unit: '1/h',
    doc: 'Jumps.',
  },
  jump_bp: {
    type: 'number',
    default: 6,
    min: 0,
    max: 1_000,
    unit: 'bp',
    doc: 'Mean size of a jump; sizes are exponential, directions even.',
  },
  foreseen: {
    type: 'number',
    default: 0.1,
    min: 0,
    max: 0.95,
    unit: '',
    doc: 'Share of the variance, jumps apart, that is flow traders see coming: orders being worked, which no recorded feed shows.',
  },
  foreseen_s: {
    type: 'number',
    default: 180,
    min: 1,
    max: 100_000,
    unit: 's',
    doc: 'Mean time by which they see it before it moves the price.',
  },
} as const satisfies Section

/** Time between two prices of the path. */
export const STEP_US: Micros = 20_000

/** The true price, which nobody sees: every feed and every trader has an own view of it. */
export type PricePath = {
  rng: Rng.Rng
  /** USD. */
  price: number
  /** Variance per second in force, jumps apart. */
  variance: number
  regime: number
  regime_due_us: Micros
  jump_due_us: Micros
  /** Of the regimes quiet, normal, wild: variance per second, cumulated shares; their mean, jumps apart. */
  variances: Float64Array
  shares: Float64Array
  mean_variance: number
  /** What jumps add to the variance per second. */
  jump_variance: number
  regime_us: Micros
  jump_us: Micros
  jump: number
  flow: Flow.Flow
  /** Deviation of one step's surprise and of one second's flow, for a variance of 1 per second. */
  surprise: number
  foreseen: number
}

const BP = 1e-4
const HOUR_US = 60 * MINUTE
/** Steps of a second. */
const STEPS = SECOND / STEP_US

/** The path at its beginning. */
export function create(rng: Rng.Rng, config: Values<typeof settings>, now: Micros): PricePath {
  const quiet = config.quiet_share
  const wild = Math.min(config.wild_share, 1 - quiet)
  const weights = [quiet, 1 - quiet - wild, wild]
  const variances = [config.quiet_bp, config.normal_bp, config.wild_bp].map((bp) => (bp * BP * bp * BP) / 60)
  const jump = config.jump_bp * BP
  const path: PricePath = {
    rng,
    price: config.start_usd,
    variance: 0,
    regime: 0,
    regime_due_us: now,
    jump_due_us: Number.POSITIVE_INFINITY,
    variances: Float64Array.from(variances),
    shares: Draw.cumulate(weights),
    mean_variance: variances.reduce((sum, variance, i) => sum + variance * weights[i]!, 0),
    // The second moment of an exponential is twice the square of its mean.
    jump_variance: (config.jumps_per_hour / 3_600) * 2 * jump * jump,
    regime_us: config.regime_s * SECOND,
    jump_us: config.jumps_per_hour > 0 ? HOUR_US / config.jumps_per_hour : Number.POSITIVE_INFINITY,
    jump,
    flow: Flow.create(rng, config.foreseen_s, Math.floor(now / SECOND)),
    surprise: Math.sqrt((1 - config.foreseen) / STEPS),
    foreseen: Math.sqrt(config.foreseen),
  }
  drawRegime(path, now)
  path.jump_due_us = now + Draw.exponential(rng, path.jump_us)
  return path
}

/** Go one step on, to the time `now`. */
export function step(path: PricePath, now: Micros): void {
  if (now >= path.regime_due_us) drawRegime(path, now)
  const { rng, flow } = path
  const second = Math.floor((now - STEP_US) / SECOND)
  Flow.turn(flow, second)
  const told = (path.foreseen * Flow.at(flow, second)) / STEPS
  let move = Math.sqrt(path.variance) * (path.surprise * Draw.normal(rng) + told)
  if (now >= path.jump_due_us) {
    const size = Draw.exponential(rng, path.jump)
    move += Draw.chance(rng, 0.5) ? size : -size
    path.jump_due_us = now + Draw.exponential(rng, path.jump_us)
  }
  path.price *= 1 + move
}

/**
 * Mean variance per second that the path will have over the next `seconds`, jumps apart, as one knows it who sees the
 * regime: it falls back to the mean as regimes are drawn anew.
 */
export function expectedVariance(path: PricePath, seconds: number): number {
  const steps = (seconds * SECOND) / path.regime_us
  const weight = steps < 1e-6 ? 1 : (1 - exp(-steps)) / steps
  return path.mean_variance + (path.variance - path.mean_variance) * weight
}

/** Chance that neither a jump nor another regime comes within the next `seconds`. */
export function calmChance(path: PricePath, seconds: number): number {
  return exp(-seconds * SECOND * (1 / path.jump_us + 1 / path.regime_us))
}

function drawRegime(path: PricePath, now: Micros): void {
  path.regime = Draw.pick(path.rng, path.shares)
  path.variance = path.variances[path.regime]!
  path.regime_due_us = now + Draw.exponential(path.rng, path.regime_us)
}
