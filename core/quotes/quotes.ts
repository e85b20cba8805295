import { Book } from '../book/index.ts'
import { addResting, type Desired, type View } from '../strategies/strategy.ts'
import {
  floorPrice,
  floorToGrid,
  MICRO,
  type MicroShares,
  ONE,
  type PriceGrid,
  stepsFrom,
  type Tick,
} from '../units/index.ts'
import * as Budget from './budget.ts'
import { competitive, expectedMove, margin, targetTotal } from './caps.ts'
import * as Pair from './pair.ts'
import * as Rewards from './rewards.ts'
import { assertConfig, type QuoteConfig } from './settings.ts'
import * as Skew from './skew.ts'

/** Settings of the quotes, rewards included. */
export type QuoterConfig = QuoteConfig & Rewards.RewardConfig

/** The quoting half of the market maker: its settings, and room that every decision writes anew. Plain data. */
export type Quoter = {
  readonly config: QuoterConfig
  /** Size of each ladder level before scaling, in lots of 0.01 shares, real. */
  readonly lots: Float64Array
  /** Level-0 bids after the pair rule; 0: none. */
  readonly pair: Pair.Pair
  readonly skew: Skew.Skew
  readonly budget: Budget.Budget
}

/** Sizes this little below a whole lot are that lot: floating noise, in lots. */
const NOISE = 1e-6

/**
 * A quoter.
 *
 * @throws ConfigError for settings that contradict each other
 */
export function create(config: QuoterConfig): Quoter {
  assertConfig(config)
  const lots = new Float64Array(config.levels)
  // Powers by repeated multiplication, because `**` may differ between engines in the last bit.
  let size = (config.base_size * MICRO) / Budget.LOT
  for (let level = 0; level < config.levels; level++) {
    lots[level] = size
    size *= config.growth
  }
  return {
    config,
    lots,
    pair: { up: 0, down: 0 },
    skew: Skew.create(),
    budget: Budget.create(),
  }
}

/**
 * State the resting bids that a market should have (formulas.md §6), with the caps that live orders are held to.
 * Marketable orders that `desired` holds already come first: they take their part of the limits, a completing one
 * replaces the completing bid, and no bid may meet one. The view must be ready and before the cutoff. HOT.
 *
 * @param fast the FAST_MOVE regime is on
 */
export function decide(quoter: Quoter, view: View, desired: Desired, fast: boolean): void {
  const { config, budget, pair, skew } = quoter
  const move = expectedMove(config, view.speed)
  const kept = margin(config, move)
  desired.cap_up = view.q_up - kept
  desired.cap_down = 1 - view.q_up - kept
  desired.target_total = targetTotal(config, move, fast)
  Skew.measure(skew, config, view.unpaired)
  Budget.open(budget, view.headroom, view.unpaired)
  pair.up = start(quoter, view, 0, floorPrice(desired.cap_up))
  pair.down = start(quoter, view, 1, floorPrice(desired.cap_down))
  Pair.trim(pair, floorPrice(desired.target_total), view.q_up, view.grid)
  const taker = takers(quoter, view, desired)
  const completing = taker >= 0 ? -1 : complete(quoter, view, desired)
  for (let level = 0; level < config.levels; level++) {
    if (completing !== 0 || level > 0) rung(quoter, view, desired, 0, level)
    if (completing !== 1 || level > 0) rung(quoter, view, desired, 1, level)
  }
}

/** The level-0 price of an outcome before the pair rule. */
function start(quoter: Quoter, view: View, outcome: 0 | 1, cap: Tick): Tick {
  const bid = Book.tokenBest(view.book, outcome, Book.BID)
  const ask = Book.tokenBest(view.book, outcome, Book.ASK)
  return competitive(bid, ask, cap, view.grid, quoter.config.improve_ticks)
}

/**
 * Marketable buys stated before the quotes: they spend first, and the bids of the other outcome stay below where they
 * would trade with them.
 *
 * @returns the outcome that a marketable order completes, −1 for none
 */
