import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exp } from '../numerics/index.ts'
import { SECOND } from '../units/index.ts'
import { STEP_US } from './price-path.ts'
import * as Response from './response.ts'

const STEPS = SECOND / STEP_US

const seconds = fc.integer({ min: 0, max: 60 }).map((k) => k / 10)
const share = fc.integer({ min: 0, max: 10 }).map((k) => k / 10)

/** The mean of the last values of an oracle that smooths, by doing it, for a price that is 0 until so many steps before the end and then 1. */
function settledBy(lookback: number, smoothing: Response.Smoothing, moved: number): number {
  const values = Math.max(1, lookback)
  let fast = 0
  let slow = 0
  let sum = 0
  for (let left = moved; left >= 0; left--) {
    fast = 1 + keep(smoothing.fast_s) * (fast - 1)
    slow = 1 + keep(smoothing.slow_s) * (slow - 1)
    if (left % STEPS === 0 && left / STEPS < values) sum += fast + smoothing.slow_share * (slow - fast)
  }
  return sum / values
}

const keep = (constant_s: number) => (constant_s > 0 ? exp(-1 / STEPS / constant_s) : 0)

test('a move counts as much as it would when the oracle smooths it and its values are averaged', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 30, 60),
      seconds,
      seconds,
      share,
      fc.integer({ min: 0, max: 8_000 }),
      (lookback, fast_s, slow_s, slow_share, steps) => {
        const smoothing = { fast_s, slow_s, slow_share }
        const response = Response.create(lookback, smoothing)
        expect(Response.weightAt(response, steps)).toBeCloseTo(settledBy(lookback, smoothing, steps), 4)
      },
    ),
    { numRuns: 60 },
  )
})

test('what an oracle still holds of the past is what it has not caught up with by the end', () => {
  const smoothing = { fast_s: 0.4, slow_s: 4, slow_share: 0.25 }
  for (const lookback of [0, 30]) {
    const response = Response.create(lookback, smoothing)
    for (const steps of [0, 10, 60, 500, 1_600]) {
      // Off by 1 in both parts now: what of it is in each value to come.
      let sum = 0
      for (let left = steps; left >= 0; left--) {
        if (left % STEPS !== 0 || left / STEPS >= Math.max(1, lookback)) continue
        const after_s = (steps - left) / STEPS
        sum += 0.75 * exp(-after_s / 0.4) + 0.25 * exp(-after_s / 4)
      }
      expect(Response.heldAt(response, steps, 1, 1)).toBeCloseTo(sum, 9)
    }
  }
})

test('the variance that is left is the sum of the squares of what each move counts, and counts whole seconds far from the end', () => {
  const response = Response.create(30, { fast_s: 0.4, slow_s: 4, slow_share: 0.25 })
  let sum = 0
  for (let steps = 0; steps < 6_000; steps++) {
    expect(Response.spreadAt(response, steps)).toBeCloseTo(sum, 6)
    sum += Response.weightAt(response, steps) ** 2 / STEPS
  }
  const plain = Response.create(0, Response.PLAIN)
  expect(Response.spreadAt(plain, 250)).toBeCloseTo(5, 9)
})

test('values to come are counted, the one of this moment included', () => {
  const mean = Response.create(30, Response.PLAIN)
  expect([0, 1, 49, 50, 1_450, 10_000].map((steps) => Response.leftAt(mean, steps))).toEqual([
    1, 1, 1, 2, 30, 30,
  ])
  expect([0, 1, 10_000].map((steps) => Response.leftAt(Response.create(0, Response.PLAIN), steps))).toEqual([
    1, 1, 1,
  ])
})
