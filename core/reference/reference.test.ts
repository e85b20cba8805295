import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import type { Instruments, Market, ReferenceProfile } from '../events/index.ts'
import { Kind } from '../events/index.ts'
import { SECOND } from '../units/index.ts'
import * as Median from './median.ts'
import * as Reference from './reference.ts'
import * as Regime from './regime.ts'
import * as Strike from './strike.ts'

const T0 = 1_776_254_400 * SECOND
const PRICE = 7_500_000_000_000
const config = { reference: defaults(Reference.settings), toxicity: defaults(Regime.settings) }
const NAMES = ['binance-perp-1m', 'chainlink', 'chainlink-twap', 'binance', 'coinbase', 'kraken']

const instruments: Instruments = {
  markets: [],
  instruments: [
    ...NAMES.map((name) => ({
      kind: 'series' as const,
      name,
      asset: 'BTC',
      venue: name,
      unit: 'usd_e8' as const,
    })),
    { kind: 'series', name: 'chainlink', asset: 'ETH', venue: 'chainlink', unit: 'usd_e8' },
    { kind: 'token', market: 0, outcome: 'up', token_id: '1' },
  ],
}

function profile(changes: Partial<ReferenceProfile>): ReferenceProfile {
  return {
    name: 'test',
    settlement: null,
    spot: null,
    fast: [],
    bar_s: 0,
    stale_ms: 3_000,
    min_venues: 1,
    notes: [],
    overrides: {},
    ...changes,
  }
}

function create(
  changes: Partial<ReferenceProfile>,
  own: Partial<typeof config.reference> = {},
): Reference.Reference {
  return Reference.create(instruments, 'BTC', profile(changes), {
    ...config,
    reference: { ...config.reference, ...own },
  })
}

const index = (name: string) => NAMES.indexOf(name)

function oracle(
  state: Reference.Reference,
  name: string,
  s: number,
  price: number,
  rest = 0,
  late = 0,
): number {
  const stamp = T0 + s * SECOND
  return Reference.accept(state, Kind.ORACLE, index(name), price, rest, stamp + late * SECOND, stamp)
}

function quote(state: Reference.Reference, name: string, s: number, bid: number, ask: number): number {
  const at = T0 + s * SECOND
  return Reference.accept(state, Kind.QUOTE, index(name), bid, ask, at, at)
}

const BARS = { settlement: 'binance-perp-1m', spot: 'binance-perp-1m', bar_s: 60, stale_ms: 75_000 }
const LIVE = { settlement: 'chainlink', spot: 'chainlink', fast: ['binance', 'coinbase', 'kraken'] }

describe('one-minute bars in every role', () => {
  test('a bar is spot and settlement at once, and the one venue of the median', () => {
    const state = create(BARS)
    const bits = oracle(state, 'binance-perp-1m', 60, PRICE)
    expect(bits).toBe(Reference.SPOT | Reference.SETTLEMENT | Reference.QUALITY)
    expect(state).toMatchObject({ spot_e8: PRICE, settlement_e8: PRICE, quality: Median.Quality.GOOD })
    expect(state.spot_us).toBe(T0 + 60 * SECOND)
    expect(state.median.px_median).toBe(PRICE)
  })

  test('it stays fresh for the 75 s of its profile, and raises no regime of the fast series', () => {
    const state = create(BARS)
    const regime = Regime.create(config.toxicity)
    oracle(state, 'binance-perp-1m', 0, PRICE)
    oracle(state, 'binance-perp-1m', 60, PRICE * 1.05)
    const at = (s: number) => Regime.update(regime, state, T0 + s * SECOND, 1e-4)
    expect(at(60)).toBe(Regime.NORMAL)
    expect(at(135)).toBe(Regime.NORMAL)
    expect(Regime.nextChange(regime, state, T0 + 135 * SECOND)).toBe(T0 + 135 * SECOND + 1)
    expect(at(135.000001)).toBe(Regime.STALE_ORACLE)
    expect(state.quality).toBe(Median.Quality.FEW_VENUES)
  })

  test('only the bar that closes at a boundary speaks for it', () => {
    const state = create(BARS)
    const strike = Strike.create(60 * SECOND - 1, state.strike_tolerance_bps)
    Strike.onSettlement(strike, T0, PRICE, 0, T0 - 60 * SECOND)
    Strike.onSettlement(strike, T0, PRICE, 0, T0 + 60 * SECOND)
    expect(strike.final).toBe(false)
    Strike.onSettlement(strike, T0, PRICE, 0, T0)
    expect(strike.final).toBe(true)
  })
})

