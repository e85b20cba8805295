import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EXCH, LOCAL, orderEvents } from './event-order.ts'

test('each side takes every event once, the exchange by exchange time, the strategy in the order of reception', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 40 }), (exch) => {
      const { rows, takers } = orderEvents(exch, exch.length)
      const taken = (by: number) => [...rows].filter((_, i) => (takers[i]! & by) !== 0)
      const inOrder = Array.from(exch, (_, i) => i)
      expect(taken(LOCAL)).toEqual(inOrder)
      expect(taken(EXCH)).toEqual(inOrder.toSorted((a, b) => exch[a]! - exch[b]! || a - b))
      expect(takers.every((by) => by > 0)).toBe(true)
    }),
  )
})

test('events that both take in one order stand once; one that arrived too late stands twice, and no other does', () => {
  expect([...orderEvents([1, 2, 2, 3], 4).takers]).toEqual([3, 3, 3, 3])
  const late = orderEvents([1, 4, 2, 5], 4)
  expect([...late.rows]).toEqual([0, 2, 1, 2, 3])
  expect([...late.takers]).toEqual([3, EXCH, 3, LOCAL, 3])
})
