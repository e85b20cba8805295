import { MICRO, type MicroShares } from '../units/index.ts'
import type { QuoteConfig } from './settings.ts'

/** How inventory leans. Outcomes are 0 up, 1 down; −1: none. */
export type Skew = {
  /** |unpaired| over `max_unpaired`, at most 1. */
  lean: number
  /** The outcome held in excess, −1 when paired. */
  heavy: 0 | 1 | -1
  /** The other one: its buys complete pairs. −1 when paired. */
  light: 0 | 1 | -1
}

/** No lean. */
export function create(): Skew {
  return { lean: 0, heavy: -1, light: -1 }
}

/**
 * Measure the lean of an inventory (formulas.md §6). HOT: writes into `skew`.
 *
 * @param unpaired up − down, in-flight marketable buys counted as bought
 */
export function measure(skew: Skew, config: QuoteConfig, unpaired: MicroShares): void {
  skew.lean = Math.min(1, Math.abs(unpaired) / (config.max_unpaired * MICRO))
  skew.heavy = unpaired > 0 ? 0 : unpaired < 0 ? 1 : -1
  skew.light = unpaired > 0 ? 1 : unpaired < 0 ? 0 : -1
}

/** What an outcome's sizes are multiplied by: less on the heavy side, more on the light one. */
export function scale(skew: Skew, config: QuoteConfig, outcome: number): number {
  if (outcome === skew.heavy) return 1 - skew.lean
  if (outcome === skew.light) return 1 + config.boost * skew.lean
  return 1
}

/** The first ladder level that an outcome quotes: the heavy side leaves out level 0, then every level. */
export function firstLevel(skew: Skew, config: QuoteConfig, outcome: number): number {
  if (outcome !== skew.heavy) return 0
  if (skew.lean >= config.skew_drop_side) return config.levels
  return skew.lean >= config.skew_drop_level0 ? 1 : 0
}
