import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCellReader } from './csv-cells.ts'

const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`

test('cells come back as they were written, quoted or plain, over as many lines as they have', () => {
  const plain = fc.string().filter((cell) => !/[",\n]/.test(cell))
  const any = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'ü', '') })
  const cell = fc.oneof(
    plain.map((text) => ({ text, written: text })),
    any.map((text) => ({ text, written: quote(text) })),
  )
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      (rows) => {
        const reader = createCellReader()
        const found: string[][] = []
        const text = rows.map((cells) => cells.map(({ written }) => written).join(',')).join('\n')
        for (const line of text.split('\n')) {
          const taken = reader.take(line)
          expect(taken).not.toBe('bad')
          if (typeof taken !== 'string') found.push(taken)
        }
        expect(reader.held).toBe(0)
        expect(found).toEqual(rows.map((cells) => cells.map((one) => one.text)))
      },
    ),
  )
})

test('text behind a closed quote is no cell, and the next line is read as if nothing had been', () => {
  for (const line of ['"a"b,c', '"a"" "x', '"a" ,b']) {
    const reader = createCellReader()
    expect(reader.take(line), line).toBe('bad')
    expect(reader.take('a,b')).toEqual(['a', 'b'])
  }
})

test('a quote that does not close holds what follows, and says how much', () => {
  const reader = createCellReader()
  expect(reader.take('a,"b')).toBe('open')
  expect(reader.take('c')).toBe('open')
  expect(reader.held).toBe(7)
  expect(reader.take('d"')).toEqual(['a', 'b\nc\nd'])
})
