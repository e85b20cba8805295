import { Flag, Kind, Side } from '../../core/events/index.ts'
import { type Micros, ONE, type Tick } from '../../core/units/index.ts'
import {
  createLevels,
  createMarketBook,
  eachLevel,
  type Levels,
  type MarketBook,
  replaceBook,
  setLevel,
} from '../clob/market-book.ts'
import { exact } from '../import/exact.ts'
import type { Out } from './feed.ts'

/** The book that a tape shows of a market. */
export type Shown = {
  ticker: string
  /** `none`: never told. `void`: what the tape shows is not to be trusted. */
  standing: 'none' | 'void' | 'good'
  book: MarketBook
}

/** A market of which the tape shows nothing yet. */
export function createShown(ticker: string): Shown {
  return { ticker, standing: 'none', book: createMarketBook() }
}

const UP = 0
const DOWN = 1

type Stated = readonly (readonly [price: string, count: string])[] | null | undefined

/** A book of stated bids, in terms of Up: a bid for No at p is an ask at 1 − p. Or why it is refused. */
export function readBook(yes: Stated, no: Stated): MarketBook | string {
  const book = createMarketBook()
  book.token = UP
  for (const token of [UP, DOWN]) {
    for (const [price_text, count] of (token === UP ? yes : no) ?? []) {
      const price = priceOf(price_text)
      const size = exact(count, 6)
      if (Number.isNaN(price)) return 'a price that is not a decimal of 1e-4 inside (0, 1)'
      if (!(size >= 0)) return 'a count that is no decimal'
      setLevel(book, token, Side.BID, price, size)
    }
  }
  return book
}

/**
 * Add to a bid what a message says.
 *
 * @param more contracts in 1e-6, below 0 for less
 * @returns false where less than nothing would stand there: then a message is missing, and the book is as before
 */
export function addToBid(book: MarketBook, side: 'yes' | 'no', price: Tick, more: number): boolean {
  const { prices, sizes } = side === 'yes' ? book.bids : book.asks
  const i = prices.indexOf(side === 'yes' ? price : ONE - price)
  const size = (i < 0 ? 0 : sizes[i]!) + more
  if (!(size >= 0 && Number.isSafeInteger(size))) return false
  setLevel(book, side === 'yes' ? UP : DOWN, Side.BID, price, size)
  return true
}

/** A price in ticks; NaN for any other text and outside of (0, 1). */
export function priceOf(text: string): Tick {
  const price = exact(text, 4)
  return price > 0 && price < ONE ? price : Number.NaN
}

const bids = createLevels()
const asks = createLevels()

/**
 * Rows that make the tape show a book: what differs from what it shows, or ALIVE where nothing does; all of it, as a
 * snapshot, where it shows nothing or nothing to be trusted.
 *
 * @param token the instrument of Up
 */
export function show(out: Out, shown: Shown, book: MarketBook, token: number, exch_us: Micros): void {
  const again = shown.standing === 'void'
  const flags = shown.standing === 'good' ? 0 : Flag.SNAPSHOT
  if (flags !== 0) shown.book = createMarketBook()
  if (again) out.row(Kind.BOOK_RESET, token, Side.NONE, 0, 0, exch_us, flags)
  fill(bids, book.bids)
  fill(asks, book.asks)
  let rows = again ? 1 : 0
  replaceBook(shown.book, UP, bids, asks, (side, price, size) => {
    out.row(Kind.LEVEL, token, side, price, size, exch_us, flags)
    rows++
  })
  if (rows === 0) out.row(Kind.ALIVE, token, Side.NONE, 0, 0, exch_us, flags)
  shown.standing = 'good'
  out.end()
}

/** What the tape shows of a market is no longer true, and it says so. */
export function spoil(out: Out, shown: Shown, token: number): void {
  if (shown.standing === 'good') {
    out.row(Kind.BOOK_RESET, token, Side.NONE, 0, 0, 0, 0)
    out.end()
  }
  if (shown.standing !== 'none') shown.standing = 'void'
}

/** The whole book again, for a tape that begins. */
export function restate(out: Out, shown: Shown, token: number): void {
  if (shown.standing !== 'good') return
  let rows = 0
  eachLevel(shown.book, (side, price, size) => {
    out.row(Kind.LEVEL, token, side, price, size, 0, Flag.SNAPSHOT)
    rows++
  })
  if (rows === 0) out.row(Kind.ALIVE, token, Side.NONE, 0, 0, 0, Flag.SNAPSHOT)
  out.end()
}

function fill(levels: Levels, { prices, sizes }: MarketBook['bids']): void {
  levels.length = prices.length
  for (let i = 0; i < prices.length; i++) {
    levels.prices[i] = prices[i]!
    levels.sizes[i] = sizes[i]!
  }
}
