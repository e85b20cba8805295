import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quotedCells } from './csv-cells.ts'

const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`

test('cells come back as they were written, quoted or plain', () => {
  const plain = fc.string().filter((cell) => !/[",\n]/.test(cell))
  const cell = fc.oneof(
    plain.map((text) => ({ text, written: text })),
    fc.string().map((text) => ({ text, written: quote(text) })),
  )
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 8 }), (cells) => {
      const line = cells.map(({ written }) => written).join(',')
      expect(quotedCells(line)).toEqual(cells.map(({ text }) => text))
    }),
  )
})

test('quotes that do not close, and text behind them, are no cells', () => {
  for (const line of ['a,"b', '"a"b,c', '"a"" ', '"']) expect(quotedCells(line), line).toBeUndefined()
})
