import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SeriesName } from '../events/index.ts'
import { DAY, HOUR, MINUTE, parseIso, SECOND } from '../units/index.ts'
import * as Eastern from './eastern.ts'
import { Slug } from './index.ts'

const iso = parseIso

describe('slugs', () => {
  test.each([
    ['btc-updown-5m-1776240000', 'btc', '5m', '2026-04-15T08:00:00Z', 5 * MINUTE],
    ['eth-updown-15m-1790616600', 'eth', '15m', '2026-09-28T17:30:00Z', 15 * MINUTE],
    ['sol-updown-4h-1790611200', 'sol', '4h', '2026-09-28T16:00:00Z', 4 * HOUR],
    // In winter the Eastern day begins at 05:00 UTC, and four-hour windows with it.
    ['btc-updown-4h-1796130000', 'btc', '4h', '2026-12-01T13:00:00Z', 4 * HOUR],
    ['bitcoin-up-or-down-september-28-2026-1pm-et', 'btc', '1h', '2026-09-28T17:00:00Z', HOUR],
    ['bitcoin-up-or-down-december-1-2026-12am-et', 'btc', '1h', '2026-12-01T05:00:00Z', HOUR],
    ['bitcoin-up-or-down-december-1-2026-12pm-et', 'btc', '1h', '2026-12-01T17:00:00Z', HOUR],
    ['ethereum-up-or-down-march-8-2026-3am-et', 'eth', '1h', '2026-03-08T07:00:00Z', HOUR],
    ['zcash-up-or-down-january-1-2027-11pm-et', 'zec', '1h', '2027-01-02T04:00:00Z', HOUR],
    ['bitcoin-up-or-down-on-september-28-2026', 'btc', '1d', '2026-09-27T16:00:00Z', DAY],
    ['bitcoin-up-or-down-on-january-1-2027', 'btc', '1d', '2026-12-31T17:00:00Z', DAY],
    // The night of a change of clocks lies inside the window.
    ['bitcoin-up-or-down-on-march-8-2026', 'btc', '1d', '2026-03-07T17:00:00Z', 23 * HOUR],
    ['bitcoin-up-or-down-on-november-1-2026', 'btc', '1d', '2026-10-31T16:00:00Z', 25 * HOUR],
  ])('%s is %s %s from %s', (slug, asset, series, start, length) => {
    expect(Slug.parse(slug)).toEqual({
      asset,
      series,
      start_us: iso(start),
      end_us: iso(start) + length,
    })
  })

  test('without year are refused, and read with a hint', () => {
    const slug = 'bitcoin-up-or-down-november-20-1pm-et'
    expect(() => Slug.parse(slug)).toThrow(
      expect.objectContaining({ code: 'rules.ambiguous_market', message: expect.stringContaining('year') }),
    )
    expect(Slug.parse(slug, { year: 2025 }).start_us).toBe(iso('2025-11-20T18:00:00Z'))
    expect(Slug.parse('bitcoin-up-or-down-on-july-4', { year: 2025 }).end_us).toBe(
      iso('2025-07-04T16:00:00Z'),
    )
  })

  test('that say their year do not listen to the hint', () => {
    expect(Slug.parse('bitcoin-up-or-down-on-july-4-2026', { year: 2025 }).end_us).toBe(
      iso('2026-07-04T16:00:00Z'),
    )
  })

  test('of the hour that comes twice are refused, and read with a hint', () => {
    const slug = 'bitcoin-up-or-down-november-1-2026-1am-et'
    expect(() => Slug.parse(slug)).toThrow(expect.objectContaining({ code: 'rules.ambiguous_market' }))
    expect(Slug.parse(slug, { repeated_hour: 'first' }).start_us).toBe(iso('2026-11-01T05:00:00Z'))
    expect(Slug.parse(slug, { repeated_hour: 'second' }).start_us).toBe(iso('2026-11-01T06:00:00Z'))
  })

  test.each([
    ['', /none of the forms/],
    ['will-bitcoin-hit-200k', /none of the forms/],
    ['btc-updown-1h-1776240000', /none of the forms/],
    ['btc-updown-5m-1776240000000', /none of the forms/],
    ['btc-updown-5m-1776240001', /no 5m window starts/],
    ['btc-updown-15m-1776240300', /no 15m window starts/],
    ['btc-updown-4h-1776243600', /no 4h window starts/],
    ['pepe-updown-5m-1776240000', /"pepe" is no known asset/],
    ['__proto__-updown-5m-1776240000', /none of the forms/],
    ['constructor-updown-5m-1776240000', /"constructor" is no known asset/],
    ['pepe-up-or-down-on-july-4-2026', /no known asset/],
    ['bitcoin-up-or-down-on-juli-4-2026', /"juli" is no month/],
    ['bitcoin-up-or-down-on-february-29-2026', /no february 29/],
    ['bitcoin-up-or-down-on-july-0-2026', /no july 0/],
    ['bitcoin-up-or-down-july-4-2026-13pm-et', /no 13 o'clock/],
    ['bitcoin-up-or-down-july-4-2026-0am-et', /no 0 o'clock/],
    ['bitcoin-up-or-down-march-8-2026-2am-et', /clocks skip this hour/],
    ['bitcoin-up-or-down-on-july-4-1999', /Eastern time of 1999/],
  ])('"%s" is refused', (slug, message) => {
    expect(() => Slug.parse(slug)).toThrow(
      expect.objectContaining({
        code: 'rules.unknown_market',
        field: 'slug',
        message: expect.stringMatching(message),
        fix: expect.stringContaining('btc-updown-5m-'),
      }),
    )
  })
})

describe('names of windows', () => {
  const lengths: Partial<Record<SeriesName, number>> = { '5m': 300, '15m': 900, '4h': 14_400, '1h': 3600 }
  const asset = fc.constantFrom('btc', 'eth', 'sol', 'xrp', 'doge', 'bnb', 'hype', 'zec')
  const seconds = fc.integer({ min: iso('2024-01-01') / SECOND, max: iso('2036-01-01') / SECOND })

  test('name a window that reads back as itself', () => {
    fc.assert(
      fc.property(
        asset,
        fc.constantFrom<SeriesName>('5m', '15m', '4h', '1h'),
        seconds,
        fc.constantFrom('first' as const, 'second' as const),
        (a, series, s, repeated_hour) => {
          const start_us = (s - (s % lengths[series]!)) * SECOND
          const window = Slug.parse(Slug.format(a, series, start_us), { repeated_hour })
          expect(window).toMatchObject({ asset: a, series })
          // The two equal hours of an autumn night share a name.
          const repeated = Eastern.behindUtc(start_us - HOUR) !== Eastern.behindUtc(start_us + HOUR)
          if (series !== '1h' || !repeated) expect(window.start_us).toBe(start_us)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('of days: each begins where the one before ends', () => {
    fc.assert(
      fc.property(asset, seconds, (a, s) => {
        const day = iso('2024-01-01') + (s % (4000 * 86_400)) * SECOND
        const date = new Date(day / 1000)
        const name = (d: Date) =>
          `${d.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' }).toLowerCase()}-${d.getUTCDate()}-${d.getUTCFullYear()}`
        const long = Slug.format(a, '1h', iso('2026-07-04T16:00:00Z')).split('-')[0]
        const window = Slug.parse(`${long}-up-or-down-on-${name(date)}`)
        const next = Slug.parse(`${long}-up-or-down-on-${name(new Date(date.getTime() + 86_400_000))}`)
        expect(next.start_us).toBe(window.end_us)
        expect(Slug.format(a, '1d', window.start_us)).toBe(`${long}-up-or-down-on-${name(date)}`)
      }),
    )
  })

  test.each([
    ['btc', '5m', iso('2026-04-15T08:00:01Z')],
    ['btc', '1h', iso('2026-04-15T08:30:00Z')],
    ['btc', '1d', iso('2026-04-15T08:00:00Z')],
    ['pepe', '1h', iso('2026-04-15T08:00:00Z')],
  ] as const)('are not made up: %s %s %d', (a, series, start_us) => {
    expect(() => Slug.format(a, series, start_us)).toThrow(
      expect.objectContaining({ code: 'rules.unknown_market' }),
    )
  })

  test('a market known by its slug alone has no metadata', () => {
    const market = Slug.toMarket('btc-updown-5m-1776240000')
    expect(market).toMatchObject({ series: '5m', created_us: null, fee: null, tick: null, settlement: null })
  })
})
