import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { type ConfigError, defaults } from '../config/index.ts'
import { createDesired, type Desired, resetDesired, type View } from '../strategies/strategy.ts'
import { anyView, bookOf, viewOf } from '../strategies/view.fixture.ts'
import { floorPrice, MICRO, notional, ONE, onGrid } from '../units/index.ts'
import { Budget, QuoteSettings, Quotes, Rewards } from './index.ts'

const base = { ...defaults(QuoteSettings.settings), ...defaults(Rewards.settings) }
type Config = Quotes.QuoterConfig
type Row = { outcome: number; level: number; price: number; size: number; completing: boolean }

function quote(view: View, config: Config = base, fast = false): { rows: Row[]; desired: Desired } {
  const desired = createDesired()
  resetDesired(desired)
  Quotes.decide(Quotes.create(config), view, desired, fast)
  return { rows: rowsOf(desired), desired }
}

function rowsOf(desired: Desired): Row[] {
  return Array.from({ length: desired.length }, (_, i) => ({
    outcome: desired.outcome[i]!,
    level: desired.level[i]!,
    price: desired.price[i]!,
    size: desired.size[i]!,
    completing: desired.completing[i] === 1,
  }))
}

const shares = (rows: Row[], outcome: number) =>
  rows.filter((r) => r.outcome === outcome).map((r) => r.size / MICRO)
const prices = (rows: Row[], outcome: number) =>
  rows.filter((r) => r.outcome === outcome).map((r) => r.price / ONE)
const top = (rows: Row[]) => Math.max(0, ...rows.map((r) => r.price))

const anyConfig: fc.Arbitrary<Config> = fc
  .record({
    improve_ticks: fc.integer({ min: 0, max: 3 }),
    step_ticks: fc.integer({ min: 1, max: 3 }),
    levels: fc.integer({ min: 1, max: 5 }),
    base_size: fc.constantFrom(1, 5, 20, 33.337, 200),
    growth: fc.constantFrom(0.5, 1, 1.5, 2),
    boost: fc.constantFrom(0, 0.5, 2),
    chase_rewards: fc.boolean(),
  })
  .map((changes) => ({ ...base, ...changes }))

describe('a decision', () => {
  test('breaks no rule of the venue, of prices or of limits, whatever it is shown', () => {
    fc.assert(
      fc.property(anyView, anyConfig, fc.boolean(), (view, config, fast) => {
        const { rows, desired } = quote(view, config, fast)
        const cap = [floorPrice(desired.cap_up), floorPrice(desired.cap_down)]
        const light = view.unpaired > 0 ? 1 : 0
        const bestAsk = [0, 1].map((o) => Book.tokenBest(view.book, o as 0 | 1, Book.ASK))
        for (const row of rows) {
          expect(onGrid(view.grid, row.price)).toBe(true)
          expect(row.size % Budget.LOT).toBe(0)
          expect(row.size).toBeGreaterThanOrEqual(view.min_size)
          // Post-only.
          const ask = bestAsk[row.outcome]!
          if (ask >= 0) expect(row.price).toBeLessThan(ask)
          if (row.completing) {
            expect(row.outcome).toBe(light)
            expect(row.level).toBe(0)
            expect(row.price).toBeLessThanOrEqual(floorPrice(desired.cap_completing))
            expect(row.size).toBeLessThanOrEqual(Math.abs(view.unpaired))
          } else expect(row.price).toBeLessThanOrEqual(cap[row.outcome]!)
        }
        expect(rows.filter((r) => r.completing).length).toBeLessThanOrEqual(1)
        const places = rows.map((r) => r.outcome * 1000 + r.level)
        expect(new Set(places).size).toBe(places.length)
        // The pair rule, and never a cross with ourselves, completing bids included.
        const quotes = rows.filter((r) => !r.completing)
        const both = top(quotes.filter((r) => r.outcome === 0)) + top(quotes.filter((r) => r.outcome === 1))
        expect(both).toBeLessThanOrEqual(floorPrice(desired.target_total))
        expect(
          top(rows.filter((r) => r.outcome === 0)) + top(rows.filter((r) => r.outcome === 1)),
        ).toBeLessThan(ONE)
        holdsHeadroom(view, rows)
      }),
      { numRuns: 1500 },
    )
  })

  test('the same view gives the same orders', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        expect(quote(view).rows).toEqual(quote(view).rows)
      }),
      { numRuns: 50 },
    )
  })
})

