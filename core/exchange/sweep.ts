import * as Book from '../book/module.ts'
import { type Fee, Fees } from '../fees/index.ts'
import {
  ceilToGrid,
  floorToGrid,
  type MicroShares,
  type Micros,
  type MicroUsdc,
  mulDiv,
  notional,
  ONE,
  type PriceGrid,
  type Tick,
} from '../units/index.ts'
import { tokenPrice } from './account.ts'
import * as Display from './display.ts'
import { feeOf, overpaidOf } from './fills.ts'
import type { Exchange } from './state.ts'
import { gridIn } from './terms.ts'

/**
 * What a marketable order would trade with the book as it is. Its checks (balance, all or nothing) and its fills follow
 * the same plan, so that they cannot disagree.
 */
export type Sweep = {
  /** Trades, best price first. */
  count: number
  /** Canonical price of each. */
  readonly price: Float64Array
  /** Canonical price of the level that each takes from: by `bbo` the touch, whatever it pays. */
  readonly level: Float64Array
  /** Micro-shares of each. */
  readonly size: Float64Array
  /** Nobody recorded what the level displays: the trades may be larger than it was. */
  beyond_display: boolean
  /** What all of them cost or bring, micro-USDC, fees apart. */
  cash: MicroUsdc
  /** Fees in USDC of all. */
  fee_usdc: MicroUsdc
  /** What the order will have paid too much by rounding, after all. */
  overpaid: MicroUsdc
  /** What stays: micro-USDC of an order by money, micro-shares of any other. */
  left: number
}

const charged: Fee = Fees.createOut()

/** An empty plan, to be reused. */
export function create(): Sweep {
  return {
    count: 0,
    price: new Float64Array(ONE + 1),
    level: new Float64Array(ONE + 1),
    size: new Float64Array(ONE + 1),
    beyond_display: false,
    cash: 0,
    fee_usdc: 0,
    overpaid: 0,
    left: 0,
  }
}

/** The canonical side that an order trades against. */
export function opposite(book_side: number): Book.BookSide {
  return book_side === Book.BID ? Book.ASK : Book.BID
}

/** Whether a canonical price is within an order's limit. */
export function within(ex: Exchange, slot: number, at: Tick): boolean {
  const table = ex.state.orders
  return table.book_side[slot] === Book.BID ? at <= table.price[slot]! : at >= table.price[slot]!
}

/**
 * Whether the order would trade with the book as it is. In a gap nobody knows the book: nothing crosses and nothing
 * matches.
 */
export function isMarketable(ex: Exchange, slot: number): boolean {
  const table = ex.state.orders
  const market = table.market[slot]!
  const { book } = ex.feeds[market]!
  if (book === null || ex.state.markets[market]!.silent) return false
  const touch = Book.best(book, opposite(table.book_side[slot]!))
  return touch >= 0 && within(ex, slot, touch)
}

/**
 * Plan the trades of an order with what is displayed to it: by `bbo` at the slipped touch, else the levels up to its limit
 * (formulas.md §10). Where the data have no sizes, `bbo` fills the whole order and says so.
 *
 * @param out filled
 */
export function plan(ex: Exchange, slot: number, now: Micros, out: Sweep): void {
  const table = ex.state.orders
  out.count = 0
  out.beyond_display = false
  out.cash = 0
  out.fee_usdc = 0
  out.overpaid = overpaidOf(ex, slot)
  out.left = table.by_money[slot] === 1 ? table.amount[slot]! : table.remaining[slot]!
  if (!isMarketable(ex, slot)) return
  if (ex.config.fill === 'bbo') atTouch(ex, slot, now, out)
  else walk(ex, slot, now, out)
}

function atTouch(ex: Exchange, slot: number, now: Micros, out: Sweep): void {
  const table = ex.state.orders
  const market = table.market[slot]!
  const { book, tick, unsized } = ex.feeds[market]!
  const outcome = table.outcome[slot]!
  const side = opposite(table.book_side[slot]!)
  const level = Book.best(book!, side)
  const touch = tokenPrice(outcome, level)
  const at = tokenPrice(
    outcome,
    slipped(touch, gridIn(ex.terms[market]!, tick), ex.config.slip_bps, table.side[slot] === 1),
  )
  if (!within(ex, slot, at)) return
  const most = wanted(ex, slot, at, out.left)
  const size = unsized ? most : Math.min(most, Display.toTakers(ex, market, side, level))
  out.beyond_display = unsized
  add(ex, slot, at, level, size, now, out)
}

function walk(ex: Exchange, slot: number, now: Micros, out: Sweep): void {
  const table = ex.state.orders
  const market = table.market[slot]!
  const book = ex.feeds[market]!.book!
  const side = opposite(table.book_side[slot]!)
  for (let at = Book.best(book, side); at >= 0 && within(ex, slot, at); at = Book.next(book, side, at)) {
    const shown = Display.toTakers(ex, market, side, at)
    add(ex, slot, at, at, Math.min(shown, wanted(ex, slot, at, out.left)), now, out)
    if (out.left === 0) return
  }
}

/** Shares wanted at a canonical price: of an order by money, what the rest of the money buys there. */
function wanted(ex: Exchange, slot: number, at: Tick, left: number): MicroShares {
  const table = ex.state.orders
  return table.by_money[slot] === 1 ? mulDiv(left, ONE, tokenPrice(table.outcome[slot]!, at), 'down') : left
}

function add(
  ex: Exchange,
  slot: number,
  at: Tick,
  level: Tick,
  size: MicroShares,
  now: Micros,
  out: Sweep,
): void {
  if (size <= 0) return
  const table = ex.state.orders
  const price = tokenPrice(table.outcome[slot]!, at)
  const cash = notional(size, price, 'up')
  feeOf(ex, slot, price, size, false, out.overpaid, now, charged)
  out.price[out.count] = at
  out.level[out.count] = level
  out.size[out.count] = size
  out.count++
  out.cash += cash
  out.fee_usdc += charged.fee_usdc
  out.overpaid = charged.overpaid
  out.left -= table.by_money[slot] === 1 ? cash : size
}

/** A product of prices that should lie on the grid may miss it by the last bits of a float. */
const NOISE = 1e-9

/**
 * A token's touch worsened by `bps`, rounded to the adverse price of the grid, inside it and never better than the touch
 * itself.
 *
 * @param touch in the token's terms
 */
export function slipped(touch: Tick, grid: PriceGrid, bps: number, buys: boolean): Tick {
  const moved = (touch * (buys ? 10_000 + bps : 10_000 - bps)) / 10_000
  if (buys) return Math.max(Math.min(ceilToGrid(grid, moved - NOISE), grid.highest), touch)
  return Math.min(Math.max(floorToGrid(grid, moved + NOISE), grid.lowest), touch)
}
