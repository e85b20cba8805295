import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Marks from './marks.ts'

const side = fc.constantFrom(1, 2)
const price = fc.integer({ min: 1, max: 6 })
const moves = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        side,
        price,
        size: fc.integer({ min: 1, max: 99 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), side, price }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  ),
)

test('marks equal a map of levels', () => {
  fc.assert(
    fc.property(moves, (list) => {
      const marks = Marks.create()
      const model = new Map<string, number>()
      for (const move of list) {
        if (move.do === 'clear') {
          Marks.clear(marks)
          model.clear()
          continue
        }
        const key = `${move.side}@${move.price}`
        const before = model.get(key) ?? 0
        if (move.do === 'add') {
          Marks.add(marks, move.side, move.price, move.size)
          model.set(key, before + move.size)
        } else {
          expect(Marks.take(marks, move.side, move.price)).toBe(before)
          model.delete(key)
        }
        expect(Marks.sizeAt(marks, move.side, move.price)).toBe(model.get(key) ?? 0)
      }
      const left = marks.price.map((at, i) => [`${marks.side[i]}@${at}`, marks.size[i]] as const)
      expect(new Map(left)).toEqual(model)
      expect(left.length).toBe(model.size)
    }),
    { numRuns: 300 },
  )
})
