import { type Columns, Feed, Kind } from '../../../core/events/index.ts'
import { formatDecimal, type Micros, MS } from '../../../core/units/index.ts'
import { SYMBOLS } from '../../../recorders/feeds/symbols.ts'
import type { Connection } from '../connection.ts'
import { type SeriesState, stampOf } from '../world.ts'
import { decimalText, e18Text, type FullPrice } from './full-price.ts'
import { readRequest, type Stand, type Venue } from './venue.ts'

/** A topic: the series that it carries, how symbols are written, and what a snapshot of it is labelled. */
type Topic = {
  series: string
  symbol: 'binance' | 'chainlink'
  window_s: number
  /** Chainlink's spot snapshot comes under the name of the other topic. */
  snapshot: string
  exact_snapshot: boolean
}

const TOPICS: Readonly<Record<string, Topic>> = {
  crypto_prices: {
    series: 'rtds-binance',
    symbol: 'binance',
    window_s: 0,
    snapshot: 'crypto_prices',
    exact_snapshot: false,
  },
  crypto_prices_chainlink: {
    series: 'chainlink-spot',
    symbol: 'chainlink',
    window_s: 0,
    snapshot: 'crypto_prices',
    exact_snapshot: false,
  },
  crypto_prices_twap_thirty: twap(30, 'crypto_prices_twap_thirty'),
  crypto_prices_twap_sixty: twap(60, 'crypto_prices_twap_sixty'),
}

function twap(window_s: number, name: string): Topic {
  return {
    series: `chainlink-twap-${window_s}`,
    symbol: 'chainlink',
    window_s,
    snapshot: name,
    exact_snapshot: true,
  }
}

const POLICY = 1008

/** Polymarket's real-time data stream (protocol.md §7.1), its quirks included. */
export function rtds(stand: Stand): Venue {
  const { world, outlet, hub } = stand
  /** By connection: topic and symbol, such as `crypto_prices btcusdt`; `*` for all symbols. */
  const subscriptions = new Map<Connection, Set<string>>()

  const symbolOf = (topic: Topic, asset: string) => {
    const found = SYMBOLS.find((one) => one.asset === asset)
    return topic.symbol === 'binance' ? found?.binance?.toLowerCase() : (found?.chainlink ?? undefined)
  }
  const message = (connection: Connection, text: string) => {
    if (text === 'PING') return
    const request = readRequest(text)
    const asked = Array.isArray(request?.subscriptions)
      ? (request.subscriptions as Record<string, unknown>[])
      : []
    if (request?.action === 'subscribe') subscribe(connection, asked)
    else if (request?.action === 'unsubscribe')
      for (const one of asked) for (const key of keysOf(one).keys) subscriptions.get(connection)?.delete(key)
    else outlet.answer(connection, JSON.stringify({ message: 'Invalid request body', statusCode: 400 }))
  }
  const subscribe = (connection: Connection, asked: readonly Record<string, unknown>[]) => {
    // One topic that does not exist silences the whole list.
    const stranger = asked.find(({ topic }) => !Object.hasOwn(TOPICS, String(topic)))
    if (stranger !== undefined) {
      const words = `topic: ${stranger.topic} and type: ${stranger.type} not found`
      outlet.answer(connection, JSON.stringify({ body: { message: words }, statusCode: 400 }))
      return
    }
    for (const one of asked) {
      const { keys, compact } = keysOf(one)
      for (const key of keys) {
        // A filter that is not compact gets its backfill, and silence from then on.
        if (compact) subscriptions.get(connection)!.add(key)
        backfill(connection, key)
      }
    }
    if (asked.length > 0) hub.listens(connection)
  }
  const backfill = (connection: Connection, key: string) => {
    const [name, symbol] = key.split(' ') as [string, string]
    const topic = TOPICS[name]!
    const series = world.series.find(
      (one) => one?.name === topic.series && symbolOf(topic, one.asset) === symbol,
    )
    if (series === undefined || series.values.length === 0) return
    const data = series.values.map((value) => {
      const exact = topic.exact_snapshot ? { full_accuracy_value: e18Text(value) } : {}
      return { ...exact, timestamp: ms(value.at_us), value: Number(decimalText(value)) }
    })
    const payload = { data, symbol, ...(topic.window_s > 0 && { window_s: topic.window_s }) }
    const timestamp = ms(stand.now_us())
    outlet.data(connection, JSON.stringify({ payload, timestamp, topic: topic.snapshot, type: 'subscribe' }))
  }
  const tellValue = (series: SeriesState, columns: Columns, i: number) => {
    const value = { whole: columns.price[i]!, rest: columns.size[i]! }
    for (const name of Object.keys(TOPICS)) {
      const topic = TOPICS[name]!
      const symbol = topic.series === series.name ? symbolOf(topic, series.asset) : undefined
      if (symbol === undefined) continue
      let text: string | undefined
      for (const [connection, keys] of subscriptions) {
        if (!keys.has(`${name} ${symbol}`) && !keys.has(`${name} *`)) continue
        text ??= updateText(name, topic, symbol, value, stampOf(columns, i), columns.local_us[i]!)
        outlet.data(connection, text)
      }
    }
  }
  return {
    feed: 'rtds',
    endpoints: { stream: { scheme: 'ws', path: '/rtds' } },
    routes(app) {
      stand.socket(app, '/rtds', 'rtds', () => ({
        slow_code: POLICY,
        ping_ms: 0,
        opened: (connection) => subscriptions.set(connection, new Set()),
        message,
        closed: (connection) => subscriptions.delete(connection),
      }))
    },
    take(columns, from, to) {
      for (let i = from; i < to; i++) {
        if (columns.kind[i] !== Kind.ORACLE || columns.feed[i] !== Feed.RTDS) continue
        const series = world.series[columns.instrument[i]!]
        if (series !== undefined) tellValue(series, columns, i)
      }
    },
  }
}

const ms = (us: Micros) => Math.floor(us / MS)

/** Keys of a subscription. Filters are JSON in a string, compact. */
function keysOf({ topic, filters }: Record<string, unknown>): { keys: string[]; compact: boolean } {
  if (typeof filters !== 'string' || filters === '') return { keys: [`${topic} *`], compact: true }
  const symbol = readRequest(filters)?.symbol
  if (typeof symbol !== 'string') return { keys: [], compact: true }
  return { keys: [`${topic} ${symbol}`], compact: !/\s/.test(filters) }
}

function updateText(
  name: string,
  topic: Topic,
  symbol: string,
  value: FullPrice,
  at_us: Micros,
  relayed_us: Micros,
): string {
  const exact = topic.symbol === 'binance' ? formatDecimal(value.whole, 8) : e18Text(value)
  return JSON.stringify({
    connection_id: 'sandbox',
    payload: {
      full_accuracy_value: exact,
      symbol,
      timestamp: ms(at_us),
      value: Number(decimalText(value)),
      ...(topic.window_s > 0 && { window_s: topic.window_s }),
    },
    timestamp: ms(relayed_us),
    topic: name,
    type: 'update',
  })
}
