import * as Book from '../../core/book/module.ts'
import { type Columns, Feed, Flag, type Instruments, Kind } from '../../core/events/index.ts'
import { type MicroShares, type Micros, ONE, type Tick } from '../../core/units/index.ts'
import { type Identifiers, identify } from './identifiers.ts'
import { createMarketState, inToken, type MarketState } from './market-state.ts'

/** Everything that the tape has told so far, as the venues know it: what requests are answered from. */
export type World = {
  readonly instruments: Instruments
  readonly ids: Identifiers
  readonly markets: readonly MarketState[]
  /** By instrument; undefined for tokens. */
  readonly series: readonly (SeriesState | undefined)[]
  /** Rows that no venue serves, by feed. */
  readonly unserved: Record<string, number>
}

/** A reference series. */
export type SeriesState = {
  readonly instrument: number
  readonly name: string
  readonly asset: string
  bid: number
  ask: number
  /** The last trade's price in 1e-8 USD, 0 before any. */
  print: number
  /** The last values of an oracle, the newest last. */
  readonly values: { at_us: Micros; whole: number; rest: number }[]
}

/** Values that a backfill shows: two minutes of them. */
const VALUES_MAX = 120

/** Before the first row. */
export function createWorld(instruments: Instruments): World {
  const ids = identify(instruments)
  const markets = instruments.markets.map((market, index) => {
    const token = (outcome: 'up' | 'down') => {
      const instrument = instruments.instruments.findIndex(
        (one) => one.kind === 'token' && one.market === index && one.outcome === outcome,
      )
      return { instrument, id: ids.tokens[instrument] ?? '' }
    }
    return createMarketState(index, market, {
      condition_id: ids.conditions[index]!,
      number: ids.numbers[index]!,
      tokens: { up: token('up'), down: token('down') },
    })
  })
  const series = instruments.instruments.map((one, instrument) =>
    one.kind === 'series'
      ? { instrument, name: one.name, asset: one.asset, bid: 0, ask: 0, print: 0, values: [] }
      : undefined,
  )
  return { instruments, ids, markets, series, unserved: {} }
}

/** The market of a token's row; undefined for a row of anything else. */
export function marketOf(world: World, instrument: number): MarketState | undefined {
  const one = world.instruments.instruments[instrument]
  return one?.kind === 'token' ? world.markets[one.market] : undefined
}

/** Which of its market's tokens an instrument is. */
export function outcomeOf(world: World, instrument: number): 'up' | 'down' {
  const one = world.instruments.instruments[instrument]
  return one?.kind === 'token' ? one.outcome : 'up'
}

/** Take a message's rows in. HOT. */
export function apply(world: World, columns: Columns, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const instrument = columns.instrument[i]!
    const market = marketOf(world, instrument)
    if (market !== undefined) applyToMarket(world, market, columns, i)
    else {
      const series = world.series[instrument]
      if (series !== undefined) applyToSeries(series, columns, i)
    }
  }
}

function applyToMarket(world: World, market: MarketState, columns: Columns, i: number): void {
  const outcome = outcomeOf(world, columns.instrument[i]!)
  const price = columns.price[i]!
  switch (columns.kind[i]) {
    case Kind.LEVEL:
      market.book ??= Book.create()
      Book.setToken(
        market.book,
        outcome === 'up' ? 0 : 1,
        columns.side[i] as Book.BookSide,
        price,
        columns.size[i]!,
      )
      return
    case Kind.BOOK_RESET:
      market.book ??= Book.create()
      Book.clear(market.book)
      return
    case Kind.ALIVE:
      if (columns.feed[i] === Feed.CLOB_MARKET || (columns.flags[i]! & Flag.SNAPSHOT) !== 0)
        market.book ??= Book.create()
      return
    case Kind.TRADE:
      noteTrade(market, inToken(outcome, price), columns.size[i]!, stampOf(columns, i))
      return
    case Kind.TICK_SIZE:
      if (price !== market.tick) market.tick_before = market.tick
      market.tick = price
      return
    case Kind.STRIKE:
      market.strike = { whole: price, rest: columns.size[i]! }
      return
    case Kind.RESOLVED:
      market.payout = price
      market.resolved_us = columns.local_us[i]!
      // A book is 160 kB, and the venue shows none of a market that is over.
      if (market.book !== null && market.book.best_bid < 0 && market.book.best_ask < 0) market.book = null
      return
    default:
  }
}

function noteTrade(market: MarketState, price: Tick, size: MicroShares, at_us: Micros): void {
  market.volume += size
  if (market.trade === null) market.trade = { price, size, at_us }
  else {
    market.trade.price = price
    market.trade.size = size
    market.trade.at_us = at_us
  }
}

function applyToSeries(series: SeriesState, columns: Columns, i: number): void {
  const price = columns.price[i]!
  const size = columns.size[i]!
  switch (columns.kind[i]) {
    case Kind.QUOTE:
      series.bid = price
      series.ask = size
      return
    case Kind.PRINT:
      series.print = price
      return
    case Kind.ORACLE:
      if (series.values.length === VALUES_MAX) series.values.shift()
      series.values.push({ at_us: stampOf(columns, i), whole: price, rest: size })
      return
    default:
  }
}

/** The source's own time of a row, or the recorder's where it has none. */
export function stampOf(columns: Columns, i: number): Micros {
  const exch_us = columns.exch_us[i]!
  return exch_us > 0 ? exch_us : columns.local_us[i]!
}

/** The best prices of a token's book as the venue writes an empty side: 0 and 1. */
export function touchOf(book: Book.Book, outcome: 'up' | 'down'): { bid: Tick; ask: Tick } {
  const index = outcome === 'up' ? 0 : 1
  const bid = Book.tokenBest(book, index, Book.BID)
  const ask = Book.tokenBest(book, index, Book.ASK)
  return { bid: bid < 0 ? 0 : bid, ask: ask < 0 ? ONE : ask }
}
