import { type MicroShares, ONE, type Tick } from '../units/index.ts'
import { ASK, BID, type Book, type BookSide, set } from './book.ts'

/**
 * The two outcome books of a market are one book seen from two sides: a Down bid at p is an Up ask at 1 − p of the
 * same size, because a pair of Up and Down can be made from or turned back into 1 USDC. The canonical book is in Up
 * prices; a token's messages are mirrored into it. Sizes are set, never added, so that both tokens' messages of one
 * change give the same book, and one token's recording alone is complete.
 */

/** 0 up, 1 down. */
export type OutcomeIndex = 0 | 1

/** Tick sizes of the venue, in 1e-4: 0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001. */
export const TICK_SIZES: readonly Tick[] = [1000, 100, 50, 25, 10, 1]

/** The canonical side of a token's side. The mapping is its own inverse. */
export function canonicalSide(outcome: OutcomeIndex, side: BookSide): BookSide {
  return outcome === 0 ? side : side === BID ? ASK : BID
}

/** The canonical price of a token's price. The mapping is its own inverse. */
export function canonicalPrice(outcome: OutcomeIndex, price: Tick): Tick {
  return outcome === 0 ? price : ONE - price
}

/** Set a level given in a token's own terms; see `set`. HOT. */
export function setToken(
  book: Book,
  outcome: OutcomeIndex,
  side: BookSide,
  price: Tick,
  size: MicroShares,
): MicroShares {
  return outcome === 0 ? set(book, side, price, size) : set(book, side === BID ? ASK : BID, ONE - price, size)
}

/** The best price of a token's side in the token's own terms, −1 where it is empty. */
export function tokenBest(book: Book, outcome: OutcomeIndex, side: BookSide): Tick {
  if (outcome === 0) return side === BID ? book.best_bid : book.best_ask
  const mirrored = side === BID ? book.best_ask : book.best_bid
  return mirrored < 0 ? -1 : ONE - mirrored
}

/**
 * May an order stand at this price under this tick size: a multiple of it, strictly inside (0, 1)?
 * When a market's tick size changes, levels off the new grid stay in the book until their next change.
 */
export function onTick(price: Tick, tick: Tick): boolean {
  return price > 0 && price < ONE && price % tick === 0
}
