import { expect, test } from 'vitest'
import { MINUTE, SECOND } from '../units/index.ts'
import * as Naive from './naive.ts'

/** Prices that go up and down by `step` each minute. */
function walked(minutes: number, step: (i: number) => number): Naive.Naive {
  const state = Naive.create()
  for (let i = 0; i < minutes; i++)
    Naive.update(state, i % 2 === 0 ? 100 : 100 * Math.exp(step(i)), i * MINUTE)
  return state
}

test('the volatility of the last hour, by returns of a minute', () => {
  const sigma = walked(50, () => 1e-3).sigma
  expect(sigma).toBeCloseTo(1e-3 / Math.sqrt(60), 12)
})

test('nothing before ten returns', () => {
  expect(walked(10, () => 1e-3).sigma).toBeNaN()
  expect(walked(11, () => 1e-3).sigma).not.toBeNaN()
})

test('what is older than an hour is forgotten', () => {
  const state = walked(200, (i) => (i < 120 ? 1e-2 : 1e-3))
  expect(state.sigma).toBeCloseTo(1e-3 / Math.sqrt(60), 12)
})

test('values within a minute change nothing, and a gap is no return', () => {
  const state = walked(30, () => 1e-3)
  const before = state.sigma
  Naive.update(state, 500, state.last_us + 59 * SECOND)
  expect(state.sigma).toBe(before)
  Naive.update(state, 500, state.last_us + 10 * MINUTE)
  expect(state.sigma).toBeCloseTo(before, 12)
})
