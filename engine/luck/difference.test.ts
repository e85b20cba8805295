import { expect, test } from 'vitest'
import { differenceOf } from './difference.ts'
import { foresightText } from './foresight-text.ts'

test('the mean is over samples, the interval over windows', () => {
  const parts = Array.from({ length: 60 }, (_, i) => ({ n: 10, sum: i % 2 === 0 ? 1 : -0.8 }))
  const { mean, low, high } = differenceOf(parts)
  expect(mean).toBeCloseTo(0.01, 12)
  expect(low!).toBeLessThan(0)
  expect(high!).toBeGreaterThan(0.02)
  expect(differenceOf(parts)).toEqual(differenceOf(parts))
})

test('samples of one window are one throw of the dice: a tenth as many of them say as much', () => {
  const many = differenceOf([...Array(40).keys()].map((i) => ({ n: 100, sum: i % 4 === 0 ? 30 : -5 })))
  const few = differenceOf([...Array(40).keys()].map((i) => ({ n: 10, sum: i % 4 === 0 ? 3 : -0.5 })))
  expect(many.low).toBeCloseTo(few.low!, 12)
})

test('one window tells nothing', () => {
  expect(differenceOf([{ n: 3, sum: 1 }])).toMatchObject({ low: null, high: null })
})

test.each([
  [0.01, 0.002, 0.02, 'worse than naive'],
  [-0.01, -0.02, -0.002, 'better than naive'],
  [0.001, -0.002, 0.004, 'not to be told apart'],
])('%d [%d, %d] is %s', (difference, low, high, words) => {
  expect(foresightText({ difference, low, high, level: 0.95 })).toContain(words)
})
