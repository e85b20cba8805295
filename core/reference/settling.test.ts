import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import type { Instruments, ReferenceProfile, Settlement } from '../events/index.ts'
import { Rules, Slug } from '../rules/index.ts'
import { HOUR, MINUTE, MS, ONE, parseIso, SECOND } from '../units/index.ts'
import { Reference, Settle, Settling, Strike } from './index.ts'

const START = parseIso('2026-04-15T12:00:00Z')
const config = defaults(Reference.settings)
const PRICE = 7_000_000_000_000

const profile = (own: Partial<ReferenceProfile> = {}): ReferenceProfile => ({
  name: 'of the test',
  settlement: null,
  spot: null,
  fast: [],
  bar_s: 0,
  stale_ms: 3_000,
  min_venues: 1,
  notes: [],
  overrides: {},
  ...own,
})

const recorded = (...names: string[]): Instruments => ({
  markets: [],
  instruments: names.map((name) => ({ kind: 'series', name, asset: 'btc', venue: 'x', unit: 'usd_e8' })),
})

/** What the rules of its date make of a market, on recorded series. */
function settlingOf(slug: string, names: string[], own: Partial<ReferenceProfile> = {}) {
  const market = Slug.toMarket(slug)
  return Settling.settlingOf(
    market,
    Rules.settlementOf(market).value,
    Settling.seriesIndex(recorded(...names)),
    profile(own),
    config,
  )
}

type Value = { us: number; price: number; trade?: boolean }

/** Payout of a window by values in the order of their arrival. */
function payoutOf(slug: string, values: readonly Value[], max_age_us = 3 * SECOND): number {
  const { start_us, end_us, ...market } = Slug.toMarket(slug, { repeated_hour: 'first' })
  const { kind, tie } = Rules.settlementOf({ start_us, end_us, ...market }).value
  const at = Settling.instantsOf(start_us, end_us, kind)
  const strike = Strike.create(max_age_us, undefined, at.strike_from)
  const settle = Settle.create(max_age_us)
  for (const { us, price, trade = true } of values) Settling.observe(at, strike, settle, price, 0, us, trade)
  return Settle.upPayout(settle, strike, tie)
}

describe('the series of a window', () => {
  const ALL = ['binance-spot', 'chainlink-spot', 'chainlink-twap-30', 'chainlink-twap-60']
  test.each([
    ['btc-updown-5m-1776254400', 'chainlink-spot'],
    ['btc-updown-5m-1786492800', 'chainlink-twap-30'],
    ['btc-updown-5m-1787184000', 'chainlink-twap-60'],
    ['btc-updown-15m-1786492800', 'chainlink-twap-60'],
    ['btc-updown-4h-1776254400', 'chainlink-spot'],
    ['bitcoin-up-or-down-april-15-2026-8am-et', 'binance-spot'],
    ['bitcoin-up-or-down-on-april-16-2026', 'binance-spot'],
  ])('%s is %s, whatever else there is', (slug, name) => {
    const found = settlingOf(slug, ALL, { settlement: 'chainlink-twap-60' })
    expect(ALL[found.instrument]).toBe(name)
    expect(found.stand_in).toBe(false)
  })

  test('a candle’s own series goes before the trades that it is made of', () => {
    const names = ['binance-spot', 'binance-kline']
    expect(settlingOf('bitcoin-up-or-down-april-15-2026-8am-et', names).instrument).toBe(1)
  })

  test('where its own is not recorded another that windows settle by never takes its place', () => {
    for (const settlement of ['chainlink-spot', 'chainlink-twap-30', 'binance-spot'])
      expect(settlingOf('btc-updown-5m-1787184000', [settlement], { settlement }).instrument).toBe(-1)
  })

  test('a stand-in takes its place only where the profile says so', () => {
    const slug = 'btc-updown-5m-1776254400'
    expect(settlingOf(slug, ['binance-perp-1m']).instrument).toBe(-1)
    const found = settlingOf(slug, ['binance-perp-1m'], { settlement: 'binance-perp-1m', bar_s: 60 })
    expect(found).toMatchObject({ instrument: 0, stand_in: true, max_age_us: MINUTE - 1 })
    const both = settlingOf(slug, ['binance-perp-1m', 'chainlink-spot'], { settlement: 'binance-perp-1m' })
    expect(both).toMatchObject({ instrument: 1, stand_in: false })
  })

  test('of another asset is none', () => {
    const market = Slug.toMarket('eth-updown-5m-1776254400')
    const { value } = Rules.settlementOf(market)
    const found = Settling.settlingOf(
      market,
      value,
      Settling.seriesIndex(recorded('chainlink-spot')),
      profile(),
      config,
    )
    expect(found.instrument).toBe(-1)
  })
})

