import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalCdf } from '../numerics/index.ts'
import { normalQuantile } from './quantile.ts'

test('is the inverse of the distribution function, in the middle and far out in both tails', () => {
  fc.assert(
    fc.property(fc.double({ min: -7.5, max: 7.5, noNaN: true }), (z) => {
      const p = normalCdf(-Math.abs(z))
      expect(normalQuantile(p)).toBeCloseTo(-Math.abs(z), 6)
      expect(normalQuantile(p)).toBeLessThanOrEqual(1e-9)
    }),
  )
  expect(normalQuantile(0.5)).toBe(0)
  expect(normalQuantile(0.975)).toBeCloseTo(1.959_963_985, 7)
})
