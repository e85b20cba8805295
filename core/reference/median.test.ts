import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Median from './median.ts'

const NOW = 1_000_000_000
const LIMITS = { stale_us: 3_000_000, clip_bps: 50, max_spread_bps: 20, min_venues: 2 }

type Venue = { price: number; age: number }

function of(venues: Venue[], limits: Partial<typeof LIMITS> = {}, basis?: number[]): Median.Median {
  const state = Median.create(
    venues.map((_, v) => `venue-${v}`),
    { ...LIMITS, ...limits },
  )
  for (const [v, { price, age }] of venues.entries()) Median.set(state, v, price, NOW - age, 0, true)
  Median.evaluate(state, Float64Array.from(basis ?? venues.map(() => 1)), NOW)
  return state
}

const at = (...prices: number[]): Venue[] => prices.map((price) => ({ price, age: 0 }))

const venues = fc.array(
  fc.record({
    price: fc.integer({ min: 99_000, max: 101_000 }),
    age: fc.integer({ min: 0, max: 4_000_000 }),
  }),
  { minLength: 1, maxLength: Median.VENUES_MAX },
)

/** The four rules written out. */
function naive(list: Venue[]): { median: number; spread: number; count: number } {
  const middle = (sorted: number[]) =>
    sorted.length === 0
      ? Number.NaN
      : (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
  const fresh = list.filter((v) => v.age <= LIMITS.stale_us).map((v) => v.price)
  const raw = middle(fresh.sort((a, b) => a - b))
  const kept = fresh.filter((price) => Math.abs(price / raw - 1) <= 0.005)
  return {
    median: middle(kept),
    spread: kept.length === 0 ? Number.NaN : kept.at(-1)! - kept[0]!,
    count: kept.length,
  }
}

describe('the median', () => {
  test('is that of the fresh and unclipped venues, for any venues', () => {
    fc.assert(
      fc.property(venues, (list) => {
        const state = of(list)
        const expected = naive(list)
        expect(state.px_median).toBe(expected.median)
        expect(state.px_spread).toBe(expected.spread)
        expect(state.venue_count).toBe(expected.count)
        expect(state.px_fair).toBe(expected.median)
      }),
    )
  })

  test('does not depend on the order of venues', () => {
    fc.assert(
      fc.property(
        venues.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          const pick = ({ px_median, px_spread, venue_count, quality, expiry_us }: Median.Median) => ({
            px_median,
            px_spread,
            venue_count,
            quality,
            expiry_us,
          })
          expect(pick(of(shuffled))).toEqual(pick(of(list)))
        },
      ),
    )
  })

  test('an even count takes the mean of the middle two', () => {
    expect(of(at(100_000, 100_010, 100_030, 100_040)).px_median).toBe(100_020)
  })

  test('an outlier is clipped and moves neither median nor spread', () => {
    const state = of(at(100_000, 100_010, 100_020, 107_000))
    expect(state.px_median).toBe(100_010)
    expect(state.px_spread).toBe(20)
    expect(state.venue_count).toBe(3)
  })

  test('a venue exactly at the clip counts, one beyond does not', () => {
    // A power of two, so that the distance is exact in binary: 1000/128000 = 2^−7.
    const exact = { clip_bps: 10_000 / 128 }
    expect(of(at(128_000, 128_000, 129_000), exact).venue_count).toBe(3)
    expect(of(at(128_000, 128_000, 129_001), exact).venue_count).toBe(2)
    expect(of(at(127_000, 128_000, 128_000), exact).venue_count).toBe(3)
    expect(of(at(126_999, 128_000, 128_000), exact).venue_count).toBe(2)
  })

  test('two venues that contradict each other leave nothing: neither can be believed', () => {
    const state = of(at(100_000, 110_000))
    expect(state.venue_count).toBe(0)
    expect(state.px_median).toBeNaN()
    expect(state.quality).toBe(Median.Quality.FEW_VENUES)
  })

  test('a venue is fresh up to stale_us and not a microsecond longer', () => {
    expect(of([...at(100_000), { price: 100_010, age: 3_000_000 }]).venue_count).toBe(2)
    expect(of([...at(100_000), { price: 100_010, age: 3_000_001 }]).venue_count).toBe(1)
  })

  test('tells when the first fresh venue expires', () => {
    const state = of([
      { price: 100_000, age: 5_000_000 },
      { price: 100_000, age: 2_000_000 },
      { price: 100_000, age: 1_000_000 },
    ])
    expect(state.expiry_us).toBe(NOW + 1_000_001)
    Median.evaluate(state, new Float64Array(3).fill(1), NOW + 1_000_000)
    expect(state.venue_count).toBe(2)
    Median.evaluate(state, new Float64Array(3).fill(1), NOW + 1_000_001)
    expect(state.venue_count).toBe(1)
    expect(of([]).expiry_us).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('quality', () => {
  test('needs min_venues', () => {
    expect(of(at(100_000, 100_000)).quality).toBe(Median.Quality.GOOD)
    expect(of(at(100_000)).quality).toBe(Median.Quality.FEW_VENUES)
    expect(of(at(100_000), { min_venues: 1 }).quality).toBe(Median.Quality.GOOD)
    expect(of([], { min_venues: 0 }).quality).toBe(Median.Quality.FEW_VENUES)
  })

  test('needs venues within max_spread_bps of each other', () => {
    expect(of(at(100_000, 100_000, 100_200)).quality).toBe(Median.Quality.GOOD)
    expect(of(at(100_000, 100_000, 100_201)).quality).toBe(Median.Quality.WIDE_SPREAD)
  })

  test('every quality has a reason in words', () => {
    for (const quality of Object.values(Median.Quality)) expect(Median.REASONS[quality]).toMatch(/\w/)
  })
})

describe('the fair price', () => {
  test('does not move when a venue with a basis drops out', () => {
    const basis = [1, 1.0003, 0.9998]
    const all = [0, 1, 2].map((v) => ({ price: 100_000 * basis[v]!, age: 0 }))
    for (const gone of [0, 1, 2]) {
      const left = all.map((venue, v) => (v === gone ? { ...venue, age: 9_000_000 } : venue))
      expect(of(left, {}, basis).px_fair).toBeCloseTo(of(all, {}, basis).px_fair, 6)
      if (gone === 0) expect(of(left, {}, basis).px_median).not.toBe(of(all, {}, basis).px_median)
    }
  })

  test('leaves out a venue whose basis is not known', () => {
    expect(of(at(100_000, 100_040), {}, [1, Number.NaN]).px_fair).toBe(100_000)
    expect(of(at(100_000), {}, [Number.NaN]).px_fair).toBeNaN()
  })
})

describe('what a venue is known by', () => {
  const quiet = () => Median.create(['a'], LIMITS)

  test('its quotes where it quotes, else its trades', () => {
    const state = quiet()
    expect(Median.set(state, 0, 100, NOW, 0, false)).toBe(true)
    expect(Median.set(state, 0, 101, NOW + 1, 0, true)).toBe(true)
    expect(Median.set(state, 0, 102, NOW + 2, 0, false)).toBe(false)
    expect(state.price[0]).toBe(101)
  })

  test('its trades again once its quotes are stale', () => {
    const state = quiet()
    Median.set(state, 0, 101, NOW, 0, true)
    expect(Median.set(state, 0, 102, NOW + 3_000_000, 0, false)).toBe(false)
    expect(Median.set(state, 0, 102, NOW + 3_000_001, 0, false)).toBe(true)
    expect(state.local_us[0]).toBe(NOW + 3_000_001)
  })

  test('never a price that is none', () => {
    const state = quiet()
    for (const price of [0, -1, Number.NaN]) expect(Median.set(state, 0, price, NOW, 0, true)).toBe(false)
    expect(Median.fresh(state, 0, NOW)).toBe(false)
  })
})
