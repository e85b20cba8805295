import { describe, expect, test } from 'vitest'
import { Book } from '../../core/book/index.ts'
import { allocate, type Columns, Flag, type Instruments, Kind } from '../../core/events/index.ts'
import { MICRO, SECOND } from '../../core/units/index.ts'
import { beyond } from './beyond.ts'
import * as Recorder from './book-recorder.ts'
import * as Measure from './measure.ts'
import { rangesOf } from './resample.ts'
import * as Samples from './samples.ts'
import { statistics } from './statistics.ts'

const START = 1_776_254_400 * SECOND
const INSTRUMENTS: Instruments = {
  markets: [
    {
      slug: 'btc-updown-5m-1776254400',
      asset: 'btc',
      series: '5m',
      start_us: START,
      end_us: START + 300 * SECOND,
      created_us: null,
      condition_id: null,
      tick: null,
      min_size: null,
      fee: null,
      settlement: null,
      taker_hold_ms: null,
    },
  ],
  instruments: [
    { kind: 'token', market: 0, outcome: 'up', token_id: '1' },
    { kind: 'token', market: 0, outcome: 'down', token_id: '2' },
    { kind: 'series', name: 'binance-spot', asset: 'btc', venue: 'binance', unit: 'usd_e8' },
  ],
}

type Row = [at_s: number, kind: number, instrument: number, side: number, cents: number, shares: number]

/** Rows, each the whole of a message unless the next has the same time and kind. */
function tape(rows: readonly Row[]): Columns {
  const columns = allocate(rows.length)
  columns.length = rows.length
  rows.forEach(([at_s, kind, instrument, side, price, size], i) => {
    const next = rows[i + 1]
    columns.local_us[i] = START + at_s * SECOND
    columns.exch_us[i] = columns.local_us[i]!
    columns.kind[i] = kind
    columns.instrument[i] = instrument
    columns.side[i] = side
    columns.price[i] = kind === Kind.PRINT ? price : price * 100
    columns.size[i] = size * MICRO
    columns.flags[i] = next !== undefined && next[0] === at_s && next[1] === kind ? 0 : Flag.LAST
  })
  return columns
}

const { LEVEL, TRADE } = Kind
const BID = 1
const ASK = 2

describe('a recorder of books', () => {
  const rows: Row[] = [
    [6, LEVEL, 0, BID, 50, 100],
    [6, LEVEL, 0, ASK, 51, 100],
    [7, LEVEL, 0, BID, 49, 30],
    [8, TRADE, 0, BID, 51, 40],
    [8, LEVEL, 0, ASK, 51, 60],
    [9, LEVEL, 1, ASK, 50, 10],
  ]
  const seen = (prints: boolean) => {
    const recorder = Recorder.create(INSTRUMENTS, prints)
    const books: { at_s: number; bid: number; changed: number[] }[] = []
    Recorder.read(recorder, tape(rows), (view, now) => {
      const changed = [...view.before]
        .filter(
          ([key, before]) => Book.size(view.book, Recorder.sideOf(key), Recorder.priceOf(key)) !== before,
        )
        .map(([key]) => Recorder.priceOf(key))
      books.push({ at_s: (now - START) / SECOND, bid: view.bid, changed })
    })
    return books
  }

  test('of a tape with prints sees the book after each print, and all changes since the one before', () => {
    expect(seen(true)).toEqual([{ at_s: 8, bid: -1, changed: [5_000, 5_100, 4_900] }])
  })

  test('of a tape without prints sees every message, the other token mirrored', () => {
    expect(seen(false)).toEqual([
      { at_s: 6, bid: -1, changed: [5_000, 5_100] },
      { at_s: 7, bid: 5_000, changed: [4_900] },
      { at_s: 8, bid: 5_000, changed: [] },
      { at_s: 8, bid: 5_000, changed: [5_100] },
      { at_s: 9, bid: 5_000, changed: [5_000] },
    ])
  })
})

