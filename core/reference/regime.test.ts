import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import type { Instruments, ReferenceProfile } from '../events/index.ts'
import { Kind } from '../events/index.ts'
import { SECOND } from '../units/index.ts'
import * as Reference from './reference.ts'
import * as Regime from './regime.ts'

const T0 = 1_776_254_400 * SECOND
const PRICE = 7_500_000_000_000
const NAMES = ['chainlink', 'chainlink-twap', 'binance', 'coinbase']
const config = { reference: defaults(Reference.settings), toxicity: defaults(Regime.settings) }

const instruments: Instruments = {
  markets: [],
  instruments: NAMES.map((name) => ({ kind: 'series', name, asset: 'BTC', venue: name, unit: 'usd_e8' })),
}
const spotEra: ReferenceProfile = {
  name: 'spot era',
  settlement: 'chainlink',
  spot: 'chainlink',
  fast: ['binance'],
  bar_s: 0,
  stale_ms: 3_000,
  min_venues: 1,
  notes: [],
  overrides: {},
}

type World = { reference: Reference.Reference; regime: Regime.Regime }

function world(profile: Partial<ReferenceProfile> = {}, own: Partial<typeof config.reference> = {}): World {
  const merged = { ...config, reference: { ...config.reference, ...own } }
  return {
    reference: Reference.create(instruments, 'BTC', { ...spotEra, ...profile }, merged),
    regime: Regime.create(config.toxicity),
  }
}

/** A row at `s` seconds; oracle values are stamped when they arrive. */
function say({ reference }: World, name: string, s: number, price: number): number {
  const at = Math.round(T0 + s * SECOND)
  const i = NAMES.indexOf(name)
  return name.startsWith('chainlink')
    ? Reference.accept(reference, Kind.ORACLE, i, Math.round(price), 0, at, at)
    : Reference.accept(reference, Kind.PRINT, i, Math.round(price), 1, at, at)
}

const bitsAt = (w: World, s: number, sigma = Number.NaN) =>
  Regime.update(w.regime, w.reference, Math.round(T0 + s * SECOND), sigma)
const nextAt = (w: World, s: number) => Regime.nextChange(w.regime, w.reference, Math.round(T0 + s * SECOND))

/** Both series spoke at 0 s, so that the basis is known and nothing is stale. */
function settledWorld(
  profile: Partial<ReferenceProfile> = {},
  own: Partial<typeof config.reference> = {},
): World {
  const w = world(profile, own)
  say(w, 'binance', 0, PRICE)
  say(w, 'chainlink', 0, PRICE)
  return w
}

describe('STALE_ORACLE', () => {
  test('from the first microsecond past the limit, off with the next value, with a timer for it', () => {
    const w = settledWorld({ fast: [] })
    expect(bitsAt(w, 3)).toBe(Regime.NORMAL)
    expect(nextAt(w, 3)).toBe(T0 + 3 * SECOND + 1)
    expect(bitsAt(w, 3.000001)).toBe(Regime.STALE_ORACLE)
    expect(nextAt(w, 3.000001)).toBe(Number.POSITIVE_INFINITY)
    say(w, 'chainlink', 4, PRICE)
    expect(bitsAt(w, 4)).toBe(Regime.NORMAL)
  })

  test('holds before any value, and while either of spot and settlement is stale', () => {
    const w = world({ settlement: 'chainlink-twap', fast: [] }, { twap_lookback_s: 60 })
    expect(bitsAt(w, 0)).toBe(Regime.STALE_ORACLE)
    say(w, 'chainlink', 0, PRICE)
    expect(bitsAt(w, 0)).toBe(Regime.STALE_ORACLE)
    say(w, 'chainlink-twap', 2, PRICE)
    expect(bitsAt(w, 2)).toBe(Regime.NORMAL)
    expect(nextAt(w, 2)).toBe(T0 + 3 * SECOND + 1)
    expect(bitsAt(w, 4)).toBe(Regime.STALE_ORACLE)
    expect(nextAt(w, 4)).toBe(T0 + 5 * SECOND + 1)
  })

  test('a feed that repeats an old value does not stay fresh', () => {
    const w = settledWorld({ fast: [] })
    const at = T0 + 3 * SECOND
    expect(Reference.accept(w.reference, Kind.ORACLE, 0, PRICE, 0, at, T0)).toBe(0)
    expect(bitsAt(w, 3.5)).toBe(Regime.STALE_ORACLE)
  })

  test('the fair median in the spot role goes stale with its venues', () => {
    const w = settledWorld({ spot: null })
    say(w, 'binance', 1, PRICE)
    say(w, 'chainlink', 3.5, PRICE)
    expect(bitsAt(w, 4) & Regime.STALE_ORACLE).toBe(0)
    expect(bitsAt(w, 4.000001) & Regime.STALE_ORACLE).toBe(Regime.STALE_ORACLE)
  })
})

