import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MINUTE, ONE } from '../../core/units/index.ts'
import { marketOfSlug } from './slug.ts'
import { classifyWindow, countWindows, type SettlementSeries, settle } from './windows.ts'

const market = marketOfSlug('btc-updown-5m-1776254400')!
const { start_us, end_us } = market

/** Bars that close at these minutes after the start. */
function bars(closes: Record<number, number>): SettlementSeries {
  const minutes = Object.keys(closes)
    .map(Number)
    .sort((a, b) => a - b)
  return {
    stamps_us: minutes.map((m) => start_us + m * MINUTE),
    prices: minutes.map((m) => closes[m]!),
    reach_us: MINUTE,
  }
}

describe('settlement by a series', () => {
  test('compares the values at the two boundaries and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 8, maxLength: 8 }), (closes) => {
        const series = bars(Object.fromEntries(closes.map((close, i) => [i - 1, close])))
        expect(settle(market, series)).toBe(closes[6]! >= closes[1]! ? ONE : 0)
      }),
    )
  })

  test('a tie is Up, and a half where the market says so', () => {
    const series = bars({ 0: 5, 1: 6, 5: 5 })
    expect(settle(market, series)).toBe(ONE)
    const settlement = { source: 'chainlink', kind: 'spot', lookback_s: 0, tie: 'half' } as const
    expect(settle({ ...market, settlement }, series)).toBe(ONE / 2)
  })

  test('a daily window goes by the bars that begin at noon: they end a minute later', () => {
    const daily = { ...market, series: '1d' } as const
    const closes = { 0: 9, 1: 5, 2: 7, 5: 1, 7: 2 }
    expect(settle(daily, bars({ ...closes, 6: 6 }))).toBe(ONE)
    expect(settle(daily, bars({ ...closes, 6: 4 }))).toBe(0)
    expect(settle(daily, bars({ ...closes, 6: 5 }))).toBe(ONE / 2)
  })

  test('values that differ beyond 1e-8 USD are no tie', () => {
    const series = { ...bars({ 0: 5, 1: 6, 5: 5 }), rests: [2, 0, 1] }
    expect(settle(market, series)).toBe(0)
  })

  test.each([
    ['the start', { 1: 6, 2: 6, 5: 7 }],
    ['the end', { 0: 5, 1: 6, 4: 7 }],
    ['the bar after the start', { 0: 5, 2: 6, 5: 7 }],
    ['everything', {}],
  ])('says nothing without %s', (_, closes) => {
    expect(settle(market, bars(closes))).toBeNull()
  })

  test('a value stamped a little before a boundary answers for it', () => {
    const seconds = [-0.4, 0.6, 150, 299.7].map((s) => start_us + s * 1e6)
    const series = { stamps_us: seconds, prices: [10, 1, 1, 9], reach_us: 5e6 }
    expect(settle(market, series)).toBe(0)
    expect(settle(market, { ...series, reach_us: 0.3e6 })).toBeNull()
  })
})

describe('each window is in exactly one class', () => {
  const settlement = bars({ 0: 5, 1: 6, 5: 7 })
  test('an official outcome comes before the series, the series before the book', () => {
    expect(classifyWindow(market, { recorded_payout: 0, settlement, last_up_mid: 9_900 })).toEqual({
      class: 'recorded',
      up_payout: 0,
    })
    expect(classifyWindow(market, { settlement, last_up_mid: 100 })).toEqual({
      class: 'settlement',
      up_payout: ONE,
    })
  })
  test.each([
    [9_500, 'inferred_from_book', ONE],
    [9_499, 'unresolved', null],
    [501, 'unresolved', null],
    [500, 'inferred_from_book', 0],
    [undefined, 'unresolved', null],
  ] as const)('a last mid of %s alone is %s', (last_up_mid, name, up_payout) => {
    expect(classifyWindow(market, { last_up_mid })).toEqual({ class: name, up_payout })
  })
  test('classes add up', () => {
    const classes = ['settlement', 'settlement', 'unresolved', 'recorded', 'inferred_from_book'] as const
    const counts = countWindows(classes)
    expect(counts).toEqual({ total: 5, recorded: 1, settlement: 2, inferred_from_book: 1, unresolved: 1 })
  })
})

test('a slug names its window, and only a start on the grid of its series is one', () => {
  expect(end_us - start_us).toBe(5 * MINUTE)
  expect(marketOfSlug('eth-updown-15m-1776254400')).toMatchObject({ asset: 'eth', series: '15m' })
  expect(marketOfSlug('btc-updown-4h-1776254400')).toMatchObject({ end_us: start_us + 240 * MINUTE })
  for (const slug of [
    '',
    'btc-updown-5m-1776254401',
    'btc-updown-15m-1776254700',
    'btc-updown-7m-1776254400',
    'BTC-updown-5m-1776254400',
    'btc-updown-5m-1776254400 ',
  ]) {
    expect(marketOfSlug(slug), slug).toBeUndefined()
  }
})
