import { constants, verify } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import * as Book from '../../../core/book/module.ts'
import { type Columns, Kind, Side } from '../../../core/events/index.ts'
import { formatIso, type Micros, MS, ONE, SECOND, type Tick } from '../../../core/units/index.ts'
import type { Connection } from '../connection.ts'
import type { MarketState } from '../market-state.ts'
import { marketOf, outcomeOf, stampOf } from '../world.ts'
import { isListed } from './gamma-object.ts'
import { bidsOf, count, dollars, marketObject, statusOf } from './kalshi-object.ts'
import { query, readRequest, type Stand, texts, type Venue } from './venue.ts'

/** A channel of a client: its number, that of its last message, and its markets; empty: all. */
type Subscription = { sid: number; seq: number; tickers: Set<string> }
type Client = Map<'orderbook_delta' | 'trade', Subscription>
type Trade = { at_us: Micros; text: string }

const PREFIX = '/kalshi'
const API = `${PREFIX}/trade-api/v2`
const SOCKET = `${PREFIX}/trade-api/ws/v2`
const POLICY = 1008
const PING_MS = 10_000
const LIMIT_MAX = 1_000
const TRADES_MAX = 100_000
/** How far the time of a signature may be off ours; on the wall clock, as signers have no other. */
const SIGNED_WITHIN_MS = 30_000
/** Codes of refusals. */
const UNKNOWN_CHANNEL = 8
const UNKNOWN_COMMAND = 5

