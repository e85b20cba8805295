import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../units/index.ts'
import * as Basis from './basis.ts'

const HALF_LIFE = 600 * SECOND

const observations = fc.array(
  fc.record({
    dt: fc.integer({ min: 1, max: 3 * SECOND }),
    ratio: fc.integer({ min: 990_000, max: 1_010_000 }).map((k) => k / 1_000_000),
  }),
  { minLength: 1, maxLength: 50 },
)

describe('slow basis', () => {
  test('equals the weighted mean written out', () => {
    fc.assert(
      fc.property(observations, (list) => {
        const state = Basis.create(1, HALF_LIFE, 3 * SECOND, Number.NaN)
        let t = 0
        let weights = 0
        let sum = 0
        for (const [i, { dt, ratio }] of list.entries()) {
          t += dt
          Basis.begin(state, t)
          Basis.observe(state, 0, ratio)
          // The first has no span of its own: it counts for the longest.
          const keep = 2 ** (-(i === 0 ? 3 * SECOND : dt) / HALF_LIFE)
          weights = weights * keep + (1 - keep)
          sum = sum * keep + (1 - keep) * ratio
        }
        expect(state.factor[0]).toBeCloseTo(sum / weights, 10)
      }),
    )
  })

  test('one value after a long silence does not become the estimate', () => {
    const state = Basis.create(1, HALF_LIFE, 3 * SECOND, Number.NaN)
    for (let s = 1; s <= 1_200; s++) {
      Basis.begin(state, s * SECOND)
      Basis.observe(state, 0, 1)
    }
    Basis.begin(state, 90_000 * SECOND)
    Basis.observe(state, 0, 1.01)
    expect(state.factor[0]! - 1).toBeLessThan(1e-4)
    expect(state.factor[0]! - 1).toBeGreaterThan(1e-5)
  })

  test('half of a lasting shift is taken up within a half-life', () => {
    const state = Basis.create(1, HALF_LIFE, 3 * SECOND, Number.NaN)
    let t = 0
    const run = (ratio: number, seconds: number) => {
      for (let s = 0; s < seconds; s++) {
        t += SECOND
        Basis.begin(state, t)
        Basis.observe(state, 0, ratio)
      }
    }
    run(1, 12_000)
    run(1.001, 600)
    expect(state.factor[0]).toBeCloseTo(1.0005, 6)
  })

  test('a venue that cannot be compared keeps its factor, one never compared has none', () => {
    const state = Basis.create(3, HALF_LIFE, 3 * SECOND, Number.NaN)
    Basis.begin(state, SECOND)
    Basis.observe(state, 0, 1.001)
    Basis.observe(state, 1, Number.NaN)
    Basis.begin(state, 2 * SECOND)
    Basis.observe(state, 0, Number.NaN)
    expect(state.factor[0]).toBe(1.001)
    expect(state.factor[1]).toBeNaN()
    expect(state.factor[2]).toBeNaN()
  })

  test('nothing to compare with: every venue counts as it is', () => {
    expect([...Basis.create(2, HALF_LIFE, SECOND, 1).factor]).toEqual([1, 1])
  })

  test('a second value at the same stamp weighs nothing', () => {
    const state = Basis.create(1, HALF_LIFE, 3 * SECOND, Number.NaN)
    Basis.begin(state, SECOND)
    Basis.observe(state, 0, 1)
    Basis.begin(state, SECOND)
    Basis.observe(state, 0, 2)
    expect(state.factor[0]).toBe(1)
    const late = Basis.create(1, HALF_LIFE, 3 * SECOND, Number.NaN)
    Basis.begin(late, SECOND)
    Basis.begin(late, SECOND)
    Basis.observe(late, 0, 2)
    expect(late.factor[0]).toBeNaN()
  })
})
