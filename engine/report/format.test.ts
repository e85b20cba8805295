import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  clock,
  count,
  counted,
  day,
  duration,
  fixed,
  moment,
  percent,
  price,
  shortHash,
  signed,
  signedUsdc,
  usdc,
} from './format.ts'

test('thousands are grouped, minus is an ASCII hyphen, nothing is minus zero', () => {
  expect(fixed(1_234_567.891, 2)).toBe('1,234,567.89')
  expect(fixed(-1234, 0)).toBe('-1,234')
  expect(fixed(-0.001, 2)).toBe('0.00')
  expect(fixed(999.999, 2)).toBe('1,000.00')
})

test('what is not known is a dash', () => {
  expect([
    fixed(Number.NaN, 2),
    signed(Number.NaN, 2),
    duration(Number.NaN),
    moment(Number.NaN),
    day(Number.NaN),
  ]).toEqual(['–', '–', '–', '–', '–'])
  expect(percent(1, 0)).toBe('–')
})

test('a formatted number reads back as the number', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      fc.integer({ min: 0, max: 6 }),
      (value, digits) => {
        const read = Number(fixed(value, digits).replaceAll(',', ''))
        expect(Math.abs(read - value)).toBeLessThanOrEqual(0.5 * 10 ** -digits + Math.abs(value) * 1e-15)
      },
    ),
  )
})

test('only gains carry a plus sign, and only those that show', () => {
  expect([signed(1.5, 1), signed(-1.5, 1), signed(0, 1), signed(0.01, 1)]).toEqual([
    '+1.5',
    '-1.5',
    '0.0',
    '0.0',
  ])
  expect([signedUsdc(2_500_000), usdc(2_500_000, 6)]).toEqual(['+2.50', '2.500000'])
})

test('counts know their plural', () => {
  expect([counted(1, 'fill'), counted(2, 'fill'), counted(0, 'entry', 'entries')]).toEqual([
    '1 fill',
    '2 fills',
    '0 entries',
  ])
  expect(count(12_345)).toBe('12,345')
})

test('times are UTC to the second, below it cut off', () => {
  const us = Date.UTC(2026, 3, 15, 12, 5, 7) * 1_000 + 999_999
  expect([day(us), clock(us), moment(us)]).toEqual(['2026-04-15', '12:05:07', '2026-04-15 12:05:07'])
})

test('durations take the two units that matter', () => {
  expect([250e3, 1e6, 4.24e6, 42e6, 59.97e6, 200e6, 3600e6, 7500e6, 1500].map(duration)).toEqual([
    '250 ms',
    '1.0 s',
    '4.2 s',
    '42 s',
    '1 min',
    '3 min 20 s',
    '1 h',
    '2 h 5 min',
    '1.5 ms',
  ])
})

test('a price has the decimals it needs', () => {
  expect([4_800, 4_810, 4_805, 9_999, 0].map(price)).toEqual(['0.48', '0.481', '0.4805', '0.9999', '0.00'])
})

test('a hash is cut to what the eye can tell apart', () => {
  expect(shortHash('0123456789abcdef')).toBe('0123456789ab')
})
