import { describe, expect, test } from 'vitest'
import type { Market, SeriesName } from '../events/index.ts'
import { DAY, HOUR, MINUTE, MS } from '../units/index.ts'
import { Rules, Slug } from './index.ts'
import source from './rules.json' with { type: 'json' }

/** Instants by the platform's own reader, so that the core's is not its own witness. */
const us = (iso: string) => Date.parse(iso) * MS

const LENGTHS: Record<SeriesName, number> = {
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '4h': 4 * HOUR,
  '1d': DAY,
}
const ALL = Object.keys(LENGTHS) as SeriesName[]

function market(series: SeriesName, start_us: number, known: Partial<Market> = {}): Market {
  return {
    slug: `btc ${series}`,
    asset: 'btc',
    series,
    start_us,
    end_us: start_us + LENGTHS[series],
    created_us: null,
    condition_id: null,
    tick: null,
    min_size: null,
    fee: null,
    settlement: null,
    taker_hold_ms: null,
    ...known,
  }
}

type Raw = {
  series?: string[]
  from: string | null
  until: string | null
  unknown?: boolean
  certainty?: string
} & Record<string, unknown>

/** The one record of a series that holds at a time, found by looking at all of them. */
function holding(records: Raw[], series: SeriesName | null, time: number): Raw {
  const found = records.filter(
    (r) =>
      (series === null || r.series!.includes(series)) &&
      (r.from === null || us(r.from) <= time) &&
      (r.until === null || time < us(r.until)),
  )
  expect(found).toHaveLength(1)
  return found[0]!
}

/** Every change of a section, once, with times on both of its sides. */
function sides(records: Raw[]): number[] {
  const changes = new Set(records.flatMap((r) => [r.from, r.until]).filter((t) => t !== null))
  expect(changes.size).toBeGreaterThan(0)
  return [...changes].flatMap((t) => [us(t) - MS, us(t) - 1, us(t), us(t) + 1, us(t) + MS])
}

const LOWER: Record<string, string> = { high: 'medium', medium: 'low', low: 'low' }

describe('both sides of every change of the table', () => {
  const fee = source.fee.records as Raw[]
  test.each(ALL)('fee schedule of %s, selected by the creation of the market', (series) => {
    for (const time of sides(fee)) {
      const expected = holding(fee, series, time)
      for (const created_us of [time, null]) {
        const one = market(series, created_us === null ? time + DAY : us('2030-01-01T00:00:00Z'), {
          created_us,
        })
        if (expected.unknown === true) {
          expect(() => Rules.feeOf(one)).toThrow(expect.objectContaining({ code: 'rules.unknown_range' }))
          continue
        }
        const certainty = created_us === null ? LOWER[expected.certainty!] : expected.certainty
        expect(Rules.feeOf(one), `${series} ${new Date(time / MS).toISOString()}`).toEqual({
          value: {
            rate_ppm: Math.round((expected.rate as number) * 1e6),
            exponent: expected.exponent,
            taker_only: true,
          },
          certainty,
          origin: 'table',
        })
      }
    }
  })

  const settlement = source.settlement.records as Raw[]
  test.each(ALL)('settlement of %s, selected by the start of the window', (series) => {
    for (const time of sides(settlement)) {
      const { source: feed, kind, lookback_s, tie, certainty } = holding(settlement, series, time)
      expect(Rules.settlementOf(market(series, time))).toEqual({
        value: { source: feed, kind, lookback_s, tie },
        certainty,
        origin: 'table',
      })
    }
  })

  const hold = source.taker_hold_ms.records as Raw[]
  test('taker hold, selected by the order', () => {
    for (const time of sides(hold)) {
      const { ms, certainty } = holding(hold, null, time)
      const early = market('5m', us('2025-06-01T00:00:00Z'))
      expect(Rules.takerHoldOf(early, time)).toEqual({ value: ms, certainty, origin: 'table' })
    }
  })

  const charged = source.fee.charged_in.records as Raw[]
  test('currency of the fee, selected by the order', () => {
    for (const time of sides(charged)) {
      const { buy, sell, buy_amount, certainty } = holding(charged, null, time)
      expect(Rules.chargedInOf(market('5m', time), time)).toEqual({
        value: { buy, sell, buy_amount, cents: false },
        certainty,
      })
    }
  })

  const rebate = source.fee.maker_rebate_share.records as Raw[]
  test('share of the makers, selected by the order', () => {
    for (const time of sides(rebate)) {
      const { share, unknown } = holding(rebate, null, time)
      expect(Rules.makerRebateOf(market('5m', time), time)).toBe(
        unknown === true ? null : (share as number) * 1e6,
      )
    }
  })

  test('none of them is Kalshi’s: dollars to the cent at every date, no rebate, no least marketable buy', () => {
    const settlement = { source: 'cf_benchmarks', kind: 'twap', lookback_s: 60, tie: 'up' } as const
    const fee = { rate_ppm: 70_000, exponent: 1, taker_only: true }
    for (const time of [...sides(charged), ...sides(rebate), ...sides(hold)]) {
      const rules = Rules.forMarket(market('15m', time, { settlement, fee, taker_hold_ms: 0 }), time)
      const dollars = { charged_in: { buy: 'usdc', sell: 'usdc' }, buy_amount: 'usdc', cents: true }
      expect(rules.fee).toMatchObject(dollars)
      expect([rules.maker_rebate_ppm, rules.marketable_buy_min]).toEqual([0, 0])
    }
  })
})

