import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Tif } from '../machine/records.ts'
import { MICRO, ONE } from '../units/index.ts'
import { addResting, addTaker, createDesired, SELL_STEP, sellable } from './strategy.ts'

/** A row that stands, and what each number may be replaced by. */
const GOOD = {
  outcome: 0,
  side: 1,
  level: 0,
  price: 5_200,
  size: 20 * MICRO,
  amount: 10 * MICRO,
  tif: Tif.FAK,
}
const odd = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 2 ** 53, -0.52),
  fc.double(),
)

function resting(row: typeof GOOD) {
  const desired = createDesired()
  addResting(desired, row.outcome, row.side, row.level, row.price, row.size, false)
  return desired
}
function taker(row: typeof GOOD) {
  const desired = createDesired()
  addTaker(desired, row.outcome, row.side, row.price, row.size, row.amount, row.tif, false)
  return desired
}

describe('a row of what is wanted', () => {
  test.each(['outcome', 'side', 'level', 'price', 'size'] as const)(
    'with a %s in another unit or out of range is refused by its name, or stands as it was stated',
    (field) => {
      fc.assert(
        fc.property(odd, (value) => {
          try {
            expect(resting({ ...GOOD, [field]: value })[field][0]).toBe(value)
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'strategy.row', field })
          }
        }),
      )
      expect(() => resting({ ...GOOD, [field]: 0.5 })).toThrow(expect.objectContaining({ field }))
    },
  )

  test.each(['amount', 'tif'] as const)('of a marketable order with an odd %s is refused', (field) => {
    for (const value of [Number.NaN, -1, 0.5])
      expect(() => taker({ ...GOOD, [field]: value })).toThrow(
        expect.objectContaining({ code: 'strategy.row', field }),
      )
    expect(taker(GOOD).length).toBe(1)
  })

  test('in the units of people says what was meant', () => {
    expect(() => resting({ ...GOOD, price: 0.52 })).toThrow(/price 0\.52 .*\(0\.52 USDC = 5200\)$/)
    expect(() => resting({ ...GOOD, size: 20.5 })).toThrow(/size 20\.5 .*\(20\.5 shares = 20500000\)$/)
    expect(() => resting({ ...GOOD, price: ONE })).toThrow(/from 1 to 9999$/)
  })
})

test('what can be sold is a whole step, and never more than is held', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (held) => {
      const size = sellable(held)
      expect(size % SELL_STEP).toBe(0)
      expect(held - size).toBeGreaterThanOrEqual(0)
      expect(held - size).toBeLessThan(SELL_STEP)
    }),
  )
})
