import { Side } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'

/** Levels of one side in rising price: ticks of 1e-4 and micro-shares; the first `length` are in use. */
export type Levels = { length: number; prices: Float64Array; sizes: Float64Array }

/** No levels. */
export function createLevels(): Levels {
  return { length: 0, prices: new Float64Array(ONE), sizes: new Float64Array(ONE) }
}

/**
 * The book of one market as its last message left it. A market has one book seen from two sides: the messages of both
 * tokens are differences against it, so that after each message the book of whoever applies the rows equals that
 * message, whichever token it came from.
 */
export type MarketBook = {
  /** Which of the market's tokens the levels are written in the terms of; −1 before the first message. */
  token: number
  bids: Held
  asks: Held
}
type Held = { prices: number[]; sizes: number[] }

/** An empty book. */
export function createMarketBook(): MarketBook {
  return { token: -1, bids: { prices: [], sizes: [] }, asks: { prices: [], sizes: [] } }
}

/** Takes one changed level: side, price in ticks of the message's token, the level's new total in micro-shares (0 removed). */
export type LevelSink = (side: number, price: number, size: number) => void

/**
 * Replace the book by a message's and tell the level changes: removals first, then what was set; in each, bids before
 * asks, by rising price.
 *
 * @param token 0 or 1, the message's; the book is turned over first when it was last written in the other's terms
 */
export function replaceBook(
  book: MarketBook,
  token: number,
  bids: Levels,
  asks: Levels,
  sink: LevelSink,
): void {
  if (book.token !== token && book.token !== -1) turnOver(book)
  book.token = token
  removed(book.bids, bids, Side.BID, sink)
  removed(book.asks, asks, Side.ASK, sink)
  replace(book.bids, bids, Side.BID, sink)
  replace(book.asks, asks, Side.ASK, sink)
}

/**
 * Set one level. HOT: allocates nothing but room.
 *
 * @param token 0 or 1: in whose terms side and price are; the book keeps its own
 * @param size micro-shares, 0 removes
 * @returns whether it changed anything
 */
export function setLevel(
  book: MarketBook,
  token: number,
  side: number,
  price: number,
  size: number,
): boolean {
  if (book.token === -1) book.token = token
  const same = book.token === token
  const held = (side === Side.BID) === same ? book.bids : book.asks
  const at = same ? price : ONE - price
  const { prices, sizes } = held
  let low = 0
  let high = prices.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (prices[middle]! < at) low = middle + 1
    else high = middle
  }
  if (prices[low] === at) {
    if (sizes[low] === size) return false
    if (size === 0) removeAt(held, low)
    else sizes[low] = size
    return true
  }
  if (size === 0) return false
  insertAt(held, low, at, size)
  return true
}

/** The best price of a side in the terms of a token, −1 where there is none. */
export function bestOf(book: MarketBook, token: number, side: number): number {
  const same = book.token === token
  const bid = (side === Side.BID) === same
  const { prices } = bid ? book.bids : book.asks
  if (prices.length === 0) return -1
  const best = bid ? prices[prices.length - 1]! : prices[0]!
  return same ? best : ONE - best
}

/** Tell every level in the terms of `book.token`: bids before asks, by rising price. */
export function eachLevel(book: MarketBook, sink: LevelSink): void {
  book.bids.prices.forEach((price, i) => {
    sink(Side.BID, price, book.bids.sizes[i]!)
  })
  book.asks.prices.forEach((price, i) => {
    sink(Side.ASK, price, book.asks.sizes[i]!)
  })
}

/** Forget every level. */
export function clearBook(book: MarketBook): void {
  for (const held of [book.bids, book.asks]) {
    held.prices.length = 0
    held.sizes.length = 0
  }
}

function removeAt({ prices, sizes }: Held, at: number): void {
  const last = prices.length - 1
  for (let i = at; i < last; i++) {
    prices[i] = prices[i + 1]!
    sizes[i] = sizes[i + 1]!
  }
  prices.length = last
  sizes.length = last
}

function insertAt({ prices, sizes }: Held, at: number, price: number, size: number): void {
  for (let i = prices.length; i > at; i--) {
    prices[i] = prices[i - 1]!
    sizes[i] = sizes[i - 1]!
  }
  prices[at] = price
  sizes[at] = size
}

/** Mid of the touch in 1e-4 in the terms of `book.token`; NaN while a side is empty. */
export function midOf({ bids, asks }: MarketBook): number {
  const bid = bids.prices.at(-1)
  const ask = asks.prices[0]
  return bid === undefined || ask === undefined ? Number.NaN : (bid + ask) / 2
}

/** The same book seen from the other token: a bid at p is an ask at 1 − p. */
function turnOver(book: MarketBook): void {
  const { bids, asks } = book
  mirror(bids)
  mirror(asks)
  book.bids = asks
  book.asks = bids
}

function mirror(held: Held): void {
  held.prices.reverse()
  held.sizes.reverse()
  for (let i = 0; i < held.prices.length; i++) held.prices[i] = ONE - held.prices[i]!
}

/** Levels held that the message does not have. Both lists rise. */
function removed(held: Held, levels: Levels, side: number, sink: LevelSink): void {
  let j = 0
  for (const price of held.prices) {
    while (j < levels.length && levels.prices[j]! < price) j++
    if (j === levels.length || levels.prices[j] !== price) sink(side, price, 0)
  }
}

/** Levels of the message that are new or of another size; then hold the message's. */
function replace(held: Held, levels: Levels, side: number, sink: LevelSink): void {
  let j = 0
  for (let i = 0; i < levels.length; i++) {
    const price = levels.prices[i]!
    const size = levels.sizes[i]!
    while (j < held.prices.length && held.prices[j]! < price) j++
    if (j === held.prices.length || held.prices[j] !== price || held.sizes[j] !== size)
      sink(side, price, size)
  }
  held.prices.length = levels.length
  held.sizes.length = levels.length
  for (let i = 0; i < levels.length; i++) {
    held.prices[i] = levels.prices[i]!
    held.sizes[i] = levels.sizes[i]!
  }
}