const none = { rate_ppm: 0, exponent: 1 }
const legacy = { rate_ppm: 250_000, exponent: 2 }
const april = { rate_ppm: 72_000, exponent: 1 }
const today = { rate_ppm: 70_000, exponent: 1 }
const spot = { source: 'chainlink', kind: 'spot', lookback_s: 0, tie: 'up' }
const twap = (lookback_s: number) => ({ source: 'chainlink', kind: 'twap', lookback_s, tie: 'up' })
const hour = { source: 'binance', kind: 'candle_1h', lookback_s: 0, tie: 'up' }
const noon = { source: 'binance', kind: 'candle_1m_noon_et', lookback_s: 0, tie: 'half' }

/** A market of a series that starts at an instant, by its venue name. */
const slug = (series: SeriesName, start: string) => Slug.format('btc', series, us(start))

describe('whole markets, written by hand', () => {
  test.each([
    // slug, order time (null: start), fee, charge of a BUY, its meaning, certainty, hold, settlement
    [slug('15m', '2025-12-26T10:00:00Z'), null, none, 'shares', 'shares', 'medium', 500, spot],
    [slug('15m', '2026-01-05T12:00:00Z'), null, none, 'shares', 'shares', 'medium', 500, spot],
    [slug('15m', '2026-01-06T00:00:00Z'), null, legacy, 'shares', 'shares', 'medium', 500, spot],
    [slug('5m', '2026-02-12T23:55:00Z'), null, none, 'shares', 'shares', 'medium', 500, spot],
    [slug('5m', '2026-02-13T00:00:00Z'), null, legacy, 'shares', 'shares', 'medium', 500, spot],
    [slug('15m', '2026-02-20T10:00:00Z'), null, legacy, 'shares', 'shares', 'medium', 0, spot],
    [slug('1h', '2026-03-06T23:00:00Z'), null, none, 'shares', 'shares', 'medium', 0, hour],
    [slug('1h', '2026-03-07T00:00:00Z'), null, legacy, 'shares', 'shares', 'low', 0, hour],
    [slug('4h', '2026-03-10T16:00:00Z'), null, legacy, 'shares', 'shares', 'low', 0, spot],
    [slug('1d', '2026-03-10T16:00:00Z'), null, legacy, 'shares', 'shares', 'low', 0, noon],
    // A schedule of the old curve, charged by the new meaning: created before the change, traded after it.
    [slug('5m', '2026-03-30T12:00:00Z'), null, legacy, 'shares', 'usdc_value_over_price', 'medium', 0, spot],
    ['btc-updown-5m-1776240000', null, april, 'shares', 'usdc_value_over_price', 'low', 0, spot],
    ['btc-updown-5m-1777374300', null, april, 'usdc', 'usdc', 'low', 0, spot],
    ['btc-updown-5m-1777373700', '2026-04-28T11:00:00Z', april, 'usdc', 'usdc', 'low', 0, spot],
    [slug('5m', '2026-05-22T23:55:00Z'), null, april, 'usdc', 'usdc', 'low', 0, spot],
    [slug('5m', '2026-05-23T00:00:00Z'), null, today, 'usdc', 'usdc', 'low', 0, spot],
    [slug('5m', '2026-06-08T12:00:00Z'), null, today, 'usdc', 'usdc', 'medium', 0, spot],
    [slug('5m', '2026-07-01T00:00:00Z'), null, today, 'usdc', 'usdc', 'medium', 250, spot],
    [slug('5m', '2026-08-06T23:55:00Z'), null, today, 'usdc', 'usdc', 'medium', 250, spot],
    [slug('5m', '2026-08-07T00:00:00Z'), null, today, 'usdc', 'usdc', 'medium', 250, twap(30)],
    [slug('15m', '2026-08-07T00:00:00Z'), null, today, 'usdc', 'usdc', 'medium', 250, twap(60)],
    [slug('4h', '2026-08-07T00:00:00Z'), null, today, 'usdc', 'usdc', 'medium', 250, twap(60)],
    [slug('5m', '2026-08-13T23:55:00Z'), null, today, 'usdc', 'usdc', 'medium', 250, twap(30)],
    [slug('5m', '2026-08-14T00:00:00Z'), null, today, 'usdc', 'usdc', 'medium', 250, twap(60)],
    [slug('5m', '2026-08-17T11:00:00Z'), null, today, 'usdc', 'usdc', 'medium', 50, twap(60)],
    [
      slug('5m', '2026-09-04T13:55:00Z'),
      '2026-09-04T13:59:59.999Z',
      today,
      'usdc',
      'usdc',
      'medium',
      50,
      twap(60),
    ],
    [
      slug('15m', '2026-09-04T13:45:00Z'),
      '2026-09-04T14:00:00Z',
      today,
      'usdc',
      'usdc',
      'medium',
      150,
      twap(60),
    ],
    ['bitcoin-up-or-down-september-28-2026-1pm-et', null, today, 'usdc', 'usdc', 'medium', 150, hour],
    ['bitcoin-up-or-down-on-september-28-2026', null, today, 'usdc', 'usdc', 'medium', 150, noon],
  ])('%s at %s', (name, at, fee, buy, buy_amount, certainty, hold, settled) => {
    const rules = Rules.forMarket(Slug.toMarket(name), at === null ? undefined : us(at))
    expect(rules.fee).toMatchObject({
      ...fee,
      taker_only: true,
      charged_in: { buy, sell: 'usdc' },
      buy_amount,
      certainty,
    })
    expect(rules.taker_hold_ms).toBe(hold)
    expect(rules.settlement).toEqual(settled)
    expect(rules.tick).toEqual({ value: 100, origin: 'default' })
    expect(rules.min_size).toEqual({ value: 5_000_000, origin: 'default' })
    expect(rules.marketable_buy_min).toBe(1_000_000)
  })
})