/** Kalshi (protocol.md §11.1): markets, books and trades by REST, and the signed socket. */
export function kalshi(stand: Stand): Venue {
  const { world, outlet, hub } = stand
  const markets = world.markets.filter((market) => market.kalshi)
  const byTicker = new Map(markets.map((state) => [state.market.slug, state]))
  const clients = new Map<Connection, Client>()
  const trades = new Map<string, Trade[]>()
  /** Books as told so far: changes are told as differences. */
  const told = new Map<number, Book.Book>()
  let prints = 0

  const signed = (request: FastifyRequest) => {
    const { headers } = request
    const time = String(headers['kalshi-access-timestamp'] ?? '')
    const { key_id, public_key } = stand.credentials.kalshi()
    if (headers['kalshi-access-key'] !== key_id) return false
    if (!(Math.abs(Number(time) - Date.now()) <= SIGNED_WITHIN_MS)) return false
    const path = request.url.split('?', 1)[0]!.slice(PREFIX.length)
    return verify(
      'sha256',
      Buffer.from(`${time}${request.method}${path}`),
      {
        key: public_key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      },
      Buffer.from(String(headers['kalshi-access-signature'] ?? ''), 'base64'),
    )
  }
  const listens = (client: Client, channel: 'orderbook_delta' | 'trade', ticker: string) => {
    const subscription = client.get(channel)
    if (subscription === undefined) return undefined
    return subscription.tickers.size === 0 || subscription.tickers.has(ticker) ? subscription : undefined
  }
  const snapshot = (connection: Connection, subscription: Subscription, state: MarketState) => {
    const msg = {
      market_ticker: state.market.slug,
      market_id: state.condition_id,
      yes_dollars_fp: bidsOf(state.book, 'yes'),
      no_dollars_fp: bidsOf(state.book, 'no'),
    }
    outlet.data(connection, () =>
      JSON.stringify({ type: 'orderbook_snapshot', sid: subscription.sid, seq: ++subscription.seq, msg }),
    )
  }
  const refuse = (connection: Connection, id: unknown, code: number, msg: string) =>
    outlet.answer(connection, JSON.stringify({ id, type: 'error', msg: { code, msg } }))
  const message = (connection: Connection, text: string) => {
    const client = clients.get(connection)!
    const request = readRequest(text)
    const id = request?.id
    const params = (request?.params ?? {}) as Record<string, unknown>
    if (request?.cmd === 'unsubscribe') {
      const sids = Array.isArray(params.sids) ? params.sids : []
      for (const [channel, { sid }] of [...client]) {
        if (!sids.includes(sid)) continue
        client.delete(channel)
        outlet.answer(connection, JSON.stringify({ id, sid, type: 'unsubscribed' }))
      }
      return
    }
    if (request?.cmd !== 'subscribe') return refuse(connection, id, UNKNOWN_COMMAND, 'Unknown command')
    const tickers = [...texts(params.market_tickers), ...texts([params.market_ticker])]
    for (const channel of texts(params.channels)) {
      if (channel !== 'orderbook_delta' && channel !== 'trade') {
        refuse(connection, id, UNKNOWN_CHANNEL, 'Unknown channel name')
        continue
      }
      const sid = client.get(channel)?.sid ?? client.size + 1
      const subscription: Subscription = { sid, seq: 0, tickers: new Set(tickers) }
      client.set(channel, subscription)
      outlet.answer(connection, JSON.stringify({ id, type: 'subscribed', msg: { channel, sid } }))
      if (channel === 'orderbook_delta')
        for (const state of markets)
          if (state.book !== null && listens(client, channel, state.market.slug) !== undefined)
            snapshot(connection, subscription, state)
    }
    hub.listens(connection)
    return undefined
  }
  const tellDelta = (state: MarketState, side: Book.BookSide, price: Tick, change: number, at_us: Micros) => {
    const yes = side === Book.BID
    const msg =
      `{"market_ticker":"${state.market.slug}","market_id":"${state.condition_id}","price_dollars":"${dollars(yes ? price : ONE - price)}"` +
      `,"delta_fp":"${change < 0 ? '-' : ''}${count(Math.abs(change))}","side":"${yes ? 'yes' : 'no'}"` +
      `,"ts":"${formatIso(at_us)}","ts_ms":${Math.floor(at_us / MS)}}`
    for (const [connection, client] of clients) {
      const subscription = listens(client, 'orderbook_delta', state.market.slug)
      if (subscription === undefined) continue
      const { sid } = subscription
      outlet.data(
        connection,
        () => `{"type":"orderbook_delta","sid":${sid},"seq":${++subscription.seq},"msg":${msg}}`,
      )
    }
  }
  const tellLevel = (state: MarketState, side: Book.BookSide, price: Tick, size: number, at_us: Micros) => {
    const change = size - Book.set(bookTold(state), side, price, size)
    if (change !== 0) tellDelta(state, side, price, change, at_us)
  }
  const bookTold = (state: MarketState) => {
    const book = told.get(state.index) ?? Book.create()
    told.set(state.index, book)
    return book
  }
  /** A book came anew: what is no longer there goes, then the rest comes with its rows. */
  const tellGone = (state: MarketState, at_us: Micros) => {
    const book = bookTold(state)
    for (const side of [Book.BID, Book.ASK] as const)
      for (const [price] of Book.levels(book, side))
        if (state.book === null || Book.size(state.book, side, price) === 0)
          tellLevel(state, side, price, 0, at_us)
  }
  const tellFirst = (state: MarketState) => {
    told.set(state.index, Book.restore(Book.snapshot(state.book!)))
    for (const [connection, client] of clients) {
      const subscription = listens(client, 'orderbook_delta', state.market.slug)
      if (subscription !== undefined) snapshot(connection, subscription, state)
    }
  }
  const tellTrade = (state: MarketState, columns: Columns, i: number) => {
    const at_us = stampOf(columns, i)
    const up = outcomeOf(world, columns.instrument[i]!) === 'up'
    const price = up ? columns.price[i]! : ONE - columns.price[i]!
    const taker = up === (columns.side[i] === Side.BUY) ? 'yes' : 'no'
    const body =
      `"trade_id":"sandbox-${++prints}","yes_price_dollars":"${dollars(price)}","no_price_dollars":"${dollars(ONE - price)}"` +
      `,"count_fp":"${count(columns.size[i]!)}","taker_side":"${taker}"`
    const ticker = state.market.slug
    const list = trades.get(ticker) ?? []
    trades.set(ticker, list)
    if (list.length === TRADES_MAX) list.shift()
    list.push({ at_us, text: `{${body},"ticker":"${ticker}","created_time":"${formatIso(at_us)}"}` })
    const msg = `{${body},"market_ticker":"${ticker}","ts_ms":${Math.floor(at_us / MS)}}`
    for (const [connection, client] of clients) {
      const subscription = listens(client, 'trade', ticker)
      if (subscription !== undefined)
        outlet.data(connection, `{"type":"trade","sid":${subscription.sid},"msg":${msg}}`)
    }
  }
  const listMarkets = (request: FastifyRequest, reply: FastifyReply) => {
    const asked = query(request)
    const now_us = stand.now_us()
    const fits = markets.filter(
      (state) =>
        isListed(state, now_us) &&
        (asked.series_ticker === undefined ||
          asked.series_ticker.includes(state.market.slug.split('-', 1)[0]!)) &&
        (asked.status === undefined || asked.status.includes(statusOf(state, now_us))) &&
        (asked.tickers === undefined || asked.tickers.includes(state.market.slug)),
    )
    const { rows, cursor } = page(fits, asked)
    return reply.send({ markets: rows.map((state) => marketObject(state, now_us)), cursor })
  }
  const listTrades = (request: FastifyRequest, reply: FastifyReply) => {
    const asked = query(request)
    const from_us = Number(asked.min_ts?.[0] ?? 0) * SECOND
    const to_us = Number(asked.max_ts?.[0] ?? Number.POSITIVE_INFINITY) * SECOND
    const tickers = asked.ticker ?? [...trades.keys()]
    const found = tickers
      .flatMap((ticker) => trades.get(ticker) ?? [])
      .filter(({ at_us }) => at_us >= from_us && at_us <= to_us)
      .sort((a, b) => b.at_us - a.at_us)
    const { rows, cursor } = page(found, asked)
    const list = rows.map(({ text }) => text).join(',')
    return reply.type('application/json').send(`{"trades":[${list}],"cursor":"${cursor}"}`)
  }
  return {
    feed: 'kalshi',
    endpoints: { ws: { scheme: 'ws', path: PREFIX }, rest: { scheme: 'http', path: PREFIX } },
    routes(app) {
      app.get(`${API}/exchange/status`, (_request, reply) =>
        reply.send({ exchange_active: true, trading_active: true }),
      )
      app.get(`${API}/markets`, listMarkets)
      app.get(`${API}/markets/trades`, listTrades)
      app.get<{ Params: { ticker: string } }>(`${API}/markets/:ticker`, (request, reply) => {
        const state = byTicker.get(request.params.ticker)
        return state === undefined
          ? missing(reply)
          : reply.send({ market: marketObject(state, stand.now_us()) })
      })
      app.get<{ Params: { ticker: string } }>(`${API}/markets/:ticker/orderbook`, (request, reply) => {
        const state = byTicker.get(request.params.ticker)
        if (state === undefined) return missing(reply)
        const book = { yes_dollars: bidsOf(state.book, 'yes'), no_dollars: bidsOf(state.book, 'no') }
        return reply.send({ orderbook_fp: book })
      })
      app.get(`${API}/portfolio/positions`, (request, reply) =>
        signed(request)
          ? reply.send({ market_positions: [], event_positions: [], cursor: '' })
          : reply
              .code(401)
              .send({ error: { code: 'authentication_error', message: 'signature is invalid' } }),
      )
      stand.socket(app, SOCKET, 'kalshi', (request) => {
        if (!signed(request)) return { status: 401, body: 'authentication required' }
        return {
          slow_code: POLICY,
          ping_ms: PING_MS,
          opened: (connection) => clients.set(connection, new Map()),
          message,
          closed: (connection) => clients.delete(connection),
        }
      })
    },
    take(columns, from, to) {
      let fresh: MarketState | undefined
      for (let i = from; i < to; i++) {
        const state = marketOf(world, columns.instrument[i]!)
        if (state === undefined || !state.kalshi) continue
        const kind = columns.kind[i]
        // The first that is heard of a book is all of it.
        if (state.book !== null && !told.has(state.index)) fresh = state
        if (fresh === state && kind !== Kind.TRADE) continue
        if (kind === Kind.TRADE) tellTrade(state, columns, i)
        else if (kind === Kind.BOOK_RESET) tellGone(state, stampOf(columns, i))
        else if (kind === Kind.LEVEL) {
          const index = outcomeOf(world, columns.instrument[i]!) === 'up' ? 0 : 1
          const side = Book.canonicalSide(index, columns.side[i] as Book.BookSide)
          const price = Book.canonicalPrice(index, columns.price[i]!)
          tellLevel(state, side, price, columns.size[i]!, stampOf(columns, i))
        }
      }
      if (fresh !== undefined) tellFirst(fresh)
    },
  }
}

/** A page of a list, and where the next begins; an empty cursor where there is none. */
function page<T>(
  all: readonly T[],
  asked: Readonly<Record<string, string[]>>,
): { rows: readonly T[]; cursor: string } {
  const limit = Math.min(LIMIT_MAX, Math.max(1, Math.floor(Number(asked.limit?.[0] ?? 100)) || 1))
  const from = Math.max(
    0,
    Math.floor(Number(Buffer.from(asked.cursor?.[0] ?? '', 'base64url').toString())) || 0,
  )
  const to = from + limit
  return {
    rows: all.slice(from, to),
    cursor: to < all.length ? Buffer.from(String(to)).toString('base64url') : '',
  }
}

function missing(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ error: { code: 'not_found', message: 'not found' } })
}
