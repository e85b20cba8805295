import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, type Columns, Flag, Kind } from '../../events/index.ts'
import { Replay, Stream } from './index.ts'
import type { Settings } from './settings.ts'

const MS = 1_000_000

/** The same rules once more, from their description, with plain objects and no thought of speed. */
type Row = { time: number; kind: 'level' | 'trade'; buy: boolean; price: number; size: number }
type Order = { buy: boolean; price: number; size: number; front: number; traded: number }
type Seen = { order: Order; state: 'sent' | 'resting' | 'finished'; cancelling: boolean }
type Answer = 'accepted' | 'expired' | 'filled' | 'cancelled' | 'rejected'

class NaiveBook {
  bids = new Map<number, number>()
  asks = new Map<number, number>()
  set(row: Row): number {
    const levels = row.buy ? this.bids : this.asks
    const before = levels.get(row.price) ?? 0
    if (row.size === 0) levels.delete(row.price)
    else levels.set(row.price, row.size)
    return before
  }
  bid = () => Math.max(Number.NEGATIVE_INFINITY, ...this.bids.keys())
  ask = () => Math.min(Number.POSITIVE_INFINITY, ...this.asks.keys())
}

function naive(rows: readonly Row[], s: Settings): Replay.Result {
  const book = new NaiveBook()
  const ourBook = new NaiveBook()
  let resting: Order[] = []
  let seen: Seen[] = []
  const answers: { time: number; order: Order; what: Answer }[] = []
  const requests: { time: number; order: Order; what: 'new' | 'cancel' }[] = []
  const result = { trades: 0, position: 0, cash: 0 }
  let [ours, theirs] = [0, 0]

  const answer = (now: number, order: Order, what: Answer) =>
    answers.push({ time: now + s.response_latency, order, what })
  const fill = (now: number, filled: Order[]) => {
    resting = resting.filter((o) => !filled.includes(o))
    for (const order of filled) answer(now, order, 'filled')
  }
  const atExchange = (row: Row) => {
    if (row.kind === 'trade') {
      const through = resting.filter(
        (o) => o.buy !== row.buy && (row.buy ? o.price < row.price : o.price > row.price),
      )
      fill(row.time, through)
      const at = resting.filter((o) => o.buy !== row.buy && o.price === row.price)
      for (const o of at) {
        o.front -= row.size
        o.traded += row.size
      }
      fill(
        row.time,
        at.filter((o) => Math.sign(-o.front) * Math.round(Math.abs(o.front)) > 0),
      )
      return
    }
    const [bid, ask] = [book.bid(), book.ask()]
    const before = book.set(row)
    for (const o of resting.filter((x) => x.buy === row.buy && x.price === row.price)) {
      const c = before - row.size - o.traded
      o.traded = 0
      if (c < 0) {
        o.front = Math.min(o.front, row.size)
        continue
      }
      const back = before - o.front
      let p = 1 - (o.front / (o.front + back)) ** 3
      if (Math.abs(p) === Number.POSITIVE_INFINITY) p = 1
      const estimate = o.front - (1 - p) * c + Math.min(back - p * c, 0)
      o.front = Number.isNaN(estimate) ? row.size : Math.min(estimate, row.size)
    }
    if (row.buy && book.bid() > bid)
      fill(
        row.time,
        resting.filter((o) => !o.buy && o.price <= book.bid()),
      )
    if (!row.buy && book.ask() < ask)
      fill(
        row.time,
        resting.filter((o) => o.buy && o.price >= book.ask()),
      )
  }
  const request = (now: number, order: Order, what: 'new' | 'cancel') => {
    if (what === 'cancel') {
      const there = resting.includes(order)
      resting = resting.filter((o) => o !== order)
      answer(now, order, there ? 'cancelled' : 'rejected')
    } else if (order.buy ? order.price >= book.ask() : order.price <= book.bid())
      answer(now, order, 'expired')
    else {
      order.front = (order.buy ? book.bids : book.asks).get(order.price) ?? 0
      resting.push(order)
      answer(now, order, 'accepted')
    }
  }
  const hear = (order: Order, what: Answer) => {
    const entry = seen.find((x) => x.order === order)
    if (what === 'filled') {
      result.trades++
      result.position += order.buy ? order.size : -order.size
      result.cash += (order.buy ? -1 : 1) * order.size * order.price
    }
    if (entry === undefined) return
    if (what === 'rejected') entry.cancelling = false
    else entry.state = what === 'accepted' ? 'resting' : 'finished'
  }
  const decide = (now: number) => {
    const [bid, ask] = [ourBook.bid(), ourBook.ask()]
    if (!Number.isFinite(bid) || !Number.isFinite(ask)) return
    seen = seen.filter((x) => x.state !== 'finished')
    const present = (buy: boolean) =>
      seen.some((x) => x.order.buy === buy && x.order.price === (buy ? bid : ask))
    for (const x of seen) {
      if (x.order.price === (x.order.buy ? bid : ask) || x.state !== 'resting' || x.cancelling) continue
      x.cancelling = true
      requests.push({ time: now + s.entry_latency, order: x.order, what: 'cancel' })
    }
    for (const buy of [true, false]) {
      if (present(buy) || (buy ? result.position >= s.max_position : result.position <= -s.max_position))
        continue
      const order = { buy, price: buy ? bid : ask, size: s.order_size, front: 0, traded: 0 }
      seen.push({ order, state: 'sent', cancelling: false })
      requests.push({ time: now + s.entry_latency, order, what: 'new' })
    }
  }

  const arrival = () => (ours < rows.length ? rows[ours]!.time + s.feed_latency : Number.POSITIVE_INFINITY)
  let step = s.calls === 'feed' ? arrival() : (rows[0]?.time ?? 0) + s.period
  for (;;) {
    const candidates = [
      arrival(),
      answers[0]?.time ?? Number.POSITIVE_INFINITY,
      rows[theirs]?.time ?? Number.POSITIVE_INFINITY,
      requests[0]?.time ?? Number.POSITIVE_INFINITY,
    ]
    const earliest = Math.min(...candidates)
    if (earliest === Number.POSITIVE_INFINITY) return result
    if (earliest > step) {
      decide(step)
      step = s.calls === 'feed' ? arrival() : step + s.period
      continue
    }
    const which = candidates.indexOf(earliest)
    if (which === 0) {
      const row = rows[ours++]!
      if (row.kind === 'level') ourBook.set(row)
    } else if (which === 1) {
      const { order, what } = answers.shift()!
      hear(order, what)
    } else if (which === 2) atExchange(rows[theirs++]!)
    else {
      const { order, what } = requests.shift()!
      request(earliest, order, what)
    }
  }
}