/** Money of all orders within cash and the per-trade cap; what is not a reduction within exposure and notional. */
function holdsHeadroom(view: View, rows: Row[]): void {
  const { per_trade, market, global, cash } = view.headroom
  const light = view.unpaired > 0 ? 1 : view.unpaired < 0 ? 0 : -1
  let reduction = Math.abs(view.unpaired)
  let spent = 0
  for (const row of rows) {
    const cost = notional(row.size, row.price, 'up')
    expect(cost).toBeLessThanOrEqual(Math.max(0, per_trade))
    const free = row.outcome === light ? Math.min(reduction, row.size) : 0
    const grows = notional(row.size - free, row.price, 'up')
    // What came before counts whole against exposure, reductions too.
    if (grows > 0) expect(spent + grows).toBeLessThanOrEqual(Math.min(market, global))
    if (row.outcome === light) reduction -= free
    spent += cost
  }
  if (rows.length > 0) expect(spent).toBeLessThanOrEqual(cash)
}

describe('the ladder', () => {
  test('steps down in price and up in size, both outcomes from one book', () => {
    // Up 0.50/0.52, so Down 0.48/0.50; caps 0.505 and 0.485; 0.50 + 0.48 = 0.98 ≤ 0.99.
    const { rows, desired } = quote(viewOf())
    expect(prices(rows, 0)).toEqual([0.5, 0.49, 0.48])
    expect(prices(rows, 1)).toEqual([0.48, 0.47, 0.46])
    expect(shares(rows, 0)).toEqual([20, 30, 45])
    expect(shares(rows, 1)).toEqual([20, 30, 45])
    expect([desired.cap_up, desired.cap_down, desired.target_total]).toEqual([0.505, 0.485, 0.99])
    expect(desired.cap_completing).toBeNaN()
  })

  test('levels under one tick are left out', () => {
    const view = viewOf({ q_up: 0.035, book: bookOf([[0.02, 100]], [[0.04, 100]]), mid: 300 })
    expect(prices(quote(view).rows, 0)).toEqual([0.02, 0.01])
  })

  test('a level is cut to the largest size that the limits allow, and left out under the minimum', () => {
    const headroom = { per_trade: 1e9, market: 30 * MICRO, global: 1e10, cash: 1e10 }
    // 20 at 0.50 is 10, 20 at 0.48 is 9.60; 10.40 is left: 21.22 of 30 at 0.49, then nothing.
    const { rows } = quote(viewOf({ headroom }))
    expect(shares(rows, 0)).toEqual([20, 21.22])
    expect(shares(rows, 1)).toEqual([20])
    const tight = quote(viewOf({ headroom: { ...headroom, per_trade: 2.4 * MICRO } })).rows
    // 2.40 buys 4.8 at 0.50, under the minimum of 5, and 5 at 0.48.
    expect(shares(tight, 0)).toEqual([5])
    expect(prices(tight, 0)).toEqual([0.48])
    expect(shares(tight, 1)).toEqual([5, 5.1, 5.21])
  })

  test('a fast move makes sizes smaller and the pair cheaper', () => {
    const { rows } = quote(viewOf({ size_scalar: 0.25 }), base, true)
    expect(shares(rows, 0)).toEqual([5, 7.5, 11.25])
    // Target 0.97: edges 0.01 and 0.01 tie, so Up pays.
    expect(prices(rows, 0)[0]).toBe(0.49)
    expect(prices(rows, 1)[0]).toBe(0.48)
  })

  test('an empty book side is quoted from the cap', () => {
    const { rows } = quote(viewOf({ book: bookOf([], [[0.52, 100]]), mid: 5100 }))
    // Up: cap 0.505 under the ask 0.52. Down: no ask, the bid 0.48 rules.
    expect(prices(rows, 0)[0]).toBe(0.5)
    expect(prices(rows, 1)[0]).toBe(0.48)
  })

  test('contradicting settings are refused when it is made', () => {
    expect(() => Quotes.create({ ...base, min_total: 0.999 })).toThrow(
      expect.objectContaining({ code: 'config.range', field: 'strategy.min_total' }) as ConfigError,
    )
  })
})

