import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MICRO, type Micros, MS } from '../units/index.ts'
import { FILL_MODELS, type FillModel } from './settings.ts'
import * as Trial from './trial.fixture.ts'

const S = MICRO

/** A tape that runs on its own clock: what is told, when, and orders of ours between. */
type Told =
  | { at: Micros; tell: 'book'; price: number; size: number; exch_us?: Micros }
  | { at: Micros; tell: 'print'; price: number; size: number; exch_us?: Micros }
  | { at: Micros; tell: 'both'; price: number; size: number; left: number; first: 'book' | 'print' }
  | { at: Micros; tell: 'join'; price: number; size: number }

/** Shares filled of each order, in the order in which they were sent. Bids of Up, or their mirror: asks of Up, sent as bids of Down. */
function play(fill: FillModel, told: readonly Told[], mirrored = false): number[] {
  const t = Trial.create({ settings: { fill, latency_model: 'constant' }, terms: { min_size: 0 } })
  const orders: number[] = []
  const at = (price: number) => (mirrored ? 10_000 - price : price)
  const level = (price: number, size: number, exch_us = 0): Trial.Row => ({
    row: 'level',
    side: mirrored ? 2 : 1,
    price: at(price),
    size: size * S,
    exch_us,
  })
  const print = (price: number, size: number, exch_us = 0): Trial.Row => ({
    row: 'trade',
    taker: mirrored ? 1 : 2,
    price: at(price),
    size: size * S,
    exch_us,
  })
  const inOrder = told.map((one, i) => ({ one, i })).sort((a, b) => a.one.at - b.one.at || a.i - b.i)
  for (const { one } of inOrder) {
    Trial.until(t, one.at)
    if (one.tell === 'join')
      orders.push(Trial.send(t, { outcome: mirrored ? 1 : 0, price: one.price, size: one.size * S }))
    else if (one.tell === 'book') Trial.message(t, [level(one.price, one.size, one.exch_us)])
    else if (one.tell === 'print') Trial.message(t, [print(one.price, one.size, one.exch_us)])
    else {
      const rows = [level(one.price, one.left), print(one.price, one.size)]
      Trial.message(t, one.first === 'book' ? rows : rows.reverse())
    }
  }
  Trial.until(t, t.now + 1_000 * MS)
  return orders.map((order) => Trial.filled(t, order) / S)
}

const ms = (n: number) => n * MS
/** 100 stand at 0.40. */
const START: Told = { at: 0, tell: 'book', price: 4000, size: 100 }
const every = FILL_MODELS.flatMap((fill) => [
  [fill, false],
  [fill, true],
]) as [FillModel, boolean][]

describe.each(every)('%s, mirrored %s: a trade of 60 of 100 is told twice', (fill, mirrored) => {
  const book: Told = { at: ms(3000), tell: 'book', price: 4000, size: 40 }
  const print: Told = { at: ms(3027), tell: 'print', price: 4000, size: 60 }
  const tellings = {
    'the level first': [book, print],
    'the print first': [
      { ...print, at: ms(3000) },
      { ...book, at: ms(3027) },
    ],
    'both at once': [{ at: ms(3000), tell: 'both', price: 4000, size: 60, left: 40, first: 'print' }],
    'both at once, the level first': [
      { at: ms(3000), tell: 'both', price: 4000, size: 60, left: 40, first: 'book' },
    ],
  } satisfies Record<string, Told[]>

  test.each(Object.entries(tellings))('%s: 40 of others still stand before us', (_name, told) => {
    const join: Told = { at: ms(1000), tell: 'join', price: 4000, size: 20 }
    expect(play(fill, [START, join, ...told], mirrored)).toEqual([0])
    const next: Told = { at: ms(4000), tell: 'print', price: 4000, size: 45 }
    expect(play(fill, [START, join, ...told, next], mirrored)).toEqual([5])
  })

  test.each(Object.entries(tellings).slice(0, 2))(
    '%s: an order that joins between is not filled, here or at a better price',
    (_name, told) => {
      const joins: Told[] = [4000, 4100].map((price) => ({ at: ms(3010), tell: 'join', price, size: 20 }))
      expect(play(fill, [START, ...joins, ...told], mirrored)).toEqual([0, 0])
      // What it stands behind is what is left after the trade.
      const next: Told = { at: ms(4000), tell: 'print', price: 4000, size: 50 }
      expect(play(fill, [START, joins[0]!, ...told, next], mirrored)).toEqual([10])
    },
  )

  test('an order that arrives in the very microsecond of the level’s message arrives after it', () => {
    const join: Told = { at: ms(3000), tell: 'join', price: 4100, size: 20 }
    expect(play(fill, [START, book, join, print], mirrored)).toEqual([0])
    expect(play(fill, [START, join, book, print], mirrored)).toEqual([20])
  })

  test('a print that was stamped before we came to rest is not ours', () => {
    const join: Told = { at: ms(3000), tell: 'join', price: 4100, size: 20 }
    const late = (exch_us: Micros): Told => ({ ...print, exch_us })
    expect(play(fill, [START, join, late(ms(2999))], mirrored)).toEqual([0])
    expect(play(fill, [START, join, late(ms(3000))], mirrored)).toEqual([20])
    // Nor where the level’s change was.
    const told: Told[] = [{ ...book, at: ms(3005), exch_us: ms(2990) }, late(ms(3020))]
    expect(play(fill, [START, join, ...told], mirrored)).toEqual([0])
  })
})

