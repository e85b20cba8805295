import { type BookMessage, createBookMessage } from './book-message.ts'

/** One changed level of a message. */
export type Change = {
  token_id: string
  side: number
  price: number
  size: number
  /** The touch after the message, in 1e-4: 0 no bid, 10000 no ask; {@link UNSTATED} where it says nothing. */
  best_bid: number
  best_ask: number
}

/** An event of the market channel, read. One object is filled again for each; which fields hold, its type says. */
export type ClobEvent = {
  type: EventType
  condition_id: string
  token_id: string
  exch_us: number
  book: BookMessage
  /** The first `change_count` are in use. */
  changes: Change[]
  change_count: number
  /** Of a list of changes: why the first bad one is refused, which it is, and of how many; empty where all are good. */
  refused: string
  refused_at: number
  listed: number
  side: number
  price: number
  size: number
  /** Of a trade; empty where it is not stated. */
  transaction_hash: string
  tick: number
  best_bid: number
  best_ask: number
  slug: string
  winning_token_id: string
}

/** Event types that are read; others are `unknown`, and no fault. */
export type EventType =
  | 'book'
  | 'price_change'
  | 'last_trade_price'
  | 'tick_size_change'
  | 'best_bid_ask'
  | 'new_market'
  | 'market_resolved'
  | 'unknown'

/** A best price that a message leaves out. */
export const UNSTATED = -1

/** An event to be filled. */
export function createClobEvent(): ClobEvent {
  return {
    type: 'unknown',
    condition_id: '',
    token_id: '',
    exch_us: 0,
    book: createBookMessage(),
    changes: [],
    change_count: 0,
    refused: '',
    refused_at: 0,
    listed: 0,
    side: 0,
    price: 0,
    size: 0,
    transaction_hash: '',
    tick: 0,
    best_bid: UNSTATED,
    best_ask: UNSTATED,
    slug: '',
    winning_token_id: '',
  }
}