describe('inventory', () => {
  // 0.52 + 0.47 leaves no profit, so no completing bid stands in for the ladder.
  const held = (up: number, cost = 0.53) =>
    viewOf({ unpaired: up * MICRO, unpaired_cost: cost, unpaired_since_us: 1 })

  test('just under and at 0.5 of the limit: the heavy side drops its level 0', () => {
    expect(prices(quote(held(49)).rows, 0)).toEqual([0.5, 0.49, 0.48])
    expect(prices(quote(held(50)).rows, 0)).toEqual([0.49, 0.48])
    expect(prices(quote(held(-49)).rows, 1)).toEqual([0.48, 0.47, 0.46])
    expect(prices(quote(held(-50)).rows, 1)).toEqual([0.47, 0.46])
  })

  test('just under and at 0.8 of the limit: the heavy side is dropped', () => {
    expect(prices(quote(held(79)).rows, 0)).toEqual([0.49, 0.48])
    expect(prices(quote(held(80)).rows, 0)).toEqual([])
    expect(prices(quote(held(-79)).rows, 1)).toEqual([0.47, 0.46])
    expect(prices(quote(held(-80)).rows, 1)).toEqual([])
    expect(prices(quote(held(-1000)).rows, 1)).toEqual([])
  })

  test('heavy sizes shrink by the lean, light ones grow by its boost', () => {
    const { rows } = quote(held(40))
    expect(shares(rows, 0)).toEqual([12, 18, 27])
    expect(shares(rows, 1)).toEqual([24, 36, 54])
    const mirrored = quote(held(-40)).rows
    expect(shares(mirrored, 0)).toEqual([24, 36, 54])
    expect(shares(mirrored, 1)).toEqual([12, 18, 27])
  })

  test('the completing bid goes above cap and pair rule for exactly what is unpaired', () => {
    // Down cap 0.485; holding Up at 0.45, a pair may cost 0.995: Down up to 0.545, but the ask is 0.50.
    const view = viewOf({
      unpaired: 30 * MICRO,
      unpaired_cost: 0.45,
      unpaired_since_us: 1,
      book: bookOf([[0.5, 100]], [[0.51, 100]]),
      q_up: 0.53,
    })
    const { rows, desired } = quote(view)
    expect(desired.cap_completing).toBeCloseTo(0.545, 12)
    const completing = rows.find((r) => r.completing)
    // Down 0.49/0.50: joins at 0.49, above its cap of 0.465.
    expect(completing).toEqual({ outcome: 1, level: 0, price: 4900, size: 30 * MICRO, completing: true })
    expect(prices(rows, 1).slice(1)).toEqual([0.45, 0.44])
  })

  test('it is not used where the ordinary bid is as high, nor under the minimum size, nor at a loss', () => {
    const completing = (changes: Partial<View>) =>
      quote(viewOf({ unpaired: 30 * MICRO, unpaired_cost: 0.3, unpaired_since_us: 1, ...changes })).rows.some(
        (r) => r.completing,
      )
    expect(completing({})).toBe(false)
    expect(completing({ q_up: 0.6 })).toBe(true)
    expect(completing({ q_up: 0.6, unpaired: 4.99 * MICRO })).toBe(false)
    expect(completing({ q_up: 0.6, unpaired_cost: 0.61 })).toBe(false)
  })

  test('the heavy bid yields so that it and the completing bid never make 1', () => {
    // Wide spread and a generous improvement: Up would bid 0.58, Down completing 0.59.
    const view = viewOf({
      book: bookOf([[0.3, 100]], [[0.7, 100]]),
      q_up: 0.66,
      unpaired: 10 * MICRO,
      unpaired_cost: 0.2,
      unpaired_since_us: 1,
    })
    const { rows } = quote(view, { ...base, improve_ticks: 29 })
    expect(prices(rows, 1)[0]).toBe(0.59)
    expect(prices(rows, 0)[0]).toBe(0.4)
  })

  test('a reduction passes where exposure and notional are used up, an increase does not', () => {
    const headroom = { per_trade: 1e9, market: -MICRO, global: 0, cash: 1e10 }
    const { rows } = quote(viewOf({ ...held(40), headroom }))
    expect(shares(rows, 0)).toEqual([])
    // 24 and then the 16 of 36 that are left to pair.
    expect(shares(rows, 1)).toEqual([24, 16])
  })
})

describe('rewards', () => {
  const chasing = { ...base, chase_rewards: true, reward_min_size: 50, reward_max_spread: 0.02 }

  test('chasing lifts sizes and prices into the scoring range and no further', () => {
    const { rows } = quote(viewOf(), chasing)
    // Mid 0.51, v 0.02: bids for Up score above 0.49, bids for Down (mid 0.49) above 0.47.
    expect(prices(rows, 0)).toEqual([0.5, 0.5, 0.5])
    expect(prices(rows, 1)).toEqual([0.48, 0.48, 0.48])
    expect(shares(rows, 0)).toEqual([50, 50, 50])
  })

  test('it never passes a cap, wakes a dropped level or feeds the heavy side', () => {
    const view = viewOf({ unpaired: 60 * MICRO, unpaired_cost: 0.53, unpaired_since_us: 1, q_up: 0.45 })
    const { rows } = quote(view, chasing)
    // The Up cap 0.445 is outside the scoring range: prices stay where they are; sizes shrink as ever.
    expect(prices(rows, 0)).toEqual([0.43, 0.42])
    expect(shares(rows, 0)).toEqual([12, 18])
  })
})