describe('FAST_MOVE', () => {
  test('a move beyond the least one, on with the price and off when the window has slid past it', () => {
    const w = settledWorld()
    const jump = Math.exp(8.01e-4)
    say(w, 'binance', 1, PRICE * jump)
    expect(bitsAt(w, 1)).toBe(Regime.FAST_MOVE)
    const off = T0 + 4 * SECOND
    expect(nextAt(w, 1)).toBe(T0 + 3 * SECOND + 1)
    say(w, 'chainlink', 2, PRICE * jump)
    say(w, 'binance', 2, PRICE * jump)
    // The basis takes part of the second value in; the price now is what the window's start is held against.
    expect(bitsAt(w, 3.999999) & Regime.FAST_MOVE).toBe(Regime.FAST_MOVE)
    expect(bitsAt(w, 4) & Regime.FAST_MOVE).toBe(0)
    expect(nextAt(w, 3.9)).toBe(off)
  })

  test('begins with no event when the window slides over a spike that has passed', () => {
    const w = settledWorld()
    for (const [s, factor] of [
      [1, 1],
      [2, 1.002],
      [2.5, 1],
      [4, 1],
    ] as const)
      say(w, 'binance', s, PRICE * factor)
    say(w, 'chainlink', 4, PRICE)
    expect(bitsAt(w, 4)).toBe(Regime.NORMAL)
    expect(nextAt(w, 4)).toBe(T0 + 5 * SECOND)
    expect(bitsAt(w, 4.999999)).toBe(Regime.NORMAL)
    expect(bitsAt(w, 5)).toBe(Regime.FAST_MOVE)
    expect(nextAt(w, 5)).toBe(T0 + 5.5 * SECOND)
    expect(bitsAt(w, 5.5)).toBe(Regime.NORMAL)
  })

  test.each([
    ['least move', Number.NaN, 8e-4],
    ['least move, calm', 1e-5, 8e-4],
    ['k sigma root W', 2e-4, 4 * 2e-4 * Math.sqrt(3)],
  ])('%s: the threshold itself is not a move, a hair more is, up and down', (_, sigma, threshold) => {
    for (const sign of [1, -1]) {
      const under = settledWorld()
      say(under, 'binance', 1, PRICE * Math.exp(sign * (threshold - 1e-9)))
      expect(bitsAt(under, 1, sigma)).toBe(Regime.NORMAL)
      const over = settledWorld()
      say(over, 'binance', 1, PRICE * Math.exp(sign * (threshold + 1e-9)))
      expect(bitsAt(over, 1, sigma)).toBe(Regime.FAST_MOVE)
    }
  })

  test('a change of volatility alone can end it', () => {
    const w = settledWorld()
    say(w, 'binance', 1, PRICE * 1.001)
    expect(bitsAt(w, 1, 1e-5)).toBe(Regime.FAST_MOVE)
    expect(bitsAt(w, 1, 2e-4)).toBe(Regime.NORMAL)
    expect(bitsAt(w, 1, Number.NaN)).toBe(Regime.FAST_MOVE)
  })

  test('a venue with a basis that falls silent is no move', () => {
    const w = world({ fast: ['binance', 'coinbase'] })
    for (let s = 0; s <= 20; s += 0.5) {
      say(w, 'binance', s, PRICE)
      if (s < 15) say(w, 'coinbase', s, PRICE * 1.002)
      say(w, 'chainlink', s, PRICE)
      expect(bitsAt(w, s) & Regime.FAST_MOVE).toBe(0)
    }
    expect(w.reference.median.venue_count).toBe(1)
  })
})

describe('STALE_BINANCE', () => {
  test('when the newest fast price is older than fast_stale_ms, to the microsecond', () => {
    const w = settledWorld({ fast: ['binance', 'coinbase'], stale_ms: 60_000 })
    say(w, 'coinbase', 1, PRICE)
    expect(bitsAt(w, 4)).toBe(Regime.NORMAL)
    expect(nextAt(w, 4)).toBe(T0 + 4 * SECOND + 1)
    expect(bitsAt(w, 4.000001)).toBe(Regime.STALE_BINANCE)
    say(w, 'binance', 5, PRICE)
    expect(bitsAt(w, 5)).toBe(Regime.NORMAL)
  })

  test('ends with a sign of life at an unchanged price, which is told as news', () => {
    const w = settledWorld({ stale_ms: 60_000 })
    expect(bitsAt(w, 5)).toBe(Regime.STALE_BINANCE)
    expect(say(w, 'binance', 5, PRICE)).toBe(Reference.FAST)
    expect(bitsAt(w, 5)).toBe(Regime.NORMAL)
  })

  test('holds before any fast price', () => {
    const w = world()
    say(w, 'chainlink', 0, PRICE)
    expect(bitsAt(w, 0)).toBe(Regime.STALE_BINANCE)
  })
})

