import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as History from './history.ts'

type Row = { t: number; v: number }

const rowsOf = (gap: fc.Arbitrary<number>, size: number) =>
  fc
    .array(fc.record({ gap, v: fc.integer({ min: 1, max: 1_000 }) }), { minLength: 1, maxLength: size })
    .map((list) => {
      let t = 1_000
      return list.map(({ gap, v }) => {
        t += gap
        return { t, v }
      })
    })

function filled(rows: Row[], window: number, entries: number): History.History {
  const state = History.create(window, entries)
  for (const { t, v } of rows) History.push(state, v, t)
  return state
}

/** Value in force by scanning all rows. */
function naiveAt(rows: Row[], at: number): number {
  let value = Number.NaN
  for (const { t, v } of rows) if (t <= at) value = v
  return value
}

function naiveMean(rows: Row[], from: number, to: number): number {
  let sum = 0
  for (let t = from; t < to; t++) sum += naiveAt(rows, t)
  return sum / (to - from)
}

describe('a series slower than the spacing', () => {
  const rows = rowsOf(fc.integer({ min: 10, max: 40 }), 40)

  test('is kept as it is, over the whole window', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 60 }), (list, back) => {
        const state = filled(list, 60, 8)
        expect(state.spacing_us).toBe(10)
        const now = list.at(-1)!.t
        expect(History.valueAt(state, now - back)).toBe(naiveAt(list, now - back))
        expect(History.valueAt(state, now + back)).toBe(list.at(-1)!.v)
      }),
    )
  })

  test('has exact means, reaching past its last value too', () => {
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 30 }),
        (list, back, on) => {
          const state = filled(list, 60, 8)
          const now = list.at(-1)!.t
          const mean = History.meanOver(state, now - back, now + on)
          const expected = naiveMean(list, now - back, now + on)
          if (Number.isNaN(expected)) expect(mean).toBeNaN()
          else expect(mean).toBeCloseTo(expected, 9)
        },
      ),
    )
  })
})

describe('a series faster than the spacing', () => {
  const rows = rowsOf(fc.integer({ min: 0, max: 12 }), 300)

  test('still reaches back over the window', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const state = filled(list, 60, 8)
        const now = list.at(-1)!.t
        if (now - 60 >= list[0]!.t) expect(History.valueAt(state, now - 60)).not.toBeNaN()
      }),
    )
  })

  test('a value may seem to begin up to one spacing early, and is never lost or kept too long', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 60 }), (list, back) => {
        const state = filled(list, 60, 8)
        const at = list.at(-1)!.t - back
        fc.pre(at >= list[0]!.t)
        const near: number[] = []
        for (let t = at; t < at + state.spacing_us; t++) near.push(naiveAt(list, t))
        expect(near).toContain(History.valueAt(state, at))
      }),
    )
  })

  test('means are off by no more than the ends of the stretch allow', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 20, max: 60 }), (list, back) => {
        const state = filled(list, 60, 8)
        const now = list.at(-1)!.t
        fc.pre(now - back >= list[0]!.t)
        const range = Math.max(...list.map((r) => r.v)) - Math.min(...list.map((r) => r.v))
        const error = Math.abs(History.meanOver(state, now - back, now) - naiveMean(list, now - back, now))
        expect(error).toBeLessThanOrEqual((range * 2 * state.spacing_us) / back + 1e-9)
      }),
    )
  })

  test('bounds hold every value of the ring', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const state = filled(list, 60, 8)
        for (let i = 0; i < state.count; i++) {
          const value = state.values[History.slot(state, i)]!
          expect(value).toBeGreaterThanOrEqual(state.low)
          expect(value).toBeLessThanOrEqual(state.high)
        }
      }),
    )
  })
})

test('bounds forget a spike within two turns of the ring', () => {
  const state = History.create(60, 8)
  History.push(state, 999, 0)
  for (let i = 1; i <= 17; i++) History.push(state, 100, i * 10)
  expect(state.high).toBe(100)
  expect(state.low).toBe(100)
})

test('sums stay small over a long run, so that means stay precise', () => {
  const state = History.create(60_000_000)
  const price = 7_537_393_000_000
  let t = 1.776e15
  for (let i = 0; i < 50_000; i++) {
    t += 1_000_000
    History.push(state, price + (i % 2), t)
  }
  expect(state.integral).toBeLessThan(2 * History.ENTRIES * 1e6 * price)
  expect(Math.abs(History.meanOver(state, t - 60_000_000, t) - price - 0.5)).toBeLessThan(1e-13 * price)
})

test('an empty history knows nothing', () => {
  const state = History.create(60)
  expect(History.valueAt(state, 5)).toBeNaN()
  expect(History.meanOver(state, 1, 5)).toBeNaN()
})
