import * as Book from '../book/module.ts'
import { type MicroShares, ONE, type Tick } from '../units/index.ts'
import { SimulatorError } from './simulator-error.ts'

/**
 * Resting orders of one market in the canonical book: a line of orders at each price, first come first served, and the book
 * that shows their sums.
 */
export type Orders = {
  book: Book.Book
  /** First, last and count by level, see {@link levelOf}; −1 for none. */
  first: Int32Array
  last: Int32Array
  count: Uint16Array
  /** By order: the ones behind and ahead of it, and what it is. */
  next: Int32Array
  previous: Int32Array
  owner: Uint8Array
  /** It sells shares that its owner holds; else it buys the other outcome. */
  sells: Uint8Array
  size: Float64Array
  /** Head of the list of free places, through `next`. */
  free: number
  live: number
}

const ORDERS_MAX = 16_384
const PRICES = ONE + 1

/** No orders. */
export function create(): Orders {
  const orders: Orders = {
    book: Book.create(),
    first: new Int32Array(2 * PRICES),
    last: new Int32Array(2 * PRICES),
    count: new Uint16Array(2 * PRICES),
    next: new Int32Array(ORDERS_MAX),
    previous: new Int32Array(ORDERS_MAX),
    owner: new Uint8Array(ORDERS_MAX),
    sells: new Uint8Array(ORDERS_MAX),
    size: new Float64Array(ORDERS_MAX),
    free: 0,
    live: 0,
  }
  reset(orders)
  return orders
}

/** Begin anew. */
export function reset(orders: Orders): void {
  Book.clear(orders.book)
  orders.first.fill(-1)
  orders.last.fill(-1)
  orders.count.fill(0)
  for (let i = 0; i < ORDERS_MAX; i++) orders.next[i] = i + 1
  orders.next[ORDERS_MAX - 1] = -1
  orders.free = 0
  orders.live = 0
}

/** Index of a level. */
export function levelOf(side: Book.BookSide, price: Tick): number {
  return side === Book.BID ? price : PRICES + price
}

/** The book holds no more orders than it has places for. */
export function full(orders: Orders): boolean {
  return orders.free < 0
}

/** Put an order at the back of its level. HOT. */
export function rest(
  orders: Orders,
  side: Book.BookSide,
  price: Tick,
  size: MicroShares,
  owner: number,
  sells: boolean,
): void {
  const order = orders.free
  if (order < 0)
    throw new SimulatorError(
      'simulate.orders',
      'orders',
      `more than ${ORDERS_MAX} orders rest in one market`,
      'lower sim_makers.depth',
    )
  orders.free = orders.next[order]!
  const level = levelOf(side, price)
  const behind = orders.last[level]!
  orders.next[order] = -1
  orders.previous[order] = behind
  if (behind < 0) orders.first[level] = order
  else orders.next[behind] = order
  orders.last[level] = order
  orders.count[level]!++
  orders.owner[order] = owner
  orders.sells[order] = sells ? 1 : 0
  orders.size[order] = size
  orders.live++
  Book.set(orders.book, side, price, Book.size(orders.book, side, price) + size)
}

/** Take `size` off an order, all of it or less: filled or cancelled. It leaves when nothing is left. HOT. */
export function reduce(
  orders: Orders,
  side: Book.BookSide,
  price: Tick,
  order: number,
  size: MicroShares,
): void {
  Book.set(orders.book, side, price, Book.size(orders.book, side, price) - size)
  const left = orders.size[order]! - size
  orders.size[order] = left
  if (left > 0) return
  const level = levelOf(side, price)
  const ahead = orders.previous[order]!
  const behind = orders.next[order]!
  if (ahead < 0) orders.first[level] = behind
  else orders.next[ahead] = behind
  if (behind < 0) orders.last[level] = ahead
  else orders.previous[behind] = ahead
  orders.count[level]!--
  orders.next[order] = orders.free
  orders.free = order
  orders.live--
}
