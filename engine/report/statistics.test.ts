import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clusteredMean, niceAtLeast } from './statistics.ts'

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 40 })

test('with one value a cluster the error is the textbook one', () => {
  fc.assert(
    fc.property(values, (xs) => {
      const mean = xs.reduce((a, b) => a + b, 0) / xs.length
      const variance = xs.reduce((a, x) => a + (x - mean) ** 2, 0) / (xs.length - 1)
      const result = clusteredMean(xs.map((x) => ({ n: 1, sum: x })))
      expect(result.mean).toBeCloseTo(mean, 9)
      expect(result.se).toBeCloseTo(Math.sqrt(variance / xs.length), 9)
    }),
  )
})

test('repeating every value inside its cluster does not make the mean look more certain', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 2, max: 50 }), (xs, copies) => {
      const once = clusteredMean(xs.map((x) => ({ n: 1, sum: x })))
      const often = clusteredMean(xs.map((x) => ({ n: copies, sum: copies * x })))
      expect(often.mean).toBeCloseTo(once.mean, 9)
      expect(often.se).toBeCloseTo(once.se, 9)
    }),
  )
})

test('no data has no mean, one cluster no error', () => {
  expect(clusteredMean([])).toEqual({ n: 0, mean: Number.NaN, se: Number.NaN })
  expect(clusteredMean([{ n: 4, sum: 8 }])).toEqual({ n: 4, mean: 2, se: Number.NaN })
})

test('a nice step is at least what was asked for, and less than three times it', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (value) => {
      const nice = niceAtLeast(value)
      expect(nice).toBeGreaterThanOrEqual(value)
      expect(nice).toBeLessThan(value * 3)
    }),
  )
  expect([1, 16, 3, 2.1, 700].map(niceAtLeast)).toEqual([1, 20, 5, 2.5, 1000])
})
