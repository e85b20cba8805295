import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { notional, ONE } from '../units/index.ts'
import * as Budget from './budget.ts'

const prices = fc.integer({ min: 1, max: ONE })

test('what money buys is paid by it, and one micro-share more is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e11 }), prices, (money, price) => {
      const size = Budget.affordable(money, price)
      if (size === Budget.affordable(Number.MAX_SAFE_INTEGER, price)) return
      expect(notional(price, size, 'down')).toBeLessThanOrEqual(money)
      expect(BigInt(size + 1) * BigInt(price)).toBeGreaterThan(BigInt(money) * BigInt(ONE))
    }),
  )
})

test('no money is too much: where it bounds nothing the size bounds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), prices, (money, price) => {
      const size = Budget.affordable(money, price)
      expect(Number.isSafeInteger(size)).toBe(true)
      expect(size).toBeLessThanOrEqual(Budget.affordable(Number.MAX_SAFE_INTEGER, price))
    }),
  )
  // A hundred million USDC at a cent.
  expect(Budget.affordable(1e14, 100)).toBeGreaterThanOrEqual(9e15)
  const budget = Budget.create()
  const much = { per_trade: 1e14, market: 1e14, global: 1e14, cash: 1e14 }
  Budget.open(budget, much as Parameters<typeof Budget.open>[1], 0)
  expect(Budget.cut(budget, 20_000_000, 1, false)).toBe(20_000_000)
})
