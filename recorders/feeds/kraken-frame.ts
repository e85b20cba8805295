import { z } from 'zod'
import { Side } from '../../core/events/index.ts'
import type { E8, Micros } from '../../core/units/index.ts'
import { exact } from '../import/exact.ts'
import { readEach } from './entries.ts'
import type { Refusal } from './feed.ts'
import { parseLossless, plainDecimal } from './lossless.ts'
import { isoStamp } from './stamp.ts'
import { printFault, quoteFault } from './venue-series.ts'
import { readObject, readWire, wire } from './wire.ts'

/** A frame of the spot stream, version 2. */
export type KrakenFrame =
  | { kind: 'quotes'; quotes: KrakenQuote[]; refused: Refusal | undefined }
  | { kind: 'prints'; snapshot: boolean; prints: KrakenPrint[]; refused: Refusal | undefined }
  /** The engine's state when it changes: `online`, `maintenance`, `cancel_only`, `post_only`. */
  | { kind: 'status'; system: string; refused: Refusal | undefined }
  /** A heartbeat, a pong, a subscription that stands. */
  | { kind: 'beat' }
  | { kind: 'refused'; reason: string }

/** Best prices of one symbol. */
export type KrakenQuote = { symbol: string; bid: E8; ask: E8; exch_us: Micros }

/** A trade of one symbol; `side` is the taker's. */
export type KrakenPrint = {
  symbol: string
  id: number
  price: E8
  size: number
  side: typeof Side.BUY | typeof Side.SELL
  exch_us: Micros
}

/** Numbers are JSON numbers; they come to the schema as the text that stands on the wire. */
const number = z.string()
const digits = z.string().regex(/^\d{1,15}$/, 'expected digits')
const iso = z.string()
const statistic = number.optional()
const kind = z.enum(['snapshot', 'update'])

/** Wire format (documented by Kraken, WebSocket API v2). Best prices, whenever they change. */
const tickers = wire(
  'ticker',
  z.looseObject({ channel: z.literal('ticker'), type: kind, data: z.array(z.unknown()) }),
)
const ticker = wire(
  'ticker.data',
  z.looseObject({
    symbol: z.string(),
    bid: number,
    bid_qty: statistic,
    ask: number,
    ask_qty: statistic,
    timestamp: iso.optional(),
    last: statistic,
    volume: statistic,
    volume_usd: statistic,
    vwap: statistic,
    low: statistic,
    high: statistic,
    change: statistic,
    change_pct: statistic,
  }),
)

/** Trades, several a frame; a snapshot has the last 50. `trade_id` counts the trades of a symbol, `side` is the taker's. */
const trades = wire(
  'trade',
  z.looseObject({ channel: z.literal('trade'), type: kind, data: z.array(z.unknown()) }),
)
const trade = wire(
  'trade.data',
  z.looseObject({
    symbol: z.string(),
    side: z.enum(['buy', 'sell']),
    price: number,
    qty: number,
    ord_type: z.string().optional(),
    trade_id: digits,
    timestamp: iso,
  }),
)

/** The engine's state: sent to begin with, and when it changes. */
const status = wire(
  'status',
  z.looseObject({
    channel: z.literal('status'),
    type: z.string(),
    data: z.array(z.unknown()),
  }),
)
const state = wire(
  'status.data',
  z.looseObject({
    system: z.string(),
    api_version: z.string().optional(),
    connection_id: number.optional(),
    version: z.string().optional(),
  }),
)

/** An answer to a request: one for each symbol. */
const answer = wire(
  'answer',
  z.looseObject({
    method: z.string(),
    success: z.boolean().optional(),
    error: z.string().optional(),
    symbol: z.string().optional(),
    result: z.looseObject({}).optional(),
    warnings: z.array(z.string()).optional(),
    req_id: number.optional(),
    time_in: iso.optional(),
    time_out: iso.optional(),
  }),
)

/**
 * Read a frame of Kraken's stream, version 2 (protocol.md §11.4). Prices and sizes are JSON numbers and are read from
 * their text: no float is made.
 *
 * @param unknown is told each field that is not known
 * @returns the frame, or why it is refused, in words without values
 */
export function readKrakenFrame(text: string, unknown?: (field: string) => void): KrakenFrame | string {
  const raw = readObject(text, parseLossless)
  if (typeof raw === 'string') return raw
  if (raw.channel === 'ticker') return readTicker(raw, unknown)
  if (raw.channel === 'trade') return readTrades(raw, unknown)
  if (raw.channel === 'heartbeat') return { kind: 'beat' }
  if (raw.channel === 'status') {
    const read = readWire(status, raw, unknown)
    if (typeof read === 'string') return read
    const { good, refused } = readEach(read.data, 'data', (one) => readWire(state, one as object, unknown))
    if (good[0] === undefined) return typeof refused === 'string' ? refused : 'a status without a state'
    return { kind: 'status', system: good[0].system, refused }
  }
  if (raw.channel !== undefined) return 'a channel that was not asked for'
  const read = readWire(answer, raw, unknown)
  if (typeof read === 'string') return read
  if (read.success !== false) return { kind: 'beat' }
  return { kind: 'refused', reason: [read.method, read.symbol ?? '', read.error ?? ''].join(' ') }
}

function readTicker(raw: unknown, unknown?: (field: string) => void): KrakenFrame | string {
  const read = readWire(tickers, raw as object, unknown)
  if (typeof read === 'string') return read
  const { good, refused } = readEach(read.data, 'data', (entry): KrakenQuote | string => {
    const one = readWire(ticker, entry as object, unknown)
    if (typeof one === 'string') return one
    const [bid, ask] = [e8(one.bid), e8(one.ask)]
    const exch_us = one.timestamp === undefined ? 0 : isoStamp(one.timestamp)
    if (Number.isNaN(exch_us)) return 'no time in ISO 8601'
    return quoteFault(bid, ask) ?? { symbol: one.symbol, bid, ask, exch_us }
  })
  if (good.length === 0 && typeof refused === 'string') return refused
  return { kind: 'quotes', quotes: good, refused }
}

function readTrades(raw: unknown, unknown?: (field: string) => void): KrakenFrame | string {
  const read = readWire(trades, raw as object, unknown)
  if (typeof read === 'string') return read
  const { good, refused } = readEach(read.data, 'data', (entry): KrakenPrint | string => {
    const one = readWire(trade, entry as object, unknown)
    if (typeof one === 'string') return one
    const [price, size, exch_us] = [e8(one.price), e8(one.qty), isoStamp(one.timestamp)]
    if (Number.isNaN(exch_us)) return 'no time in ISO 8601'
    const side = one.side === 'buy' ? Side.BUY : Side.SELL
    return (
      printFault(price, size) ?? { symbol: one.symbol, id: Number(one.trade_id), price, size, side, exch_us }
    )
  })
  if (good.length === 0 && typeof refused === 'string') return refused
  return { kind: 'prints', snapshot: read.type === 'snapshot', prints: good, refused }
}

/** A JSON number's text in 1e-8; NaN where it is finer. */
function e8(text: string): E8 {
  return exact(plainDecimal(text), 8)
}
