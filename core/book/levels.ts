import { type MicroShares, ONE, type Tick } from '../units/index.ts'
import { highestBelow, lowestAbove } from './bits.ts'
import { ASK, BID, type Book, type BookSide, clear, create, set } from './book.ts'

/** One level as a pair of price and size. */
export type Level = readonly [price: Tick, size: MicroShares]
/** All that a book holds, each side best first: what a snapshot stores. */
export type Levels = { readonly bids: readonly Level[]; readonly asks: readonly Level[] }

/** Size at a price, 0 where there is no level. */
export function size(book: Book, side: BookSide, price: Tick): MicroShares {
  return (side === BID ? book.bid_sizes : book.ask_sizes)[price] ?? 0
}

/** The best price of a side, −1 where it is empty. */
export function best(book: Book, side: BookSide): Tick {
  return side === BID ? book.best_bid : book.best_ask
}

/** The highest bid, −1 where there is none. */
export function bestBid(book: Book): Tick {
  return book.best_bid
}

/** The lowest ask, −1 where there is none. */
export function bestAsk(book: Book): Tick {
  return book.best_ask
}

/** Bid plus ask, twice the mid, so that it stays whole; −1 where a side is empty. */
export function mid2(book: Book): number {
  return book.best_bid < 0 || book.best_ask < 0 ? -1 : book.best_bid + book.best_ask
}

/** Does the bid reach the ask? */
export function crossed(book: Book): boolean {
  return book.best_ask >= 0 && book.best_bid >= book.best_ask
}

/** The highest level of a side below `price`, −1 where there is none. */
export function below(book: Book, side: BookSide, price: Tick): Tick {
  return highestBelow(side === BID ? book.bid_bits : book.ask_bits, Math.min(price, ONE + 1))
}

/** The lowest level of a side above `price`, −1 where there is none. */
export function above(book: Book, side: BookSide, price: Tick): Tick {
  return lowestAbove(side === BID ? book.bid_bits : book.ask_bits, Math.max(price, -1))
}

/**
 * The next worse level of a side, −1 at the end: bids walk down, asks walk up.
 * `for (let p = best(book, side); p >= 0; p = next(book, side, p))` visits a side from the touch outwards.
 */
export function next(book: Book, side: BookSide, price: Tick): Tick {
  return side === BID ? highestBelow(book.bid_bits, price) : lowestAbove(book.ask_bits, price)
}

/** Sum of the sizes of a side's levels from price `low` to price `high`, both included. */
export function depth(book: Book, side: BookSide, low: Tick, high: Tick): MicroShares {
  const sizes = side === BID ? book.bid_sizes : book.ask_sizes
  const bits = side === BID ? book.bid_bits : book.ask_bits
  let sum = 0
  for (let p = lowestAbove(bits, Math.max(low - 1, -1)); p >= 0 && p <= high; p = lowestAbove(bits, p))
    sum += sizes[p]!
  return sum
}

/** The levels of a side, best first. Allocates; not for hot paths. */
export function levels(book: Book, side: BookSide): Level[] {
  const result: Level[] = []
  for (let p = best(book, side); p >= 0; p = next(book, side, p)) result.push([p, size(book, side, p)])
  return result
}

/** Both sides as plain levels, for storing. */
export function snapshot(book: Book): Levels {
  return { bids: levels(book, BID), asks: levels(book, ASK) }
}

/**
 * A book of the given levels, in any order.
 *
 * @param into a book to reuse; what it held is dropped
 * @throws BookError as {@link set}
 */
export function restore(from: Levels, into: Book = create()): Book {
  clear(into)
  for (const [price, total] of from.bids) set(into, BID, price, total)
  for (const [price, total] of from.asks) set(into, ASK, price, total)
  return into
}
