import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../../core/config/index.ts'
import type { Instruments, Market, Settlement } from '../../core/events/index.ts'
import { Reference, Regime } from '../../core/reference/index.ts'
import { recordedProfile } from './profile.ts'

const TWAP_60: Settlement = { source: 'chainlink', kind: 'twap', lookback_s: 60, tie: 'up' }
const TWAP_30: Settlement = { ...TWAP_60, lookback_s: 30 }
const SPOT: Settlement = { source: 'chainlink', kind: 'spot', lookback_s: 0, tie: 'up' }
const CANDLE: Settlement = { source: 'binance', kind: 'candle_1h', lookback_s: 0, tie: 'up' }
const ALL = [
  'binance-spot',
  'coinbase-spot',
  'kraken-spot',
  'chainlink-spot',
  'chainlink-twap-30',
  'chainlink-twap-60',
  'pyth-spot',
  'rtds-binance',
]

function market(settlement: Settlement | null, asset = 'btc', start_us = 1_795_219_200_000_000): Market {
  return {
    slug: `${asset}-updown-5m-${start_us}`,
    asset,
    series: '5m',
    start_us,
    end_us: start_us + 300_000_000,
    created_us: null,
    condition_id: null,
    tick: null,
    min_size: null,
    fee: null,
    settlement,
    taker_hold_ms: null,
  }
}

function recording(names: readonly string[], markets: readonly Market[], assets = ['btc']): Instruments {
  return {
    markets: [...markets],
    instruments: assets.flatMap((asset) =>
      names.map((name) => ({ kind: 'series' as const, name, asset, venue: 'x', unit: 'usd_e8' as const })),
    ),
  }
}

test('with everything recorded, windows are settled by what settles them, and the exchanges are the fast series', () => {
  expect(recordedProfile(recording(ALL, [market(TWAP_60)]))).toEqual({
    name: 'recorded',
    settlement: 'chainlink-twap-60',
    spot: 'chainlink-spot',
    fast: ['binance-spot', 'coinbase-spot', 'kraken-spot'],
    bar_s: 0,
    stale_ms: 3_000,
    min_venues: 2,
    notes: ['Binance quotes in USDT, which is taken for USD.'],
    overrides: { 'volatility.half_life_s': 900, 'volatility.min_dt_s': 10 },
  })
})

describe('the settlement series', () => {
  test.each([
    [TWAP_60, 'chainlink-twap-60'],
    [TWAP_30, 'chainlink-twap-30'],
    [SPOT, 'chainlink-spot'],
    [CANDLE, null],
  ])('of windows settled by %o is %s', (settlement, name) => {
    expect(recordedProfile(recording(ALL, [market(settlement)])).settlement).toBe(name)
  })

  test('is by the rules of the date where the market does not say', () => {
    expect(recordedProfile(recording(ALL, [market(null)])).settlement).toBe('chainlink-twap-60')
    const may_2026 = 1_777_593_600_000_000
    expect(recordedProfile(recording(ALL, [market(null, 'btc', may_2026)])).settlement).toBe('chainlink-spot')
  })

  test('that the guards watch does not depend on which windows there are more of', () => {
    for (const markets of [
      [market(TWAP_30), market(TWAP_60), market(SPOT), market(CANDLE)],
      [market(SPOT), market(SPOT), market(TWAP_30), market(TWAP_60), market(CANDLE), market(CANDLE)],
    ]) {
      const { settlement, spot, notes } = recordedProfile(recording(ALL, markets))
      expect([settlement, spot]).toEqual(['chainlink-twap-60', 'chainlink-spot'])
      expect(notes).toEqual(['Binance quotes in USDT, which is taken for USD.'])
    }
  })

  test('windows whose own series is missing are counted by how they settle', () => {
    const names = ['chainlink-spot', 'coinbase-spot', 'kraken-spot']
    const markets = [market(SPOT), market(TWAP_60), market(TWAP_60), market(CANDLE)]
    const { settlement, notes } = recordedProfile(recording(names, markets))
    expect(settlement).toBe('chainlink-spot')
    expect(notes.slice(0, 2)).toEqual([
      "1 of 4 windows settle by a candle of Binance, which was not recorded: their strikes and outcomes are the venue's own.",
      "2 of 4 windows settle by chainlink-twap-60, which was not recorded: their strikes and outcomes are the venue's own.",
    ])
  })

  test('is never another one than the windows settle by: without it there is none', () => {
    const { settlement, notes } = recordedProfile(
      recording(['chainlink-spot', 'chainlink-twap-30'], [market(TWAP_60)]),
    )
    expect(settlement).toBeNull()
    expect(notes[0]).toMatch(/^1 of 1 windows settle by chainlink-twap-60, which was not recorded/)
  })
})

describe('the spot', () => {
  test('is the fair median where Chainlink’s was not recorded', () => {
    const profile = recordedProfile(recording(['binance-spot', 'pyth-spot'], [market(TWAP_60)]))
    expect(profile).toMatchObject({ spot: null, fast: ['binance-spot'], min_venues: 1 })
    expect(profile.notes).toContain('The fast series lacks coinbase-spot and kraken-spot.')
    expect(profile.notes).toContain(
      'Chainlink spot was not recorded: the fair median of the exchanges is the spot.',
    )
  })

  test('is a relay’s where there is no exchange either, and null where there is nothing', () => {
    expect(recordedProfile(recording(['rtds-binance', 'pyth-spot'], [market(TWAP_60)])).spot).toBe(
      'pyth-spot',
    )
    const nothing = recordedProfile(recording([], [market(TWAP_60)]))
    expect(nothing).toMatchObject({ spot: null, fast: [], settlement: null })
    expect(nothing.notes).toContain('There is no spot series: no model can be run on it.')
  })
})

test('a series that one asset lacks has no part, and is told', () => {
  const both = recording(ALL, [market(TWAP_60), market(TWAP_60, 'hype')], ['btc', 'hype'])
  both.instruments = both.instruments.filter(
    (one) => !(one.kind === 'series' && one.asset === 'hype' && one.name === 'coinbase-spot'),
  )
  const profile = recordedProfile(both)
  expect(profile.fast).toEqual(['binance-spot', 'kraken-spot'])
  expect(profile.notes).toContain('coinbase-spot has no part: it was not recorded of hype.')
})

test('whatever was recorded, the core takes the profile for every asset that has markets', () => {
  const config = { reference: defaults(Reference.settings), toxicity: defaults(Regime.settings) }
  const settlement = fc.constantFrom(TWAP_60, TWAP_30, SPOT, CANDLE, null)
  const asset = fc.constantFrom('btc', 'eth', 'hype')
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.constantFrom(...ALL), asset }), { maxLength: 24 }),
      fc.array(fc.record({ settlement, asset }), { maxLength: 6 }),
      (series, listed) => {
        const instruments: Instruments = {
          markets: listed.map((one) => market(one.settlement, one.asset)),
          instruments: series.map((one) => ({ kind: 'series', venue: 'x', unit: 'usd_e8', ...one })),
        }
        const profile = recordedProfile(instruments)
        for (const one of new Set(listed.map((market) => market.asset)))
          expect(() => Reference.create(instruments, one, profile, config)).not.toThrow()
        expect(recordedProfile({ ...instruments, markets: instruments.markets.toReversed() })).toEqual(
          profile,
        )
      },
    ),
  )
})
