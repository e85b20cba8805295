import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FeeSchedule } from '../events/index.ts'
import { MICRO, notional, ONE } from '../units/index.ts'
import { type ChargedIn, Fees } from './index.ts'

const BUY = 1
const SELL = 2
const CENT = 10_000
const IN_CENTS: ChargedIn = { buy: 'usdc', sell: 'usdc', buy_amount: 'usdc', cents: true }
const schedule = (rate_ppm = 70_000, taker_only = true): FeeSchedule => ({
  rate_ppm,
  exponent: 1,
  taker_only,
})

type Fill = { side: number; price: number; size: number; maker?: boolean }

/** What the fills of one order pay, and what is noted as too much after each. */
function order(fills: readonly Fill[], of = schedule()): { fees: number[]; overpaid: number[] } {
  const out = Fees.createOut()
  const fees: number[] = []
  const overpaid: number[] = []
  for (const { side, price, size, maker = false } of fills) {
    Fees.ofFill(of, IN_CENTS, maker, side, price, size, out.overpaid, out)
    expect(out.fee_shares).toBe(0)
    fees.push(out.fee_usdc)
    overpaid.push(out.overpaid)
  }
  return { fees, overpaid }
}
const thrice = (fill: Fill) => [fill, fill, fill]

describe('the venue’s own examples, balances in cents', () => {
  test('a price finer than a cent: three times one contract at 0.055', () => {
    // A rate at which the fee is their 0.0085.
    const of = schedule(163_500)
    expect(order(thrice({ side: BUY, price: 550, size: MICRO }), of)).toEqual({
      fees: [15_000, 5_000, 15_000],
      overpaid: [6_500, 3_000, 9_500],
    })
  })

  test('parts of a contract: three times 0.30 at 0.50; the second is free, and never less', () => {
    // 0.07 · 0.30 · 0.25 is 0.00525; their 0.0041 is of another rate.
    const of = schedule(54_000)
    expect(order(thrice({ side: BUY, price: 5000, size: 300_000 }), of)).toEqual({
      fees: [10_000, 0, 10_000],
      overpaid: [5_900, 1_800, 7_700],
    })
  })

  test('both: three times 0.03 at 0.3301', () => {
    expect(order(thrice({ side: BUY, price: 3301, size: 30_000 }))).toEqual({
      fees: [10_097, 97, 97],
      overpaid: [9_597, 9_194, 8_791],
    })
  })

  test.each([
    [1, 5000, 20_000],
    [2, 5000, 40_000],
    [100, 5000, 1_750_000],
    [100, 2500, 1_320_000],
  ])('a taker’s %d contracts at %d pay %d', (contracts, price, fee) => {
    for (const side of [BUY, SELL])
      expect(order([{ side, price, size: contracts * MICRO }]).fees).toEqual([fee])
  })
})

describe('one order in many fills', () => {
  test('pays what one fill of it would, not a cent each', () => {
    const one = { side: BUY, price: 5000, size: MICRO }
    const { fees } = order(Array.from({ length: 100 }, () => one))
    expect(fees.reduce((sum, fee) => sum + fee, 0)).toBe(1_750_000)
  })

  test('keeps what it paid too much when it comes to rest', () => {
    const first = { side: BUY, price: 5000, size: 300_000 }
    const { fees } = order([first, { ...first, price: 550, size: 900_000, maker: true }])
    // 0.1553 costs 0.16; then 0.0495 costs 0.05, and there is not yet a cent to give back.
    expect(fees).toEqual([10_000, 500])
  })

  test('a maker pays no fee, but its balance is in cents too', () => {
    expect(order([{ side: BUY, price: 550, size: MICRO, maker: true }]).fees).toEqual([5_000])
    expect(order([{ side: SELL, price: 550, size: MICRO, maker: true }]).fees).toEqual([5_000])
    expect(order([{ side: BUY, price: 5500, size: MICRO, maker: true }]).fees).toEqual([0])
  })
})

const fill = fc.record({
  side: fc.constantFrom(BUY, SELL),
  price: fc.integer({ min: 1, max: ONE - 1 }),
  size: fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 1e6 * MICRO })),
  maker: fc.boolean(),
})
const anyOrder = fc.record({
  fills: fc.array(fill, { minLength: 1, maxLength: 12 }),
  rate_ppm: fc.integer({ min: 0, max: MICRO }),
  taker_only: fc.boolean(),
})

describe('properties', () => {
  test('every fill leaves whole cents, no fee is negative, and what is noted is what was taken beyond the fee', () => {
    fc.assert(
      fc.property(anyOrder, ({ fills, rate_ppm, taker_only }) => {
        const { fees, overpaid } = order(fills, schedule(rate_ppm, taker_only))
        let taken = 0
        fills.forEach(({ side, price, size, maker }, i) => {
          const amount = notional(size, price, 'up')
          const change = (side === BUY ? -amount : amount) - fees[i]!
          expect(Math.abs(change % CENT)).toBe(0)
          expect(fees[i]).toBeGreaterThanOrEqual(0)
          const own = maker && taker_only ? 0n : exactUp(rate_ppm, price, size)
          taken += fees[i]! - Number(own)
          expect(overpaid[i]).toBe(taken)
          expect(taken).toBeGreaterThanOrEqual(0)
        })
      }),
      { numRuns: 2000 },
    )
  })

  test('a taker’s order has at most a cent too much on it, however many fills', () => {
    fc.assert(
      fc.property(anyOrder, ({ fills }) => {
        const taking = fills.map((one) => ({ ...one, maker: false, size: one.size + MICRO }))
        // The fee of a fill of a contract or more near the middle covers the cent that is given back.
        const middle = taking.map((one) => ({ ...one, price: 4000 + (one.price % 2000) }))
        for (const left of order(middle).overpaid) expect(left).toBeLessThan(CENT)
      }),
    )
  })
})

/** The formula in whole numbers, rounded up to 0.0001 dollars, in micro-USDC. */
function exactUp(rate_ppm: number, price: number, size: number): bigint {
  const top = BigInt(size) * BigInt(rate_ppm) * BigInt(price) * BigInt(ONE - price)
  const bottom = BigInt(MICRO) * BigInt(ONE) * BigInt(ONE) * 100n
  return ((top + bottom - 1n) / bottom) * 100n
}