test('an oracle at 1 Hz must speak of the very instant; bars, polls and trades as their spacing allows', () => {
  const of = (name: string, own: Partial<ReferenceProfile> = {}, ms = -1) =>
    Settling.boundaryAge(name, profile(own), ms, 3 * SECOND)
  for (const name of ['chainlink-spot', 'chainlink-twap-30', 'chainlink-twap-60', 'binance-kline'])
    expect(of(name)).toBe(0)
  expect(of('binance-spot')).toBe(3 * SECOND)
  expect(of('binance-perp-1m', { bar_s: 60 })).toBe(MINUTE - 1)
  expect(of('chainlink-spot', {}, 1_500)).toBe(1_500 * MS)
})

describe('an hourly window', () => {
  const slug = 'bitcoin-up-or-down-april-15-2026-8am-et'
  const end = START + HOUR
  const around = (open: number, close: number): Value[] => [
    { us: START - SECOND, price: PRICE + 500 },
    { us: START, price: open },
    { us: START + 1, price: PRICE + 900 },
    { us: end - 1, price: close },
    { us: end, price: PRICE - 900 },
    { us: end + SECOND, price: PRICE },
  ]

  test('goes from the first trade of its hour to the last', () => {
    expect(payoutOf(slug, around(PRICE, PRICE + 1))).toBe(ONE)
    expect(payoutOf(slug, around(PRICE, PRICE))).toBe(ONE)
    expect(payoutOf(slug, around(PRICE, PRICE - 1))).toBe(0)
  })

  test('opens with a trade after the hour, not with the last before it', () => {
    const values = around(PRICE, PRICE - 1).filter(({ us }) => us !== START)
    // The first trade of the hour is 900 higher than the close; the one before it would be lower.
    expect(payoutOf(slug, values)).toBe(0)
    expect(
      payoutOf(slug, [...values.slice(0, 1), { us: START + 1, price: PRICE - 2 }, ...values.slice(2)]),
    ).toBe(ONE)
  })

  test('has no open where the series was not heard around the hour', () => {
    const late = around(PRICE, PRICE + 1).filter(({ us }) => us >= START + 1)
    expect(payoutOf(slug, late)).toBe(-1)
  })

  test('by values of a series the one at each full hour counts', () => {
    const values = [START, START + MINUTE, end, end + MINUTE].map((us, i) => ({
      us,
      price: [PRICE, PRICE + 9, PRICE - 1, PRICE + 9][i]!,
      trade: false,
    }))
    expect(payoutOf(slug, values)).toBe(0)
  })
})

