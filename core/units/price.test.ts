import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ceilPrice, ceilToTick, floorPrice, floorToTick, ONE } from './index.ts'

describe('prices from real numbers', () => {
  test('a price that people write with four decimals is itself, whatever sums made it', () => {
    expect(floorPrice(1 - 0.45 - 0.005)).toBe(5450)
    expect(ceilPrice(1 - 0.45 - 0.005)).toBe(5450)
    expect(floorPrice(0.1 + 0.2)).toBe(3000)
    expect(ceilPrice(0.1 + 0.2)).toBe(3000)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: ONE }), fc.integer({ min: 0, max: ONE }), (a, b) => {
        expect(floorPrice(a / ONE - b / ONE)).toBe(a - b)
        expect(ceilPrice(a / ONE - b / ONE)).toBe(a - b)
      }),
    )
  })

  test('rounding is down and up by less than one, and unknown stays unknown', () => {
    expect(floorPrice(0.50009)).toBe(5000)
    expect(ceilPrice(0.50001)).toBe(5001)
    expect(floorPrice(-0.00005)).toBe(-1)
    expect(floorPrice(Number.NaN)).toBeNaN()
    expect(ceilPrice(Number.NaN)).toBeNaN()
  })

  test('a price on the grid stays, any other goes to its neighbour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -ONE, max: ONE }),
        fc.constantFrom(1000, 100, 50, 25, 10, 1),
        (price, tick) => {
          const low = floorToTick(price, tick)
          const high = ceilToTick(price, tick)
          expect(Math.abs(low % tick)).toBe(0)
          expect(low).toBeLessThanOrEqual(price)
          expect(high).toBeGreaterThanOrEqual(price)
          expect(high - low).toBe(price % tick === 0 ? 0 : tick)
        },
      ),
    )
  })
})
