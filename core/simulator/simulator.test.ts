import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { resolve } from '../config/index.ts'
import {
  ALL_INSTRUMENTS,
  allocate,
  COLUMNS,
  type Columns,
  Feed,
  Flag,
  Kind,
  type SeriesName,
} from '../events/index.ts'
import { Settle, Strike } from '../reference/index.ts'
import { HOUR, MICRO, MINUTE, ONE, parseIso, SECOND } from '../units/index.ts'
import * as Accounts from './accounts.ts'
import { Simulator, schema } from './index.ts'
import * as Pit from './pit.ts'
import { PIT_STREAMS, Stream } from './world.ts'

/** Tapes of the simulator, looked at as anybody would who got them. */

type Made = { columns: Columns; simulator: Simulator.Simulator }

function make(
  overrides: Record<string, number> = {},
  { seed = 5, windows = 2, series = '5m' as SeriesName, start = '2026-06-01T00:00:00Z', chunk = 32_768 } = {},
): Made {
  const simulator = Simulator.create({
    seed,
    series,
    start_us: parseIso(start),
    windows,
    config: resolve(schema, overrides),
  })
  const parts: Columns[] = []
  let rows = 0
  for (const part of Simulator.chunks(simulator, chunk)) {
    const copy = allocate(part.length)
    copy.length = part.length
    for (const [name] of COLUMNS) copy[name].set(part[name].subarray(0, part.length))
    parts.push(copy)
    rows += part.length
  }
  const columns = allocate(rows)
  for (const part of parts) {
    for (const [name] of COLUMNS) columns[name].set(part[name], columns.length)
    columns.length += part.length
  }
  return { columns, simulator }
}

/** A few markets with fewer events than usual, and outages, tick changes and all that is rare made frequent. */
const BUSY = {
  'sim_makers.acts_per_s': 60,
  'sim_outages.per_hour': 20,
  'sim_outages.length_s': 4,
  'sim_market.tick_wait_s': 5,
}
const busy = make(BUSY, { windows: 4 })
const plain = make({ 'sim_outages.per_hour': 0 }, { windows: 2 })

/** Messages as ranges of rows. */
function* messagesOf(columns: Columns): Generator<[from: number, to: number]> {
  let from = 0
  for (let i = 0; i < columns.length; i++) {
    if ((columns.flags[i]! & Flag.LAST) === 0) continue
    yield [from, i + 1]
    from = i + 1
  }
  expect(from).toBe(columns.length)
}

function tokenOf({ simulator }: Made, instrument: number) {
  const one = Simulator.instruments(simulator).instruments[instrument]
  return one?.kind === 'token' ? one : null
}

describe('rows', () => {
  test('never go back in time, are numbered, hold whole numbers and known instruments', () => {
    for (const { columns, simulator } of [busy, plain]) {
      const known = Simulator.instruments(simulator).instruments.length
      let bad = 0
      for (let i = 0; i < columns.length; i++) {
        const times = i === 0 || columns.local_us[i]! >= columns.local_us[i - 1]!
        const whole =
          Number.isSafeInteger(columns.local_us[i]) &&
          Number.isSafeInteger(columns.exch_us[i]) &&
          Number.isSafeInteger(columns.price[i]) &&
          Number.isSafeInteger(columns.size[i])
        const instrument = columns.instrument[i]!
        const named = instrument < known || instrument === ALL_INSTRUMENTS
        if (!times || !whole || !named || columns.seq[i] !== i) bad++
      }
      expect(bad).toBe(0)
      expect(columns.length).toBeGreaterThan(100_000)
    }
  })

  test('arrive after the stamp that they carry', () => {
    const { columns } = busy
    let early = 0
    for (let i = 0; i < columns.length; i++) if (columns.exch_us[i]! > columns.local_us[i]!) early++
    expect(early).toBe(0)
  })

  test('are one message from one feed between two flags', () => {
    for (const [from, to] of messagesOf(busy.columns)) {
      for (let i = from; i < to; i++) {
        if (busy.columns.feed[i] !== busy.columns.feed[from]) throw new Error(`row ${i} is of another feed`)
        if (busy.columns.local_us[i] !== busy.columns.local_us[from])
          throw new Error(`row ${i} is of another time`)
      }
    }
  })
})

