import { createHash } from 'node:crypto'
import { type Columns, Feed, Flag, Kind, type Outcome } from '../../../core/events/index.ts'
import type { Micros, Tick } from '../../../core/units/index.ts'
import type { Connection } from '../connection.ts'
import type { MarketState } from '../market-state.ts'
import { marketOf, outcomeOf, stampOf, touchOf } from '../world.ts'
import {
  bookFrame,
  newMarketFrame,
  priceChangeFrame,
  resolvedFrame,
  tickFrame,
  touchFrame,
  tradeFrame,
} from './clob-frames.ts'
import { titleOf } from './gamma-object.ts'
import { readRequest, type Stand, tell, texts, type Venue } from './venue.ts'

/** What a client of the market channel asked for. */
type Subscription = { tokens: Set<number>; custom: boolean; subscribed: boolean }

/** Policy violation: what the venue closes a client with that does not behave or keep up. */
const POLICY = 1008
/** Books of the first answer that go into one frame. */
const BOOKS_A_FRAME = 20

/** The CLOB's market channel (protocol.md §5). */
export function clobMarket(stand: Stand): Venue {
  const { world, outlet, hub, board } = stand
  const subscriptions = new Map<Connection, Subscription>()
  /** Listeners by token's instrument. */
  const audience = new Map<number, Set<Connection>>()
  const custom = new Set<Connection>()
  const byToken = new Map(world.ids.tokens.map((id, instrument) => [id, instrument]))
  /** Levels of the message in hand, by row. */
  const rows: number[] = []
  /** Touch last told of, by market: bid and ask in Up terms. */
  const told = new Map<number, { bid: Tick; ask: Tick }>()
  let trades = 0

  const add = (connection: Connection, subscription: Subscription, ids: readonly string[]) => {
    const fresh: number[] = []
    for (const id of ids) {
      const instrument = byToken.get(id)
      if (instrument === undefined) continue
      fresh.push(instrument)
      subscription.tokens.add(instrument)
      const listeners = audience.get(instrument) ?? new Set()
      audience.set(instrument, listeners.add(connection))
    }
    return fresh
  }
  const remove = (connection: Connection, subscription: Subscription, instruments: Iterable<number>) => {
    for (const instrument of instruments) {
      subscription.tokens.delete(instrument)
      audience.get(instrument)?.delete(connection)
    }
  }
  const dump = (connection: Connection, instruments: readonly number[]) => {
    const books: string[] = []
    for (const instrument of instruments) {
      const market = marketOf(world, instrument)!
      if (market.book !== null) books.push(bookFrame(market, outcomeOf(world, instrument), stand.now_us()))
    }
    for (let i = 0; i < books.length; i += BOOKS_A_FRAME)
      outlet.data(connection, `[${books.slice(i, i + BOOKS_A_FRAME).join(',')}]`)
  }
  const message = (connection: Connection, text: string) => {
    const subscription = subscriptions.get(connection)!
    if (text === 'PING') {
      if (subscription.subscribed) outlet.answer(connection, 'PONG')
      else connection.socket.close(POLICY, 'invalid subscription payload')
      return
    }
    const request = readRequest(text)
    const first = request?.operation === undefined
    if (request === undefined || (first && String(request.type).toLowerCase() !== 'market')) {
      connection.socket.close(POLICY, 'invalid subscription payload')
      return
    }
    // The first form is heard once: later changes go by `operation`.
    if (first && subscription.subscribed) return
    const ids = texts(request.assets_ids)
    if (request.operation === 'unsubscribe') {
      remove(
        connection,
        subscription,
        ids.map((id) => byToken.get(id) ?? -1),
      )
      return
    }
    subscription.subscribed = true
    if (request.custom_feature_enabled === true) {
      subscription.custom = true
      custom.add(connection)
    }
    const fresh = add(connection, subscription, ids)
    if (request.initial_dump !== false) dump(connection, fresh)
    hub.listens(connection)
  }

  const listeners = (market: MarketState, outcome: Outcome) => audience.get(market.tokens[outcome].instrument)
  /** Whoever listens to one of a market's tokens hears of both. */
  const either = (market: MarketState): Iterable<Connection> | undefined => {
    const up = listeners(market, 'up')
    const down = listeners(market, 'down')
    if (up === undefined || up.size === 0) return down
    if (down === undefined || down.size === 0) return up
    return new Set([...up, ...down])
  }
  const customOf = (audience: Iterable<Connection> | undefined) =>
    [...(audience ?? [])].filter((connection) => custom.has(connection))

  const tellBook = (market: MarketState, outcome: Outcome, at_us: Micros) => {
    const to = listeners(market, outcome)
    if (to !== undefined && to.size > 0) tell(outlet, to, bookFrame(market, outcome, at_us))
  }
  const tellTouch = (market: MarketState, at_us: Micros) => {
    if (!stand.touch || custom.size === 0) return
    const { bid, ask } = touchOf(market.book!, 'up')
    const before = told.get(market.index)
    if (before?.bid === bid && before.ask === ask) return
    told.set(market.index, { bid, ask })
    const shift = board.strikes('wrong-best-bid', 'clob_market') === undefined ? 0 : market.tick
    for (const outcome of ['up', 'down'] as const) {
      const to = customOf(listeners(market, outcome))
      if (to.length > 0) tell(outlet, to, touchFrame(market, outcome, at_us, shift))
    }
  }
  /** A message about one market's book, by the rows gathered. */
  const tellLevels = (market: MarketState, columns: Columns) => {
    const first = rows[0]!
    const at_us = stampOf(columns, first)
    const outcomes = new Set(rows.map((i) => outcomeOf(world, columns.instrument[i]!)))
    const whole = rows.some(
      (i) => columns.kind[i] !== Kind.LEVEL || (columns.flags[i]! & Flag.SNAPSHOT) !== 0,
    )
    const afterTrade = outcomes.size === 1 && market.trade?.at_us === at_us
    if (whole || afterTrade) for (const outcome of outcomes) tellBook(market, outcome, at_us)
    else {
      const to = either(market)
      if (to !== undefined) {
        const shift = board.strikes('wrong-best-bid', 'clob_market') === undefined ? 0 : market.tick
        const both = outcomes.size === 2
        tell(outlet, to, priceChangeFrame(world, market, columns, rows, both, at_us, shift))
      }
    }
    tellTouch(market, at_us)
    rows.length = 0
  }
  const tellRow = (market: MarketState, columns: Columns, i: number) => {
    const at_us = stampOf(columns, i)
    const outcome = outcomeOf(world, columns.instrument[i]!)
    switch (columns.kind[i]) {
      case Kind.TRADE: {
        const to = listeners(market, outcome)
        const transaction = `0x${createHash('sha256').update(`${market.condition_id} ${++trades}`).digest('hex')}`
        const { side, price, size } = columns
        tell(outlet, to, tradeFrame(market, outcome, side[i]!, price[i]!, size[i]!, at_us, transaction))
        return
      }
      case Kind.TICK_SIZE:
        tell(outlet, listeners(market, outcome), tickFrame(market, outcome, at_us))
        return
      case Kind.RESOLVED: {
        const text = columns.feed[i] === Feed.CLOB_MARKET ? resolvedFrame(market, at_us) : undefined
        if (text !== undefined) tell(outlet, customOf(either(market)), text)
        told.delete(market.index)
        return
      }
      case Kind.MARKET:
        if (custom.size > 0) tell(outlet, custom, newMarketFrame(market, titleOf(market), at_us))
        return
      default:
    }
  }
  return {
    feed: 'clob_market',
    endpoints: { stream: { scheme: 'ws', path: '/ws-subscriptions-clob/ws/market' } },
    routes(app) {
      stand.socket(app, '/ws-subscriptions-clob/ws/market', 'clob_market', () => ({
        slow_code: POLICY,
        ping_ms: 0,
        opened: (connection) =>
          subscriptions.set(connection, { tokens: new Set(), custom: false, subscribed: false }),
        message,
        closed(connection) {
          const subscription = subscriptions.get(connection)!
          remove(connection, subscription, [...subscription.tokens])
          custom.delete(connection)
          subscriptions.delete(connection)
        },
      }))
    },
    take(columns, from, to) {
      let at: MarketState | undefined
      for (let i = from; i < to; i++) {
        const market = marketOf(world, columns.instrument[i]!)
        if (market === undefined || market.kalshi) continue
        if (rows.length > 0 && at !== market) tellLevels(at!, columns)
        at = market
        const kind = columns.kind[i]
        const book = kind === Kind.LEVEL || kind === Kind.BOOK_RESET || kind === Kind.ALIVE
        if (book) {
          if (market.book !== null) rows.push(i)
          continue
        }
        if (rows.length > 0) tellLevels(market, columns)
        tellRow(market, columns, i)
      }
      if (rows.length > 0) tellLevels(at!, columns)
    },
  }
}
