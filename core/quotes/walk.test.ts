import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { bookOf } from '../strategies/view.fixture.ts'
import { MICRO, notional, ONE, uniformGrid } from '../units/index.ts'
import { type Cost, Walk } from './index.ts'

const usdc: Cost.FeeTerms = { fee: { rate_ppm: 70_000, exponent: 1, taker_only: true }, buy_amount: 'usdc' }
const march: Cost.FeeTerms = {
  fee: { rate_ppm: 250_000, exponent: 2, taker_only: true },
  buy_amount: 'shares',
}
const MUCH = 1e12
const level = fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 1e9 }))
const levels = fc.array(level, { maxLength: 8 })

describe('a walk', () => {
  test('takes the best levels first and adds up their cost, in the terms of the outcome', () => {
    const walk = Walk.create()
    // Up asks 0.52 × 20, 0.53 × 50.
    const book = bookOf(
      [
        [0.51, 20],
        [0.5, 50],
      ],
      [
        [0.52, 20],
        [0.53, 50],
      ],
    )
    Walk.buy(walk, book, 0, 9900, 30 * MICRO, MUCH, MUCH, usdc)
    expect(walk).toMatchObject({
      shares: 30 * MICRO,
      net: 30 * MICRO,
      money: 15.7 * MICRO,
      worst: 5300,
      short: false,
    })
    // Down asks 0.49 × 20, 0.50 × 50: the mirror of the Up bids.
    Walk.buy(walk, book, 1, 9900, 30 * MICRO, MUCH, MUCH, usdc)
    expect(walk).toMatchObject({ money: 14.8 * MICRO, worst: 5000 })
    expect(walk.fee).toBeCloseTo(20e6 * 0.07 * 0.49 * 0.51 + 10e6 * 0.07 * 0.25, 3)
    Walk.sell(walk, book, 0, 5000, 30 * MICRO, usdc)
    expect(walk).toMatchObject({ shares: 30 * MICRO, money: 15.2 * MICRO, worst: 5000, short: false })
    Walk.sell(walk, book, 1, 4800, 30 * MICRO, usdc)
    expect(walk).toMatchObject({ shares: 20 * MICRO, money: 9.6 * MICRO, worst: 4800, short: true })
  })

  test('buys more where the fee is taken in shares', () => {
    const walk = Walk.create()
    const book = bookOf(
      [
        [0.51, 20],
        [0.5, 50],
      ],
      [],
    )
    Walk.buy(walk, book, 1, 9900, 30 * MICRO, MUCH, MUCH, march)
    // 20 at 0.49 keep 20·(1 − 0.25·0.2499²) = 19.687749; the other 10.312251 take 10.475938 at 0.50, f = 0.015625.
    expect(walk.shares).toBe(20 * MICRO + 10_475_938)
    expect(walk.net).toBe(30 * MICRO)
    expect(walk.money).toBe(9.8 * MICRO + 5_237_969)
    expect(walk.fee).toBe(0)
  })

  test('ends at the limit, the money or the cash, and says when the book gave out', () => {
    const walk = Walk.create()
    const book = bookOf(
      [],
      [
        [0.5, 10],
        [0.6, 10],
      ],
    )
    Walk.buy(walk, book, 0, 5000, 30 * MICRO, MUCH, MUCH, usdc)
    expect(walk).toMatchObject({ shares: 10 * MICRO, short: true, worst: 5000 })
    Walk.buy(walk, book, 0, 9900, 30 * MICRO, 2 * MICRO, MUCH, usdc)
    expect(walk).toMatchObject({ shares: 4 * MICRO, short: false })
    // 0.50 and a fee of 0.0175 a share: 2 USDC buy 3.8647 shares.
    Walk.buy(walk, book, 0, 9900, 30 * MICRO, MUCH, 2 * MICRO, usdc)
    expect(walk.shares).toBe(Math.floor((2 * MICRO) / 0.5175))
    expect(walk.short).toBe(false)
    Walk.buy(walk, book, 0, 9900, 30 * MICRO, -1, MUCH, usdc)
    expect(walk.shares).toBe(0)
    expect(Walk.average(walk)).toBeNaN()
  })

  test('never takes more than is shown, wanted, allowed or paid for', () => {
    const terms = fc.constantFrom<Cost.FeeTerms>(usdc, march, {
      ...usdc,
      buy_amount: 'usdc_value_over_price',
    })
    const amount = fc.integer({ min: 0, max: 1e9 })
    fc.assert(
      fc.property(
        levels,
        fc.nat(9999),
        amount,
        amount,
        amount,
        terms,
        (rows, limit, wanted, spend, cash, t) => {
          const book = Book.create()
          for (const [price, size] of rows) Book.set(book, Book.ASK, price, size)
          const walk = Walk.create()
          Walk.buy(walk, book, 0, limit, wanted, spend, cash, t)
          expect(walk.shares).toBeLessThanOrEqual(Book.depth(book, Book.ASK, 0, limit))
          expect(walk.net).toBeLessThanOrEqual(wanted)
          expect(walk.net).toBeLessThanOrEqual(walk.shares)
          expect(walk.money).toBeLessThanOrEqual(spend)
          expect(walk.money + walk.fee).toBeLessThanOrEqual(cash + rows.length)
          expect(walk.worst).toBeLessThanOrEqual(limit)
          if (walk.short) expect(walk.shares).toBe(Book.depth(book, Book.ASK, 0, limit))
          if (walk.shares > 0) {
            expect(walk.money).toBeGreaterThanOrEqual(notional(walk.shares, book.best_ask, 'down'))
            expect(walk.money).toBeLessThanOrEqual(notional(walk.shares, walk.worst, 'up') + rows.length)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('the slippage guard', () => {
  test('refuses an average beyond the larger of the allowance and one tick', () => {
    expect(Walk.slippageAllowed(5000, uniformGrid(100), 200)).toBe(100)
    expect(Walk.slippageAllowed(9000, uniformGrid(100), 200)).toBe(180)
    expect(Walk.slippageAllowed(5000, uniformGrid(10), 200)).toBe(100)
    expect(Walk.excessSlippage(9000, 9180, uniformGrid(100), 200, true)).toBe(0)
    expect(Walk.excessSlippage(9000, 9181, uniformGrid(100), 200, true)).toBe(1)
    expect(Walk.excessSlippage(9000, 8819, uniformGrid(100), 200, false)).toBe(1)
    expect(Walk.excessSlippage(9000, 9500, uniformGrid(100), 200, false)).toBeLessThan(0)
  })

  test('the average is money over shares', () => {
    const walk = Walk.create()
    Walk.buy(
      walk,
      bookOf(
        [],
        [
          [0.5, 10],
          [0.6, 10],
        ],
      ),
      0,
      9900,
      20 * MICRO,
      MUCH,
      MUCH,
      usdc,
    )
    expect(Walk.average(walk)).toBe(0.55 * ONE)
  })
})
