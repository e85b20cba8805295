import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { follow } from './sequence.ts'

function missed(numbers: readonly number[]): number {
  let last: number | undefined
  let sum = 0
  for (const number of numbers) {
    const step = follow(last, number)
    last = step.last
    sum += step.missed
  }
  return sum
}

test('what is left out of a count is missed, whatever number it begins with', () => {
  fc.assert(
    fc.property(
      fc.nat(1e9),
      fc.uniqueArray(fc.nat(500), { minLength: 1 }).map((list) => list.sort((a, b) => a - b)),
      (from, list) => {
        const span = list.at(-1)! - list[0]! + 1
        expect(missed(list.map((one) => from + one))).toBe(span - list.length)
      },
    ),
  )
})

test('a message that comes twice or late is late, and what follows misses nothing', () => {
  expect(follow(10, 10)).toEqual({ last: 10, missed: 0, late: true })
  expect(follow(10, 9)).toEqual({ last: 10, missed: 0, late: true })
  expect(missed([8, 10, 9, 10, 11])).toBe(1)
})

test('one wrong number does not silence those behind it', () => {
  expect(follow(1e15, 12)).toEqual({ last: 12, missed: 0, late: false })
})
