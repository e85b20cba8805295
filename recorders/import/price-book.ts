import { Side } from '../../core/events/index.ts'
import type { E8 } from '../../core/units/index.ts'

/** The book of a reference venue as far as its best prices need it: sizes by price, and the best of each side; 0 none. */
export type PriceBook = {
  readonly bids: Map<E8, number>
  readonly asks: Map<E8, number>
  bid: E8
  ask: E8
  /** Levels that stood beyond a newer one of the other side, and were dropped. */
  crossed: number
}

/** An empty book. */
export function createPriceBook(): PriceBook {
  return { bids: new Map(), asks: new Map(), bid: 0, ask: 0, crossed: 0 }
}

/**
 * Set a level; a size of 0 removes it. A level that the newest one of the other side crosses is one whose removal was
 * missed: it is dropped, and counted.
 */
export function setPrice(book: PriceBook, side: number, price: E8, size: number): void {
  const levels = side === Side.BID ? book.bids : book.asks
  if (size > 0) {
    levels.set(price, size)
    if (side === Side.BID) {
      if (price > book.bid) book.bid = price
      if (book.ask > 0 && price >= book.ask) book.crossed += drop(book, Side.ASK, price)
    } else {
      if (book.ask === 0 || price < book.ask) book.ask = price
      if (price <= book.bid) book.crossed += drop(book, Side.BID, price)
    }
  } else if (levels.delete(price) && price === (side === Side.BID ? book.bid : book.ask)) renew(book, side)
}

/** Remove the levels of a side from its best to a price; returns how many. */
export function drop(book: PriceBook, side: number, price: E8): number {
  const levels = side === Side.BID ? book.bids : book.asks
  let count = 0
  for (const at of levels.keys()) {
    if (side === Side.BID ? at < price : at > price) continue
    levels.delete(at)
    count++
  }
  renew(book, side)
  return count
}

/** Remove everything. */
export function empty(book: PriceBook): void {
  book.bids.clear()
  book.asks.clear()
  book.bid = 0
  book.ask = 0
}

function renew(book: PriceBook, side: number): void {
  let best = 0
  if (side === Side.BID) {
    for (const price of book.bids.keys()) if (price > best) best = price
    book.bid = best
  } else {
    for (const price of book.asks.keys()) if (best === 0 || price < best) best = price
    book.ask = best
  }
}
