import { Kind, Side } from '../../core/events/index.ts'
import { type Micros, ONE, parseDecimal } from '../../core/units/index.ts'
import {
  type KalshiPrices,
  kalshiMarket,
  kalshiTokens,
  readKalshiPrices,
  readKalshiPrint,
  USUAL_PRICES,
} from '../kalshi/index.ts'
import { takeEach } from './entries.ts'
import type { Out, Refusal } from './feed.ts'
import type { Markets } from './kalshi-markets.ts'
import { positionRow } from './kalshi-position.ts'
import * as Wire from './kalshi-wire.ts'
import { looseStamp } from './loose-stamp.ts'
import { plainDecimal } from './lossless.ts'
import { readWire } from './wire.ts'

/** Trades, markets and positions, from a message or from an answer. */

/** Why what names a market of another kind is refused. */
export const NO_MARKET = 'a market that is none of a 15-minute series'
/** Trades remembered of a market: answers overlap by seconds. */
const TRADES_MAX = 2_000

export function takeTrade(out: Out, markets: Markets, raw: unknown, now_us: Micros): string | undefined {
  const said = readWire(Wire.wireTrade, raw as object, (field) => out.unknown(field))
  if (typeof said === 'string') return said
  const print = readKalshiPrint(said)
  if (typeof print === 'string') return `trade: ${print}`
  const ticker = said.market_ticker ?? said.ticker ?? ''
  if (markets.up(ticker, now_us) < 0) return NO_MARKET
  const { trades } = markets.known(ticker, now_us)
  if (trades.includes(said.trade_id)) return undefined
  trades.push(said.trade_id)
  if (trades.length > TRADES_MAX) trades.shift()
  const token = out.token(kalshiTokens(ticker)[print.outcome])
  out.row(Kind.TRADE, token, Side.BUY, print.price, print.size, stampOf(said) ?? 0, 0)
  out.end()
  return undefined
}

/** Lists of trades begin with the newest; on the tape the oldest of them comes first. */
export function takeTrades(out: Out, markets: Markets, raw: object, now_us: Micros): Refusal | undefined {
  const said = readWire(Wire.wireTrades, raw)
  if (typeof said === 'string') return said
  return takeEach([...said.trades].reverse(), 'trades from the last', (one) =>
    takeTrade(out, markets, one, now_us),
  )
}

export function takeMarkets(out: Out, markets: Markets, raw: object, now_us: Micros): Refusal | undefined {
  const said = readWire(Wire.wireMarkets, raw)
  if (typeof said === 'string') return said
  return takeEach(said.markets, 'markets', (one) => takeMarket(out, markets, one, now_us))
}

function takeMarket(out: Out, markets: Markets, raw: unknown, now_us: Micros): string | undefined {
  const said = readWire(Wire.wireMarket, raw as object)
  if (typeof said === 'string') return said
  const close_us = looseStamp(said.close_time)
  const found = kalshiMarket(said.ticker, close_us === null ? now_us : close_us - 1)
  // Other kinds of markets can stand in a series.
  if (found === undefined) return undefined
  const { price_bands: _, ...market } = found
  if (close_us !== null && close_us !== market.end_us)
    return 'market.close_time: another than its ticker says'
  const listed = { ...market, ...pricesOf(out, said), created_us: looseStamp(said.open_time) }
  const token = markets.list(listed, stableOf(said), now_us)
  if (token < 0) return NO_MARKET
  takeStrike(out, markets, said, token, now_us)
  const index = out.instruments.instruments[token]
  const settled = said.status === 'finalized' || said.status === 'settled'
  if (settled && index?.kind === 'token' && (said.result === 'yes' || said.result === 'no')) {
    out.resolve(index.market, said.result === 'yes' ? ONE : 0, looseStamp(said.settlement_ts) ?? 0)
    out.end()
  }
  return undefined
}

/** What the object says of its prices; where it says nothing that is understood, the usual ones of the series. */
function pricesOf(out: Out, said: Wire.KalshiMarketWire): KalshiPrices {
  const { price_level_structure: structure, price_ranges: ranges } = said
  const read = readKalshiPrices(structure, ranges)
  if (read === undefined && structure !== undefined) out.unknown('market.price_level_structure')
  return read ?? USUAL_PRICES
}

function takeStrike(
  out: Out,
  markets: Markets,
  { ticker, floor_strike }: Wire.KalshiMarketWire,
  token: number,
  now_us: Micros,
): void {
  const one = markets.known(ticker, now_us)
  if (typeof floor_strike !== 'string' || floor_strike === one.strike) return
  const price = dollars(floor_strike)
  if (!(price > 0)) return
  one.strike = floor_strike
  out.row(Kind.STRIKE, token, Side.NONE, price, 0, 0, 0)
  out.end()
}

export function takePositions(out: Out, markets: Markets, raw: object, now_us: Micros): Refusal | undefined {
  const said = readWire(Wire.wirePositions, raw)
  if (typeof said === 'string') return said
  return takeEach(said.market_positions, 'market_positions', (one) => {
    const position = readWire(Wire.wirePosition, one as object)
    if (typeof position === 'string') return position
    const instrument = out.instruments.instruments[out.token(kalshiTokens(position.ticker).up)]
    const row = positionRow(position, instrument?.kind === 'token' ? instrument.market : null)
    if (typeof row === 'string') return row
    const text = JSON.stringify({ ...row, exch_us: 0 })
    const last = markets.known(position.ticker, now_us)
    if (last.position === text) return undefined
    last.position = text
    out.side('user_positions', row)
    return undefined
  })
}

/** When something happened, by whichever name. */
export function stampOf(said: {
  ts_ms?: string | null | undefined
  ts?: string | null | undefined
  created_time?: string | null | undefined
}) {
  return looseStamp(said.ts_ms) ?? looseStamp(said.ts) ?? looseStamp(said.created_time)
}

/** Dollars in 1e-8; NaN for what is no decimal of them. */
function dollars(text: string): number {
  try {
    return parseDecimal(plainDecimal(text) ?? text, 8)
  } catch {
    return Number.NaN
  }
}

/** What is kept of a market’s object: prices and volumes change all the time and say nothing about it. */
const STABLE = [
  'ticker',
  'event_ticker',
  'market_type',
  'title',
  'subtitle',
  'yes_sub_title',
  'no_sub_title',
  'open_time',
  'close_time',
  'strike_type',
  'floor_strike',
  'price_level_structure',
  'price_ranges',
  'rules_primary',
  'rules_secondary',
  'status',
  'result',
  'expiration_value',
] as const

function stableOf(said: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    STABLE.filter((name) => Object.hasOwn(said, name)).map((name) => [name, said[name]]),
  )
}
