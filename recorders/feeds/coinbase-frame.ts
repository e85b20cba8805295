import { z } from 'zod'
import { Side } from '../../core/events/index.ts'
import type { E8, Micros } from '../../core/units/index.ts'
import { exact } from '../import/exact.ts'
import { readEach } from './entries.ts'
import type { Refusal } from './feed.ts'
import { isoStamp } from './stamp.ts'
import { printFault, quoteFault } from './venue-series.ts'
import { readObject, readWire, wire } from './wire.ts'

/** A frame, from whichever of the two feeds it comes. */
export type CoinbaseFrame =
  | {
      kind: 'data'
      snapshot: boolean
      /** Trade numbers leave nothing out: stated for the Exchange feed. */
      counted: boolean
      prints: CoinbasePrint[]
      quotes: { product: string; bid: E8; ask: E8; exch_us: Micros }[]
      /** What of it is refused. */
      refused: Refusal | undefined
    }
  /** A heartbeat, an answer; `last` the last trade of a product where it is stated. */
  | { kind: 'beat'; last: { product: string; trade: number }[] }
  | { kind: 'refused'; reason: string }

/** A trade of one product. `side` is the taker's. */
export type CoinbasePrint = {
  product: string
  id: number
  price: E8
  size: number
  side: typeof Side.BUY | typeof Side.SELL
  exch_us: Micros
}

/** A frame, or why it is refused; and its number among the frames of its connection, null where frames have none. */
export type Numbered = { sequence: number | null; frame: CoinbaseFrame | string }

const decimal = z.string()
const iso = z.string()
const digits = z.string().regex(/^\d{1,15}$/, 'expected digits')
const id = z.int().min(1)
const kind = z.enum(['snapshot', 'update'])

/** Wire format of Advanced (documented by Coinbase, Advanced Trade WebSocket): one channel a frame, events by channel. */
const envelope = wire(
  'frame',
  z.looseObject({
    channel: z.string(),
    client_id: z.string().optional(),
    timestamp: iso,
    sequence_num: z.int().min(0),
    events: z.array(z.unknown()),
  }),
)
/** Trades, several a frame; of a snapshot the newest first. `side` is the maker's. */
const marketTrades = wire('market_trades', z.looseObject({ type: kind, trades: z.array(z.unknown()) }))
const marketTrade = wire(
  'market_trades.trades',
  z.looseObject({
    trade_id: digits,
    product_id: z.string(),
    price: decimal,
    size: decimal,
    side: z.enum(['BUY', 'SELL']),
    time: iso,
  }),
)
const statistic = decimal.optional()
/** Best prices at the last trade. */
const tickers = wire('ticker', z.looseObject({ type: kind, tickers: z.array(z.unknown()) }))
const ticker = wire(
  'ticker.tickers',
  z.looseObject({
    type: z.literal('ticker').optional(),
    product_id: z.string(),
    price: decimal,
    best_bid: decimal,
    best_bid_quantity: statistic,
    best_ask: decimal,
    best_ask_quantity: statistic,
    volume_24_h: statistic,
    low_24_h: statistic,
    high_24_h: statistic,
    low_52_w: statistic,
    high_52_w: statistic,
    price_percent_chg_24_h: statistic,
  }),
)

/** Wire format of the Exchange feed (documented by Coinbase, Exchange WebSocket): a flat object by `type`. `side` is the maker's. */
const match = wire(
  'match',
  z.looseObject({
    type: z.enum(['match', 'last_match']),
    trade_id: id,
    sequence: id,
    maker_order_id: z.string().optional(),
    taker_order_id: z.string().optional(),
    time: iso,
    product_id: z.string(),
    size: decimal,
    price: decimal,
    side: z.enum(['buy', 'sell']),
  }),
)
const exchangeTicker = wire(
  'exchange_ticker',
  z.looseObject({
    type: z.literal('ticker'),
    sequence: id,
    product_id: z.string(),
    price: decimal,
    best_bid: decimal,
    best_bid_size: statistic,
    best_ask: decimal,
    best_ask_size: statistic,
    side: z.string().optional(),
    time: iso,
    trade_id: id.optional(),
    last_size: statistic,
    open_24h: statistic,
    volume_24h: statistic,
    low_24h: statistic,
    high_24h: statistic,
    volume_30d: statistic,
  }),
)
const heartbeat = wire(
  'heartbeat',
  z.looseObject({
    type: z.literal('heartbeat'),
    sequence: z.int().min(0),
    last_trade_id: z.int().min(0),
    product_id: z.string(),
    time: iso,
  }),
)
const fault = wire(
  'error',
  z.looseObject({ type: z.literal('error'), message: z.string(), reason: z.string().optional() }),
)

/**
 * Read a frame of Coinbase Advanced or of the Exchange feed (protocol.md §11.3).
 *
 * @param unknown is told each field that is not known
 * @returns why it is refused, in words without values, where not even its number can be read
 */
