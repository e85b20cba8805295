import { Side } from '../../core/events/index.ts'
import {
  isConditionId,
  isMillis,
  isTokenId,
  isUnstated,
  readBest,
  readBook,
  readPrice,
  readSize,
  readTick,
} from './book-message.ts'
import { type ClobEvent, type EventType, UNSTATED } from './clob-event.ts'

type Raw = Readonly<Record<string, unknown>>

/** Frames that are no events: the answer to `PING`, and empty ones. */
export function isKeepalive(text: string): boolean {
  return text === 'PONG' || text === '' || (text.length < 16 && text.trim() === '')
}

/**
 * The event type of a message. Where it states none, which recordings leave out and sockets do not, the field that only one
 * type has tells it.
 *
 * @returns undefined for what is no event
 */
export function eventTypeOf(raw: Raw): EventType | undefined {
  const { event_type } = raw
  if (typeof event_type === 'string')
    return Object.hasOwn(READ, event_type) ? (event_type as EventType) : 'unknown'
  if (event_type !== undefined) return undefined
  if (raw.bids !== undefined && raw.asks !== undefined) return 'book'
  if (raw.price_changes !== undefined || raw.changes !== undefined) return 'price_change'
  if (raw.new_tick_size !== undefined) return 'tick_size_change'
  if (raw.spread !== undefined) return 'best_bid_ask'
  return raw.price !== undefined && raw.size !== undefined ? 'last_trade_price' : undefined
}

/**
 * Read one event. HOT. Accepts what the schemas of events.ts accept, and nothing else; checked by hand because 50,000 a
 * second are.
 *
 * @param into filled on success; half-filled and of no use after a refusal
 * @param unknown told of each field that the schema does not have
 * @returns why the event is refused, in words without values; undefined when it is good
 */
export function readEvent(
  raw: unknown,
  into: ClobEvent,
  unknown: (field: string) => void,
): string | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return 'not a JSON object'
  const type = eventTypeOf(raw as Raw)
  if (type === undefined) return 'no event type'
  into.type = type
  if (type === 'unknown') return undefined
  const { fields, read } = READ[type]
  for (const field in raw) if (!fields.has(field)) unknown(`${type}.${field}`)
  return read(raw as Raw, into, unknown)
}

type Read = (raw: Raw, into: ClobEvent, unknown: (field: string) => void) => string | undefined

function readHead({ market, timestamp }: Raw, into: ClobEvent): string | undefined {
  if (!isConditionId(market)) return 'no condition id'
  if (!isMillis(timestamp)) return 'no timestamp in milliseconds'
  into.condition_id = market
  into.exch_us = Number(timestamp) * 1_000
  return undefined
}

function readToken({ asset_id }: Raw, into: ClobEvent): string | undefined {
  if (!isTokenId(asset_id)) return 'no token id'
  into.token_id = asset_id
  return undefined
}

const readBookEvent: Read = (raw, into) => {
  const reason = readBook(raw, into.book)
  if (reason !== undefined) return reason
  into.condition_id = into.book.condition_id
  into.token_id = into.book.token_id
  into.exch_us = into.book.exch_us
  return undefined
}

const readPriceChange: Read = (raw, into, unknown) => {
  const reason = readHead(raw, into)
  if (reason !== undefined) return reason
  into.change_count = 0
  into.refused = ''
  const { price_changes, changes } = raw
  if (price_changes === undefined && changes === undefined) {
    if (raw.event_type === undefined) return 'no changes'
    return readChange(raw, raw.asset_id, into)
  }
  const list = price_changes !== undefined ? price_changes : changes
  if (!Array.isArray(list)) return 'no list of changes'
  if (price_changes === undefined && !isTokenId(raw.asset_id)) return 'no token id'
  into.listed = list.length
  for (let i = 0; i < list.length; i++) {
    const one = list[i] as unknown
    const fault = readListed(one, price_changes === undefined ? raw.asset_id : undefined, into, unknown)
    if (fault === undefined || into.refused !== '') continue
    into.refused = fault
    into.refused_at = i
  }
  // The good changes stand; without one there is nothing to take.
  return into.change_count === 0 && into.refused !== '' ? into.refused : undefined
}

/** One of several changes. `token_id`: that above the list, where its changes have none. */
function readListed(
  one: unknown,
  token_id: unknown,
  into: ClobEvent,
  unknown: (field: string) => void,
): string | undefined {
  if (typeof one !== 'object' || one === null) return 'a change that is none'
  for (const field in one) if (!CHANGE_FIELDS.has(field)) unknown(`price_change.price_changes.${field}`)
  return readChange(one as Raw, token_id ?? (one as Raw).asset_id, into)
}