describe('ORACLE_DISAGREE', () => {
  const calm = { stale_ms: 60_000 }

  test('spot era: fast against settlement at the same instant, after the basis', () => {
    const w = settledWorld(calm)
    for (let s = 1; s <= 20; s++) {
      say(w, 'binance', s, PRICE * 1.003)
      say(w, 'chainlink', s, PRICE)
      // A lasting difference is basis: at first it disagrees, and is taken up as the weight of the first value fades.
      if (s === 1) expect(bitsAt(w, s) & Regime.ORACLE_DISAGREE).toBe(Regime.ORACLE_DISAGREE)
    }
    const learnt = world(calm)
    for (let s = 0; s <= 5; s++) {
      say(learnt, 'binance', s, PRICE * 1.003)
      say(learnt, 'chainlink', s, PRICE)
      expect(bitsAt(learnt, s) & Regime.ORACLE_DISAGREE).toBe(0)
    }
  })

  test('exactly disagree_bps is agreement', () => {
    // A power of two, so that the distance is exact in binary: 1/1024.
    for (const [disagree_bps, expected] of [
      [10_000 / 1_024, 0],
      [10_000 / 1_025, Regime.ORACLE_DISAGREE],
    ] as const) {
      const w = world(calm)
      w.regime = Regime.create({ ...config.toxicity, disagree_bps })
      say(w, 'binance', 0, 1_024e9)
      say(w, 'chainlink', 0, 1_024e9)
      say(w, 'binance', 1, 1_025e9)
      say(w, 'chainlink', 1, 1_024e9)
      expect(w.reference.disagreement).toBe(1 / 1_024)
      expect(bitsAt(w, 1) & Regime.ORACLE_DISAGREE).toBe(expected)
    }
  })

  test('a hair more or less than disagree_bps, above and below', () => {
    for (const [factor, expected] of [
      [1.001 - 1e-9, 0],
      [1.001 + 1e-9, Regime.ORACLE_DISAGREE],
      [0.999 - 1e-9, Regime.ORACLE_DISAGREE],
    ] as const) {
      const w = settledWorld(calm)
      say(w, 'binance', 1, PRICE * factor)
      say(w, 'chainlink', 1, PRICE)
      expect(bitsAt(w, 1) & Regime.ORACLE_DISAGREE).toBe(expected)
    }
  })

  test('a settlement value that only comes late is not a disagreement', () => {
    const w = settledWorld(calm)
    const at = T0 + 2 * SECOND
    say(w, 'binance', 1.5, PRICE * 1.01)
    // Stamped before the move, known after it.
    Reference.accept(w.reference, Kind.ORACLE, 0, PRICE, 0, at, T0 + SECOND)
    expect(bitsAt(w, 2) & Regime.ORACLE_DISAGREE).toBe(0)
  })

  test('TWAP era: the mean of the fast series over the look-back against the TWAP', () => {
    const run = (twap: (mean: number) => number) => {
      const w = world({ ...calm, settlement: 'chainlink-twap' }, { twap_lookback_s: 30 })
      const sum: number[] = []
      for (let s = 0; s <= 40; s++) {
        const price = PRICE * (1 + s * 1e-4)
        sum.push(price)
        say(w, 'binance', s, price)
        say(w, 'chainlink', s, price)
        // Values hold until the next: the mean over [10, 40) is of those said from 10 to 39.
        if (s === 40) say(w, 'chainlink-twap', s, twap(sum.slice(10, 40).reduce((a, b) => a + b) / 30))
      }
      return bitsAt(w, 40) & Regime.ORACLE_DISAGREE
    }
    expect(run((mean) => mean)).toBe(0)
    expect(run((mean) => mean / (1.001 - 1e-8))).toBe(0)
    expect(run((mean) => mean / (1.001 + 1e-8))).toBe(Regime.ORACLE_DISAGREE)
    // The trend alone puts the price 15 s of it above the mean: 15 bps, no disagreement.
    expect(PRICE * 1.004 - PRICE * 1.0025).toBeGreaterThan(PRICE * 0.001)
  })

  test('is not judged against a stale settlement value nor with a stale fast series', () => {
    const w = settledWorld({ stale_ms: 3_000 })
    say(w, 'binance', 1, PRICE * 1.01)
    say(w, 'chainlink', 1, PRICE)
    expect(bitsAt(w, 1) & Regime.ORACLE_DISAGREE).toBe(Regime.ORACLE_DISAGREE)
    say(w, 'binance', 3.9, PRICE * 1.01)
    expect(bitsAt(w, 4) & Regime.ORACLE_DISAGREE).toBe(Regime.ORACLE_DISAGREE)
    expect(bitsAt(w, 4.000001) & Regime.ORACLE_DISAGREE).toBe(0)
    say(w, 'chainlink', 6, PRICE)
    expect(bitsAt(w, 6.9) & Regime.ORACLE_DISAGREE).toBe(Regime.ORACLE_DISAGREE)
    expect(bitsAt(w, 6.900001) & Regime.ORACLE_DISAGREE).toBe(0)
    say(w, 'chainlink', 6.95, PRICE)
    expect(w.reference.disagreement).toBeNaN()
  })
})

