import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Lots from './lots.ts'

type Lot = { shares: number; basis: number; cost: number }
const lot: fc.Arbitrary<Lot> = fc.record({
  shares: fc.integer({ min: 1, max: 1e12 }),
  basis: fc.integer({ min: 0, max: 1e12 }),
  cost: fc.integer({ min: 0, max: 1e12 }),
})

function sum(lots: Lots.Lots): Lot {
  const total = { shares: 0, basis: 0, cost: 0 }
  for (let i = 0; i < lots.length; i++) {
    const at = (lots.head + i) & (lots.shares.length - 1)
    total.shares += lots.shares[at]!
    total.basis += lots.basis[at]!
    total.cost += lots.cost[at]!
  }
  return total
}

describe('lots, first in first out', () => {
  test('the oldest go first and a split lot leaves its rest, as a plain list does, over growth and wrap-around', () => {
    const step = fc.oneof(lot, fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const lots = Lots.create()
        const list: Lot[] = []
        for (const step of steps) {
          if (typeof step !== 'number') {
            Lots.push(lots, step.shares, step.basis, step.cost)
            list.push({ ...step })
            continue
          }
          const before = sum(lots)
          let want = Math.floor(before.shares * step)
          Lots.take(lots, want)
          let basis = 0
          let cost = 0
          while (want > 0) {
            const oldest = list[0]!
            const part = Math.min(want, oldest.shares)
            const b = Number((BigInt(oldest.basis) * BigInt(part)) / BigInt(oldest.shares))
            const c = Number((BigInt(oldest.cost) * BigInt(part)) / BigInt(oldest.shares))
            oldest.shares -= part
            oldest.basis -= b
            oldest.cost -= c
            basis += b
            cost += c
            want -= part
            if (oldest.shares === 0) list.shift()
          }
          expect([lots.taken_basis, lots.taken_cost]).toEqual([basis, cost])
          expect(sum(lots).basis).toBe(before.basis - basis)
        }
        expect(lots.length).toBe(list.length)
      }),
    )
  })

  test('a copy takes out the same lots and leaves the original alone', () => {
    fc.assert(
      fc.property(
        fc.array(lot, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.integer({ min: 0, max: 59 }),
        (all, drop) => {
          const lots = Lots.create()
          for (const { shares, basis, cost } of all) Lots.push(lots, shares, basis, cost)
          for (const { shares } of all.slice(0, Math.min(drop, all.length - 1))) Lots.take(lots, shares)
          const other = Lots.create()
          Lots.copy(lots, other)
          const before = sum(lots)
          expect(sum(other)).toEqual(before)
          Lots.take(other, before.shares)
          expect([other.taken_basis, other.taken_cost, other.length]).toEqual([before.basis, before.cost, 0])
          expect(sum(lots)).toEqual(before)
        },
      ),
    )
  })

  test('past the limit shares and money stay exact and memory stays bounded', () => {
    const lots = Lots.create()
    const over = Lots.LOTS_MAX + 100
    for (let i = 1; i <= over; i++) Lots.push(lots, i, 2 * i, 3 * i)
    const all = (over * (over + 1)) / 2
    expect(lots.length).toBe(Lots.LOTS_MAX)
    expect(lots.shares.length).toBe(Lots.LOTS_MAX)
    expect(sum(lots)).toEqual({ shares: all, basis: 2 * all, cost: 3 * all })
    Lots.take(lots, 1 + 2 + 3)
    expect([lots.taken_basis, lots.taken_cost]).toEqual([12, 18])
  })

  test('taking more than there is is an error of the ledger, not a negative lot', () => {
    const lots = Lots.create()
    Lots.push(lots, 5, 1, 1)
    expect(() => Lots.take(lots, 6)).toThrow(Lots.LotsError)
  })
})