describe('statistics', () => {
  // A book a second from 6 s on; at 100 s the mid goes up by ten cents; a bid two cents behind changes every second.
  const rows: Row[] = []
  for (let s = 6; s <= 299; s++) {
    const mid = s < 100 ? 50 : 60
    if (s === 6 || s === 100) {
      if (s === 100) rows.push([s, LEVEL, 0, ASK, 51, 0], [s, LEVEL, 0, BID, 50, 0])
      rows.push([s, LEVEL, 0, BID, mid, 100], [s, LEVEL, 0, ASK, mid + 1, 300])
    }
    rows.push([s, LEVEL, 0, BID, mid - 2, 10 + (s % 2)])
    rows.push([s, Kind.ALIVE, 0, 0, 0, 0])
  }
  const measure = Measure.create(INSTRUMENTS, false)
  Measure.read(measure, tape(rows))
  Measure.close(measure)
  const found = statistics(measure)
  const value = (group: string, name: string) => {
    const one = found.find((s) => s.group.startsWith(group) && s.name === name)
    if (one === undefined) throw new Error(`no ${group} ${name}`)
    return one.value
  }

  test('of spread, depth and the mid are those of the books, second by second', () => {
    expect(value('Spread', 'mean')).toBeCloseTo(1, 9)
    expect(value('Spread', 'at most 1 cent')).toBe(1)
    expect(value('Depth', 'at the touch, median')).toBe(200)
    expect(value('Depth', 'within 5 cents, median')).toBeGreaterThan(200)
    // One move of ten cents among the seconds from 6 to 268.
    const n = 263
    expect(value('Move', 'deviation over 1 s')).toBeCloseTo(Math.sqrt(100 / n - (10 / n) ** 2), 3)
  })

  test('of changes and lifetimes count levels that differ from the book before', () => {
    expect(value('Levels changed', 'median')).toBe(0)
    expect(value('Time between', '2 to 5 cents, median')).toBe(1_000)
    expect(value('Levels changed', '2 to 5 cents')).toBeGreaterThan(0.9)
  })

  test('of messages count books a second', () => {
    expect(value('Books received', 'mean')).toBeCloseTo(2, 1)
    expect(value('Books received', 'seconds without one')).toBeCloseTo(0, 1)
  })

  test('have names of their own', () => {
    expect(new Set(found.map(({ group, name }) => `${group}: ${name}`)).size).toBe(found.length)
  })
})

test('the answer of the mid to BTC is found at its lag', () => {
  const rows: Row[] = []
  let price = 7e12
  let state = 1
  const moves: number[] = []
  for (let s = 0; s <= 299; s++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const up = state >>> 31 === 1
    moves.push(up ? 1 : -1)
    price += up ? 1e9 : -1e9
    rows.push([s + 0.1, Kind.PRINT, 2, 1, price, 0])
    // The book answers two seconds later, swinging about its middle.
    const answer = 50 + (moves[s - 2] ?? 0)
    rows.push(
      [s + 0.5, LEVEL, 0, BID, answer === 51 ? 49 : 51, 0],
      [s + 0.5, LEVEL, 0, ASK, answer === 51 ? 50 : 52, 0],
    )
    rows.push([s + 0.5, LEVEL, 0, BID, answer, 100], [s + 0.5, LEVEL, 0, ASK, answer + 1, 100])
  }
  const measure = Measure.create(INSTRUMENTS, false)
  Measure.read(measure, tape(rows))
  const lags = beyond(measure, 1, 300).filter(({ name }) => name.endsWith('correlation'))
  const best = lags.reduce((a, b) => (b.value > a.value ? b : a))
  expect(best.name).toBe('2 s later, correlation')
})

test('samples tell quantiles, moments and shares, and pass over what is not known', () => {
  const samples = Samples.create()
  for (let i = 2_000; i >= 1; i--) Samples.add(samples, i)
  Samples.add(samples, Number.NaN)
  expect(samples.length).toBe(2_000)
  expect(Samples.quantile(samples, 0.5)).toBe(1_001)
  expect(Samples.quantile(samples, 1)).toBe(2_000)
  expect(Samples.mean(samples)).toBe(1_000.5)
  expect(Samples.deviation(samples)).toBeCloseTo(577.35, 2)
  expect(Samples.share(samples, 1, 501)).toBe(0.25)
  const x = Samples.create()
  const y = Samples.create()
  for (let i = 0; i < 10; i++) {
    Samples.add(x, i)
    Samples.add(y, 3 - 2 * i)
  }
  expect(Samples.regress(x, y)).toEqual({ slope: -2, correlation: -1 })
  expect(Samples.quantile(Samples.create(), 0.5)).toBeNaN()
})

