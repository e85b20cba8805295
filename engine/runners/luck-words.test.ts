import { expect, test } from 'vitest'
import { intervalNote, netText, rangeText } from './luck-words.ts'

const interval = { low: -219, high: 251, level: 0.95, windows: 40, blocks: 40 }

test('a net stands with its interval, in ASCII', () => {
  expect(netText(19.6, interval)).toBe('+19.60 [-219.00, +251.00]')
  expect(intervalNote(interval)).toBe('95 % interval over 40 traded windows')
})

test('windows that overlap are counted apart', () => {
  expect(intervalNote({ ...interval, windows: 80 })).toBe(
    '95 % interval over 80 traded windows, 40 apart in time',
  )
})

test('where too little was traded, that is said and no interval shown', () => {
  const few = { ...interval, windows: 7, blocks: 7 }
  expect(netText(19.6, few)).toBe('+19.60')
  expect(intervalNote(few)).toBe('7 traded windows: below 10 nothing can be told from luck')
  expect(rangeText({ ...few, low: null, high: null })).toBe('–')
})