describe('an oracle at 1 Hz', () => {
  test('keeps the full precision, its own stamp and when it was known', () => {
    const state = create({ settlement: 'chainlink', spot: 'chainlink' })
    oracle(state, 'chainlink', 5, PRICE, 1_950_750_000, 1.2)
    expect(state).toMatchObject({
      settlement_e8: PRICE,
      settlement_rest: 1_950_750_000,
      settlement_stamp_us: T0 + 5 * SECOND,
      settlement_us: T0 + 6.2 * SECOND,
      spot_stamp_us: T0 + 5 * SECOND,
      spot_us: T0 + 6.2 * SECOND,
    })
    expect(state.spot_e8).toBe(PRICE + 0.195075)
  })

  test('an earlier stamp, and the same value said again, change nothing; a correction does', () => {
    const state = create({ settlement: 'chainlink', spot: 'chainlink' })
    oracle(state, 'chainlink', 5, PRICE)
    const before = structuredClone(state)
    expect(oracle(state, 'chainlink', 4, PRICE + 9, 0, 2)).toBe(0)
    expect(oracle(state, 'chainlink', 5, PRICE, 0, 1)).toBe(0)
    expect({ ...state, median: null }).toEqual({ ...before, median: null })
    expect(oracle(state, 'chainlink', 5, PRICE, 5_000_000_000, 1)).toBe(Reference.SETTLEMENT | Reference.SPOT)
    // Beyond what a binary fraction can hold: news to the settlement, not to the model.
    expect(oracle(state, 'chainlink', 5, PRICE, 5_000_000_001, 1)).toBe(Reference.SETTLEMENT)
  })

  test('the same price at a later stamp is news: a calm second is evidence too', () => {
    const state = create({ settlement: 'chainlink', spot: 'chainlink' })
    oracle(state, 'chainlink', 5, PRICE)
    expect(oracle(state, 'chainlink', 6, PRICE)).toBe(Reference.SETTLEMENT | Reference.SPOT)
    expect(state.spot_us).toBe(T0 + 6 * SECOND)
  })

  test('a row without a stamp of its own is stamped when it is known', () => {
    const state = create({ settlement: 'chainlink', spot: 'chainlink' })
    Reference.accept(state, Kind.ORACLE, index('chainlink'), PRICE, 0, T0, 0)
    expect(state.settlement_stamp_us).toBe(T0)
  })
})

describe('TWAP settlement', () => {
  const twap = { settlement: 'chainlink-twap', fast: ['binance', 'coinbase', 'kraken'] }

  test('a TWAP value never becomes the spot price', () => {
    for (const spot of ['chainlink', null]) {
      const state = create({ ...twap, spot }, { twap_lookback_s: 60 })
      const bits = oracle(state, 'chainlink-twap', 0, PRICE)
      expect(bits & Reference.SETTLEMENT).toBe(Reference.SETTLEMENT)
      expect(bits & Reference.SPOT).toBe(0)
      expect(state.spot_e8).toBeNaN()
    }
  })

  test('a profile that puts a TWAP in the spot role is refused', () => {
    expect(() => create({ ...twap, spot: 'chainlink-twap' }, { twap_lookback_s: 60 })).toThrow(
      expect.objectContaining({ code: 'reference.twap_as_spot', field: 'spot' }),
    )
  })

  test('the look-back is what the configuration says, else what the markets state', () => {
    const market = {
      asset: 'BTC',
      settlement: { source: 'chainlink', kind: 'twap', lookback_s: 30, tie: 'up' },
    } as Market
    const other = { ...market, asset: 'ETH', settlement: { ...market.settlement, lookback_s: 5 } } as Market
    const withMarkets = { ...instruments, markets: [other, market] }
    const of = (own: Partial<typeof config.reference>) =>
      Reference.create(withMarkets, 'BTC', profile({ ...twap, spot: 'chainlink' }), {
        ...config,
        reference: { ...config.reference, ...own },
      }).lookback_us
    expect(of({})).toBe(30 * SECOND)
    expect(of({ twap_lookback_s: 60 })).toBe(60 * SECOND)
    expect(create({ settlement: 'chainlink' }).lookback_us).toBe(0)
  })

  test('without an oracle spot, the fair median is S_t, freed of a basis that a trend does not bend', () => {
    const state = create(
      { ...twap, spot: null, min_venues: 2 },
      { twap_lookback_s: 30, basis_half_life_s: 60 },
    )
    const premium = 1.0004
    const path = (s: number) => PRICE * (1 + s * 1e-5)
    for (let s = 0; s <= 600; s++) {
      for (const name of twap.fast)
        quote(state, name, s, path(s) * premium - 5_000, path(s) * premium + 5_000)
      // The mean of what held over the 30 s before; it trails the price by 1.5 bps in this trend.
      if (s >= 30) oracle(state, 'chainlink-twap', s, Math.round((path(s - 30) + path(s - 1)) / 2))
    }
    expect(Math.abs(state.spot_e8 / path(600) - 1)).toBeLessThan(1e-6)
    expect(state.spot_us).toBe(T0 + 600 * SECOND)
  })

  test('with an oracle spot beside the TWAP, the basis is measured against the spot', () => {
    const state = create({ ...twap, spot: 'chainlink' }, { twap_lookback_s: 60 })
    quote(state, 'binance', 0, PRICE * 1.001, PRICE * 1.001)
    oracle(state, 'chainlink-twap', 1, PRICE / 2)
    expect(state.basis.factor[0]).toBeNaN()
    oracle(state, 'chainlink', 1, PRICE)
    expect(state.basis.factor[0]).toBeCloseTo(1.001, 12)
  })
})

