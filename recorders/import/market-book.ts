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
