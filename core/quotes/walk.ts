import { Book, type BookSide } from '../book/index.ts'
import {
  type MicroShares,
  type MicroUsdc,
  mulDiv,
  notional,
  ONE,
  type PriceGrid,
  stepAt,
  type Tick,
} from '../units/index.ts'
import { buyFee, type FeeTerms, kept as keptOf, sellFee } from './cost.ts'

/** What a marketable order would do against the displayed book. */
export type Walk = {
  /** Gross micro-shares. */
  shares: MicroShares
  /** Micro-shares that count: bought less the fee in shares; sold. */
  net: MicroShares
  /** Σ price·size in micro-USDC, each level rounded against us; fees in USDC apart. */
  money: MicroUsdc
  /** Fees in USDC, real micro-USDC. */
  fee: number
  /** Price of the last level touched, in token terms; 0 where nothing was. */
  worst: Tick
  /** The book within the limit gave out before the order was done. */
  short: boolean
}

/** An empty walk. */
export function create(): Walk {
  return { shares: 0, net: 0, money: 0, fee: 0, worst: 0, short: false }
}

/**
 * Walk the book with a buy, best level first, until `wanted` net shares, the limit or the money is used up. HOT.
 *
 * @param limit highest price in token terms
 * @param wanted net micro-shares
 * @param spend most Σ price·size
 * @param cash most Σ price·size and USDC fees together
 */
export function buy(
  walk: Walk,
  book: Book,
  outcome: 0 | 1,
  limit: Tick,
  wanted: MicroShares,
  spend: MicroUsdc,
  cash: MicroUsdc,
  terms: FeeTerms,
): void {
  reset(walk)
  const side: BookSide = outcome === 0 ? Book.ASK : Book.BID
  for (let at = Book.best(book, side); walk.net < wanted; at = Book.next(book, side, at)) {
    const price = outcome === 0 ? at : ONE - at
    if (at < 0 || price > limit) {
      walk.short = true
      return
    }
    const kept = keptOf(terms, price)
    const fee = buyFee(terms, price)
    const missing = Math.ceil((wanted - walk.net) / kept)
    const affordable = Math.min(
      mulDiv(spend - walk.money, ONE, price, 'down'),
      Math.floor((cash - walk.money - walk.fee) / (price / ONE + fee)),
    )
    const size = Math.min(Book.size(book, side, at), missing, affordable)
    if (size <= 0) return
    walk.shares += size
    // The last share of a fee is the venue's: never more is counted than was wanted.
    walk.net = Math.min(wanted, walk.net + Math.floor(size * kept))
    walk.money += notional(size, price, 'up')
    walk.fee += size * fee
    walk.worst = price
    if (size === affordable) return
  }
}

/**
 * Walk the book with a sell of `wanted` micro-shares down to `limit` (token terms); money is rounded down. HOT.
 */
export function sell(
  walk: Walk,
  book: Book,
  outcome: 0 | 1,
  limit: Tick,
  wanted: MicroShares,
  terms: FeeTerms,
): void {
  reset(walk)
  const side: BookSide = outcome === 0 ? Book.BID : Book.ASK
  for (let at = Book.best(book, side); walk.shares < wanted; at = Book.next(book, side, at)) {
    const price = outcome === 0 ? at : ONE - at
    if (at < 0 || price < limit) {
      walk.short = true
      return
    }
    const size = Math.min(Book.size(book, side, at), wanted - walk.shares)
    walk.shares += size
    walk.net += size
    walk.money += notional(size, price, 'down')
    walk.fee += size * sellFee(terms, price)
    walk.worst = price
  }
}

/** Average price of a walk in 1e-4, real; NaN where nothing was walked. */
export function average(walk: Walk): number {
  return walk.shares === 0 ? Number.NaN : (walk.money * ONE) / walk.shares
}

/**
 * How far an average price lies beyond the touch, against us, over what the slippage guard allows (formulas.md §8):
 * positive means refused. In 1e-4, real.
 *
 * @param max_bps allowed slippage of the touch, but never less than one step of the grid
 */
export function excessSlippage(
  touch: Tick,
  averagePrice: number,
  grid: PriceGrid,
  max_bps: number,
  buys: boolean,
): number {
  const slipped = buys ? averagePrice - touch : touch - averagePrice
  return slipped - slippageAllowed(touch, grid, max_bps)
}

/** Slippage allowed at a touch, in 1e-4, real: `max_bps` of it, at least one step of the grid. */
export function slippageAllowed(touch: Tick, grid: PriceGrid, max_bps: number): number {
  return Math.max(stepAt(grid, touch), (touch * max_bps) / 10_000)
}

function reset(walk: Walk): void {
  walk.shares = 0
  walk.net = 0
  walk.money = 0
  walk.fee = 0
  walk.worst = 0
  walk.short = false
}
