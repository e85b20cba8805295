import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Market } from '../../core/events/index.ts'
import { SECOND } from '../../core/units/index.ts'
import { INSTRUMENTS } from './fixtures.ts'
import { createSilenceMeter, summariseGaps } from './gaps.ts'

const market = (start_s: number, end_s: number): Market => ({
  ...INSTRUMENTS.markets[0]!,
  start_us: start_s * SECOND,
  end_us: end_s * SECOND,
})

function measure(times_s: readonly number[], markets: Market[], range = {}) {
  const meter = createSilenceMeter('clob_market')
  for (const t of times_s) meter.message(0, Math.round(t * SECOND))
  return meter
    .finish(markets, range)
    .map(({ market, from_us, to_us, reason }) => [market, from_us / SECOND, to_us / SECOND, reason])
}

describe('silence on an open market', () => {
  test('counts from the window start to its first message, between messages, and from the last to its end', () => {
    expect(measure([106, 107, 112.5, 290], [market(100, 300)])).toEqual([
      [0, 100, 106, 'silence'],
      [null, 107, 112.5, 'silence'],
      [0, 107, 112.5, 'silence'],
      [null, 112.5, 290, 'silence'],
      [0, 112.5, 290, 'silence'],
      [0, 290, 300, 'silence'],
    ])
  })

  test('exactly five seconds is none', () => {
    expect(measure([105, 110, 115], [market(100, 120)])).toEqual([])
  })

  test('outside the window the market is closed: only what lies inside counts', () => {
    expect(measure([90, 110, 111, 130], [market(100, 115)])).toEqual([
      [null, 90, 110, 'silence'],
      [0, 100, 110, 'silence'],
      [null, 111, 130, 'silence'],
    ])
  })

  test('a market first heard of after its end was silent throughout', () => {
    expect(measure([395], [market(0, 300)])).toEqual([[0, 0, 300, 'silence']])
  })

  test('the feed is measured over the range asked for', () => {
    expect(measure([100, 104], [market(100, 104)], { from_us: 90 * SECOND, to_us: 110 * SECOND })).toEqual([
      [null, 90, 100, 'silence'],
      [null, 104, 110, 'silence'],
    ])
  })

  test('with one market over the whole range, market and feed agree for any message times', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1 }), (millis) => {
        const times = millis.sort((a, b) => a - b).map((ms) => ms / 1_000)
        const found = measure(times, [market(0, 300)], { from_us: 0, to_us: 300 * SECOND })
        const of = (who: number | null) => found.filter(([m]) => m === who).map(([, from, to]) => [from, to])
        expect(of(0)).toEqual(of(null))
        const edges = [0, ...times, 300]
        const silent = edges.slice(1).filter((t, i) => t - edges[i]! > 5)
        expect(of(0).map(([, to]) => to)).toEqual(silent)
      }),
    )
  })
})

test('a refused message is a gap until the next good one of its market', () => {
  const meter = createSilenceMeter('clob_market')
  meter.message(0, 1 * SECOND)
  meter.refused(0, 2 * SECOND, 'not JSON')
  meter.refused(0, 3 * SECOND, 'a bad price')
  meter.message(0, 4 * SECOND)
  meter.refused(null, 4 * SECOND, 'no such market')
  meter.refused(0, 5 * SECOND, 'not JSON')
  const gaps = meter.finish([market(1, 8)], {})
  expect(
    gaps.map(({ market, from_us, to_us, reason }) => [market, from_us / SECOND, to_us / SECOND, reason]),
  ).toEqual([
    [0, 2, 4, 'refused: not JSON'],
    [null, 4, 4, 'refused: no such market'],
    [0, 5, 8, 'refused: not JSON'],
  ])
  expect(summariseGaps(gaps)).toEqual({
    count: 0,
    seconds: 0,
    markets: { count: 0, seconds: 0 },
    refused: { count: 3, seconds: 5 },
  })
})
