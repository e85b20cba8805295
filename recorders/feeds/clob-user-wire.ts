import { z } from 'zod'
import { wire } from './wire.ts'

/** What the venue's private channel says of own orders and trades (protocol.md §6), read with numbers as texts. */

/** Decimals and stamps come as texts, empty where there is nothing; lists may be null. */
const text = z.string().nullish()
const required = z.string().min(1)
const side = z.enum(['BUY', 'SELL'])

const order = z.looseObject({
  event_type: text,
  type: z.enum(['PLACEMENT', 'UPDATE', 'CANCELLATION']),
  id: required,
  owner: text,
  order_owner: text,
  market: text,
  asset_id: required,
  side,
  original_size: text,
  size_matched: text,
  price: required,
  outcome: text,
  associate_trades: z.array(z.string()).nullish(),
  order_type: text,
  status: text,
  created_at: text,
  expiration: text,
  maker_address: text,
  timestamp: text,
})

const makerOrder = z.looseObject({
  order_id: required,
  owner: text,
  maker_address: text,
  matched_amount: required,
  price: required,
  fee_rate_bps: text,
  asset_id: required,
  outcome: text,
  outcome_index: text,
  side: side.nullish(),
})

const trade = z.looseObject({
  event_type: text,
  type: text,
  id: required,
  status: text,
  trader_side: text,
  taker_order_id: text,
  market: text,
  asset_id: required,
  side,
  size: required,
  price: required,
  fee_rate_bps: text,
  outcome: text,
  owner: text,
  trade_owner: text,
  maker_address: text,
  match_time: text,
  matchtime: text,
  last_update: text,
  bucket_index: text,
  transaction_hash: text,
  timestamp: text,
  maker_orders: z.array(z.unknown()).nullish(),
})

/** An event of an own order. */
export type UserOrder = z.infer<typeof order>
/** A trade in which an own order took part. */
export type UserTrade = z.infer<typeof trade>
/** A resting order's part in a trade, whosever it is. */
export type MakerOrder = z.infer<typeof makerOrder>

export const userOrder = wire('order', order)
export const userTrade = wire('trade', trade)
export const userMakerOrder = wire('trade.maker_orders', makerOrder)
