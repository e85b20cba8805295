import { type Book, Book as Books } from '../book/index.ts'
import type { Section, Values } from '../config/index.ts'
import {
  ceilPrice,
  ceilToGrid,
  DAY,
  MICRO,
  type MicroShares,
  type Micros,
  type MicroUsdc,
  mulDiv,
  ONE,
  type PriceGrid,
  type Probability,
  stepsFrom,
  type Tick,
} from '../units/index.ts'

/** Liquidity rewards: how orders score, and whether quotes move to score (formulas.md §6). */
export const settings = {
  chase_rewards: {
    type: 'flag',
    default: false,
    unit: '',
    doc: 'move size or price of quotes so that they score; caps, pair rule and limits always hold',
  },
  reward_max_spread: {
    type: 'number',
    default: 0.045,
    min: 0.0001,
    max: 1,
    unit: 'USDC',
    doc: 'distance v from the mid within which an order scores',
  },
  reward_min_size: {
    type: 'number',
    default: 50,
    min: 0.01,
    max: 1e6,
    unit: 'shares',
    doc: 'smallest order that scores',
  },
  reward_c: {
    type: 'number',
    default: 3,
    min: 1,
    max: 1000,
    unit: '',
    doc: 'a one-sided score counts this many times less',
  },
  reward_mid_low: {
    type: 'number',
    default: 0.1,
    min: 0,
    max: 0.5,
    unit: 'USDC',
    doc: 'below this mid, and above 1 less it, one-sided quotes do not score',
  },
  reward_pool: {
    type: 'number',
    default: 0,
    min: 0,
    max: 1e9,
    unit: 'USDC/day',
    doc: 'daily pool of a market for the estimate of the report; 0: unknown, no estimate',
  },
} as const satisfies Section

export type RewardConfig = Values<typeof settings>

/** Scores of the two sides of the book: bids for Up and asks for Down are one, the mirror the other. */
export type Sides = { first: number; second: number }

/**
 * The score of one order: ((v − s)/v)²·size, 0 from `v` on.
 *
 * @param distance s, from the mid, in the units of `spread_max`
 * @param spread_max v > 0
 * @param size in any unit; the score is in the same
 */
export function score(distance: number, spread_max: number, size: number): number {
  if (distance >= spread_max) return 0
  const share = (spread_max - Math.max(0, distance)) / spread_max
  return share * share * size
}

/**
 * The score of a two-sided quote: max(min(Q1, Q2), max(Q1, Q2)/c); outside the middle range of mids one-sided quotes
 * do not score and the weaker side rules.
 *
 * @param mid Up mid as a probability
 */
export function quoteScore(config: RewardConfig, sides: Sides, mid: Probability): number {
  const both = Math.min(sides.first, sides.second)
  if (mid < config.reward_mid_low || mid > 1 - config.reward_mid_low) return both
  return Math.max(both, Math.max(sides.first, sides.second) / config.reward_c)
}

/** Add one resting order to the scores, if it is large enough to score. `mid` is the Up mid in 1e-4. */
export function addOrder(
  sides: Sides,
  config: RewardConfig,
  mid: number,
  outcome: number,
  side: number,
  price: Tick,
  size: MicroShares,
): void {
  if (size < config.reward_min_size * MICRO) return
  const up_price = outcome === 0 ? price : ONE - price
  const bids = (outcome === 0) === (side === Books.BID)
  const points = score(bids ? mid - up_price : up_price - mid, config.reward_max_spread * ONE, size)
  if (bids) sides.first += points
  else sides.second += points
}

/**
 * The scores of everybody's displayed levels. Levels are taken for one order each, so that many small orders count as
 * one large: the true total is at most this.
 */
export function addBook(sides: Sides, config: RewardConfig, mid: number, book: Book): void {
  for (let p = book.best_bid; p >= 0; p = Books.next(book, Books.BID, p))
    addOrder(sides, config, mid, 0, Books.BID, p, book.bid_sizes[p]!)
  for (let p = book.best_ask; p >= 0; p = Books.next(book, Books.ASK, p))
    addOrder(sides, config, mid, 0, Books.ASK, p, book.ask_sizes[p]!)
}

/** A range of money, in micro-USDC. */
export type Range = { low: MicroUsdc; high: MicroUsdc }

/**
 * What quotes that stood for `held_us` may have earned: from nothing (the pool, its minimum and who else scores are not
 * known for sure) to our share of the pool among the displayed orders. Never part of a trading result.
 *
 * @param own our {@link quoteScore}
 * @param others the quote score of the book without our orders
 */
export function estimate(config: RewardConfig, own: number, others: number, held_us: Micros): Range {
  if (own <= 0 || config.reward_pool === 0) return { low: 0, high: 0 }
  const pool = mulDiv(Math.round(config.reward_pool * MICRO), held_us, DAY, 'down')
  return { low: 0, high: Math.floor(pool * (own / (own + others))) }
}

/**
 * The lowest price of the grid at which a bid for an outcome scores, in the outcome's own terms.
 *
 * @param mid Up mid in 1e-4; NaN: none scores, answers 1e-4·{@link ONE}, above every bid
 */
export function lowestScoring(config: RewardConfig, mid: number, outcome: number, grid: PriceGrid): Tick {
  if (Number.isNaN(mid)) return ONE
  const own_mid = outcome === 0 ? mid : ONE - mid
  const edge = ceilPrice(own_mid / ONE - config.reward_max_spread)
  const price = ceilToGrid(grid, edge)
  // At the very edge the score is 0.
  return own_mid - price >= config.reward_max_spread * ONE ? stepsFrom(grid, price, 1) : price
}