describe('books', () => {
  test('are never crossed after a message', () => {
    for (const made of [busy, plain]) {
      const books = new Map<number, Book>()
      let looked = 0
      for (const [from, to] of messagesOf(made.columns)) {
        const market = apply(made, from, to, books)
        if (market === null) continue
        looked++
        if (Book.crossed(books.get(market)!)) throw new Error(`crossed after row ${to - 1}`)
      }
      expect(looked).toBeGreaterThan(10_000)
    }
  })

  test('of Up and Down, each made of its own rows alone, are mirrors of each other', () => {
    const made = busy
    const own = new Map<number, Book>()
    let compared = 0
    let message = 0
    for (const [from, to] of messagesOf(made.columns)) {
      const { columns } = made
      let market = -1
      let up = -1
      for (let i = from; i < to; i++) {
        const token = tokenOf(made, columns.instrument[i]!)
        if (token === null) continue
        const book = own.get(columns.instrument[i]!) ?? Book.create()
        own.set(columns.instrument[i]!, book)
        market = token.market
        up = token.outcome === 'up' ? columns.instrument[i]! : columns.instrument[i]! - 1
        if (columns.kind[i] === Kind.BOOK_RESET) Book.clear(book)
        if (columns.kind[i] !== Kind.LEVEL) continue
        Book.set(book, columns.side[i] as 1 | 2, columns.price[i]!, columns.size[i]!)
      }
      if (market < 0) continue
      // Between the two books of a trade one is ahead: compare where both were told.
      const told = new Set(Array.from({ length: to - from }, (_, k) => columns.instrument[from + k]))
      if (!told.has(up) || !told.has(up + 1) || message++ % 37 !== 0) continue
      const mirrored = Book.create()
      for (const [price, size] of Book.levels(own.get(up + 1)!, Book.BID))
        Book.set(mirrored, Book.ASK, ONE - price, size)
      for (const [price, size] of Book.levels(own.get(up + 1)!, Book.ASK))
        Book.set(mirrored, Book.BID, ONE - price, size)
      expect([mirrored.hash_lo, mirrored.hash_hi]).toEqual([own.get(up)!.hash_lo, own.get(up)!.hash_hi])
      compared++
    }
    expect(compared).toBeGreaterThan(500)
  })

  test('hold whole lots on the grid in force', () => {
    const { columns } = plain
    let off = 0
    for (let i = 0; i < columns.length; i++) {
      if (columns.kind[i] !== Kind.LEVEL) continue
      if (columns.size[i]! % Accounts.LOT !== 0 || columns.price[i]! % 10 !== 0) off++
      if (columns.price[i]! <= 0 || columns.price[i]! >= ONE) off++
    }
    expect(off).toBe(0)
  })

  test('are empty a few seconds after the end', () => {
    const books = new Map<number, Book>()
    for (const [from, to] of messagesOf(plain.columns)) apply(plain, from, to, books)
    expect(books.size).toBe(2)
    for (const book of books.values()) expect([book.best_bid, book.best_ask]).toEqual([-1, -1])
  })

  test('lose at each price exactly what was printed there', () => {
    const told = make({ 'sim_outages.per_hour': 0, 'sim_market.late_prints': 0 }, { windows: 2 })
    const books = new Map<number, Book>()
    const { columns } = told
    let prints: { side: 1 | 2; price: number; left: number }[] = []
    let checked = 0
    for (const [from, to] of messagesOf(columns)) {
      const token = tokenOf(told, columns.instrument[from]!)
      if (columns.kind[from] === Kind.TRADE && token !== null) {
        const down = token.outcome === 'down'
        const buys_up = (columns.side[from] === 1) !== down
        const price = down ? ONE - columns.price[from]! : columns.price[from]!
        const book = books.get(token.market)!
        const side = buys_up ? Book.ASK : Book.BID
        prints.push({ side, price, left: Book.size(book, side, price) - columns.size[from]! })
        continue
      }
      const market = apply(told, from, to, books)
      if (market === null || columns.kind[from] !== Kind.LEVEL) continue
      for (const { side, price, left } of prints) {
        expect(Book.size(books.get(market)!, side, price)).toBe(left)
        checked++
      }
      prints = []
    }
    expect(checked).toBeGreaterThan(3_000)
  })
})