describe('what the mid knows', () => {
  /** Windows one after the other, each with a close of BTC a minute; the mid stands where `mid` says. */
  function windows(count: number, mid: (up: boolean, second: number) => number, closes = true) {
    const markets = Array.from({ length: count }, (_, i) => ({
      ...INSTRUMENTS.markets[0]!,
      slug: `btc-updown-5m-${1_776_254_400 + 300 * i}`,
      start_us: START + 300 * i * SECOND,
      end_us: START + 300 * (i + 1) * SECOND,
    }))
    const tokens = markets.map((_, market) => ({
      kind: 'token' as const,
      market,
      outcome: 'up' as const,
      token_id: String(market),
    }))
    const series = {
      kind: 'series',
      name: 'bars',
      asset: 'btc',
      venue: 'binance-perp',
      unit: 'usd_e8',
    } as const
    const measure = Measure.create({ markets, instruments: [...tokens, series] }, false)
    let price = 7e12
    if (closes)
      for (let i = -20; i <= 0; i++) measure.closes.set(START + 60 * i * SECOND, price + (i % 2) * 1e9)
    for (let i = 0; i < count; i++) {
      const up = i % 2 === 0
      const rows: Row[] = []
      for (let s = 6; s < 300; s += 2) {
        const cents = mid(up, s)
        const before = s === 6 ? cents : mid(up, s - 2)
        if (before !== cents)
          rows.push([300 * i + s, LEVEL, i, BID, before, 0], [300 * i + s, LEVEL, i, ASK, before + 2, 0])
        rows.push([300 * i + s, LEVEL, i, BID, cents, 100], [300 * i + s, LEVEL, i, ASK, cents + 2, 100])
      }
      Measure.read(measure, tape(rows))
      for (let m = 1; closes && m <= 5; m++) {
        price += m < 5 ? (m % 2 === 0 ? 1e9 : -1e9) : up ? 2e9 : -2e9
        measure.closes.set(START + (300 * i + 60 * m) * SECOND, price)
      }
    }
    Measure.close(measure)
    return measure
  }
  const value = (measure: Measure.Measure, name: string) =>
    statistics(measure).find((one) => one.group === 'What the mid knows' && one.name === name)!.value

  test('a mid that knows the outcome is better than the model, one that never moves is not', () => {
    const knows = windows(6, (up) => (up ? 89 : 9))
    const stands = windows(6, () => 49)
    expect(value(knows, 'better than the model')).toBeGreaterThan(0.1)
    expect(value(knows, 'better than the model')).toBeGreaterThan(
      value(stands, 'better than the model') + 0.2,
    )
    expect(value(knows, 'off 50 cents 10 s after the start')).toBeCloseTo(40, 9)
    expect(value(stands, 'off 50 cents 10 s after the start')).toBeCloseTo(0, 9)
    expect(value(knows, 'doubt left 10 s before the end')).toBeCloseTo(0.09, 9)
    expect(value(stands, 'doubt left 10 s before the end')).toBeCloseTo(0.25, 9)
  })

  test('without a price of BTC there is no model, and the mid is measured all the same', () => {
    const books = windows(2, () => 49, false)
    expect(value(books, 'better than the model')).toBeNaN()
    expect(value(books, 'doubt left 10 s before the end')).toBeCloseTo(0.25, 9)
  })

  test('ranges hold the value, are narrow where windows are alike and the same when drawn again', () => {
    const measure = windows(6, (up) => (up ? 79 : 9))
    const drawn = rangesOf([measure])
    const of = (name: string) => drawn.find(({ statistic }) => statistic.name === name)!
    const { statistic, range } = of('off 50 cents 10 s after the start')
    expect(range.low).toBeLessThan(statistic.value)
    expect(range.high).toBeGreaterThan(statistic.value)
    expect(rangesOf([measure])).toEqual(drawn)
    const alike = rangesOf([windows(6, () => 59)]).find((one) => one.statistic.name === statistic.name)!
    expect(alike.range.high - alike.range.low).toBeCloseTo(0, 9)
  })
})
