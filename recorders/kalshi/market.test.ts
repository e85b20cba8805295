import { expect, test } from 'vitest'
import { kalshiMarket } from './market.ts'

const at = (iso: string) => Date.parse(iso) * 1_000

test('a ticker names the close of a quarter of an hour in New York, in summer and in winter', () => {
  expect(kalshiMarket('KXBTC15M-26APR271445-45', at('2026-04-27T18:31:00Z'))).toMatchObject({
    slug: 'KXBTC15M-26APR271445-45',
    asset: 'btc',
    series: '15m',
    start_us: at('2026-04-27T18:30:00Z'),
    end_us: at('2026-04-27T18:45:00Z'),
  })
  expect(kalshiMarket('KXETH15M-26DEC310000-00', at('2026-12-31T04:50:00Z'))).toMatchObject({
    asset: 'eth',
    start_us: at('2026-12-31T04:45:00Z'),
  })
})

test('of the two hours that an autumn night repeats, the one is meant that the trade lies in', () => {
  const ticker = 'KXBTC15M-26NOV010115-15'
  expect(kalshiMarket(ticker, at('2026-11-01T05:01:00Z'))!.end_us).toBe(at('2026-11-01T05:15:00Z'))
  expect(kalshiMarket(ticker, at('2026-11-01T06:01:00Z'))!.end_us).toBe(at('2026-11-01T06:15:00Z'))
})

test('its rules are its own, so that no other venue’s rules by date are asked', () => {
  expect(kalshiMarket('KXBTC15M-26APR271445-45', 0)).toMatchObject({
    tick: 10,
    price_bands: [
      { from: 0, step: 10 },
      { from: 1_000, step: 100 },
      { from: 9_000, step: 10 },
    ],
    min_size: 10_000,
    fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
    settlement: { source: 'cf_benchmarks', kind: 'twap', lookback_s: 60, tie: 'up' },
    taker_hold_ms: 0,
  })
})

test('another form of ticker is no 15-minute market', () => {
  for (const ticker of [
    'KXBTCD-26SEP2207-T80099.99',
    'KXBTC15M-26APR271445-30',
    'KXBTC15M-26APR271440-40',
    'KXBTC15M-26XYZ271445-45',
    'KXBTC15M-26APR272545-45',
    'KXBTC15M-26APR001445-45',
    'btc-updown-15m-1776240000',
    '',
  ])
    expect(kalshiMarket(ticker, 0), ticker).toBeUndefined()
  // The hour that spring skips.
  expect(kalshiMarket('KXBTC15M-26MAR080215-15', 0)).toBeUndefined()
})