describe('prints', () => {
  /** Of each print what its level lost at one blow shortly before or after, in µs from there to the print; NaN: no such. */
  const delays = (made: Made): number[] => {
    const { columns } = made
    const books = new Map<number, Book>()
    const lost: { time: number; market: number; price: number; size: number }[] = []
    const prints: { time: number; market: number; price: number; size: number }[] = []
    for (const [from, to] of messagesOf(columns)) {
      const token = tokenOf(made, columns.instrument[from]!)
      if (token === null) continue
      const time = columns.local_us[from]!
      const outcome = token.outcome === 'up' ? 0 : 1
      if (columns.kind[from] === Kind.TRADE) {
        const price = outcome === 0 ? columns.price[from]! : ONE - columns.price[from]!
        prints.push({ time, market: token.market, price, size: columns.size[from]! })
      }
      const book = books.get(token.market)
      for (let i = from; i < to && book !== undefined; i++) {
        if (columns.kind[i] !== Kind.LEVEL) continue
        const side = Book.canonicalSide(outcome, columns.side[i] as 1 | 2)
        const price = Book.canonicalPrice(outcome, columns.price[i]!)
        const size = Book.size(book, side, price) - columns.size[i]!
        if (size > 0) lost.push({ time, market: token.market, price, size })
      }
      apply(made, from, to, books)
    }
    return prints.map(({ time, market, price, size }) => {
      const near = lost.filter(
        (one) =>
          one.market === market &&
          one.price === price &&
          one.size === size &&
          Math.abs(one.time - time) < SECOND / 2,
      )
      return near.length === 1 ? time - near[0]!.time : Number.NaN
    })
  }
  const few = { 'sim_makers.acts_per_s': 20, 'sim_takers.per_s': 2, 'sim_outages.per_hour': 0 }

  test('mostly come 10 to 50 ms after the book that they changed, as recorded ones do, and all of them come', () => {
    const made = make(few, { windows: 1 })
    const found = delays(made).filter((delay) => !Number.isNaN(delay))
    expect(found.length).toBeGreaterThan(300)
    const late = found.filter((delay) => delay > 0)
    // Recorded: 100 of 116, 14 of 14.
    expect(late.length / found.length).toBeGreaterThan(0.8)
    expect(late.length / found.length).toBeLessThan(0.95)
    const usual = late.filter((delay) => delay >= 10_000 && delay <= 60_000)
    expect(usual.length / late.length).toBeGreaterThan(0.75)
  })

  test('are the same trades however late they come, and change nothing else', () => {
    const shape = (late: number) => {
      const { columns } = make({ ...few, 'sim_market.late_prints': late }, { windows: 1 })
      const trades: number[][] = []
      const levels: number[] = []
      for (let i = 0; i < columns.length; i++) {
        if (columns.kind[i] === Kind.TRADE)
          trades.push([columns.instrument[i]!, columns.side[i]!, columns.price[i]!, columns.size[i]!])
        else if (columns.kind[i] === Kind.LEVEL) levels.push(columns.price[i]!, columns.size[i]!)
      }
      return { trades: trades.sort((a, b) => (a.join() < b.join() ? -1 : 1)), levels }
    }
    expect(shape(1)).toEqual(shape(0))
  })
})