function takers(quoter: Quoter, view: View, desired: Desired): number {
  let completes = -1
  for (let row = 0; row < desired.length; row++) {
    if (desired.side[row] !== Book.BID || desired.amount[row] === 0) continue
    const outcome = desired.outcome[row]!
    quoter.budget.cash -= desired.amount[row]!
    if (desired.completing[row] === 1) completes = outcome
    else quoter.budget.global -= desired.amount[row]!
    keepApart(quoter.pair, outcome, desired.price[row]!, view.grid)
  }
  return completes
}

/** Lower the other outcome's bid so that it and a buy of `outcome` at `price` cannot trade with each other. */
function keepApart(pair: Pair.Pair, outcome: number, price: Tick, grid: PriceGrid): void {
  const most = floorToGrid(grid, ONE - 1 - price)
  const highest = most < grid.lowest ? 0 : most
  if (outcome === 0) pair.down = Math.min(pair.down, highest)
  else pair.up = Math.min(pair.up, highest)
}

/**
 * The completing bid: for the unpaired quantity only, the light side's level 0 may cost what still leaves
 * `min_pair_profit`, in place of cap and pair rule. It takes the place of the ordinary level 0 where it is higher.
 *
 * It asks for all that is unpaired, whatever the ladder's size and the regime's scalar: a pair below 1 is won whichever
 * way the price goes next.
 *
 * @returns the outcome whose level 0 it is, −1 for none
 */
function complete(quoter: Quoter, view: View, desired: Desired): number {
  const { config, budget, pair, skew } = quoter
  const light = skew.light
  if (light === -1) return -1
  desired.cap_completing = 1 - view.unpaired_cost - config.min_pair_profit
  const price = start(quoter, view, light, floorPrice(desired.cap_completing))
  if (price <= (light === 0 ? pair.up : pair.down)) return -1
  const size = Budget.cut(budget, Budget.floorLot(Math.abs(view.unpaired)), price, true)
  if (size < view.min_size || size === 0) return -1
  addResting(desired, light, Book.BID, 0, price, size, true)
  Budget.spend(budget, size, price, true)
  keepApart(pair, light, price, view.grid)
  return light
}

/** One level of one outcome. */
function rung(quoter: Quoter, view: View, desired: Desired, outcome: 0 | 1, level: number): void {
  const { config, budget, skew } = quoter
  const top = outcome === 0 ? quoter.pair.up : quoter.pair.down
  if (top === 0 || level < Skew.firstLevel(skew, config, outcome)) return
  let price = stepsFrom(view.grid, top, -level * config.step_ticks)
  if (config.chase_rewards) price = Math.max(price, scoring(quoter, view, outcome, top))
  if (price < view.grid.lowest) return
  const light = outcome === skew.light
  const size = Budget.cut(budget, rungSize(quoter, view, outcome, level), price, light)
  if (size < view.min_size || size === 0) return
  addResting(desired, outcome, Book.BID, level, price, size, false)
  Budget.spend(budget, size, price, light)
}

/** Micro-shares that a level asks for before limits cut it, in whole lots. */
function rungSize(quoter: Quoter, view: View, outcome: 0 | 1, level: number): MicroShares {
  const { config, skew } = quoter
  const scaled = quoter.lots[level]! * view.size_scalar * Skew.scale(skew, config, outcome)
  const size = Math.floor(scaled + NOISE) * Budget.LOT
  // Chasing never enlarges the heavy side, nor wakes a level that is switched off.
  if (!config.chase_rewards || size === 0 || outcome === skew.heavy) return size
  return Math.max(size, Math.floor((config.reward_min_size * MICRO) / Budget.LOT) * Budget.LOT)
}

/** The lowest price at which a bid scores, 0 where that is above what the bid may cost. */
function scoring(quoter: Quoter, view: View, outcome: 0 | 1, top: Tick): Tick {
  const price = Rewards.lowestScoring(quoter.config, view.mid, outcome, view.grid)
  return price <= top ? price : 0
}
