import { type Columns, Kind, Side } from '../../../core/events/index.ts'
import { formatDecimal, formatIso, type Micros } from '../../../core/units/index.ts'
import { SYMBOLS } from '../../../recorders/feeds/symbols.ts'
import type { Connection } from '../connection.ts'
import { type SeriesState, stampOf } from '../world.ts'
import { readRequest, type Stand, texts, type Venue } from './venue.ts'

/** Products by channel, and the number of the next message: every message of a connection has one. */
type Subscription = { channels: Map<string, Set<string>>; sequence: number }

const POLICY = 1008
const CHANNELS = ['ticker', 'market_trades', 'heartbeats']
/** Sizes at the touch: a tape has none. */
const QUANTITY = '1'

/** Coinbase's Advanced feed (protocol.md §11.3): ticker, trades, heartbeats. */
export function coinbase(stand: Stand): Venue {
  const { world, outlet, hub } = stand
  const subscriptions = new Map<Connection, Subscription>()
  const products = new Map(
    SYMBOLS.flatMap(({ asset, coinbase: product }) => (product === null ? [] : [[asset, product] as const])),
  )
  const known = new Set(products.values())
  let beats = 0
  /** Number of the last trade by product. */
  const trades = new Map<string, number>()

  const envelope = (subscription: Subscription, channel: string, at_us: Micros, events: string) =>
    `{"channel":"${channel}","client_id":"","timestamp":"${formatIso(at_us)}","sequence_num":${subscription.sequence++},"events":${events}}`
  const tellProduct = (channel: string, product: string, at_us: Micros, events: () => string) => {
    let text: string | undefined
    for (const [connection, subscription] of subscriptions) {
      if (subscription.channels.get(channel)?.has(product) !== true) continue
      outlet.data(connection, () => {
        text ??= events()
        return envelope(subscription, channel, at_us, text)
      })
    }
  }
  const refuse = (connection: Connection, message: string) =>
    outlet.answer(connection, JSON.stringify({ type: 'error', message }))
  const message = (connection: Connection, text: string) => {
    const subscription = subscriptions.get(connection)!
    const request = readRequest(text)
    const type = request?.type
    const channel = String(request?.channel ?? '')
    if (request === undefined || (type !== 'subscribe' && type !== 'unsubscribe'))
      return refuse(connection, 'malformed request')
    if (!CHANNELS.includes(channel)) return refuse(connection, `channel ${channel} is not available`)
    const asked = texts(request.product_ids)
    // One product that is not listed voids the whole request.
    const stranger = asked.find((product) => !known.has(product))
    if (stranger !== undefined) return refuse(connection, `${stranger} is not a valid product`)
    const held = subscription.channels.get(channel) ?? new Set()
    if (type === 'subscribe') {
      for (const product of asked) held.add(product)
      subscription.channels.set(channel, held)
    } else {
      for (const product of asked) held.delete(product)
      if (held.size === 0) subscription.channels.delete(channel)
    }
    const now = stand.now_us()
    const list = Object.fromEntries(
      [...subscription.channels].map(([name, ids]) => [name, ids.size === 0 ? [name] : [...ids]]),
    )
    outlet.answer(
      connection,
      envelope(subscription, 'subscriptions', now, JSON.stringify([{ subscriptions: list }])),
    )
    if (type === 'subscribe' && channel === 'ticker') snapshots(connection, subscription, asked, now)
    if (channel !== 'heartbeats') hub.listens(connection)
    return undefined
  }
  const snapshots = (
    connection: Connection,
    subscription: Subscription,
    asked: readonly string[],
    now: Micros,
  ) => {
    for (const series of world.series) {
      if (series?.name !== 'coinbase-spot' || series.bid === 0) continue
      const product = products.get(series.asset)
      if (product === undefined || !asked.includes(product)) continue
      outlet.data(connection, () =>
        envelope(subscription, 'ticker', now, tickerEvents('snapshot', product, series)),
      )
    }
  }
  const tellPrint = (product: string, columns: Columns, i: number) => {
    const at_us = stampOf(columns, i)
    const id = (trades.get(product) ?? 0) + 1
    trades.set(product, id)
    // The venue states the maker's side.
    const side = columns.side[i] === Side.BUY ? 'SELL' : 'BUY'
    tellProduct(
      'market_trades',
      product,
      at_us,
      () =>
        `[{"type":"update","trades":[{"trade_id":"${id}","product_id":"${product}","price":"${e8(columns.price[i]!)}"` +
        `,"size":"${e8(columns.size[i]!)}","side":"${side}","time":"${formatIso(at_us)}"}]}]`,
    )
  }
  return {
    feed: 'coinbase',
    endpoints: { advanced: { scheme: 'ws', path: '/coinbase' } },
    routes(app) {
      stand.socket(app, '/coinbase', 'coinbase', () => ({
        slow_code: POLICY,
        ping_ms: 0,
        opened: (connection) => subscriptions.set(connection, { channels: new Map(), sequence: 0 }),
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
        if (columns.kind[i] === Kind.QUOTE)
          tellProduct('ticker', product, stampOf(columns, i), () => tickerEvents('update', product, series))
        else if (columns.kind[i] === Kind.PRINT) tellPrint(product, columns, i)
      }
    },
    second() {
      const now = stand.now_us()
      const time = formatIso(now).replace('T', ' ').replace('Z', ' +0000 UTC')
      beats++
      for (const [connection, subscription] of subscriptions) {
        if (!subscription.channels.has('heartbeats')) continue
        const events = `[{"current_time":"${time}","heartbeat_counter":${beats}}]`
        outlet.answer(connection, envelope(subscription, 'heartbeats', now, events))
      }
    },
  }
}

function tickerEvents(type: string, product: string, { bid, ask, print }: SeriesState): string {
  const price = print > 0 ? print : bid
  return (
    `[{"type":"${type}","tickers":[{"type":"ticker","product_id":"${product}","price":"${e8(price)}"` +
    `,"best_bid":"${e8(bid)}","best_bid_quantity":"${QUANTITY}","best_ask":"${e8(ask)}","best_ask_quantity":"${QUANTITY}"}]}]`
  )
}

const e8 = (value: number) => formatDecimal(value, 8)