describe('every window', () => {
  test.each([
    ['of the spot era', '5m', '2026-06-01T00:00:00Z', 3],
    ['that settles on a 30 s mean', '5m', '2026-08-10T00:00:00Z', 3],
    ['that settles on a 60 s mean', '15m', '2026-09-01T00:00:00Z', 1],
    ['that settles on an hourly candle', '1h', '2026-06-01T00:00:00Z', 1],
  ] as const)(
    '%s is resolved by the venue as the settlement engine settles it',
    (_, series, start, windows) => {
      const quiet = { 'sim_outages.per_hour': 0, 'sim_makers.acts_per_s': 5, 'sim_takers.per_s': 0.5 }
      const made = make(quiet, { series, start, windows, seed: 12 })
      const { columns, simulator } = made
      const { markets, instruments } = Simulator.instruments(simulator)
      const settling = instruments.findIndex(
        (one) => one.kind === 'series' && one.name === simulator.plan.settlement,
      )
      const verdicts = markets.map(() => ({ strike: Strike.create(0), settle: Settle.create(0) }))
      let resolved = 0
      let strikes = 0
      for (let i = 0; i < columns.length; i++) {
        if (columns.kind[i] === Kind.ORACLE && columns.instrument[i] === settling) {
          markets.forEach(({ start_us, end_us }, market) => {
            const { strike, settle } = verdicts[market]!
            Strike.onSettlement(strike, start_us, columns.price[i]!, columns.size[i]!, columns.exch_us[i]!)
            Settle.onSettlement(settle, end_us, columns.price[i]!, columns.size[i]!, columns.exch_us[i]!)
          })
        }
        const token = tokenOf(made, columns.instrument[i]!)
        if (token === null) continue
        const { strike, settle } = verdicts[token.market]!
        const market = markets[token.market]!
        if (columns.kind[i] === Kind.STRIKE) {
          expect([columns.price[i], columns.size[i]]).toEqual([strike.price, strike.rest])
          strikes++
        } else if (columns.kind[i] === Kind.RESOLVED) {
          const after_s = (columns.local_us[i]! - market.end_us) / SECOND
          expect(after_s).toBeGreaterThan(20)
          expect(after_s).toBeLessThan(91)
          expect(columns.price[i]).toBe(Settle.upPayout(settle, strike, 'up'))
          resolved++
        }
      }
      expect([resolved, strikes]).toEqual([windows, windows])
      expect(simulator.resolved).toBe(windows)
    },
  )

  test('pays out as much as was paid in', () => {
    for (const pit of busy.simulator.pits) {
      const { accounts } = pit.exchange
      expect(Accounts.balance(accounts)).toBe(0)
      expect(accounts.pairs).toBe(0)
    }
  })

  test('takes from those who trade without knowing the price, at what a share is truly worth, and gives it to makers', () => {
    const simulator = Simulator.create({
      seed: 1,
      series: '5m',
      start_us: parseIso('2026-06-01T00:00:00Z'),
      windows: 4,
      config: resolve(schema),
    })
    const { fire } = simulator
    const gained = { crowd: 0, makers: 0 }
    const worth = (pit: Pit.Pit, owner: number) => {
      const { up, down, cash } = pit.exchange.accounts
      return cash[owner]! + up[owner]! * pit.chance + down[owner]! * (1 - pit.chance)
    }
    const tally = (pit: Pit.Pit, sign: number) => {
      gained.crowd += sign * worth(pit, Pit.CROWD)
      for (let i = 0; i < pit.errors.length; i++) gained.makers += sign * worth(pit, Pit.FIRST_MAKER + i)
    }
    // Within a beat of a pit the chance stands still: what anybody gains there is the price against what a share is worth.
    simulator.fire = (rank, time, horizon) => {
      const pit = simulator.pits[Math.floor((rank - Stream.PIT) / PIT_STREAMS)]
      if (pit !== undefined) tally(pit, -1)
      fire(rank, time, horizon)
      if (pit !== undefined) tally(pit, 1)
    }
    for (const _ of Simulator.chunks(simulator, 65_536));
    expect(gained.crowd / MICRO).toBeLessThan(-500)
    expect(gained.makers / MICRO).toBeGreaterThan(500)
  })

  test('pays those who see the price first', () => {
    let informed = 0
    let all = 0
    for (let seed = 1; seed <= 5; seed++) {
      const { simulator } = make({ 'sim_makers.acts_per_s': 120 }, { seed })
      for (const { exchange } of simulator.pits) {
        const { cash } = exchange.accounts
        for (let i = 0; i < Pit.INFORMED_COUNT; i++) informed += cash[Pit.INFORMED + i]!
        for (const one of cash) all += one
      }
    }
    expect(informed).toBeGreaterThan(0)
    expect(all).toBe(0)
  })

  test('is traded on both tokens, by mints, merges and changes of hands', () => {
    const sides = new Set<string>()
    for (let i = 0; i < plain.columns.length; i++) {
      if (plain.columns.kind[i] !== Kind.TRADE) continue
      sides.add(`${tokenOf(plain, plain.columns.instrument[i]!)!.outcome} ${plain.columns.side[i]}`)
    }
    expect([...sides].sort()).toEqual(['down 1', 'down 2', 'up 1', 'up 2'])
    for (const { exchange } of plain.simulator.pits) {
      const { complement, mint, merge } = exchange.accounts.traded
      expect(Math.min(complement, mint, merge)).toBeGreaterThan(0)
    }
  })
})