test('roles that the profile leaves empty raise no regime', () => {
  const w = world({ settlement: null, spot: null, fast: [] })
  expect(bitsAt(w, 0)).toBe(Regime.NORMAL)
  expect(nextAt(w, 0)).toBe(Number.POSITIVE_INFINITY)
  const noFast = settledWorld({ fast: [] })
  say(noFast, 'binance', 1, PRICE * 2)
  say(noFast, 'chainlink', 1, PRICE * 2)
  expect(bitsAt(noFast, 1)).toBe(Regime.NORMAL)
})

test('size scalars multiply; a stale oracle is a hard pause, a disagreement only warns', () => {
  const scalar = (bits: number) => Regime.scalar(bits, config.toxicity)
  expect(scalar(Regime.NORMAL)).toBe(1)
  expect(scalar(Regime.FAST_MOVE)).toBe(0.25)
  expect(scalar(Regime.STALE_BINANCE)).toBe(0.5)
  expect(scalar(Regime.FAST_MOVE | Regime.STALE_BINANCE | Regime.ORACLE_DISAGREE)).toBe(0.125)
  expect(scalar(Regime.ORACLE_DISAGREE)).toBe(1)
  expect(scalar(Regime.STALE_ORACLE | Regime.FAST_MOVE)).toBe(0)
})

test('regimes have names, worst first', () => {
  expect(Regime.describe(Regime.NORMAL)).toBe('NORMAL')
  expect(Regime.describe(15)).toBe('STALE_ORACLE+FAST_MOVE+STALE_BINANCE+ORACLE_DISAGREE')
})

test('nothing changes between events but at the times that nextChange tells', () => {
  const rows = fc.array(
    fc.record({
      gap: fc.integer({ min: 0, max: 2_500_000 }),
      name: fc.constantFrom('chainlink', 'chainlink', 'binance', 'binance', 'coinbase'),
      move: fc.integer({ min: -12, max: 12 }),
    }),
    { minLength: 5, maxLength: 60 },
  )
  const probes = fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 3, maxLength: 3 })
  let turns = 0
  fc.assert(
    fc.property(rows, probes, (list, fractions) => {
      const w = world({ fast: ['binance', 'coinbase'], min_venues: 2 })
      let now = T0
      Regime.update(w.regime, w.reference, now, 1e-4)
      for (const { gap, name, move } of list) {
        const until = now + gap
        // Every timer that is due before the next event.
        for (let guard = 0; ; guard++) {
          expect(guard).toBeLessThan(1_000)
          const next = Regime.nextChange(w.regime, w.reference, now)
          expect(next).toBeGreaterThan(now)
          for (const fraction of [...fractions, 1]) {
            const to = Math.min(next - 1, until)
            const at = fraction === 1 ? to : Math.floor(now + (to - now) * fraction)
            const copy = structuredClone(w)
            expect(Regime.update(copy.regime, copy.reference, at, 1e-4)).toBe(w.regime.bits)
            expect(copy.reference.quality).toBe(w.reference.quality)
          }
          if (next > until) break
          now = next
          const before = w.regime.bits
          Regime.update(w.regime, w.reference, now, 1e-4)
          if (w.regime.bits !== before) turns++
        }
        now = until
        say(w, name, (now - T0) / SECOND, PRICE * (1 + move * 1e-4))
        Regime.update(w.regime, w.reference, now, 1e-4)
      }
    }),
    { numRuns: 60, seed: 5 },
  )
  // The property is only worth something where timers do change regimes.
  expect(turns).toBeGreaterThan(100)
})
