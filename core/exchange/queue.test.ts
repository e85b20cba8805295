import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MICRO } from '../units/index.ts'
import { frontAfter } from './compat/queue.ts'
import { afterChange } from './queue.ts'

const size = fc.integer({ min: 0, max: 5_000 * MICRO })
const power = fc.integer({ min: 0, max: 16 })

describe('the power-probability queue', () => {
  test('is the oracle’s rule in whole micro-shares, rounded up', () => {
    fc.assert(
      fc.property(size, size, size, size, (front, traded, before, after) => {
        fc.pre(before > 0 && before !== after)
        const ahead = Math.min(front, before)
        const oracle = frontAfter(ahead, traded, before, after)
        const own = afterChange(ahead, before, after, before - after - traded, 3)
        expect(own).toBe(Math.max(0, Math.min(Math.ceil(oracle), after)))
      }),
      { numRuns: 3000 },
    )
  })

  test('nobody is put back, nobody jumps further than was cancelled, nobody stands behind what is there', () => {
    fc.assert(
      fc.property(size, size, size, size, power, (front, traded, before, after, n) => {
        fc.pre(before > 0 && before !== after)
        const ahead = Math.min(front, before)
        const c = before - after - traded
        const own = afterChange(ahead, before, after, c, n)
        expect(Number.isInteger(own)).toBe(true)
        expect(own).toBeLessThanOrEqual(Math.min(ahead, after))
        expect(own).toBeGreaterThanOrEqual(Math.min(Math.max(0, ahead - Math.max(0, c)), after))
      }),
      { numRuns: 2000 },
    )
  })

  test('the further back, the more of a cancellation was ahead', () => {
    fc.assert(
      fc.property(size, size, size, power, (a, b, before, n) => {
        fc.pre(before > 1)
        const [near, far] = [Math.min(a, b, before), Math.min(Math.max(a, b), before)]
        const after = Math.floor(before / 2)
        const c = before - after
        expect(afterChange(near, before, after, c, n)).toBeLessThanOrEqual(
          afterChange(far, before, after, c, n),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('power 0 takes every cancellation from ahead, a high one nearly none', () => {
    expect(afterChange(60, 100, 80, 20, 0)).toBe(40)
    expect(afterChange(60, 100, 80, 20, 16)).toBe(60)
    expect(afterChange(60, 100, 80, 20, 1)).toBe(48)
  })

  test('what the part behind cannot hold came from ahead', () => {
    // 10 behind; of 50 cancelled hardly any would be ahead by the power, but only 10 can be behind.
    expect(afterChange(90, 100, 50, 50, 16)).toBe(50)
  })
})
