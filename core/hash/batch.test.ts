import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Batch, Mix } from './index.ts'

const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, -0, 0, -1, 2 ** 53 - 1))
/** Longer than what is gathered at once, now and then. */
const numbers = fc.array(number, { maxLength: 2_000, size: 'max' })
const word = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 })
const text = fc.string({ unit: 'binary', maxLength: 3_000 })

function oneByOne(absorb: (mix: Mix.Mix) => void): string {
  const mix = Mix.create()
  Mix.word(mix, 7)
  absorb(mix)
  return mix.join()
}

function gathered(absorb: (batch: Batch.Batch, mix: Mix.Mix) => void): string {
  const mix = Mix.create()
  const batch = Batch.create()
  Batch.word(batch, mix, 7)
  absorb(batch, mix)
  Batch.flush(batch, mix)
  return mix.join()
}

describe('what is gathered gives the lanes of what is absorbed one by one:', () => {
  test('numbers', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const expected = oneByOne((mix) => {
          for (const value of values) Mix.number(mix, value)
        })
        expect(gathered((batch, mix) => Batch.numbers(batch, mix, Float64Array.from(values)))).toBe(expected)
      }),
    )
  })

  test.each([
    ['Uint8Array', Uint8Array],
    ['Uint16Array', Uint16Array],
    ['Uint32Array', Uint32Array],
    ['Int32Array', Int32Array],
  ] as const)('integers of a %s', (_, type) => {
    fc.assert(
      fc.property(numbers, (values) => {
        const array = type.from(values)
        const expected = oneByOne((mix) => {
          for (const value of array) Mix.word(mix, value)
        })
        expect(gathered((batch, mix) => Batch.integers(batch, mix, array))).toBe(expected)
      }),
    )
  })

  test('words, numbers and texts in any order', () => {
    const value = fc.oneof(
      fc.record({ kind: fc.constant('word' as const), of: word }),
      fc.record({ kind: fc.constant('number' as const), of: number }),
      fc.record({ kind: fc.constant('text' as const), of: text }),
    )
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (values) => {
        const expected = oneByOne((mix) => {
          for (const { kind, of } of values) {
            if (kind === 'word') Mix.word(mix, of)
            else if (kind === 'number') Mix.number(mix, of)
            else Mix.text(mix, of)
          }
        })
        const found = gathered((batch, mix) => {
          for (const { kind, of } of values) {
            if (kind === 'word') Batch.word(batch, mix, of)
            else if (kind === 'number') Batch.number(batch, mix, of)
            else Batch.text(batch, mix, of)
          }
        })
        expect(found).toBe(expected)
      }),
    )
  })

  test('texts turned into words before', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
        const expected = oneByOne((mix) => {
          for (const one of texts) Mix.text(mix, one)
        })
        const words = texts.map(Batch.wordsOf)
        expect(
          gathered((batch, mix) => {
            for (const one of words) Batch.name(batch, mix, one)
          }),
        ).toBe(expected)
      }),
    )
  })

  test('rows of words and numbers', () => {
    const value = fc.oneof(fc.tuple(fc.constant('w'), word), fc.tuple(fc.constant('n'), number))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 1_200, size: 'max' }), (row) => {
        const expected = oneByOne((mix) => {
          for (const [kind, x] of row) kind === 'w' ? Mix.word(mix, x) : Mix.number(mix, x)
        })
        const shape = Batch.shapeOf(row.map(([kind]) => kind).join(''))
        const values = Float64Array.from(row, ([, x]) => x)
        expect(gathered((batch, mix) => Batch.row(batch, mix, shape, values))).toBe(expected)
      }),
    )
  })
})
