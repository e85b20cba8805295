import { expect, test } from 'vitest'
import { normalCdf } from '../../core/numerics/index.ts'
import { normalQuantile, studentQuantile } from './quantiles.ts'

test('the normal quantile is the inverse of the distribution function', () => {
  for (let i = 1; i < 2_000; i++) {
    const p = i / 2_000
    expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-8)
  }
  expect(normalQuantile(1e-6)).toBeCloseTo(-4.753424, 5)
})

test('Student’s quantile is that of the tables', () => {
  for (const [df, at] of [
    [9, 2.262157],
    [14, 2.144787],
    [32, 2.036933],
    [120, 1.97993],
  ] as const) {
    expect(Math.abs(studentQuantile(0.975, df) - at)).toBeLessThan(1e-3)
    expect(studentQuantile(0.025, df)).toBeCloseTo(-studentQuantile(0.975, df), 6)
  }
})
