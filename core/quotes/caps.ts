import { floorToGrid, type PriceGrid, type Probability, stepsFrom, type Tick } from '../units/index.ts'
import type { QuoteConfig } from './settings.ts'

/**
 * How far the probability is expected to move over the horizon `h_s`: φ(z)·√(h/τ_eff). It grows towards the end of a
 * window, as the margins must (formulas.md §4).
 *
 * @param speed φ(z)/√τ_eff, per √s
 */
export function expectedMove(config: QuoteConfig, speed: number): Probability {
  return speed * Math.sqrt(config.h_s)
}

/** Real USDC that a bid keeps below the model's probability (formulas.md §6). */
export function margin(config: QuoteConfig, move: Probability): number {
  return config.m0 + config.m1 * move
}

/**
 * Real USDC that the bids for both outcomes may cost together (formulas.md §6).
 *
 * @param fast the FAST_MOVE regime is on
 */
export function targetTotal(config: QuoteConfig, move: Probability, fast: boolean): number {
  const total = config.base_total - config.k_v * move - (fast ? config.k_tox : 0)
  return Math.max(config.min_total, Math.min(config.max_total, total))
}

/**
 * The competitive price of a post-only bid under its cap, in the outcome's own terms (formulas.md §6): at the touch or
 * `improve` ticks inside the spread, never at the ask. With no bid it starts from the cap; with no ask the bid rules.
 *
 * @param best_bid −1 where the side is empty
 * @param best_ask −1 where the side is empty
 * @param cap highest price allowed, in 1e-4, any whole number
 * @returns a price of the grid, or 0: no bid
 */
export function competitive(
  best_bid: Tick,
  best_ask: Tick,
  cap: Tick,
  grid: PriceGrid,
  improve: number,
): Tick {
  let price = Math.min(cap, grid.highest)
  if (best_bid >= 0) price = Math.min(price, stepsFrom(grid, best_bid, improve))
  if (best_ask >= 0) price = Math.min(price, stepsFrom(grid, best_ask, -1))
  return price < grid.lowest ? 0 : floorToGrid(grid, price)
}