describe('what is rare', () => {
  test('a finer tick: told of both tokens, near the ends of the range, and taken back', () => {
    const wild = { 'sim_price.quiet_share': 0, 'sim_price.wild_share': 1, 'sim_price.wild_bp': 30 }
    const made = make({ ...BUSY, ...wild, 'sim_market.tick_wait_s': 0.1 }, { windows: 4 })
    const { columns } = made
    const books = new Map<number, Book>()
    const ticks: number[] = []
    for (const [from, to] of messagesOf(columns)) {
      const market = apply(made, from, to, books)
      if (columns.kind[from] !== Kind.TICK_SIZE || market === null) continue
      ticks.push(columns.price[from]!)
      const { best_bid, best_ask } = books.get(market)!
      const mid = best_bid < 0 ? 0 : best_ask < 0 ? ONE : (best_bid + best_ask) / 2
      expect(mid >= 9_600 || mid <= 400).toBe(columns.price[from] === 10)
    }
    const fine = ticks.filter((tick) => tick === 10).length
    const coarse = ticks.filter((tick) => tick === 100).length
    expect(fine + coarse).toBe(ticks.length)
    expect([fine % 2, coarse % 2]).toEqual([0, 0])
    expect(Math.min(fine, coarse)).toBeGreaterThan(0)
  })

  test('an outage: nothing of the feed in between, then both books anew; all of it in the ledger', () => {
    const { columns, simulator } = busy
    const feeds = new Map<number, string>([
      [Feed.CLOB_MARKET, 'clob_market'],
      [Feed.BINANCE, 'binance'],
      [Feed.COINBASE, 'coinbase'],
      [Feed.KRAKEN, 'kraken'],
      [Feed.RTDS, 'rtds'],
    ])
    const lost = Simulator.lostFeeds(simulator)
    expect(new Set(lost.map(({ feed }) => feed))).toEqual(new Set(feeds.values()))
    const down = new Map<number, number>()
    const found: { feed: string; from_us: number; to_us: number }[] = []
    for (let i = 0; i < columns.length; i++) {
      const feed = columns.feed[i]!
      if (columns.kind[i] === Kind.FEED_DOWN) down.set(feed, columns.local_us[i]!)
      else if (columns.kind[i] === Kind.FEED_UP) {
        found.push({ feed: feeds.get(feed)!, from_us: down.get(feed)!, to_us: columns.local_us[i]! })
        down.delete(feed)
      } else expect(down.has(feed), `row ${i}`).toBe(false)
    }
    const closed = lost.filter(({ to_us }) => to_us < simulator.end_us)
    const by = (a: { from_us: number; feed: string }, b: { from_us: number; feed: string }) =>
      a.from_us - b.from_us || (a.feed < b.feed ? -1 : 1)
    expect(found.sort(by)).toEqual(closed)
  })

  test('silence of the market channel inside a window is in the ledger', () => {
    const { columns, simulator } = busy
    const { markets } = Simulator.instruments(simulator)
    const lost = Simulator.lostFeeds(simulator).filter(({ feed }) => feed === 'clob_market')
    const last = markets.map(({ start_us }) => start_us)
    let silences = 0
    for (let i = 0; i < columns.length; i++) {
      const token = tokenOf(busy, columns.instrument[i]!)
      if (token === null || columns.feed[i] !== Feed.CLOB_MARKET) continue
      const { start_us, end_us } = markets[token.market]!
      const now = columns.local_us[i]!
      if (now > start_us && now <= end_us) {
        const since = Math.max(last[token.market]!, start_us)
        if (now - since > 5 * SECOND) {
          silences++
          const covered = lost.some(({ from_us, to_us }) => from_us - SECOND < now && to_us > since)
          expect(covered, `silence before row ${i}`).toBe(true)
        }
        last[token.market] = now
      }
    }
    expect(silences).toBeGreaterThan(0)
  })
})