export function readCoinbaseFrame(text: string, unknown?: (field: string) => void): Numbered | string {
  const raw = readObject(text)
  if (typeof raw === 'string') return raw
  if (raw.channel === undefined) return { sequence: null, frame: readExchange(raw, unknown) }
  const read = readWire(envelope, raw, unknown)
  if (typeof read === 'string') return read
  return { sequence: read.sequence_num, frame: readEvents(read, unknown) }
}

function readEvents(
  { channel, timestamp, events }: { channel: string; timestamp: string; events: unknown[] },
  unknown?: (field: string) => void,
): CoinbaseFrame | string {
  if (channel === 'market_trades') {
    const batches = readEach(events, 'events', (event) => readWire(marketTrades, event as object, unknown))
    const snapshot = batches.good.some(({ type }) => type === 'snapshot')
    const all = batches.good.flatMap(({ trades }) => trades)
    const prints = readEach(all, 'trades', (one) => {
      const read = readWire(marketTrade, one as object, unknown)
      return typeof read === 'string' ? read : readTrade(read)
    })
    return dataOf({ snapshot, prints: prints.good, refused: batches.refused ?? prints.refused })
  }
  if (channel === 'ticker') {
    const exch_us = isoStamp(timestamp)
    if (Number.isNaN(exch_us)) return 'no time in ISO 8601'
    const batches = readEach(events, 'events', (event) => readWire(tickers, event as object, unknown))
    const all = batches.good.flatMap((one) => one.tickers)
    const quotes = readEach(all, 'tickers', (one) => {
      const read = readWire(ticker, one as object, unknown)
      if (typeof read === 'string') return read
      const [bid, ask] = [exact(read.best_bid, 8), exact(read.best_ask, 8)]
      return quoteFault(bid, ask) ?? { product: read.product_id, bid, ask, exch_us }
    })
    return dataOf({ quotes: quotes.good, refused: batches.refused ?? quotes.refused })
  }
  if (channel === 'heartbeats' || channel === 'subscriptions') return { kind: 'beat', last: [] }
  return 'a channel that was not asked for'
}

/** Data of a frame; where nothing of it is good, why it is refused. */
function dataOf(said: Partial<Extract<CoinbaseFrame, { kind: 'data' }>>): CoinbaseFrame | string {
  const { refused } = said
  const data = {
    kind: 'data' as const,
    snapshot: false,
    counted: false,
    prints: [],
    quotes: [],
    refused,
    ...said,
  }
  const nothing = data.prints.length + data.quotes.length === 0
  return nothing && typeof refused === 'string' ? refused : data
}

/** A trade of either feed, whose side is the maker's: the taker did the opposite. */
function readTrade(trade: {
  trade_id: string | number
  product_id: string
  price: string
  size: string
  side: string
  time: string
}): CoinbasePrint | string {
  const [price, size, exch_us] = [exact(trade.price, 8), exact(trade.size, 8), isoStamp(trade.time)]
  if (Number.isNaN(exch_us)) return 'no time in ISO 8601'
  const wrong = printFault(price, size)
  if (wrong !== undefined) return wrong
  const side = trade.side.toLowerCase() === 'buy' ? Side.SELL : Side.BUY
  return { product: trade.product_id, id: Number(trade.trade_id), price, size, side, exch_us }
}

function readExchange(
  raw: Record<string, unknown>,
  unknown?: (field: string) => void,
): CoinbaseFrame | string {
  const data = {
    kind: 'data' as const,
    snapshot: false,
    counted: true,
    prints: [],
    quotes: [],
    refused: undefined,
  }
  switch (raw.type) {
    case 'match':
    case 'last_match': {
      const read = readWire(match, raw, unknown)
      if (typeof read === 'string') return read
      const print = readTrade(read)
      // The last trade before the subscription: said to begin with, and again after a reconnect.
      return typeof print === 'string'
        ? print
        : { ...data, snapshot: read.type === 'last_match', prints: [print] }
    }
    case 'ticker': {
      const read = readWire(exchangeTicker, raw, unknown)
      if (typeof read === 'string') return read
      const [bid, ask, exch_us] = [exact(read.best_bid, 8), exact(read.best_ask, 8), isoStamp(read.time)]
      if (Number.isNaN(exch_us)) return 'no time in ISO 8601'
      return quoteFault(bid, ask) ?? { ...data, quotes: [{ product: read.product_id, bid, ask, exch_us }] }
    }
    case 'heartbeat': {
      const read = readWire(heartbeat, raw, unknown)
      if (typeof read === 'string') return read
      return { kind: 'beat', last: [{ product: read.product_id, trade: read.last_trade_id }] }
    }
    case 'subscriptions':
      return { kind: 'beat', last: [] }
    case 'error': {
      const read = readWire(fault, raw, unknown)
      if (typeof read === 'string') return read
      return { kind: 'refused', reason: [read.message, read.reason ?? ''].join(' ').trim() }
    }
    default:
      return 'a type of message that was not asked for'
  }
}
