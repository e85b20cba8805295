import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { bookOf, TAPERED } from '../strategies/view.fixture.ts'
import { DAY, HOUR, MICRO, ONE, onGrid, stepsFrom, uniformGrid } from '../units/index.ts'
import { Rewards } from './index.ts'

const config = { ...defaults(Rewards.settings), reward_max_spread: 0.04, reward_pool: 240 }
const scoreOf = (price: number, size: number, outcome = 0, side = 1) => {
  const sides = { first: 0, second: 0 }
  Rewards.addOrder(sides, config, 5000, outcome, side, price, size * MICRO)
  return [sides.first / MICRO, sides.second / MICRO]
}

describe('reward scores', () => {
  test('an order scores ((v − s)/v)²·size within v of the mid, nothing outside or too small', () => {
    expect(Rewards.score(0, 400, 100)).toBe(100)
    expect(Rewards.score(100, 400, 100)).toBe(56.25)
    expect(Rewards.score(400, 400, 100)).toBe(0)
    expect(scoreOf(4900, 100)).toEqual([56.25, 0])
    expect(scoreOf(4600, 100)).toEqual([0, 0])
    expect(scoreOf(4900, 49.99)).toEqual([0, 0])
  })

  test('Up bids and Down asks are one side, Up asks and Down bids the other', () => {
    expect(scoreOf(4900, 100, 0, 1)).toEqual([56.25, 0])
    expect(scoreOf(5100, 100, 1, 2)).toEqual([56.25, 0])
    expect(scoreOf(5100, 100, 0, 2)).toEqual([0, 56.25])
    expect(scoreOf(4900, 100, 1, 1)).toEqual([0, 56.25])
  })

  test('one-sided quotes score a c-th inside the middle range and nothing outside it', () => {
    expect(Rewards.quoteScore(config, { first: 90, second: 60 }, 0.5)).toBe(60)
    expect(Rewards.quoteScore(config, { first: 90, second: 0 }, 0.5)).toBe(30)
    expect(Rewards.quoteScore(config, { first: 90, second: 20 }, 0.5)).toBe(30)
    expect(Rewards.quoteScore(config, { first: 90, second: 0 }, 0.1)).toBe(30)
    expect(Rewards.quoteScore(config, { first: 90, second: 0 }, 0.099)).toBe(0)
    expect(Rewards.quoteScore(config, { first: 0, second: 90 }, 0.901)).toBe(0)
    expect(Rewards.quoteScore(config, { first: 90, second: 20 }, 0.05)).toBe(20)
  })

  test('the book scores level by level', () => {
    const sides = { first: 0, second: 0 }
    const book = bookOf(
      [
        [0.49, 100],
        [0.48, 10],
        [0.3, 1000],
      ],
      [[0.52, 100]],
    )
    Rewards.addBook(sides, config, 5000, book)
    expect([sides.first / MICRO, sides.second / MICRO]).toEqual([56.25, 25])
  })

  test('the estimate runs from nothing to our share of the pool for the time', () => {
    expect(Rewards.estimate(config, 25, 75, HOUR)).toEqual({ low: 0, high: 2.5 * MICRO })
    expect(Rewards.estimate(config, 25, 0, DAY)).toEqual({ low: 0, high: 240 * MICRO })
    expect(Rewards.estimate(config, 0, 75, DAY)).toEqual({ low: 0, high: 0 })
    expect(Rewards.estimate({ ...config, reward_pool: 0 }, 25, 75, DAY)).toEqual({ low: 0, high: 0 })
  })

  test('the lowest scoring price scores, and one step lower does not', () => {
    const grid = fc.constantFrom(...[100, 50, 25, 10, 1].map(uniformGrid), TAPERED)
    const mid = fc.integer({ min: 2000, max: 16_000 }).map((half) => half / 2)
    fc.assert(
      fc.property(mid, fc.constantFrom(0, 1), grid, (m, outcome, δ) => {
        const price = Rewards.lowestScoring(config, m, outcome, δ)
        const own = outcome === 0 ? m : ONE - m
        expect(onGrid(δ, price)).toBe(true)
        expect(Rewards.score(own - price, 400, 1)).toBeGreaterThan(0)
        expect(Rewards.score(own - stepsFrom(δ, price, -1), 400, 1)).toBe(0)
      }),
    )
    expect(Rewards.lowestScoring(config, Number.NaN, 0, uniformGrid(100))).toBe(ONE)
  })
})
