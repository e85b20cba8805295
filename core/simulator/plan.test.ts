import { describe, expect, test } from 'vitest'
import { Rng } from '../random/index.ts'
import { parseIso } from '../units/index.ts'
import * as Plan from './plan.ts'

const plan = (series: Parameters<typeof Plan.create>[1], start: string, windows = 3) =>
  Plan.create(Rng.create(27, 1), series, parseIso(start), windows)

describe('what settles follows the rules of the day:', () => {
  test.each([
    ['5m', '2026-06-01T00:00:00Z', 'chainlink-spot', 0],
    ['15m', '2026-06-01T00:00:00Z', 'chainlink-spot', 0],
    ['5m', '2026-08-10T00:00:00Z', 'chainlink-twap-30', 30],
    ['5m', '2026-09-01T00:00:00Z', 'chainlink-twap-60', 60],
    ['4h', '2026-09-01T00:00:00Z', 'chainlink-twap-60', 60],
    ['1h', '2026-06-01T00:00:00Z', 'binance-kline', 0],
  ] as const)('%s from %s by %s', (series, start, settlement, lookback) => {
    const { settlement: settling, instruments, lookback_s } = plan(series, start)
    expect(settling).toBe(settlement)
    expect(lookback_s).toBe(lookback)
    const names = instruments.instruments.flatMap((one) => (one.kind === 'series' ? [one.name] : []))
    for (const name of [settlement, 'chainlink-spot', 'binance-spot', 'coinbase-spot', 'kraken-spot'])
      expect(names).toContain(name)
    expect(new Set(names).size).toBe(names.length)
  })
})

test('windows follow each other, each with an Up and a Down token of its own', () => {
  const made = plan('5m', '2026-06-01T00:00:00Z', 12)
  const { markets, instruments } = made.instruments
  expect(markets[0]!.slug).toBe('btc-updown-5m-1780272000')
  markets.forEach((market, i) => {
    if (i > 0) expect(market.start_us).toBe(markets[i - 1]!.end_us)
    const up = Plan.upToken(made, i)
    expect(instruments[up]).toMatchObject({ kind: 'token', market: i, outcome: 'up' })
    expect(instruments[up + 1]).toMatchObject({ kind: 'token', market: i, outcome: 'down' })
    expect(market.condition_id).toMatch(/^0x[0-9a-f]{64}$/)
    expect(market).toMatchObject({ tick: 100, min_size: 5_000_000, taker_hold_ms: 0 })
    expect(market.fee).toEqual({ rate_ppm: 70_000, exponent: 1, taker_only: true })
  })
  const tokens = instruments.flatMap((one) => (one.kind === 'token' ? [one.token_id] : []))
  expect(new Set(tokens).size).toBe(24)
  for (const token of tokens) expect(token).toMatch(/^[1-9]\d{76}$/)
})

describe('refused with a clear word:', () => {
  test.each([
    ['a series that is not simulated', '1d', '2026-06-01T16:00:00Z', 1, 'simulate.series'],
    ['a change of the settlement on the way', '15m', '2026-08-06T23:30:00Z', 4, 'simulate.rules_change'],
    ['a start where no window starts', '5m', '2026-06-01T00:01:00Z', 1, 'rules.unknown_market'],
    ['a day whose fees nobody knows', '5m', '2026-03-31T12:00:00Z', 1, 'rules.unknown_range'],
  ] as const)('%s', (_, series, start, windows, code) => {
    expect(() => plan(series, start, windows)).toThrow(expect.objectContaining({ code }))
  })
})
