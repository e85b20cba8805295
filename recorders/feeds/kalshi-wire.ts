import { z } from 'zod'
import { wire } from './wire.ts'

/** What Kalshi says, by message and by answer (protocol.md §11.1), read with numbers as texts. */

const text = z.string().nullish()
const ticker = z.string().min(1).max(100)
/** Bids for one outcome: price in dollars and count of contracts. */
const levels = z.array(z.tuple([z.string(), z.string()])).nullish()

const envelope = z.looseObject({ type: z.string(), id: text, sid: text, seq: text, msg: z.unknown() })

const snapshot = z.looseObject({
  market_ticker: ticker,
  market_id: text,
  yes_dollars_fp: levels,
  no_dollars_fp: levels,
})

const delta = z.looseObject({
  market_ticker: ticker,
  market_id: text,
  price_dollars: z.string(),
  delta_fp: z.string(),
  side: z.enum(['yes', 'no']),
  ts: text,
  ts_ms: text,
})

const trade = z.looseObject({
  trade_id: z.string().min(1).max(100),
  market_ticker: ticker.nullish(),
  ticker: ticker.nullish(),
  yes_price_dollars: z.string(),
  no_price_dollars: z.string(),
  count_fp: z.string(),
  taker_side: z.string(),
  created_time: text,
  ts: text,
  ts_ms: text,
})

const error = z.looseObject({ code: text, msg: text })

const book = z.looseObject({
  orderbook_fp: z.looseObject({ yes_dollars: levels, no_dollars: levels }),
})

const trades = z.looseObject({ trades: z.array(z.unknown()), cursor: text })

const market = z.looseObject({
  ticker,
  status: text,
  result: text,
  open_time: text,
  close_time: text,
  floor_strike: text,
  settlement_ts: text,
})
const markets = z.looseObject({ markets: z.array(z.unknown()), cursor: text })

const position = z.looseObject({
  ticker,
  position_fp: z.string(),
  market_exposure_dollars: text,
  realized_pnl_dollars: text,
  fees_paid_dollars: text,
  last_updated_ts: text,
})
const positions = z.looseObject({ market_positions: z.array(z.unknown()), cursor: text })

export type KalshiSnapshot = z.infer<typeof snapshot>
export type KalshiDelta = z.infer<typeof delta>
export type KalshiTradeWire = z.infer<typeof trade>
export type KalshiMarketWire = z.infer<typeof market>
export type KalshiPositionWire = z.infer<typeof position>

export const wireEnvelope = wire('frame', envelope)
export const wireSnapshot = wire('orderbook_snapshot', snapshot)
export const wireDelta = wire('orderbook_delta', delta)
export const wireTrade = wire('trade', trade)
export const wireError = wire('error', error)
export const wireBook = wire('orderbook', book)
export const wireTrades = wire('trades', trades)
export const wireMarkets = wire('markets', markets)
/** Of a market and a position far more is sent than is read: nothing of that is counted. */
export const wireMarket = wire('market', market)
export const wirePositions = wire('positions', positions)
export const wirePosition = wire('position', position)
