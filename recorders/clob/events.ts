import { z } from 'zod'
import {
  isConditionId,
  isMillis,
  isTokenId,
  readBest,
  readPrice,
  readSize,
  readTick,
} from './book-message.ts'

/**
 * What the CLOB market channel sends (protocol.md §5.2). These schemas are the documentation, and the judge: the reader that
 * runs for every message checks the same by hand and is held to them by a test.
 */

const number = (read: (value: unknown) => number, what: string) =>
  z.string().refine((text) => !Number.isNaN(read(text)), { error: `expected ${what}` })
/** Optional decimals may be empty. */
const orEmpty = <T extends z.ZodType>(type: T) => z.union([z.literal(''), type]).nullish()

const conditionId = z.string().refine(isConditionId, { error: 'expected 0x and 64 hex digits' })
const tokenId = z.string().refine(isTokenId, { error: 'expected up to 78 digits' })
const timestamp = z.string().refine(isMillis, { error: 'expected ms since the epoch' })
const price = number(readPrice, 'a price in (0, 1) of 1e-4')
const size = number(readSize, 'a size of 1e-6')
const tick = number(readTick, 'a tick size of 1e-4')
const side = z.enum(['BUY', 'SELL'])
const best = orEmpty(number(readBest, 'a price from 0 to 1'))
/** Sent, and kept in the raw frame alone: a text, mostly. */
const unread = z.unknown().optional()

/** A level of a book: its price and its whole size. */
const level = z.looseObject({ price, size })

/** Both sides of a token's book, best last; a price stands once on a side. */
export const book = z.looseObject({
  event_type: z.literal('book').optional(),
  market: conditionId,
  asset_id: tokenId,
  timestamp,
  hash: unread,
  bids: z.array(level).refine(distinct, { error: 'a price twice on one side' }),
  asks: z.array(level).refine(distinct, { error: 'a price twice on one side' }),
  min_order_size: unread,
  tick_size: orEmpty(tick),
  neg_risk: unread,
  last_trade_price: unread,
  version: unread,
})

/** A level's new size: 0 removes it. BUY is the bid side. */
const change = z.looseObject({
  asset_id: tokenId,
  price,
  size,
  side,
  hash: unread,
  best_bid: best,
  best_ask: best,
})

/** A list whose good entries stand: refused where it has entries, and none of them is good. */
const someGood = <T extends z.ZodType>(entry: T) =>
  z.array(z.unknown()).refine((all) => all.length === 0 || all.some((one) => entry.safeParse(one).success), {
    error: 'expected a good entry',
  })

/** Changes of levels, of both tokens of one market. */
export const priceChange = z.looseObject({
  event_type: z.literal('price_change').optional(),
  market: conditionId,
  timestamp,
  price_changes: someGood(change),
})

/** The same until 2025-09-15: one token, whose id stands above the list. */
export const priceChangeOfOneToken = z.looseObject({
  event_type: z.literal('price_change').optional(),
  market: conditionId,
  asset_id: tokenId,
  timestamp,
  hash: unread,
  changes: someGood(change.omit({ asset_id: true })),
})

/** The oldest form: one change. */
export const singlePriceChange = z.looseObject({
  event_type: z.literal('price_change'),
  market: conditionId,
  timestamp,
  ...change.shape,
})

/** A trade; the taker's side. */
export const lastTradePrice = z.looseObject({
  event_type: z.literal('last_trade_price').optional(),
  market: conditionId,
  asset_id: tokenId,
  price,
  size: size.refine((text) => readSize(text) > 0, { error: 'expected a size above 0' }),
  side,
  timestamp,
  fee_rate_bps: unread,
  transaction_hash: unread,
})

/** The grid of prices changed: the book before it is void. */
export const tickSizeChange = z.looseObject({
  event_type: z.literal('tick_size_change').optional(),
  market: conditionId,
  asset_id: tokenId,
  old_tick_size: unread,
  new_tick_size: number((value) => readTick(value) || Number.NaN, 'a tick size above 0'),
  timestamp,
})

/** The touch; sent with `custom_feature_enabled`. */
export const bestBidAsk = z.looseObject({
  event_type: z.literal('best_bid_ask').optional(),
  market: conditionId,
  asset_id: tokenId,
  best_bid: best,
  best_ask: best,
  spread: unread,
  timestamp,
})

/** A market of any kind was listed. */
export const newMarket = z.looseObject({
  event_type: z.literal('new_market'),
  market: conditionId,
  slug: z.string(),
  timestamp,
})

/** A market of any kind was resolved. */
export const marketResolved = z.looseObject({
  event_type: z.literal('market_resolved'),
  market: conditionId,
  winning_asset_id: orEmpty(tokenId),
  timestamp,
})

function distinct(levels: readonly { price: string; size: string }[]): boolean {
  const prices = levels.filter(({ size }) => readSize(size) > 0).map(({ price }) => readPrice(price))
  return new Set(prices).size === prices.length
}
