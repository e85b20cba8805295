import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDecimal18, readE18 } from '../import/e18.ts'
import { exact } from '../import/exact.ts'
import { parseLossless, plainDecimal } from './lossless.ts'
import { epochStamp, isoStamp } from './stamp.ts'

describe('numbers of JSON', () => {
  test.each([
    '0.1',
    '105944.20',
    '79639.20029609217',
    '12345678901234567890',
    '0.30000000000000004',
    '-0',
    '1e400',
    '90071992.54740993',
  ])('%s is kept as it is written', (text) => {
    expect(parseLossless(`{"a":[${text}]}`)).toEqual({ a: [text] })
  })

  test('a number that a double cannot hold is read exactly', () => {
    // The double nearest to it is another number of 1e-8.
    expect(exact(parseLossless('70000000.00000005'), 8)).toBe(7_000_000_000_000_005)
    expect(Math.round(Number('70000000.00000005') * 1e8)).not.toBe(7_000_000_000_000_005)
    expect(readDecimal18(parseLossless('78803.715261094101516288') as string)).toEqual({
      price: 7_880_371_526_109,
      rest: 4_101_516_288,
    })
  })

  test('texts, flags and null are left alone', () => {
    expect(parseLossless('{"a":"1.50","b":true,"c":null,"d":{}}')).toEqual({
      a: '1.50',
      b: true,
      c: null,
      d: {},
    })
  })

  test('every decimal of 1e-8 comes back as it was, with an exponent or without', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: -12, max: 12 }),
        (units, shift) => {
          const digits = String(units).padStart(9, '0')
          const plain = `${digits.slice(0, -8)}.${digits.slice(-8)}`
          expect(exact(plainDecimal(parseLossless(plain) as string), 8)).toBe(units)
          // The same number with its point elsewhere: units × 10^−8.
          const moved = `${units}e${-8 - shift}`
          const point = plainDecimal(parseLossless(moved) as string)
          expect(exact(plainDecimal(`${point}e${shift}`), 8)).toBe(units)
        },
      ),
    )
  })

  test.each([
    ['2.5e-7', '0.00000025'],
    ['5e-05', '0.00005'],
    ['1E3', '1000'],
    ['1.2345e2', '123.45'],
    ['-1.5e1', '-15'],
    ['12', '12'],
    ['1e41', undefined],
    ['1e-41', undefined],
    ['.5', undefined],
    ['', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
  ])('%s in plain decimals is %s', (text, plain) => {
    expect(plainDecimal(text)).toBe(plain)
  })
})

describe('values of 18 decimals', () => {
  test('plain and scaled texts of one value are one value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 10n, max: 10n ** 25n }), (units) => {
        const digits = String(units).padStart(19, '0')
        const plain = readDecimal18(`${digits.slice(0, -18)}.${digits.slice(-18)}`)
        expect(plain).toEqual(readE18(String(units)))
        expect(plain === undefined ? units : BigInt(plain.price) * 10n ** 10n + BigInt(plain.rest)).toBe(
          units,
        )
      }),
    )
  })

  test.each(['', '.', '1.', '-1', '1e3', '0.0', '1.0000000000000000001', ' 1', '1,5', '9999999999999'])(
    '"%s" is none',
    (text) => {
      expect(readDecimal18(text)).toBeUndefined()
    },
  )
})

describe('stamps', () => {
  test('are read in ms and in µs, by the number of their digits', () => {
    expect(epochStamp(1_795_219_200_123)).toBe(1_795_219_200_123_000)
    expect(epochStamp(1_795_219_200_123_456)).toBe(1_795_219_200_123_456)
    for (const none of [0, -1_795_219_200_123, 1_795_219_200, 1.5, Number.NaN, 1e20])
      expect(epochStamp(none)).toBeNaN()
  })

  test('in ISO 8601 are whole µs, finer digits cut off', () => {
    expect(isoStamp('2026-11-21T00:00:00.123456Z')).toBe(1_795_219_200_123_456)
    expect(isoStamp('2026-11-21T00:00:00.123456789Z')).toBe(1_795_219_200_123_456)
    expect(isoStamp('2026-11-21T01:00:00+01:00')).toBe(1_795_219_200_000_000)
    for (const none of [
      '',
      '2026-11-21',
      '2026-11-21T00:00:00',
      '2026-02-30T00:00:00Z',
      '1969-01-01T00:00:00Z',
    ])
      expect(isoStamp(none)).toBeNaN()
  })
})
