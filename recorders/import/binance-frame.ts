import { Side } from '../../core/events/index.ts'
import { type E8, type Micros, MS } from '../../core/units/index.ts'
import { exact } from './exact.ts'

/** A frame of the spot stream that becomes a row. Prices in 1e-8 of the quote currency, sizes in 1e-8 of the base. */
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

/**
 * Read a frame of a combined stream of Binance spot (protocol.md §11.2).
 *
 * @returns the frame, or why it is refused, in words without values
 */
export function readBinanceFrame(text: string): BinanceFrame | string {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  if (!isObject(raw)) return 'not a JSON object'
  const { stream, data } = raw
  if (stream === undefined) return 'an answer to a request, no market data'
  if (typeof stream !== 'string' || !isObject(data)) return 'no frame of a combined stream'
  const symbol = data.s
  if (typeof symbol !== 'string' || symbol === '') return 'no symbol'
  if (stream.endsWith('@bookTicker')) return readQuote(symbol, data)
  if (stream.endsWith('@trade')) return readPrint(symbol, data)
  if (/@depth(@\d+ms)?$/.test(stream)) return readDepth(symbol, data)
  return 'a stream other than bookTicker, trade and depth'
}

function readQuote(symbol: string, { b, B, a, A, u }: Record<string, unknown>): BinanceFrame | string {
  const [bid, ask] = [exact(b, 8), exact(a, 8)]
  if (!(bid > 0 && ask > 0)) return 'a price that is not a decimal of 1e-8 above 0'
  if (!(exact(B, 8) >= 0 && exact(A, 8) >= 0)) return 'a size that is not a decimal of 1e-8'
  if (bid >= ask) return 'a bid at or above the ask'
  if (!isCount(u)) return 'no update id'
  return { kind: 'quote', symbol, bid, ask, update: u }
}

function readPrint(symbol: string, { p, q, T, t, m }: Record<string, unknown>): BinanceFrame | string {
  const [price, size] = [exact(p, 8), exact(q, 8)]
  if (!(price > 0)) return 'a price that is not a decimal of 1e-8 above 0'
  if (!(size > 0)) return 'a size that is not a decimal of 1e-8'
  if (!isCount(T) || String(T).length !== 13) return 'no trade time in milliseconds'
  if (!isCount(t)) return 'no trade id'
  if (typeof m !== 'boolean') return 'nothing says who was the maker'
  // The buyer as maker: the taker sold.
  const side = m ? Side.SELL : Side.BUY
  return { kind: 'print', symbol, price, size, side, exch_us: T * MS, trade: t }
}

function readDepth(symbol: string, { U, u }: Record<string, unknown>): BinanceFrame | string {
  if (!isCount(U) || !isCount(u) || u < U) return 'no update ids'
  return { kind: 'depth', symbol, first: U, last: u }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
