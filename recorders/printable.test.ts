import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableLines, shortened } from './printable.ts'

test('nothing that steers a terminal is left, and nothing else is touched', () => {
  const steering = ['\u001b[2J', '\u009b31m', '\u202e', '\u2066', '\r\n', '\u0000', '\u2028']
  for (const mark of steering) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
    expect(printable(`a${mark}b`)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/)
  }
  expect(printable('Žluťoučký – 价格 −1.50 📈')).toBe('Žluťoučký – 价格 −1.50 📈')
})

test('a shortened text keeps its head and its end, and is never longer than asked for', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.integer({ min: 3, max: 100 }),
      (text, max) => {
        const short = shortened(text, max)
        expect(short.length).toBeLessThanOrEqual(max)
        if (text.length <= max) expect(short).toBe(printable(text))
        else expect(short).toContain('…')
      },
    ),
  )
  expect(shortened('abcdefghij', 6)).toBe('abcd…j')
})

test('of lines the ends and the own colours stay, and nothing that moves or names', () => {
  const text = '\u001b[1mhead\u001b[22m\n\u001b]0;PWNED\u0007\u001b[2J\u009bx\tcell\r\n'
  expect(printableLines(text, true)).toBe('\u001b[1mhead\u001b[22m\n ]0;PWNED  [2J x\tcell \n')
  expect(printableLines(text, false)).not.toContain('\u001b')
})
