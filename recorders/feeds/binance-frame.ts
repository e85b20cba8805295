import { z } from 'zod'
import { Side } from '../../core/events/index.ts'
import type { E8, Micros } from '../../core/units/index.ts'
import { exact } from '../import/exact.ts'
import { epochStamp } from './stamp.ts'
import { printFault, quoteFault } from './venue-series.ts'
import { isObject, readObject, readWire, wire } from './wire.ts'

/** A frame of the spot stream. Prices in 1e-8 of the quote currency, sizes in 1e-8 of the base. */
export type BinanceFrame =
  | { kind: 'quote'; symbol: string; bid: E8; ask: E8; update: number }
  | {
      kind: 'print'
      symbol: string
      price: E8
      size: number
      side: typeof Side.BUY | typeof Side.SELL
      /** When the venue matched it. */
      exch_us: Micros
      trade: number
    }
  | { kind: 'depth'; symbol: string; first: number; last: number }
  /** The server goes down for maintenance. */
  | { kind: 'shutdown' }
  /** An answer to a request of ours; `error` says why it is refused, empty where it is not. */
  | { kind: 'answer'; error: string }

const id = z.int().min(1)
const decimal = z.string()

/** Wire format (documented by Binance, WebSocket Streams for SPOT): every frame stands in `{stream, data}`. */
const envelope = wire('frame', z.looseObject({ stream: z.string(), data: z.looseObject({}) }))

/** Best bid and ask when either changed: `u` counts updates of the book. There is no time. */
const bookTicker = wire(
  'bookTicker',
  z.looseObject({ u: id, s: z.string(), b: decimal, B: decimal, a: decimal, A: decimal }),
)

/** A trade: `T` when it was matched and `E` when it was sent, in ms, or in µs where they were asked for; `m` the buyer was the maker. */
const trade = wire(
  'trade',
  z.looseObject({
    e: z.literal('trade'),
    E: id,
    s: z.string(),
    t: id,
    p: decimal,
    q: decimal,
    T: id,
    m: z.boolean(),
    /** To be ignored, says its document. */
    M: z.boolean().optional(),
  }),
)

/** Changed levels of the book, with the first and the last number of their updates. */
const depth = wire('depth', z.looseObject({ s: z.string(), U: id, u: id }))

/** An answer to SUBSCRIBE, or a fault of a request. */
const answer = wire(
  'answer',
  z.looseObject({
    result: z.null().optional(),
    id: z.union([z.int(), z.string(), z.null()]).optional(),
    error: z.looseObject({ code: z.int().optional(), msg: z.string() }).optional(),
    code: z.int().optional(),
    msg: z.string().optional(),
  }),
)

/**
 * Read a frame of a combined stream of Binance spot (protocol.md §11.2).
 *
 * @param unknown is told each field that is not known
 * @returns the frame, or why it is refused, in words without values
 */
export function readBinanceFrame(text: string, unknown?: (field: string) => void): BinanceFrame | string {
  const raw = readObject(text)
  if (typeof raw === 'string') return raw
  if (raw.e === 'serverShutdown') return { kind: 'shutdown' }
  if (raw.stream === undefined) return readAnswer(raw, unknown)
  const { stream, data } = raw
  if (typeof stream !== 'string' || !isObject(data)) return 'no frame of a combined stream'
  if (unknown !== undefined) readWire(envelope, raw, unknown)
  if (stream.endsWith('@bookTicker')) return readQuote(data, unknown)
  if (stream.endsWith('@trade')) return readPrint(data, unknown)
  if (data.e === 'serverShutdown') return { kind: 'shutdown' }
  if (/@depth(@\d+ms)?$/.test(stream)) return readDepth(data)
  return 'a stream other than bookTicker, trade and depth'
}

function readQuote(data: unknown, unknown?: (field: string) => void): BinanceFrame | string {
  const read = readWire(bookTicker, data, unknown)
  if (typeof read === 'string') return read
  const { s, b, B, a, A, u } = read
  const [bid, ask] = [exact(b, 8), exact(a, 8)]
  if (!(exact(B, 8) >= 0 && exact(A, 8) >= 0)) return 'a size that is not a decimal of 1e-8'
  return quoteFault(bid, ask) ?? { kind: 'quote', symbol: s, bid, ask, update: u }
}

function readPrint(data: unknown, unknown?: (field: string) => void): BinanceFrame | string {
  const read = readWire(trade, data, unknown)
  if (typeof read === 'string') return read
  const { s, p, q, T, t, m } = read
  const [price, size, exch_us] = [exact(p, 8), exact(q, 8), epochStamp(T)]
  if (Number.isNaN(exch_us)) return 'no trade time in ms or µs'
  // The buyer as maker: the taker sold.
  const side = m ? Side.SELL : Side.BUY
  return printFault(price, size) ?? { kind: 'print', symbol: s, price, size, side, exch_us, trade: t }
}

function readDepth(data: unknown): BinanceFrame | string {
  const read = readWire(depth, data)
  if (typeof read === 'string') return read
  if (read.u < read.U) return 'no update ids'
  return { kind: 'depth', symbol: read.s, first: read.U, last: read.u }
}

function readAnswer(raw: Record<string, unknown>, unknown?: (field: string) => void): BinanceFrame | string {
  if (!ANSWERS.some((field) => Object.hasOwn(raw, field))) return 'an answer to a request, no market data'
  const read = readWire(answer, raw, unknown)
  if (typeof read === 'string') return read
  return { kind: 'answer', error: read.error?.msg ?? read.msg ?? '' }
}

/** Fields of which an answer to SUBSCRIBE, or a fault, has one. */
const ANSWERS = ['result', 'error', 'msg']
