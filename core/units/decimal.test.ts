import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDecimal, parseDecimal } from './index.ts'

const decimals = fc.integer({ min: 0, max: 15 })
const refused = expect.objectContaining({ code: 'units.decimal' }) as Error

describe('decimals', () => {
  test('what was written is read back, exactly, over the whole safe range', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), decimals, (value, n) => {
        const text = formatDecimal(value, n)
        expect(Object.is(parseDecimal(text, n), value + 0)).toBe(true)
        expect(text).toMatch(/^-?\d+(\.\d*[1-9])?$/)
        // More decimals only shift it.
        if (n < 15 && Number.isSafeInteger(value * 10)) expect(parseDecimal(text, n + 1)).toBe(value * 10)
      }),
      { numRuns: 3000 },
    )
  })

  test('a text is worth what its digits say', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(digits, digits, decimals, fc.constantFrom('', '-', '+'), (whole, fraction, n, sign) => {
        const text = `${sign}${whole}.${fraction}`
        const exact = BigInt(whole + fraction.slice(0, n).padEnd(n, '0')) * (sign === '-' ? -1n : 1n)
        const magnitude = exact < 0n ? -exact : exact
        if (magnitude > BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(() => parseDecimal(text, n, 'cut')).toThrow(refused)
          return
        }
        expect(BigInt(parseDecimal(text, n, 'cut'))).toBe(exact)
        if (/^0*$/.test(fraction.slice(n))) expect(BigInt(parseDecimal(text, n))).toBe(exact)
        else expect(() => parseDecimal(text, n)).toThrow(refused)
      }),
      { numRuns: 3000 },
    )
  })

  test.each(['', '-', '.', '+.', '1e3', ' 1', '1 ', '0x10', '1,5', '1.2.3', '--1', 'NaN', 'Infinity', '١'])(
    'refuses %j',
    (text) => {
      expect(() => parseDecimal(text, 6)).toThrow(refused)
    },
  )

  test('by hand', () => {
    expect(parseDecimal('0.5', 6)).toBe(500_000)
    expect(parseDecimal('.5', 1)).toBe(5)
    expect(parseDecimal('5.', 1)).toBe(50)
    expect(parseDecimal('75373.93', 8)).toBe(7_537_393_000_000)
    expect(parseDecimal('-0.0', 4)).toBe(0)
    expect(Object.is(parseDecimal('-0', 0), -0)).toBe(false)
    expect(parseDecimal('9007199254740991', 0)).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => parseDecimal('9007199254740992', 0)).toThrow(refused)
    expect(() => parseDecimal('9007199254740995', 0)).toThrow(refused)
    expect(parseDecimal('1.2345', 2, 'cut')).toBe(123)
    expect(formatDecimal(500_000, 6)).toBe('0.5')
    expect(formatDecimal(-1, 6)).toBe('-0.000001')
    expect(formatDecimal(1_000_000, 6)).toBe('1')
    expect(formatDecimal(120, 0)).toBe('120')
  })
})
