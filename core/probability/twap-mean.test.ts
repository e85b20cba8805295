import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../units/index.ts'
import * as TwapMean from './twap-mean.ts'

const FROM = 1_776_254_400 * SECOND
const UNTIL = FROM + 60 * SECOND
const ANY = Number.MAX_SAFE_INTEGER

const values = fc
  .array(
    fc.record({
      price: fc.integer({ min: 1, max: 2 ** 46 }),
      at: fc.integer({ min: -5 * SECOND, max: 65 * SECOND }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) => rows.sort((a, b) => a.at - b.at))

/** The mean by exact big integers, rounded once. */
function exact(rows: { price: number; at: number }[], now: number): number {
  const to = Math.min(now, UNTIL) - FROM
  let sum = 0n
  let last = -1
  let since = 0
  for (const { price, at } of rows) {
    if (at > 60 * SECOND) break
    const t = Math.max(at, 0)
    sum += BigInt(last < 0 ? price : last) * BigInt(t - since)
    last = price
    since = t
  }
  sum += BigInt(last) * BigInt(to - since)
  return Number((sum * 1_000_000n) / BigInt(to)) / 1e6
}

describe('mean over the look-back', () => {
  test('equals big-integer arithmetic, wherever it is read', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 70 * SECOND }), (rows, after) => {
        const now = FROM + after
        const known = rows.filter((row) => row.at <= after)
        fc.pre(known.length > 0 && known[0]!.at <= 60 * SECOND)
        const state = TwapMean.create(FROM, UNTIL, ANY)
        for (const { price, at } of known) TwapMean.update(state, price, FROM + at)
        const expected = exact(known, now)
        expect(Math.abs(TwapMean.value(state, now) - expected)).toBeLessThanOrEqual(expected * 1e-15 + 1e-6)
      }),
    )
  })

  test('does not depend on how often it is read', () => {
    fc.assert(
      fc.property(
        values,
        fc.array(fc.integer({ min: 0, max: 70 * SECOND }), { maxLength: 5 }),
        (rows, reads) => {
          const quiet = TwapMean.create(FROM, UNTIL, ANY)
          const read = TwapMean.create(FROM, UNTIL, ANY)
          for (const { price, at } of rows) {
            TwapMean.update(quiet, price, FROM + at)
            TwapMean.update(read, price, FROM + at)
            for (const after of reads) TwapMean.value(read, FROM + after)
          }
          expect(read).toEqual(quiet)
        },
      ),
    )
  })

  test('a constant price is its own mean, exactly', () => {
    const state = TwapMean.create(FROM, UNTIL, ANY)
    const price = 7_537_393_000_123
    for (let s = -1; s < 60; s++) TwapMean.update(state, price, FROM + s * SECOND)
    for (const after of [0, 1, 30 * SECOND, 60 * SECOND, 90 * SECOND])
      expect(TwapMean.value(state, FROM + after)).toBe(price)
  })

  test('a value that came before the start is in force there', () => {
    const state = TwapMean.create(FROM, UNTIL, 0)
    TwapMean.update(state, 100, FROM - 30 * SECOND)
    TwapMean.update(state, 200, FROM - 2 * SECOND)
    TwapMean.update(state, 400, FROM + 30 * SECOND)
    expect(TwapMean.value(state, UNTIL)).toBe(300)
    expect(TwapMean.value(state, FROM + 30 * SECOND)).toBe(200)
    expect(TwapMean.value(state, FROM)).toBe(200)
  })

  test('an unknown head is filled from its first value, up to the limit', () => {
    const filled = TwapMean.create(FROM, UNTIL, 3 * SECOND)
    TwapMean.update(filled, 100, FROM + 3 * SECOND)
    TwapMean.update(filled, 200, FROM + 30 * SECOND)
    expect(TwapMean.value(filled, UNTIL)).toBe(150)
    const unknown = TwapMean.create(FROM, UNTIL, 3 * SECOND)
    TwapMean.update(unknown, 100, FROM + 3 * SECOND + 1)
    expect(TwapMean.value(unknown, UNTIL)).toBeNaN()
    expect(unknown.missing_us).toBe(3 * SECOND + 1)
  })

  test('stands still after the end, and ignores values stamped after it or before the last', () => {
    const state = TwapMean.create(FROM, UNTIL, 0)
    TwapMean.update(state, 100, FROM)
    TwapMean.update(state, 200, FROM + 30 * SECOND)
    TwapMean.update(state, 900, FROM + 20 * SECOND)
    TwapMean.update(state, Number.NaN, FROM + 40 * SECOND)
    const end = TwapMean.value(state, UNTIL)
    expect(end).toBe(150)
    TwapMean.update(state, 900, UNTIL + 1)
    expect(TwapMean.value(state, UNTIL + 20 * SECOND)).toBe(end)
  })

  test('unknown before it begins and before any value', () => {
    const state = TwapMean.create(FROM, UNTIL, ANY)
    expect(TwapMean.value(state, UNTIL)).toBeNaN()
    TwapMean.update(state, 100, FROM - SECOND)
    expect(TwapMean.value(state, FROM - 1)).toBeNaN()
    expect(TwapMean.value(state, FROM)).toBe(100)
  })

  test('a look-back whose sums would not be exact is refused', () => {
    const refused = (from: number, until: number) => () => TwapMean.create(from, until, 0)
    expect(refused(FROM, FROM - 1)).toThrow(/look-back/)
    expect(refused(0, TwapMean.LOOKBACK_US_MAX + 1)).toThrow(
      expect.objectContaining({ code: 'twap_mean.lookback' }),
    )
    const state = TwapMean.create(0, TwapMean.LOOKBACK_US_MAX, 0)
    TwapMean.update(state, 2 ** 47 - 1, 0)
    expect(TwapMean.value(state, TwapMean.LOOKBACK_US_MAX)).toBe(2 ** 47 - 1)
  })
})
