import { type Columns, Kind, Side } from '../../../core/events/index.ts'
import { formatDecimal, formatIso, type Micros } from '../../../core/units/index.ts'
import { SYMBOLS } from '../../../recorders/feeds/symbols.ts'
import type { Connection } from '../connection.ts'
import { type SeriesState, stampOf } from '../world.ts'
import { readRequest, type Stand, texts, type Venue } from './venue.ts'

/** Symbols of trades, and of tickers by what makes them speak. */
type Subscription = { trade: Set<string>; bbo: Set<string>; trades: Set<string> }

const POLICY = 1008
/** What a ticker says beside the best prices, of which a tape knows nothing. */
const QUANTITY = '1.00000000'
const DAY_FIGURES = `"volume":0.00000000,"vwap":0.0,"low":0.0,"high":0.0,"change":0.0,"change_pct":0.00`

/** Kraken's WebSocket v2 (protocol.md §11.4): ticker, trades. Numbers are JSON numbers with all their digits. */
export function kraken(stand: Stand): Venue {
  const { world, outlet, hub } = stand
  const subscriptions = new Map<Connection, Subscription>()
  const symbols = new Map(
    SYMBOLS.flatMap(({ asset, kraken: symbol }) => (symbol === null ? [] : [[asset, symbol] as const])),
  )
  const seriesOf = (symbol: string) =>
    world.series.find((one) => one?.name === 'kraken-spot' && symbols.get(one.asset) === symbol)
  /** Number of the last trade by symbol. */
  const trades = new Map<string, number>()
  let connections = 0

  const tell = (which: keyof Subscription, symbol: string, make: () => string) => {
    let text: string | undefined
    for (const [connection, subscription] of subscriptions) {
      if (!subscription[which].has(symbol)) continue
      text ??= make()
      outlet.data(connection, text)
    }
  }
  const message = (connection: Connection, text: string) => {
    const request = readRequest(text)
    const time = formatIso(stand.now_us())
    const times = { time_in: time, time_out: time }
    const id = request?.req_id === undefined ? {} : { req_id: request.req_id }
    if (request?.method === 'ping') {
      outlet.answer(connection, JSON.stringify({ method: 'pong', ...id, ...times }))
      return
    }
    const { method } = request ?? {}
    const params = (request?.params ?? {}) as Record<string, unknown>
    const { channel } = params
    if (
      (method !== 'subscribe' && method !== 'unsubscribe') ||
      (channel !== 'ticker' && channel !== 'trade')
    ) {
      const error = channel === undefined ? 'Malformed request' : 'Channel not supported'
      outlet.answer(
        connection,
        JSON.stringify({ method: method ?? null, error, success: false, ...id, ...times }),
      )
      return
    }
    const subscription = subscriptions.get(connection)!
    const bbo = params.event_trigger === 'bbo'
    const held = channel === 'trade' ? subscription.trade : bbo ? subscription.bbo : subscription.trades
    for (const symbol of texts(params.symbol)) {
      if (![...symbols.values()].includes(symbol)) {
        const error = `Currency pair not supported ${symbol}`
        outlet.answer(connection, JSON.stringify({ method, error, success: false, symbol, ...id, ...times }))
        continue
      }
      const result = {
        channel,
        symbol,
        ...(channel === 'ticker' && { event_trigger: bbo ? 'bbo' : 'trades' }),
      }
      const snapshot = params.snapshot !== false
      if (method === 'subscribe') held.add(symbol)
      else held.delete(symbol)
      outlet.answer(
        connection,
        JSON.stringify({ method, result: { ...result, snapshot }, success: true, ...id, ...times }),
      )
      const series = seriesOf(symbol)
      if (
        method === 'subscribe' &&
        snapshot &&
        channel === 'ticker' &&
        series !== undefined &&
        series.bid > 0
      )
        outlet.data(connection, tickerText('snapshot', symbol, series, stand.now_us()))
    }
    if (method === 'subscribe') hub.listens(connection)
  }
  const tellPrint = (symbol: string, series: SeriesState, columns: Columns, i: number) => {
    const at_us = stampOf(columns, i)
    const id = (trades.get(symbol) ?? 0) + 1
    trades.set(symbol, id)
    const side = columns.side[i] === Side.BUY ? 'buy' : 'sell'
    tell(
      'trade',
      symbol,
      () =>
        `{"channel":"trade","type":"update","data":[{"symbol":"${symbol}","side":"${side}","price":${e8(columns.price[i]!)}` +
        `,"qty":${e8(columns.size[i]!)},"ord_type":"market","trade_id":${id},"timestamp":"${fullIso(at_us)}"}]}`,
    )
    tell('trades', symbol, () => tickerText('update', symbol, series, at_us))
  }
  return {
    feed: 'kraken',
    endpoints: { stream: { scheme: 'ws', path: '/kraken' } },
    routes(app) {
      stand.socket(app, '/kraken/v2', 'kraken', () => ({
        slow_code: POLICY,
        ping_ms: 0,
        opened(connection) {
          subscriptions.set(connection, { trade: new Set(), bbo: new Set(), trades: new Set() })
          const data = [
            { api_version: 'v2', connection_id: ++connections, system: 'online', version: '2.0.10' },
          ]
          outlet.answer(connection, JSON.stringify({ channel: 'status', type: 'update', data }))
        },
        message,
        closed: (connection) => subscriptions.delete(connection),
      }))
    },
    take(columns, from, to) {
      for (let i = from; i < to; i++) {
        const series = world.series[columns.instrument[i]!]
        if (series?.name !== 'kraken-spot') continue
        const symbol = symbols.get(series.asset)
        if (symbol === undefined) continue
        if (columns.kind[i] === Kind.QUOTE)
          tell('bbo', symbol, () => tickerText('update', symbol, series, stampOf(columns, i)))
        else if (columns.kind[i] === Kind.PRINT) tellPrint(symbol, series, columns, i)
      }
    },
    second() {
      for (const [connection, { trade, bbo, trades: others }] of subscriptions)
        if (trade.size + bbo.size + others.size > 0) outlet.answer(connection, '{"channel":"heartbeat"}')
    },
  }
}

function tickerText(type: string, symbol: string, { bid, ask, print }: SeriesState, at_us: Micros): string {
  const last = print > 0 ? print : bid
  return (
    `{"channel":"ticker","type":"${type}","data":[{"symbol":"${symbol}","bid":${e8(bid)},"bid_qty":${QUANTITY}` +
    `,"ask":${e8(ask)},"ask_qty":${QUANTITY},"last":${e8(last)},${DAY_FIGURES},"timestamp":"${fullIso(at_us)}"}]}`
  )
}

const e8 = (value: number) => formatDecimal(value, 8)

/** With all six digits of µs, as the venue writes them. */
function fullIso(us: Micros): string {
  const text = formatIso(us)
  const [seconds, fraction = ''] = text.slice(0, -1).split('.')
  return `${seconds}.${fraction.padEnd(6, '0')}Z`
}
