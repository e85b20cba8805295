import type { FastifyRequest } from 'fastify'
import { type Columns, Kind, Side } from '../../../core/events/index.ts'
import { formatDecimal, HOUR, type Micros, MS } from '../../../core/units/index.ts'
import { SYMBOLS } from '../../../recorders/feeds/symbols.ts'
import type { Connection } from '../connection.ts'
import { type SeriesState, stampOf } from '../world.ts'
import { query, readRequest, type Stand, texts, type Venue } from './venue.ts'

/** What a client listens to, and whether times are in µs and messages named by their stream. */
type Subscription = { streams: Set<string>; micros: boolean; combined: boolean }

const PING_MS = 20_000
const POLICY = 1008
const STREAMS_MAX = 1_024
/** Sizes at the touch: a tape has none. */
const QUANTITY = '1.00000000'
const CLOSE_BEFORE_END = 1

/** Binance spot (protocol.md §11.2): trades, best prices, and the candle that hourly windows settle on. */
export function binance(stand: Stand): Venue {
  const { world, outlet, hub } = stand
  const subscriptions = new Map<Connection, Subscription>()
  const symbols = new Map(
    SYMBOLS.flatMap(({ asset, binance: symbol }) => (symbol === null ? [] : [[asset, symbol] as const])),
  )
  /** Trades and changes of the touch so far, by symbol. */
  const trades = new Map<string, number>()
  const updates = new Map<string, number>()
  const next = (counts: Map<string, number>, symbol: string) => {
    const count = (counts.get(symbol) ?? 0) + 1
    counts.set(symbol, count)
    return count
  }
  const tellStream = (stream: string, make: (micros: boolean) => string) => {
    for (const [connection, { streams, micros, combined }] of subscriptions) {
      if (!streams.has(stream)) continue
      const data = make(micros)
      outlet.data(connection, combined ? `{"stream":"${stream}","data":${data}}` : data)
    }
  }
  const listener = (streams: readonly string[], micros: boolean, combined: boolean) => ({
    slow_code: POLICY,
    ping_ms: PING_MS,
    opened(connection: Connection) {
      subscriptions.set(connection, { streams: new Set(streams), micros, combined })
      if (streams.length > 0) hub.listens(connection)
    },
    message(connection: Connection, text: string) {
      const request = readRequest(text)
      const subscription = subscriptions.get(connection)!
      const id = typeof request?.id === 'string' || typeof request?.id === 'number' ? request.id : null
      const asked = texts(request?.params)
      if (request?.method === 'SUBSCRIBE') for (const stream of asked) subscription.streams.add(stream)
      else if (request?.method === 'UNSUBSCRIBE')
        for (const stream of asked) subscription.streams.delete(stream)
      else if (request?.method !== 'LIST_SUBSCRIPTIONS') {
        outlet.answer(connection, JSON.stringify({ error: { code: 2, msg: 'Invalid request' }, id }))
        return
      }
      if (subscription.streams.size > STREAMS_MAX) {
        connection.socket.close(POLICY, 'too many streams')
        return
      }
      const listed = request.method === 'LIST_SUBSCRIPTIONS' ? [...subscription.streams] : null
      outlet.answer(connection, JSON.stringify({ result: listed, id }))
      if (subscription.streams.size > 0) hub.listens(connection)
    },
    closed: (connection: Connection) => subscriptions.delete(connection),
  })
  const micros = (request: FastifyRequest) =>
    query(request).timeUnit?.[0]?.toUpperCase().startsWith('MICRO') === true
  const inPath = (request: FastifyRequest) =>
    new URL(request.url, 'http://sandbox').pathname.replace(/^\/binance\/(ws|stream)\/?/, '')
  const split = (path: string) =>
    decodeURIComponent(path)
      .split('/')
      .filter((one) => one !== '')

  const tellQuote = (symbol: string, { bid, ask }: SeriesState) => {
    const u = next(updates, symbol)
    tellStream(
      `${symbol.toLowerCase()}@bookTicker`,
      () =>
        `{"u":${u},"s":"${symbol}","b":"${e8(bid)}","B":"${QUANTITY}","a":"${e8(ask)}","A":"${QUANTITY}"}`,
    )
  }
  const tellPrint = (symbol: string, columns: Columns, i: number) => {
    const t = next(trades, symbol)
    const at_us = stampOf(columns, i)
    const { price, size, side } = columns
    tellStream(`${symbol.toLowerCase()}@trade`, (micro) => {
      const at = micro ? at_us : Math.floor(at_us / MS)
      return (
        `{"e":"trade","E":${at},"s":"${symbol}","t":${t},"p":"${e8(price[i]!)}","q":"${e8(size[i]!)}"` +
        `,"T":${at},"m":${side[i] === Side.SELL},"M":true}`
      )
    })
  }
  /** A candle as it stands: of its prices a tape has the close. */
  const tellCandle = (symbol: string, columns: Columns, i: number) => {
    const at_us = stampOf(columns, i)
    const start_us = Math.floor(at_us / HOUR) * HOUR
    tellStream(`${symbol.toLowerCase()}@kline_1h`, (micro) => {
      const unit = (us: Micros) => (micro ? us : Math.floor(us / MS))
      const close = e8(columns.price[i]!)
      return (
        `{"e":"kline","E":${unit(at_us)},"s":"${symbol}","k":{"t":${unit(start_us)},"T":${unit(start_us + HOUR) - CLOSE_BEFORE_END}` +
        `,"s":"${symbol}","i":"1h","f":-1,"L":-1,"o":"${close}","c":"${close}","h":"${close}","l":"${close}"` +
        `,"v":"0","n":0,"x":false,"q":"0","V":"0","Q":"0","B":"0"}}`
      )
    })
  }
  return {
    feed: 'binance',
    endpoints: {
      stream: { scheme: 'ws', path: '/binance' },
      data_only: { scheme: 'ws', path: '/binance' },
    },
    routes(app) {
      stand.socket(app, '/binance/stream', 'binance', (request) => {
        const streams = query(request).streams?.flatMap((one) => split(one)) ?? []
        return listener(streams, micros(request), true)
      })
      stand.socket(app, '/binance/ws', 'binance', (request) => listener([], micros(request), false))
      stand.socket(app, '/binance/ws/*', 'binance', (request) =>
        listener(split(inPath(request)), micros(request), false),
      )
    },
    take(columns, from, to) {
      for (let i = from; i < to; i++) {
        const series = world.series[columns.instrument[i]!]
        if (series === undefined) continue
        const symbol = symbols.get(series.asset)
        if (symbol === undefined) continue
        const kind = columns.kind[i]
        if (series.name === 'binance-spot' && kind === Kind.QUOTE) tellQuote(symbol, series)
        else if (series.name === 'binance-spot' && kind === Kind.PRINT) tellPrint(symbol, columns, i)
        else if (series.name === 'binance-kline' && kind === Kind.ORACLE) tellCandle(symbol, columns, i)
      }
    },
  }
}

const e8 = (value: number) => formatDecimal(value, 8)