describe('fast venues', () => {
  test('the median of mids, its quality told when it turns', () => {
    const state = create({ ...LIVE, min_venues: 2 })
    expect(quote(state, 'binance', 0, PRICE - 100, PRICE + 101)).toBe(Reference.FAST)
    expect(state.median.px_median).toBe(PRICE + 0.5)
    expect(quote(state, 'coinbase', 0, PRICE, PRICE) & Reference.QUALITY).toBe(Reference.QUALITY)
    expect(state.quality).toBe(Median.Quality.GOOD)
    expect(quote(state, 'kraken', 0, PRICE * 1.003, PRICE * 1.003) & Reference.QUALITY).toBe(
      Reference.QUALITY,
    )
    expect(state.quality).toBe(Median.Quality.WIDE_SPREAD)
  })

  test('a venue that falls silent leaves by the clock alone', () => {
    const state = create({ ...LIVE, min_venues: 2 })
    quote(state, 'binance', 0, PRICE, PRICE)
    quote(state, 'coinbase', 1, PRICE, PRICE)
    expect(Reference.nextChange(state, T0 + SECOND)).toBe(T0 + 3 * SECOND + 1)
    expect(Reference.refresh(state, T0 + 3 * SECOND)).toBe(0)
    expect(Reference.refresh(state, T0 + 3 * SECOND + 1)).toBe(Reference.QUALITY)
    expect(state.quality).toBe(Median.Quality.FEW_VENUES)
    Reference.refresh(state, T0 + 4 * SECOND + 1)
    expect(Reference.nextChange(state, T0 + 4 * SECOND + 1)).toBe(Number.POSITIVE_INFINITY)
  })

  test('the silence of a venue is noticed with the next row of any series', () => {
    const twap = create({ ...LIVE, settlement: 'chainlink-twap', min_venues: 2 }, { twap_lookback_s: 60 })
    quote(twap, 'binance', 0, PRICE, PRICE)
    quote(twap, 'coinbase', 0, PRICE, PRICE)
    expect(oracle(twap, 'chainlink-twap', 4, PRICE)).toBe(Reference.SETTLEMENT | Reference.QUALITY)
  })

  test('a silent venue is not compared with the settlement series', () => {
    const state = create(LIVE)
    quote(state, 'binance', 0, PRICE, PRICE)
    quote(state, 'coinbase', 3, PRICE, PRICE)
    oracle(state, 'chainlink', 3.5, PRICE)
    expect(state.basis.factor[0]).toBeNaN()
    expect(state.basis.factor[1]).toBe(1)
  })

  test('the fast series begins when the basis is known; FAST tells each change and each sign of life', () => {
    const state = create(LIVE)
    expect(quote(state, 'binance', 0, PRICE + 100, PRICE + 100) & Reference.FAST).toBe(Reference.FAST)
    expect(state.fast_e8).toBeNaN()
    expect(oracle(state, 'chainlink', 0, PRICE) & Reference.FAST).toBe(Reference.FAST)
    expect(state.fast_e8).toBeCloseTo(PRICE, 2)
    expect(oracle(state, 'chainlink', 1, PRICE) & Reference.FAST).toBe(0)
    expect(quote(state, 'binance', 1, PRICE + 100, PRICE + 100) & Reference.FAST).toBe(Reference.FAST)
    expect(state.fast_us).toBe(T0 + SECOND)
    expect(quote(state, 'binance', 2, PRICE + 300, PRICE + 300) & Reference.FAST).toBe(Reference.FAST)
    expect(state.fast_us).toBe(T0 + 2 * SECOND)
  })

  test('the fair median serves as spot only while its quality is good', () => {
    const state = create({ fast: ['binance', 'coinbase'], min_venues: 2 })
    expect(quote(state, 'binance', 0, PRICE, PRICE) & Reference.SPOT).toBe(0)
    expect(quote(state, 'coinbase', 0, PRICE + 10, PRICE + 10) & Reference.SPOT).toBe(Reference.SPOT)
    expect(state.spot_e8).toBe(PRICE + 5)
    expect(quote(state, 'coinbase', 1, PRICE * 1.01, PRICE * 1.01) & Reference.SPOT).toBe(0)
    expect(state.spot_e8).toBe(PRICE + 5)
    expect(state.spot_us).toBe(T0)
  })

  test('half a quote is no price', () => {
    const state = create(LIVE)
    expect(quote(state, 'binance', 0, PRICE, 0)).toBe(0)
    expect(quote(state, 'binance', 0, 0, PRICE)).toBe(0)
    expect(state.fast_us).toBeNaN()
  })
})

