import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../units/index.ts'
import * as Boundary from './boundary.ts'
import * as Strike from './strike.ts'

const START = 1_776_254_400 * SECOND
const PRICE = 7_537_393_000_000

/** A value stamped `s` seconds after the start. */
function at(state: Strike.Strike, s: number, price: number, rest = 0): number {
  return Strike.onSettlement(state, START, price, rest, START + s * SECOND)
}

describe('from the settlement series', () => {
  test('the last value stamped at or before the start, provisional until one stamped later has arrived', () => {
    const state = Strike.create()
    expect(state.s0).toBeNaN()
    expect(at(state, -2, PRICE)).toBe(Strike.CHANGED)
    expect(at(state, 0, PRICE + 5, 250)).toBe(Strike.CHANGED)
    expect(state).toMatchObject({ price: PRICE + 5, rest: 250, final: false, source: 'settlement' })
    expect(at(state, 1, PRICE + 9)).toBe(Strike.BECAME_FINAL)
    expect(state).toMatchObject({ price: PRICE + 5, rest: 250, final: true })
    expect(state.s0).toBe(PRICE + 5 + 250 / 1e10)
    expect(at(state, 2, PRICE + 99)).toBe(0)
  })

  test('does not depend on the order in which values arrive', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 20 })
          .chain((stamps) =>
            fc.tuple(fc.constant(stamps), fc.shuffledSubarray(stamps, { minLength: stamps.length })),
          ),
        ([stamps, shuffled]) => {
          const state = Strike.create()
          for (const s of shuffled) at(state, s, PRICE + s)
          const before = stamps.filter((s) => s <= 0)
          expect(state.price).toBe(before.length === 0 ? -1 : PRICE + Math.max(...before))
          expect(state.final).toBe(before.length > 0 && before.length < stamps.length)
        },
      ),
    )
  })

  test('of two values with one stamp the later arrival holds', () => {
    const state = Strike.create()
    at(state, 0, PRICE)
    expect(at(state, 0, PRICE)).toBe(0)
    expect(at(state, 0, PRICE + 1)).toBe(Strike.CHANGED)
    expect(state.price).toBe(PRICE + 1)
  })

  test('a value too old at the start never becomes final by itself', () => {
    const state = Strike.create(3 * SECOND)
    at(state, -3.000001, PRICE)
    expect(at(state, 1, PRICE + 1)).toBe(0)
    expect(state.final).toBe(false)
    // The missing value comes late.
    expect(at(state, -3, PRICE)).toBe(Strike.BECAME_FINAL)
    const exact = Strike.create(0)
    at(exact, -1, PRICE)
    at(exact, 1, PRICE)
    expect(exact.final).toBe(false)
  })

  test('no value before the start: no strike', () => {
    const state = Strike.create()
    expect(at(state, 1, PRICE)).toBe(0)
    expect(state).toMatchObject({ s0: Number.NaN, price: -1, final: false, source: 'none' })
  })

  test('one-minute bars: the bar that closes at the start, final with the first bar inside the window', () => {
    const state = Strike.create(59_999_999)
    at(state, -60, PRICE)
    at(state, 0, PRICE + 7)
    expect(state.final).toBe(false)
    expect(at(state, 60, PRICE + 8)).toBe(Strike.BECAME_FINAL)
    expect(state.price).toBe(PRICE + 7)
  })
})

describe("the venue's own", () => {
  test('replaces the series value and is final at once', () => {
    const state = Strike.create(undefined, 1)
    at(state, 0, PRICE)
    expect(Strike.onMetadata(state, PRICE + 3, 12)).toBe(Strike.CHANGED | Strike.BECAME_FINAL)
    expect(state).toMatchObject({ price: PRICE + 3, rest: 12, final: true, source: 'metadata' })
    expect(at(state, 0, PRICE + 100)).toBe(0)
    expect(state.price).toBe(PRICE + 3)
    expect(Strike.onMetadata(state, PRICE + 3, 12)).toBe(0)
  })

  test('a difference beyond the tolerance is told once, whichever comes first', () => {
    const beyond = PRICE * 1.0001 + 1000
    const early = Strike.create(undefined, 1)
    Strike.onMetadata(early, Math.round(beyond), 0)
    expect(at(early, 0, PRICE)).toBe(0)
    expect(at(early, 1, PRICE)).toBe(Strike.MISMATCH)
    expect(at(early, 2, PRICE)).toBe(0)
    expect(early.mismatch_bps).toBeCloseTo(1, 3)
    const late = Strike.create(undefined, 1)
    at(late, 0, PRICE)
    at(late, 1, PRICE)
    expect(Strike.onMetadata(late, Math.round(beyond), 0)).toBe(Strike.CHANGED | Strike.MISMATCH)
    expect(Strike.onMetadata(late, Math.round(beyond), 0)).toBe(0)
  })

  test('a difference of exactly the tolerance is none', () => {
    const state = Strike.create(undefined, 1)
    at(state, 0, 10_000_000_000)
    at(state, 1, 10_000_000_000)
    expect(Strike.onMetadata(state, 10_001_000_000, 0)).toBe(Strike.CHANGED)
    expect(state.mismatch_bps).toBe(1)
  })
})

test('prices compare at 1e-18 USD: first the whole, then the rest', () => {
  const whole = fc.integer({ min: 0, max: 2 ** 50 })
  const rest = fc.integer({ min: 0, max: Boundary.REST_ONE - 1 })
  fc.assert(
    fc.property(whole, rest, fc.integer({ min: -2, max: 2 }), rest, (price, a, step, b) => {
      const left = BigInt(price) * 10_000_000_000n + BigInt(a)
      const right = BigInt(price + step) * 10_000_000_000n + BigInt(b)
      const sign = left > right ? 1 : left < right ? -1 : 0
      expect(Boundary.compare(price, a, price + step, b)).toBe(sign)
    }),
  )
})