describe('one seed', () => {
  test('gives the same rows whatever the chunks are', () => {
    const small = { 'sim_makers.acts_per_s': 10, 'sim_takers.per_s': 1 }
    const whole = make(small, { windows: 1 })
    for (const chunk of [1, 7, 1_000]) {
      const other = make(small, { windows: 1, chunk })
      for (const [name] of COLUMNS) expect(other.columns[name]).toEqual(whole.columns[name])
    }
  })

  test('another seed gives others', () => {
    const small = { 'sim_makers.acts_per_s': 5, 'sim_takers.per_s': 1 }
    const a = make(small, { windows: 1, seed: 1 })
    const b = make(small, { windows: 1, seed: 2 })
    expect(a.columns.price.subarray(0, 1_000)).not.toEqual(b.columns.price.subarray(0, 1_000))
  })

  test('prices are the same whatever the traders do', () => {
    const oracle = ({ columns }: Made) => {
      const values: number[] = []
      for (let i = 0; i < columns.length; i++)
        if (columns.kind[i] === Kind.ORACLE) values.push(columns.price[i]!, columns.size[i]!)
      return values
    }
    const a = make({ 'sim_makers.acts_per_s': 5, 'sim_takers.per_s': 1 }, { windows: 1 })
    const b = make({ 'sim_makers.acts_per_s': 20, 'sim_takers.per_s': 3 }, { windows: 1 })
    expect(oracle(a)).toEqual(oracle(b))
  })
})

test('memory does not grow with the windows: nothing of a market stays when it is over', () => {
  const { simulator } = make({ 'sim_makers.acts_per_s': 10 }, { windows: 12 })
  for (const { rows } of simulator.wire.lines) expect(rows.kind.length).toBeLessThanOrEqual(65_536)
  expect(simulator.timers.length).toBe(0)
  for (const { exchange, market } of simulator.pits) {
    expect(market).toBe(-1)
    expect(exchange.orders.live).toBe(0)
  }
})

describe('refused:', () => {
  test.each([
    [{ seed: -1 }, 'simulate.seed'],
    [{ seed: 1.5 }, 'simulate.seed'],
    [{ windows: 0 }, 'simulate.windows'],
    [{ windows: 1e9 }, 'simulate.windows'],
    [{ series: '1d' as SeriesName }, 'simulate.series'],
  ] as const)('%o', (options, code) => {
    const asked = {
      seed: 1,
      windows: 1,
      series: '5m' as SeriesName,
      start_us: parseIso('2026-06-01T00:00:00Z'),
    }
    expect(() => Simulator.create({ ...asked, ...options, config: resolve(schema) })).toThrow(
      expect.objectContaining({ code }),
    )
  })
})

test('prices begin before the first window, so that models are warm at its start', () => {
  const first = plain.columns.local_us[0]!
  expect(parseIso('2026-06-01T00:00:00Z') - first).toBeGreaterThan(4 * MINUTE)
  expect(plain.columns.local_us[plain.columns.length - 1]! - first).toBeLessThan(HOUR)
})

/** Apply a message to the canonical books; its market, null for messages of no token. */
function apply(made: Made, from: number, to: number, books: Map<number, Book>): number | null {
  const { columns } = made
  let market: number | null = null
  for (let i = from; i < to; i++) {
    const token = tokenOf(made, columns.instrument[i]!)
    if (token === null) continue
    market = token.market
    const book = books.get(market) ?? Book.create()
    books.set(market, book)
    const outcome = token.outcome === 'up' ? 0 : 1
    if (columns.kind[i] === Kind.BOOK_RESET) Book.clear(book)
    else if (columns.kind[i] === Kind.LEVEL)
      Book.setToken(book, outcome, columns.side[i] as 1 | 2, columns.price[i]!, columns.size[i]!)
  }
  return market
}
