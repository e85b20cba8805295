import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE, SECOND } from '../units/index.ts'
import { Settling, Verdicts } from './index.ts'

/** Values at whole seconds; windows of 5 to 20 s that may overlap and repeat. */
const values = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 60 }),
    price: fc.integer({ min: 1, max: 4 }),
    rest: fc.integer({ min: 0, max: 1 }),
  }),
  { maxLength: 60 },
)
const cases = fc.array(
  fc.record({
    start: fc.integer({ min: 0, max: 50 }),
    length: fc.integer({ min: 5, max: 20 }),
    tie: fc.constantFrom('up' as const, 'half' as const),
  }),
  { minLength: 1, maxLength: 6 },
)
type Value = { at: number; price: number; rest: number }

const toCases = (list: readonly { start: number; length: number; tie: 'up' | 'half' }[]) =>
  list.map(({ start, length, tie }) => ({
    ...Settling.instantsOf(start * SECOND, (start + length) * SECOND, 'spot'),
    tie,
  }))

/** The rule said plainly: the last value stamped at or before, not too old, once a later one was seen. */
function naive(list: readonly Value[], at: number, max_age: number): Value | null {
  if (!list.some((value) => value.at > at)) return null
  let best: Value | null = null
  for (const value of list) if (value.at <= at && (best === null || value.at >= best.at)) best = value
  return best !== null && at - best.at <= max_age ? best : null
}

describe('verdicts', () => {
  test('are those of the plain rule for every window, whatever the order of windows', () => {
    fc.assert(
      fc.property(values, cases, fc.integer({ min: 0, max: 3 }), (list, made, max_age) => {
        // Values come by their stamps: once a boundary is final nothing after it changes it.
        const sorted = [...list].sort((a, b) => a.at - b.at)
        const state = Verdicts.create(toCases(made), max_age * SECOND)
        for (const { at, price, rest } of sorted) Verdicts.onValue(state, price, rest, at * SECOND)
        made.forEach(({ start, length, tie }, i) => {
          const from = naive(sorted, start, max_age)
          const to = naive(sorted, start + length, max_age)
          const sign = from === null || to === null ? 0 : to.price - from.price || to.rest - from.rest
          const expected =
            from === null || to === null
              ? -1
              : sign > 0 || (sign === 0 && tie === 'up')
                ? ONE
                : sign === 0
                  ? ONE / 2
                  : 0
          expect(Verdicts.payout(state, i)).toBe(expected)
          expect(Verdicts.missing(state, i)).toBe(from === null ? 'strike' : to === null ? 'end' : null)
        })
      }),
    )
  })

  test('go by the venue own strike where it states one, and say whether the series agrees', () => {
    const state = Verdicts.create(toCases([{ start: 10, length: 10, tie: 'up' }]), 0)
    expect(Verdicts.strikeAgrees(state, 0)).toBe(null)
    for (const [at, price, rest] of [
      [10, 100, 5],
      [11, 100, 6],
      [20, 100, 4],
      [21, 1, 0],
    ] as const)
      Verdicts.onValue(state, price, rest, at * SECOND)
    expect(Verdicts.payout(state, 0)).toBe(0)
    expect(Verdicts.strikeAgrees(state, 0)).toBe(null)
    Verdicts.onStrike(state, 0, 100, 5)
    expect(Verdicts.strikeAgrees(state, 0)).toBe(true)
    Verdicts.onStrike(state, 0, 100, 4)
    expect(Verdicts.strikeAgrees(state, 0)).toBe(false)
    expect(Verdicts.payout(state, 0)).toBe(ONE)
  })

  test('wait for the value that confirms the end, however long it takes', () => {
    const state = Verdicts.create(toCases([{ start: 0, length: 300, tie: 'up' }]), 0)
    for (const at of [0, 300]) Verdicts.onValue(state, 7, 0, at * SECOND)
    expect(Verdicts.missing(state, 0)).toBe('end')
    Verdicts.onValue(state, 7, 0, 600 * SECOND)
    expect(Verdicts.payout(state, 0)).toBe(ONE)
  })

  test('take a value at the end that comes late, but not when the series is five minutes beyond it', () => {
    const made = toCases([{ start: 0, length: 10, tie: 'up' }])
    for (const [later, expected] of [
      [310, ONE],
      [311, -1],
    ] as const) {
      const state = Verdicts.create(made, 0)
      for (const at of [0, 1, 11, later, 10]) Verdicts.onValue(state, 7, 0, at * SECOND)
      expect(Verdicts.payout(state, 0)).toBe(expected)
    }
  })
})