describe('what the table does not know', () => {
  test.each(ALL)('the change-over of the end of March is refused for %s, with range and reason', (series) => {
    const created_us = us('2026-03-31T12:00:00Z')
    expect(() => Rules.forMarket(market(series, created_us + DAY, { created_us }))).toThrow(
      expect.objectContaining({
        code: 'rules.unknown_range',
        field: 'fee',
        message: expect.stringMatching(
          /2026-03-31T12:00:00Z.*2026-03-30T00:00:00Z to 2026-04-01T00:00:00Z \(change-over/,
        ),
        fix: expect.stringContaining('recorded fee schedule'),
      }),
    )
  })

  test('the market’s own schedule answers there', () => {
    const created_us = us('2026-03-31T12:00:00Z')
    const fee = { rate_ppm: 60_000, exponent: 1, taker_only: true }
    const rules = Rules.forMarket(market('5m', created_us + DAY, { created_us, fee }))
    expect(rules.fee).toMatchObject({ ...fee, origin: 'market' })
  })

  test('a series without records is refused', () => {
    const odd = { ...market('5m', 0), series: '1w' as SeriesName }
    expect(() => Rules.forMarket(odd)).toThrow(expect.objectContaining({ code: 'rules.unknown_series' }))
  })

  test('a time that is no time is refused', () => {
    expect(() => Rules.forMarket(market('5m', 0), Number.NaN)).toThrow(
      expect.objectContaining({ code: 'rules.time' }),
    )
  })
})

describe('the market’s own metadata', () => {
  test('wins in every field, whatever the date', () => {
    const own = {
      fee: { rate_ppm: 10_000, exponent: 2, taker_only: false },
      settlement: { source: 'chainlink', kind: 'twap', lookback_s: 45, tie: 'half' },
      taker_hold_ms: 3000,
      tick: 10,
      min_size: 15_000_000,
    } as const
    for (const start of ['2025-06-01T00:00:00Z', '2026-03-31T12:00:00Z', '2026-11-01T00:00:00Z']) {
      const rules = Rules.forMarket(market('5m', us(start), own))
      expect(rules).toMatchObject({
        fee: { ...own.fee, origin: 'market' },
        settlement: own.settlement,
        taker_hold_ms: 3000,
        tick: { value: 10, origin: 'market' },
        min_size: { value: 15_000_000, origin: 'market' },
      })
      expect(rules.certainty).toMatchObject({ taker_hold: 'high', settlement: 'high' })
    }
  })

  test('a zero there is an answer, not a blank', () => {
    const rules = Rules.forMarket(
      market('5m', us('2026-11-01T00:00:00Z'), {
        taker_hold_ms: 0,
        fee: { rate_ppm: 0, exponent: 1, taker_only: true },
      }),
    )
    expect(rules.taker_hold_ms).toBe(0)
    expect(rules.fee.rate_ppm).toBe(0)
  })

  test('a recorded creation selects the schedule, and the order the rest', () => {
    const start = us('2026-04-01T12:00:00Z')
    const rules = Rules.forMarket(market('5m', start, { created_us: us('2026-03-29T00:00:00Z') }))
    expect(rules.fee).toMatchObject({
      ...legacy,
      buy_amount: 'usdc_value_over_price',
      key_time: us('2026-03-29T00:00:00Z'),
      certainty: 'medium',
    })
    expect(rules.certainty.charged_in).toBe('medium')
  })
})
