import { expect, test } from 'vitest'
import { type Asks, asksInWords, asksOfFunctions } from './asks.ts'

const asks = (what: string, line = 1): Asks => ({ file: 'mine.ts', line, what, why: 'because' })

test('one line names each kind once, with its first place and its reason, and says how many more there are', () => {
  expect(asksInWords([])).toBeNull()
  expect(asksInWords([asks('Date', 3), asks('Date', 9)])).toBe(
    'asks for what a strategy may not know: Date (mine.ts:3, because)',
  )
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((what) => asks(what))
  expect(asksInWords(many)).toMatch(/a \(mine\.ts:1, because\); b .*; d [^;]*; and 2 more$/)
})

test('functions of the caller’s own code are read by their text, in every form', async () => {
  const forms = {
    method: { on() { return Date.now() } }.on, // biome-ignore format: the text is read
    arrow: () => Date.now(),
    plain: function named() {
      return Date.now()
    },
  }
  for (const [form, on] of Object.entries(forms)) {
    expect(
      (await asksOfFunctions({ on })).map(({ what, why }) => [what, why]),
      form,
    ).toEqual([['Date', 'asks a clock']])
  }
  expect(await asksOfFunctions({ init: () => ({}), on: (state: object) => void state })).toEqual([])
})
