import { ConfigError, type Section, type Values } from '../config/index.ts'

/** How the market maker quotes (formulas.md §6, §13). Prices are USDC a share, sizes shares. */
export const settings = {
  base_total: {
    type: 'number',
    default: 0.99,
    min: 0.5,
    max: 0.9999,
    unit: 'USDC',
    doc: 'what a pair of Up and Down bids may cost in calm times',
  },
  min_total: {
    type: 'number',
    default: 0.95,
    min: 0.5,
    max: 0.9999,
    unit: 'USDC',
    doc: 'the pair price is never held lower than this by speed or toxicity',
  },
  max_total: {
    type: 'number',
    default: 0.995,
    min: 0.5,
    max: 0.9999,
    unit: 'USDC',
    doc: 'the pair price never exceeds this; below 1, so that the bids of both outcomes never meet',
  },
  k_v: {
    type: 'number',
    default: 0.05,
    min: 0,
    max: 10,
    unit: '',
    doc: 'how much the pair price falls with the speed of the probability',
  },
  k_tox: {
    type: 'number',
    default: 0.02,
    min: 0,
    max: 1,
    unit: 'USDC',
    doc: 'how much the pair price falls in a fast move',
  },
  m0: {
    type: 'number',
    default: 0.005,
    min: 0,
    max: 1,
    unit: 'USDC',
    doc: 'margin below the model probability that every bid keeps',
  },
  m1: {
    type: 'number',
    default: 0.15,
    min: 0,
    max: 10,
    unit: '',
    doc: 'how much the margin grows with the speed of the probability',
  },
  h_s: {
    type: 'number',
    default: 2,
    min: 0,
    max: 600,
    unit: 's',
    doc: 'horizon over which the probability is expected to move against a resting bid',
  },
  improve_ticks: {
    type: 'number',
    default: 0,
    min: 0,
    max: 100,
    integer: true,
    unit: 'ticks',
    doc: 'how far above the best bid to bid',
  },
  step_ticks: {
    type: 'number',
    default: 1,
    min: 1,
    max: 100,
    integer: true,
    unit: 'ticks',
    doc: 'distance between ladder levels',
  },
  levels: {
    type: 'number',
    default: 3,
    min: 1,
    max: 15,
    integer: true,
    unit: 'levels',
    doc: 'ladder levels of each outcome',
  },
  base_size: {
    type: 'number',
    default: 20,
    min: 0.01,
    max: 1e6,
    unit: 'shares',
    doc: 'size of ladder level 0',
  },
  growth: {
    type: 'number',
    default: 1.5,
    min: 0.1,
    max: 10,
    unit: '',
    doc: 'size of a level over the size of the level before it',
  },
  max_unpaired: {
    type: 'number',
    default: 100,
    min: 0.01,
    max: 1e6,
    unit: 'shares',
    doc: 'unpaired shares at which the heavy side is fully skewed away',
  },
  boost: {
    type: 'number',
    default: 0.5,
    min: 0,
    max: 10,
    unit: '',
    doc: 'how much larger the light side quotes at full skew',
  },
  skew_drop_level0: {
    type: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    unit: '',
    doc: 'skew from which the heavy side leaves its level 0 out',
  },
  skew_drop_side: {
    type: 'number',
    default: 0.8,
    min: 0,
    max: 1,
    unit: '',
    doc: 'skew from which the heavy side does not quote',
  },
  min_pair_profit: {
    type: 'number',
    default: 0.005,
    min: -1,
    max: 1,
    unit: 'USDC',
    doc: 'least profit of a pair that a resting bid of the light side completes',
  },
  cutoff_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'from this long before the end: no orders, cancel all',
  },
} as const satisfies Section

/** The settings' values. */
export type QuoteConfig = Values<typeof settings>

/**
 * Settings that only make sense together.
 *
 * @throws ConfigError `config.range` when the bounds of the pair price or the skew thresholds are in the wrong order
 */
export function assertConfig(config: QuoteConfig): void {
  if (config.min_total > config.max_total)
    throw new ConfigError(
      'config.range',
      'strategy.min_total',
      config.min_total,
      `at most max_total, ${config.max_total}`,
    )
  if (config.skew_drop_level0 > config.skew_drop_side)
    throw new ConfigError(
      'config.range',
      'strategy.skew_drop_level0',
      config.skew_drop_level0,
      `at most skew_drop_side, ${config.skew_drop_side}`,
    )
}
