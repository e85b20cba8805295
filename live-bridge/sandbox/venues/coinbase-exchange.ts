import { Kind, Side } from '../../../core/events/index.ts'
import { formatDecimal, formatIso, type Micros } from '../../../core/units/index.ts'
import { SYMBOLS } from '../../../recorders/feeds/symbols.ts'
import type { Connection } from '../connection.ts'
import { stampOf } from '../world.ts'
import { readRequest, type Stand, texts, type Venue } from './venue.ts'

const POLICY = 1008
const CHANNELS = ['matches', 'ticker', 'heartbeat']
/** Sizes at the touch: a tape has none. */
const QUANTITY = '1'

/** Coinbase's older Exchange feed (protocol.md §11.3): matches, ticker at each trade, heartbeats. */
export function coinbaseExchange(stand: Stand): Venue {
  const { world, outlet, hub } = stand
  /** By connection: channel and product, such as `matches BTC-USD`. */
  const subscriptions = new Map<Connection, Set<string>>()
  const products = new Map(
    SYMBOLS.flatMap(({ asset, coinbase: product }) => (product === null ? [] : [[asset, product] as const])),
  )
  /** Number of the last trade, and of the last message, by product. */
  const trades = new Map<string, number>()
  const sequences = new Map<string, number>()
  const next = (counts: Map<string, number>, product: string) => {
    const number = (counts.get(product) ?? 0) + 1
    counts.set(product, number)
    return number
  }
  const message = (connection: Connection, text: string) => {
    const keys = subscriptions.get(connection)!
    const request = readRequest(text)
    const add = request?.type === 'subscribe'
    const stranger = texts(request?.channels).find((channel) => !CHANNELS.includes(channel))
    if ((!add && request?.type !== 'unsubscribe') || stranger !== undefined) {
      const reason = stranger === undefined ? 'malformed request' : `${stranger} is not a valid channel`
      outlet.answer(connection, JSON.stringify({ type: 'error', message: 'Failed to subscribe', reason }))
      return
    }
    for (const channel of texts(request.channels))
      for (const product of texts(request.product_ids))
        if (add) keys.add(`${channel} ${product}`)
        else keys.delete(`${channel} ${product}`)
    const channels = CHANNELS.map((name) => ({
      name,
      product_ids: [...keys]
        .filter((key) => key.startsWith(`${name} `))
        .map((key) => key.slice(name.length + 1)),
    })).filter(({ product_ids }) => product_ids.length > 0)
    outlet.answer(connection, JSON.stringify({ type: 'subscriptions', channels }))
    if (add) hub.listens(connection)
  }
  const tell = (key: string, text: string) => {
    for (const [connection, keys] of subscriptions) if (keys.has(key)) outlet.data(connection, text)
  }
  const tellTicker = (product: string, bid: number, ask: number, price: number, at_us: Micros) =>
    tell(
      `ticker ${product}`,
      `{"type":"ticker","sequence":${next(sequences, product)},"product_id":"${product}","price":"${e8(price)}"` +
        `,"best_bid":"${e8(bid)}","best_bid_size":"${QUANTITY}","best_ask":"${e8(ask)}","best_ask_size":"${QUANTITY}"` +
        `,"time":"${formatIso(at_us)}"}`,
    )
  return {
    feed: 'coinbase',
    endpoints: { exchange: { scheme: 'ws', path: '/coinbase-exchange' } },
    routes(app) {
      stand.socket(app, '/coinbase-exchange', 'coinbase', () => ({
        slow_code: POLICY,
        ping_ms: 0,
        opened: (connection) => subscriptions.set(connection, new Set()),
        message,
        closed: (connection) => subscriptions.delete(connection),
      }))
    },
    take(columns, from, to) {
      for (let i = from; i < to; i++) {
        const series = world.series[columns.instrument[i]!]
        if (series?.name !== 'coinbase-spot') continue
        const product = products.get(series.asset)
        if (product === undefined) continue
        const at_us = stampOf(columns, i)
        if (columns.kind[i] === Kind.QUOTE)
          tellTicker(product, series.bid, series.ask, series.print > 0 ? series.print : series.bid, at_us)
        else if (columns.kind[i] === Kind.PRINT)
          tell(
            `matches ${product}`,
            `{"type":"match","trade_id":${next(trades, product)},"sequence":${next(sequences, product)}` +
              `,"maker_order_id":"sandbox-maker","taker_order_id":"sandbox-taker","time":"${formatIso(at_us)}"` +
              `,"product_id":"${product}","size":"${e8(columns.size[i]!)}","price":"${e8(columns.price[i]!)}"` +
              `,"side":"${columns.side[i] === Side.BUY ? 'sell' : 'buy'}"}`,
          )
      }
    },
    second() {
      const time = formatIso(stand.now_us())
      for (const [connection, keys] of subscriptions) {
        for (const key of keys) {
          const product = key.slice('heartbeat '.length)
          if (!key.startsWith('heartbeat ')) continue
          const sequence = sequences.get(product) ?? 0
          const last_trade_id = trades.get(product) ?? 0
          outlet.answer(
            connection,
            JSON.stringify({ type: 'heartbeat', sequence, last_trade_id, product_id: product, time }),
          )
        }
      }
    },
  }
}

const e8 = (value: number) => formatDecimal(value, 8)