function readChange(raw: Raw, token_id: unknown, into: ClobEvent): string | undefined {
  const { best_bid, best_ask } = raw
  if (!isTokenId(token_id)) return 'no token id'
  const price = readPrice(raw.price)
  if (Number.isNaN(price)) return 'a price that is none of 1e-4 in (0, 1)'
  const size = readSize(raw.size)
  if (Number.isNaN(size)) return 'a size that is not a decimal of 1e-6'
  const side = sideOf(raw.side)
  if (side === 0) return 'a side that is none'
  const bid = isUnstated(best_bid) ? UNSTATED : readBest(best_bid)
  const ask = isUnstated(best_ask) ? UNSTATED : readBest(best_ask)
  if (Number.isNaN(bid) || Number.isNaN(ask)) return 'a best price that is none'
  const i = into.change_count++
  const change = into.changes[i]
  if (change === undefined) {
    into.changes.push({ token_id, side, price, size, best_bid: bid, best_ask: ask })
    return undefined
  }
  change.token_id = token_id
  change.side = side
  change.price = price
  change.size = size
  change.best_bid = bid
  change.best_ask = ask
  return undefined
}

const readTrade: Read = (raw, into) => {
  const reason = readHead(raw, into) ?? readToken(raw, into)
  if (reason !== undefined) return reason
  into.price = readPrice(raw.price)
  into.size = readSize(raw.size)
  into.side = sideOf(raw.side)
  into.transaction_hash = typeof raw.transaction_hash === 'string' ? raw.transaction_hash : ''
  if (Number.isNaN(into.price)) return 'a price that is none of 1e-4 in (0, 1)'
  if (Number.isNaN(into.size)) return 'a size that is not a decimal of 1e-6'
  if (into.size === 0) return 'a trade of nothing'
  return into.side === 0 ? 'a side that is none' : undefined
}

const readTickSize: Read = (raw, into) => {
  const reason = readHead(raw, into) ?? readToken(raw, into)
  if (reason !== undefined) return reason
  into.tick = readTick(raw.new_tick_size)
  return into.tick > 0 ? undefined : 'a tick size that is none'
}

const readTouch: Read = (raw, into) => {
  const reason = readHead(raw, into) ?? readToken(raw, into)
  if (reason !== undefined) return reason
  into.best_bid = isUnstated(raw.best_bid) ? UNSTATED : readBest(raw.best_bid)
  into.best_ask = isUnstated(raw.best_ask) ? UNSTATED : readBest(raw.best_ask)
  return Number.isNaN(into.best_bid) || Number.isNaN(into.best_ask) ? 'a best price that is none' : undefined
}

const readNewMarket: Read = (raw, into) => {
  const reason = readHead(raw, into)
  if (reason !== undefined) return reason
  if (typeof raw.slug !== 'string') return 'no slug'
  into.slug = raw.slug
  return undefined
}

const readResolved: Read = (raw, into) => {
  const reason = readHead(raw, into)
  if (reason !== undefined) return reason
  const { winning_asset_id } = raw
  if (isUnstated(winning_asset_id)) into.winning_token_id = ''
  else if (isTokenId(winning_asset_id)) into.winning_token_id = winning_asset_id
  else return 'a winning token that is none'
  return undefined
}

function sideOf(side: unknown): number {
  return side === 'BUY' ? Side.BUY : side === 'SELL' ? Side.SELL : 0
}

const fields = (names: string) => new Set(`event_type market timestamp ${names}`.split(' '))
const CHANGE_FIELDS = new Set('asset_id price size side hash best_bid best_ask'.split(' '))

/** How each type is read, and the fields that its schema has. */
const READ: Readonly<Record<Exclude<EventType, 'unknown'>, { fields: ReadonlySet<string>; read: Read }>> = {
  book: {
    fields: fields('asset_id hash bids asks min_order_size tick_size neg_risk last_trade_price version'),
    read: readBookEvent,
  },
  price_change: {
    fields: fields('asset_id hash price_changes changes price size side best_bid best_ask'),
    read: readPriceChange,
  },
  last_trade_price: {
    fields: fields('asset_id price size side fee_rate_bps transaction_hash'),
    read: readTrade,
  },
  tick_size_change: { fields: fields('asset_id old_tick_size new_tick_size'), read: readTickSize },
  best_bid_ask: { fields: fields('asset_id best_bid best_ask spread'), read: readTouch },
  new_market: {
    fields: fields(
      'id condition_id question slug description assets_ids clob_token_ids outcomes event_message active tags order_price_min_tick_size group_item_title sports_market_type line game_start_time taker_base_fee fees_enabled fee_schedule',
    ),
    read: readNewMarket,
  },
  market_resolved: {
    fields: fields(
      'id condition_id assets_ids winning_asset_id winning_outcome tags question slug description outcomes event_message',
    ),
    read: readResolved,
  },
}
