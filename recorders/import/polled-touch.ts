import { Flag, Kind, type Market } from '../../core/events/index.ts'
import type { MicroShares, Micros, Tick } from '../../core/units/index.ts'
import {
  createLevels,
  createMarketBook,
  type Levels,
  type MarketBook,
  midOf,
  replaceBook,
} from '../clob/market-book.ts'
import type { RowSink } from './row-sink.ts'
import { LAST_MID_US } from './windows.ts'

/** The touch of one token of a market, as a recorder polled it: prices alone, without what stands there. */
export type PolledToken = {
  market: Market
  /** Index of the market, and the token's instrument. */
  index: number
  instrument: number
  book: MarketBook
  /** Last mid with both sides, and that of the window's last 10 s; NaN unknown. */
  mid: number
  last_mid: number
}

/** A touch: 0 where a side is empty. */
export type Touch = { bid: Tick; ask: Tick }

/** One side of a view: filled anew for each. */
const bids = createLevels()
const asks = createLevels()

/** Nothing polled yet. */
export function createPolledToken(market: Market, index: number, instrument: number): PolledToken {
  return { market, index, instrument, book: createMarketBook(), mid: Number.NaN, last_mid: Number.NaN }
}

/**
 * A poll as one group of rows: the levels that changed, or proof of life. Sizes are not in the recording: `size` stands for
 * each, and all levels are marked inferred.
 *
 * @param size what stands at a touch at the least, in micro-shares
 */
export function takeTouch(
  token: PolledToken,
  { bid, ask }: Touch,
  size: MicroShares,
  local_us: Micros,
  feed: number,
  sink: RowSink,
): void {
  const { book, market, instrument } = token
  const flags = book.token === -1 ? Flag.INFERRED | Flag.SNAPSHOT : Flag.INFERRED
  fill(bids, bid, size)
  fill(asks, ask, size)
  let rows = 0
  replaceBook(book, 0, bids, asks, (side, price, total) => {
    rows++
    sink.push(local_us, 0, Kind.LEVEL, feed, instrument, side, price, total, flags)
  })
  if (rows === 0) sink.push(local_us, 0, Kind.ALIVE, feed, instrument)
  sink.endGroup()
  const mid = midOf(book)
  if (!Number.isNaN(mid)) token.mid = mid
  if (local_us >= market.end_us - LAST_MID_US) token.last_mid = token.mid
}

function fill(side: Levels, price: Tick, size: MicroShares): void {
  side.length = price === 0 ? 0 : 1
  side.prices[0] = price
  side.sizes[0] = size
}
