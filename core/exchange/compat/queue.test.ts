import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMessages, dueAt, push, take } from './messages.ts'
import { frontAfter, isReached } from './queue.ts'

const size = fc.integer({ min: 0, max: 1_000 })

describe('power-probability queue', () => {
  test('the front never grows, and never exceeds the level', () => {
    fc.assert(
      fc.property(size, size, size, size, (front, traded, before, after) => {
        const ahead = Math.min(front, before)
        const result = frontAfter(ahead, traded, before, after)
        expect(result).toBeLessThanOrEqual(after)
        // An empty level says nothing about what was ahead: 0/0.
        if (before > 0) expect(result).toBeLessThanOrEqual(ahead)
      }),
    )
  })

  test('a shrinking that trades explain moves nobody', () => {
    fc.assert(
      fc.property(size, size, size, (front, traded, after) => {
        const before = after + traded
        fc.pre(front <= before && before > 0)
        expect(frontAfter(front, traded, before, after)).toBe(Math.min(front, after))
      }),
    )
  })

  test('a growing level joins behind', () => {
    expect(frontAfter(7, 0, 10, 50)).toBe(7)
    expect(frontAfter(7, 3, 10, 9)).toBe(7)
    expect(frontAfter(7, 8, 10, 4)).toBe(4)
  })

  test('cancellations are shared by the cube of the part ahead', () => {
    // Half ahead: p = 1 − 1/8 of the 8 cancelled were behind, 1 ahead.
    expect(frontAfter(50, 0, 100, 92)).toBe(49)
    // What is behind cannot cancel more than there is: the rest was ahead.
    expect(frontAfter(50, 0, 100, 20)).toBeCloseTo(50 - 10 - (70 - 50), 12)
    expect(frontAfter(100, 0, 100, 60)).toBe(60)
    expect(frontAfter(0, 0, 0, 0)).toBe(0)
    expect(frontAfter(-0.25, 0, 0, 0)).toBe(-0.25)
  })

  test('an order is reached when what is ahead rounds to one unit less than nothing', () => {
    expect([0.4, 0, -0.49, -0.5, -3].map(isReached)).toEqual([false, false, false, true, true])
  })
})

describe('a wire', () => {
  test('gives messages back in the order sent, round and round the ring', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 60 }), (bursts) => {
        const wire = createMessages(4)
        let sent = 0
        let taken = 0
        for (const burst of bursts) {
          for (let i = 0; i < burst; i++) push(wire, sent, sent++, 1)
          expect(dueAt(wire)).toBe(burst === 0 ? Number.POSITIVE_INFINITY : taken)
          for (let i = 0; i < burst; i++) expect(wire.order[take(wire)]).toBe(taken++)
        }
      }),
    )
  })

  test('that is full refuses, it does not overwrite', () => {
    const wire = createMessages(4)
    for (let i = 0; i < 8; i++) push(wire, i, i, 1)
    expect(() => push(wire, 8, 8, 1)).toThrow(expect.objectContaining({ code: 'compat.wire' }))
    expect(wire.order[take(wire)]).toBe(0)
  })
})
