import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { defaults } from '../config/index.ts'
import { Tif } from '../machine/records.ts'
import { createDesired, type View } from '../strategies/strategy.ts'
import { anyView, bookOf, TAPERED, viewOf } from '../strategies/view.fixture.ts'
import { MICRO, ONE, onGrid, SECOND, stepsFrom, uniformGrid } from '../units/index.ts'
import { Completion, Cost } from './index.ts'

const config = { ...defaults(Completion.settings), cutoff_s: 60 }
const usdc: Cost.FeeTerms = { fee: { rate_ppm: 70_000, exponent: 1, taker_only: true }, buy_amount: 'usdc' }
const march: Cost.FeeTerms = {
  fee: { rate_ppm: 250_000, exponent: 2, taker_only: true },
  buy_amount: 'shares',
}
const april: Cost.FeeTerms = {
  fee: { rate_ppm: 72_000, exponent: 1, taker_only: true },
  buy_amount: 'usdc_value_over_price',
}

/** 30 Up held at 0.48 for two minutes; Down asks 0.49 × 20 and 0.50 × 50. */
function held(changes: Partial<View> = {}): View {
  return viewOf({
    book: bookOf(
      [
        [0.51, 20],
        [0.5, 50],
      ],
      [[0.53, 100]],
    ),
    unpaired: 30 * MICRO,
    unpaired_cost: 0.48,
    unpaired_since_us: 380 * SECOND,
    time_us: 500 * SECOND,
    ...changes,
  })
}

function complete(view: View, changes: Partial<Completion.CompletionConfig> = {}) {
  const desired = createDesired()
  const stated = Completion.decide(Completion.create({ ...config, ...changes }), view, desired)
  expect(desired.length).toBe(stated ? 1 : 0)
  if (!stated) return null
  return {
    outcome: desired.outcome[0]!,
    side: desired.side[0]!,
    level: desired.level[0]!,
    price: desired.price[0]!,
    size: desired.size[0]!,
    amount: desired.amount[0]!,
    tif: desired.tif[0]!,
    post_only: desired.post_only[0]!,
    completing: desired.completing[0]!,
  }
}

describe('the highest price of a completing taker', () => {
  test('leaves the profit after the fee, worked by hand for each way of charging', () => {
    // usdc: 0.50 + 0.07·0.25 = 0.5175 ≤ 0.52 < 0.51 + 0.07·0.2499 = 0.5275.
    expect(Completion.highestPrice(0.52, uniformGrid(100), usdc)).toBe(5000)
    // shares, March: 0.51/(1 − 0.25·0.2499²) = 0.5181 ≤ 0.52 < 0.52/(1 − 0.25·0.2496²) = 0.5282.
    expect(Completion.highestPrice(0.52, uniformGrid(100), march)).toBe(5100)
    // shares, April: 0.50/(1 − 0.072·0.5) = 0.5187 ≤ 0.52 < 0.51/(1 − 0.072·0.49) = 0.5287.
    expect(Completion.highestPrice(0.52, uniformGrid(100), april)).toBe(5000)
    expect(Completion.highestPrice(0.5175, uniformGrid(100), usdc)).toBe(5000)
  })

  test('is the highest price there is: one more costs too much', () => {
    const any = fc.constantFrom(usdc, march, april, { ...usdc, fee: { ...usdc.fee, rate_ppm: 1_000_000 } })
    const grid = fc.constantFrom(...[1000, 100, 50, 25, 10, 1].map(uniformGrid), TAPERED)
    const cost = fc.double({ min: -0.1, max: 1.1, noNaN: true })
    fc.assert(
      fc.property(cost, grid, any, (acceptable, δ, terms) => {
        const price = Completion.highestPrice(acceptable, δ, terms)
        expect(price === 0 || onGrid(δ, price)).toBe(true)
        if (price > 0) expect(Cost.netCost(terms, price)).toBeLessThanOrEqual(acceptable + 1e-9)
        if (price < δ.highest) expect(Cost.netCost(terms, stepsFrom(δ, price, 1))).toBeGreaterThan(acceptable)
        expect(price).toBeLessThan(ONE)
      }),
    )
  })

  test('rises towards the cutoff, from nothing to the loss accepted', () => {
    expect(Completion.escalation(config, 121)).toBe(0)
    expect(Completion.escalation(config, 120)).toBe(0)
    expect(Completion.escalation(config, 90)).toBeCloseTo(0.01, 12)
    expect(Completion.escalation(config, 60)).toBe(0.02)
    expect(Completion.escalation(config, 10)).toBe(0.02)
    expect(Completion.escalation({ ...config, escalate_s: 0 }, 61)).toBe(0)
    // Halfway: 1 − 0.48 + 0.01 = 0.53 pays 0.51 (0.5275) but not 0.52 (0.5375).
    expect(complete(held({ time_us: 810 * SECOND }))?.price).toBe(5100)
  })
})

