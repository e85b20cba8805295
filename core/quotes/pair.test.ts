import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TAPERED } from '../strategies/view.fixture.ts'
import { ONE, type PriceGrid, priceAt, stepsFrom, uniformGrid } from '../units/index.ts'
import { Pair } from './index.ts'

/** The rule as it is written: one step at a time. */
function oneByOne(up: number, down: number, target: number, q_up: number, grid: PriceGrid): Pair.Pair {
  const pair = { up, down }
  let ties = 0
  while (pair.up + pair.down > target) {
    const gap = (2 * q_up - 1) * ONE - pair.up + pair.down
    let takes_up = gap < 0
    if (Math.abs(gap) <= 1e-6) takes_up = ties++ % 2 === 0
    if (pair.up === 0) takes_up = false
    if (pair.down === 0) takes_up = true
    if (takes_up) pair.up = stepsFrom(grid, pair.up, -1)
    else pair.down = stepsFrom(grid, pair.down, -1)
  }
  return pair
}

const grid = fc.constantFrom(...[1000, 100, 50, 25, 10, 1].map(uniformGrid), TAPERED)

describe('the pair rule', () => {
  test('of any grid: what taking step by step gives', () => {
    const quarter = fc.integer({ min: 1, max: 399 }).map((n) => n / 400)
    const q = fc.oneof(quarter, fc.double({ min: 0.005, max: 0.995, noNaN: true }))
    fc.assert(
      fc.property(
        grid,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 5000, max: 9999 }),
        q,
        (δ, a, b, target, q_up) => {
          const pair = { up: priceAt(δ, a % δ.count), down: priceAt(δ, b % δ.count) }
          const expected = oneByOne(pair.up, pair.down, target, q_up, δ)
          Pair.trim(pair, target, q_up, δ)
          expect(pair).toEqual(expected)
          expect(pair.up + pair.down).toBeLessThanOrEqual(target)
          expect(Math.min(pair.up, pair.down)).toBeGreaterThanOrEqual(0)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('the smaller edge pays first', () => {
    const pair = { up: 5200, down: 4900 }
    // Edges 0.03 for Up and −0.04 for Down: Down pays.
    Pair.trim(pair, 9900, 0.55, uniformGrid(100))
    expect(pair).toEqual({ up: 5200, down: 4700 })
  })

  test('ties go to Up first, then in turn', () => {
    const take = (count: number) => {
      const pair = { up: 5000, down: 5000 }
      Pair.trim(pair, 10_000 - 100 * count, 0.5, uniformGrid(100))
      return [5000 - pair.up, 5000 - pair.down].map((n) => n / 100)
    }
    expect([1, 2, 3, 4, 5, 6].map(take)).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 2],
      [3, 2],
      [3, 3],
    ])
  })

  test('one bid alone is held to the target too', () => {
    const pair = { up: 0, down: 9900 }
    Pair.trim(pair, 9555, 0.005, uniformGrid(10))
    expect(pair).toEqual({ up: 0, down: 9550 })
    const other = { up: 9900, down: 0 }
    Pair.trim(other, 9500, 0.995, uniformGrid(100))
    expect(other).toEqual({ up: 9500, down: 0 })
  })
})