describe('within match_ms', () => {
  const join: Told = { at: ms(1000), tell: 'join', price: 4000, size: 100 }
  const book: Told = { at: ms(3000), tell: 'book', price: 4000, size: 40 }

  test.each([
    ['queue-pessimistic', 100, 0],
    ['queue-neutral', 100, 0],
    ['queue-optimistic', 100, 0],
    // Too late: what left the level before was cancelled, and this is another trade.
    ['queue-pessimistic', 101, 0],
    ['queue-neutral', 101, 20],
    ['queue-optimistic', 101, 20],
  ] as const)('%s: the print after %i ms fills %i', (fill, delay, shares) => {
    const print: Told = { at: ms(3000 + delay), tell: 'print', price: 4000, size: 60 }
    expect(play(fill, [START, join, book, print])).toEqual([shares])
  })

  test('each share is set against one telling: what is left over is cancellation', () => {
    const prints: Told[] = [
      { at: ms(3010), tell: 'print', price: 4000, size: 30 },
      { at: ms(3020), tell: 'print', price: 4000, size: 20 },
      { at: ms(3500), tell: 'print', price: 4000, size: 45 },
    ]
    const models = ['queue-pessimistic', 'queue-neutral', 'queue-optimistic'] as const
    const filled = models.map((fill) => play(fill, [START, join, book, ...prints])[0]!)
    // Ahead 50 after the prints; of the ten cancelled an eighth was ahead, (50/100)³, but no more than 40 can be.
    expect(filled).toEqual([0, 5, 5])
    const more: Told = { at: ms(4000), tell: 'print', price: 4000, size: 10 }
    expect(models.map((fill) => play(fill, [START, join, book, ...prints, more])[0]!)).toEqual([5, 15, 15])
  })
})

/** What happened at the venue, told or not. */
type Event =
  | { do: 'trade'; price: number; size: number }
  | { do: 'add'; price: number; size: number }
  | { do: 'join'; price: number; size: number }
const PRICES = [4000, 4100]
const events = fc.array(
  fc.record({
    event: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('trade' as const),
          price: fc.constantFrom(...PRICES),
          size: fc.integer({ min: 1, max: 9 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('add' as const),
          price: fc.constantFrom(...PRICES),
          size: fc.integer({ min: 1, max: 9 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('join' as const),
          price: fc.constantFrom(...PRICES, 4200),
          size: fc.integer({ min: 1, max: 9 }),
        }),
      },
    ),
    /** Of a trade: which telling comes first, and how long after it the other. */
    level_first: fc.boolean(),
    delay_ms: fc.nat(100),
    wait_ms: fc.nat(60),
  }),
  { minLength: 1, maxLength: 14 },
)
type Course = { event: Event; level_first: boolean; delay_ms: number; wait_ms: number }[]

/**
 * The tape of a course, and what a venue that knows of us would have filled: share by share, to those who rested when it
 * was traded. Trades keep apart until both tellings are there, those of one level until nobody could mix them up; orders
 * join at any time.
 */
function course(list: Course, flip: boolean) {
  const told: Told[] = []
  const levels = new Map<number, number>()
  const free_us = new Map<number, Micros>()
  const orders: { price: number; ahead: number; left: number; filled: number }[] = []
  let now = ms(1)
  let told_us = 0
  for (const price of PRICES) {
    levels.set(price, 10)
    told.push({ at: 0, tell: 'book', price, size: 10 })
  }
  for (const { event, level_first, delay_ms, wait_ms } of list) {
    const { price, size } = event
    now += ms(wait_ms) + 1
    if (event.do !== 'join') now = Math.max(now, free_us.get(price) ?? 0)
    const stands = levels.get(price) ?? 0
    if (event.do === 'join') {
      told.push({ at: now, tell: 'join', price, size })
      orders.push({ price, ahead: stands, left: size, filled: 0 })
    } else if (event.do === 'add') {
      levels.set(price, stands + size)
      told.push({ at: now, tell: 'book', price, size: stands + size })
      free_us.set(price, now + ms(201))
    } else {
      const traded = Math.min(size, stands)
      if (traded === 0) continue
      now = Math.max(now, told_us + 1)
      told_us = now + ms(delay_ms)
      levels.set(price, stands - traded)
      const [book_at, print_at] = level_first !== flip ? [0, delay_ms] : [delay_ms, 0]
      told.push({ at: now + ms(book_at), tell: 'book', price, size: stands - traded })
      told.push({ at: now + ms(print_at), tell: 'print', price, size: traded })
      free_us.set(price, now + ms(201))
      for (let i = 0; i < traded; i++) handOut(orders, price)
    }
  }
  return { told, filled: orders.map((one) => one.filled) }
}

/** One share sold at `price`: to our best bid above it, else to our first there with nobody ahead, else to who is ahead. */
function handOut(
  orders: { price: number; ahead: number; left: number; filled: number }[],
  price: number,
): void {
  const through = orders.filter((one) => one.left > 0 && one.price > price).sort((a, b) => b.price - a.price)
  const here = orders.filter((one) => one.left > 0 && one.price === price)
  const taker = through[0] ?? here.find((one) => one.ahead === 0)
  if (taker === undefined) {
    for (const one of here) if (one.ahead > 0) one.ahead--
    return
  }
  taker.left--
  taker.filled++
}

describe('any course of trades', () => {
  test.each(every)(
    '%s, mirrored %s: fills what a venue that knows of us would, in whichever order each is told',
    (fill, mirrored) => {
      let shares = 0
      fc.assert(
        fc.property(events, (list) => {
          const one = course(list, false)
          const other = course(list, true)
          expect(play(fill, one.told, mirrored)).toEqual(one.filled)
          expect(play(fill, other.told, mirrored)).toEqual(one.filled)
          shares += one.filled.reduce((sum, n) => sum + n, 0)
        }),
        { numRuns: 150 },
      )
      expect(shares).toBeGreaterThan(100)
    },
  )
})