describe('completion by taking', () => {
  test('is allowed after the wait or near the cutoff, never after it, never when paired', () => {
    const wait = (waited_s: number, seconds_left: number) => {
      const time_us = (900 - seconds_left) * SECOND
      return Completion.allowed(config, held({ time_us, unpaired_since_us: time_us - waited_s * SECOND }))
    }
    expect(wait(59, 300)).toBe(false)
    expect(wait(60, 300)).toBe(true)
    expect(wait(1, 121)).toBe(false)
    expect(wait(1, 120)).toBe(true)
    expect(wait(500, 60)).toBe(false)
    expect(wait(500, 61)).toBe(true)
    expect(Completion.allowed(config, held({ unpaired: 0 }))).toBe(false)
    expect(Completion.allowed(config, held({ unpaired_since_us: 0 }))).toBe(false)
    expect(complete(held(), { complete: false })).toBeNull()
  })

  test('states the money that the shares cost, rounded down to cents, limited at the highest price', () => {
    // 20 at 0.49 and 10 at 0.50: 14.80.
    expect(complete(held())).toEqual({
      outcome: 1,
      side: 1,
      level: 255,
      price: 5000,
      size: 30 * MICRO,
      amount: 14.8 * MICRO,
      tif: Tif.FAK,
      post_only: 0,
      completing: 1,
    })
    // March: 30.475938 gross shares cost 15.037969.
    const shares = complete(held({ fee: march.fee, buy_amount: 'shares', fee_in_shares: true }))
    expect(shares).toMatchObject({ price: 5100, size: 30_475_938, amount: 15.03 * MICRO })
    // 12.345678 at 0.49 are 6.04938222.
    expect(complete(held({ unpaired: 12_345_678 }))).toMatchObject({ size: 12_345_678, amount: 6.04 * MICRO })
  })

  test('takes what is shown within the limit; fill-or-kill wants all of it', () => {
    // Held at 0.49: 0.51 pays 0.49 (0.5075) but not 0.50 (0.5175).
    const thin = held({ unpaired_cost: 0.49 })
    expect(complete(thin)).toMatchObject({ price: 4900, size: 20 * MICRO, amount: 9.8 * MICRO })
    expect(complete(thin, { completion_type: 'FOK' })).toBeNull()
    expect(complete(held(), { completion_type: 'FOK' })).toMatchObject({ tif: Tif.FOK, amount: 14.8 * MICRO })
  })

  test('respects the minimum of a marketable buy, the per-trade cap and cash', () => {
    // 2 shares at 0.49 are 0.98.
    expect(complete(held({ unpaired: 2 * MICRO }))).toBeNull()
    expect(complete(held({ unpaired: 2.05 * MICRO }))).toMatchObject({ amount: MICRO })
    const limits = (per_trade: number, cash: number) => ({ per_trade, market: -1, global: -1, cash })
    expect(complete(held({ headroom: limits(4.9 * MICRO, 1e9) }))).toMatchObject({
      size: 10 * MICRO,
      amount: 4.9 * MICRO,
    })
    expect(complete(held({ headroom: limits(4.9 * MICRO, 1e9) }), { completion_type: 'FOK' })).not.toBeNull()
    // Each share costs 0.49 and a fee of 0.017493: 5 USDC buy 9.852; 4.8275 USDC of it are price.
    expect(complete(held({ headroom: limits(1e9, 5 * MICRO) }))?.amount).toBe(4.82 * MICRO)
    expect(complete(held({ headroom: limits(1e9, 0) }))).toBeNull()
  })

  test('never pays more for a pair than it may, nor buys more than is missing, at displayed prices', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const order = complete(view)
        if (order === null) return
        expect(order.outcome).toBe(view.unpaired > 0 ? 1 : 0)
        expect(order.price % view.tick).toBe(0)
        expect(order.amount % 10_000).toBe(0)
        expect(order.amount).toBeGreaterThanOrEqual(view.marketable_buy_min)
        expect(order.amount).toBeLessThanOrEqual(Math.min(view.headroom.per_trade, view.headroom.cash))
        const most =
          1 - view.unpaired_cost - config.min_profit + Completion.escalation(config, view.seconds_left)
        expect(Cost.netCost(view, order.price)).toBeLessThanOrEqual(most + 1e-9)
        const outcome = order.outcome as 0 | 1
        const touch = Book.tokenBest(view.book, outcome, Book.ASK)
        expect(touch).toBeLessThanOrEqual(order.price)
        // Were all of it filled at the limit, it would buy no more than is missing.
        const at_limit = ((order.amount * ONE) / order.price) * Cost.kept(view, order.price)
        expect(at_limit).toBeLessThanOrEqual(Math.abs(view.unpaired) + 10)
        if (view.buy_amount === 'usdc') expect(order.size).toBeLessThanOrEqual(Math.abs(view.unpaired))
      }),
      { numRuns: 500 },
    )
  })
})