describe('a daily window', () => {
  const noon = parseIso('2026-04-15T16:00:00Z')
  const slug = 'bitcoin-up-or-down-on-april-16-2026'
  const next = noon + 24 * HOUR
  const values = (first: number, second: number): Value[] =>
    [noon, next].flatMap((at, i) => [
      // What the price is at noon does not matter, nor what it is at 12:01.
      { us: at, price: i === 0 ? PRICE + 800 : PRICE - 800 },
      { us: at + MINUTE - 1, price: i === 0 ? first : second },
      { us: at + MINUTE, price: i === 0 ? PRICE - 700 : PRICE + 700 },
      { us: at + MINUTE + SECOND, price: PRICE },
    ])

  test('is decided by the closes of the minutes that begin at noon: 12:00:59.999 at both ends', () => {
    expect(payoutOf(slug, values(PRICE, PRICE + 1))).toBe(ONE)
    expect(payoutOf(slug, values(PRICE, PRICE - 1))).toBe(0)
    expect(payoutOf(slug, values(PRICE, PRICE))).toBe(ONE / 2)
  })

  test('by bars the one that ends a minute after noon counts', () => {
    const bars = [noon, next].flatMap((at, i) =>
      [0, 1, 2].map((minute) => ({
        us: at + minute * MINUTE,
        price: minute === 1 ? PRICE + i : PRICE + 50 - 100 * i,
        trade: false,
      })),
    )
    expect(payoutOf(slug, bars, MINUTE - 1)).toBe(ONE)
  })

  test.each([
    ['bitcoin-up-or-down-on-march-8-2026', 23, '2026-03-07T17:01:00Z', '2026-03-08T16:01:00Z'],
    ['bitcoin-up-or-down-on-november-1-2026', 25, '2026-10-31T16:01:00Z', '2026-11-01T17:01:00Z'],
    ['bitcoin-up-or-down-on-april-16-2026', 24, '2026-04-15T16:01:00Z', '2026-04-16T16:01:00Z'],
  ])('%s has %i hours between them', (name, hours, strike, settle) => {
    const { start_us, end_us } = Slug.toMarket(name)
    const at = Settling.instantsOf(start_us, end_us, 'candle_1m_noon_et')
    expect(at.strike_us).toBe(parseIso(strike))
    expect(at.settle_us).toBe(parseIso(settle))
    expect(end_us - start_us).toBe(hours * HOUR)
  })
})

test.each([
  ['the hour before spring’s change', 'bitcoin-up-or-down-march-8-2026-1am-et', '2026-03-08T06:00:00Z'],
  ['the hour after it', 'bitcoin-up-or-down-march-8-2026-3am-et', '2026-03-08T07:00:00Z'],
  ['the hour before autumn’s change', 'bitcoin-up-or-down-november-1-2026-12am-et', '2026-11-01T04:00:00Z'],
  ['the hour after it', 'bitcoin-up-or-down-november-1-2026-2am-et', '2026-11-01T07:00:00Z'],
])('a candle of %s opens and closes with its own hour', (_, slug, start) => {
  const { start_us, end_us } = Slug.toMarket(slug)
  const at = Settling.instantsOf(start_us, end_us, 'candle_1h')
  expect([at.strike_us, at.settle_us]).toEqual([parseIso(start), parseIso(start) + HOUR])
})

test('four hours and shorter settle at their own start and end', () => {
  const kinds: Settlement['kind'][] = ['spot', 'twap']
  for (const kind of kinds)
    expect(Settling.instantsOf(START, START + 4 * HOUR, kind)).toEqual({
      strike_us: START,
      strike_from: 'last',
      settle_us: START + 4 * HOUR,
      candle: false,
    })
})

test('in whatever order values arrive before one after the end, the verdict is the same', () => {
  const slug = 'btc-updown-5m-1776254400'
  const end = START + 5 * MINUTE
  const stamp = fc.integer({ min: -3, max: 3 })
  fc.assert(
    fc.property(
      fc.uniqueArray(stamp, { minLength: 1 }),
      fc.uniqueArray(stamp, { minLength: 1 }),
      fc.infiniteStream(fc.integer({ min: -2, max: 2 })),
      fc.integer({ min: 0, max: 2 }),
      (starts, ends, moves, age_s) => {
        const values = [...starts.map((s) => START + s * SECOND), ...ends.map((s) => end + s * SECOND)].map(
          (us) => ({ us, price: PRICE + moves.next().value!, trade: false }),
        )
        const last = { us: end + MINUTE, price: PRICE, trade: false }
        const told = (list: typeof values) => payoutOf(slug, [...list, last], age_s * SECOND)
        // The verdict on an end is given once: what confirms it must come last.
        const before = values.filter(({ us }) => us <= end)
        expect(told(before.toReversed())).toBe(told(before))
        expect(told(before.toSorted((a, b) => a.us - b.us))).toBe(told(before))
      },
    ),
  )
})
