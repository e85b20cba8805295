import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mulDiv, notional, type Rounding, UnitsError } from './index.ts'

/** The same in big integers, by floor division. */
function exact(a: number, b: number, c: number, rounding: Rounding): bigint {
  const n = BigInt(a) * BigInt(b) * (c < 0 ? -1n : 1n)
  const d = BigInt(Math.abs(c))
  const floor = (x: bigint) => (x >= 0n ? x / d : -((-x + d - 1n) / d))
  if (rounding === 'down') return floor(n)
  if (rounding === 'up') return -floor(-n)
  const magnitude = (2n * (n < 0n ? -n : n) + d) / (2n * d)
  return n < 0n ? -magnitude : magnitude
}

const rounding = fc.constantFrom<Rounding>('down', 'up', 'half_away')
const any = fc.maxSafeInteger()
const small = fc.integer({ min: -100_000, max: 100_000 })
// Products at the very edge of what a double holds, and quotients a hair from a whole number.
const edge = fc.integer({ min: 0, max: 5 }).map((n) => Number.MAX_SAFE_INTEGER - n)

describe('mulDiv', () => {
  test('is a·b/c rounded once, exactly, and refuses only what no double holds', () => {
    const number = fc.oneof(
      any,
      small,
      edge,
      edge.map((n) => -n),
    )
    fc.assert(
      fc.property(number, number, number, rounding, (a, b, c, r) => {
        fc.pre(c !== 0)
        const expected = exact(a, b, c, r)
        if (expected > Number.MAX_SAFE_INTEGER || expected < -Number.MAX_SAFE_INTEGER) {
          expect(() => mulDiv(a, b, c, r)).toThrow(
            expect.objectContaining({ code: 'units.mul_div_overflow' }) as Error,
          )
          return
        }
        const result = mulDiv(a, b, c, r)
        expect(BigInt(result)).toBe(expected)
        expect(Object.is(result, -0)).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  test('is exact where the quotient is within a hair of a whole number', () => {
    const whole = fc.integer({ min: 1, max: 2 ** 40 })
    const divisor = fc.integer({ min: 2, max: 8191 })
    fc.assert(
      fc.property(
        whole,
        divisor,
        fc.integer({ min: -1, max: 1 }),
        rounding,
        fc.boolean(),
        (k, d, off, r, negative) => {
          const n = (k * d + off) * (negative ? -1 : 1)
          expect(BigInt(mulDiv(n, 1, d, r))).toBe(exact(n, 1, d, r))
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('refuses fractions, infinities and a divisor of 0', () => {
    for (const [a, b, c] of [
      [0.5, 1, 1],
      [1, Number.NaN, 1],
      [1, 1, Number.POSITIVE_INFINITY],
      [1, 1, 0],
      [2 ** 53, 1, 1],
    ] as const)
      expect(() => mulDiv(a, b, c, 'down')).toThrow(UnitsError)
  })

  test('a size at a price is its value, rounded once', () => {
    expect(notional(20_000_000, 5100, 'up')).toBe(10_200_000)
    expect(notional(3_333_333, 3333, 'up')).toBe(1_111_000)
    expect(notional(3_333_333, 3333, 'down')).toBe(1_110_999)
  })
})