describe('what does not concern the asset', () => {
  test('other assets, tokens, unknown instruments, other kinds and no price change nothing', () => {
    const state = create(LIVE)
    const before = structuredClone(state)
    const accept = (kind: number, instrument: number, price = PRICE) =>
      Reference.accept(state, kind, instrument, price, 1, T0, T0)
    expect(accept(Kind.ORACLE, NAMES.length)).toBe(0)
    expect(accept(Kind.LEVEL, NAMES.length + 1)).toBe(0)
    expect(accept(Kind.ORACLE, 0xffffffff)).toBe(0)
    expect(accept(Kind.ALIVE, index('chainlink'))).toBe(0)
    expect(accept(Kind.ORACLE, index('binance-perp-1m'))).toBe(0)
    expect(accept(Kind.ORACLE, index('chainlink'), -1)).toBe(0)
    expect(accept(Kind.QUOTE, index('chainlink')) & Reference.SETTLEMENT).toBe(0)
    expect({ ...state, spot_e8: 0, spot_us: 0, spot_stamp_us: 0 }).toEqual({
      ...before,
      spot_e8: 0,
      spot_us: 0,
      spot_stamp_us: 0,
    })
  })
})

describe('profiles', () => {
  test('a role whose series the asset does not have is refused by name', () => {
    for (const [field, changes] of [
      ['settlement', { settlement: 'nowhere' }],
      ['spot', { spot: 'nowhere' }],
      ['fast', { fast: ['binance', 'nowhere'] }],
    ] as const)
      expect(() => create(changes as Partial<ReferenceProfile>)).toThrow(
        expect.objectContaining({ code: 'reference.unknown_series', field }),
      )
    expect(() => Reference.create(instruments, 'ETH', profile(LIVE), config)).toThrow(/binance/)
  })

  test('a fast series named twice is refused', () => {
    expect(() => create({ fast: ['binance', 'binance'] })).toThrow(
      expect.objectContaining({ code: 'reference.venues' }),
    )
  })

  test('limits come from the profile unless the configuration sets them', () => {
    expect(create({ ...LIVE, min_venues: 2 })).toMatchObject({
      stale_us: 3 * SECOND,
      median: { min_venues: 2 },
    })
    expect(create({ ...LIVE, min_venues: 2 }, { stale_ms: 500, min_venues: 3 })).toMatchObject({
      stale_us: SECOND / 2,
      median: { min_venues: 3 },
    })
  })
})

test('the state is plain data: restored from a copy at any row, it goes on alike', () => {
  const rows = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 2_000_000 }),
      name: fc.constantFrom('chainlink', ...LIVE.fast),
      price: fc.integer({ min: PRICE * 0.998, max: PRICE * 1.002 }),
    }),
    { minLength: 2, maxLength: 60 },
  )
  fc.assert(
    fc.property(rows, fc.nat(), (list, cut) => {
      let split = create({ ...LIVE, min_venues: 2 })
      const whole = create({ ...LIVE, min_venues: 2 })
      let now = T0
      for (const [i, { gap, name, price }] of list.entries()) {
        now += gap
        const kind = name === 'chainlink' ? Kind.ORACLE : Kind.PRINT
        if (i === cut % list.length) split = structuredClone(split)
        const bits = Reference.accept(whole, kind, index(name), price, 7, now, now)
        expect(Reference.accept(split, kind, index(name), price, 7, now, now)).toBe(bits)
      }
      expect(split).toEqual(whole)
    }),
  )
})