function rowsOf(columns: Columns): Row[] {
  return Array.from({ length: columns.length }, (_, i) => ({
    time: columns.exch_us[i]!,
    kind: columns.kind[i] === Kind.LEVEL ? 'level' : 'trade',
    buy: columns.side[i] === 1,
    price: columns.price[i]!,
    size: columns.size[i]!,
  }))
}

function columnsOf(rows: readonly Row[]): Columns {
  const columns = allocate(rows.length)
  rows.forEach((row, i) => {
    columns.exch_us[i] = row.time
    columns.kind[i] = row.kind === 'level' ? Kind.LEVEL : Kind.TRADE
    columns.side[i] = row.buy ? 1 : 2
    columns.price[i] = row.price
    columns.size[i] = row.size
    columns.flags[i] = Flag.LAST
  })
  columns.length = rows.length
  return columns
}

function streamOf(seed: number, events: number): Columns {
  const stream = Stream.createStream(seed, events)
  const columns = allocate(Math.max(events, 20) + 2)
  Stream.fill(stream, columns)
  return columns
}

const latency = fc.constantFrom(0, 1, 3, 20 * MS, 30 * MS)
const calls = fc.constantFrom('period' as const, 'feed' as const)
const options = fc.record({
  calls,
  period: fc.constantFrom(300_000, MS, 10 * MS, 33 * MS, 100 * MS),
  feed_latency: latency,
  entry_latency: latency,
  response_latency: latency,
  order_size: fc.constantFrom(1, 10),
  max_position: fc.constantFrom(0, 10, 100),
  orders_max: fc.constant(4096),
})

/**
 * A market without manners: within a few ticks and ns it trades through levels, empties sides and crosses itself now
 * and then. Mostly bids lie low and asks high, or no quote would ever rest.
 */
const cent = (min: number, max: number) => fc.integer({ min, max }).map((n) => n * 100)
const mostly = (usual: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: cent(47, 54) })
const size = fc.constantFrom(0, 1, 2, 3, 5, 8, 13, 100)
const act = fc.oneof(
  fc.record({
    kind: fc.constant('level' as const),
    buy: fc.constant(true),
    price: mostly(cent(47, 50)),
    size,
  }),
  fc.record({
    kind: fc.constant('level' as const),
    buy: fc.constant(false),
    price: mostly(cent(51, 54)),
    size,
  }),
  fc.record({ kind: fc.constant('trade' as const), buy: fc.boolean(), price: cent(48, 53), size }),
)
const wild = fc
  .array(fc.record({ gap: fc.constantFrom(0, 1, 2, 5, 40), row: act }), {
    minLength: 1,
    maxLength: 200,
    size: 'max',
  })
  .map((list) => {
    let time = 0
    const book = new NaiveBook()
    const rows = list.map(({ gap, row }): Row => {
      time += gap
      const made = { ...row, time, size: row.kind === 'trade' ? Math.max(row.size, 1) : row.size }
      if (made.kind === 'level') book.set(made)
      return made
    })
    // On a book that stays crossed every quote expires and is sent again: no end.
    for (const price of book.asks.keys())
      if (price <= book.bid()) rows.push({ time, kind: 'level', buy: false, price, size: 0 })
    return rows
  })
const quick = fc.record({
  calls,
  period: fc.constantFrom(1, 2, 5),
  feed_latency: fc.constantFrom(0, 1, 2, 7),
  entry_latency: fc.constantFrom(0, 1, 3, 10),
  response_latency: fc.constantFrom(0, 1, 3, 10),
  order_size: fc.constantFrom(1, 10),
  max_position: fc.constantFrom(0, 10, 1000),
  orders_max: fc.constant(4096),
})

describe('compatibility mode, beside a plain second implementation', () => {
  test('equals a plain second implementation on the oracle’s streams', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 4_000 }), options, (seed, events, s) => {
        const columns = streamOf(seed, events)
        expect(Replay.replay(columns, s)).toEqual(naive(rowsOf(columns), s))
      }),
      { numRuns: 60 },
    )
  })

  test('equals it on markets that cross, empty and trade through', () => {
    let trades = 0
    fc.assert(
      fc.property(wild, quick, (rows, s) => {
        const result = Replay.replay(columnsOf(rows), s)
        expect(result).toEqual(naive(rows, s))
        trades += result.trades
      }),
      { numRuns: 600 },
    )
    expect(trades).toBeGreaterThan(500)
  })
})
