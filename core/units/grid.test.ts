import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ceilToGrid,
  ceilToTick,
  floorToGrid,
  floorToTick,
  gridOf,
  isPriceBands,
  numberOf,
  ONE,
  onGrid,
  type PriceBand,
  type PriceGrid,
  priceAt,
  stepAt,
  stepsFrom,
  uniformGrid,
} from './index.ts'

const BANDS: readonly PriceBand[] = [
  { from: 0, step: 10 },
  { from: 1000, step: 100 },
  { from: 9000, step: 10 },
]
const tapered = gridOf(BANDS)
const TICKS = [5000, 1000, 100, 50, 25, 10, 1]

/** All prices from 0 to 1 USDC, written down one after the other. */
function listed(bands: readonly PriceBand[]): number[] {
  const prices = [0]
  for (;;) {
    const last = prices.at(-1)!
    if (last === ONE) return prices
    prices.push(last + bands.findLast(({ from }) => from <= last)!.step)
  }
}

const GRIDS: readonly { name: string; bands: readonly PriceBand[]; grid: PriceGrid }[] = [
  { name: 'a cent, and a tenth of one in the tails', bands: BANDS, grid: tapered },
  ...TICKS.map((step) => ({ name: `steps of ${step}`, bands: [{ from: 0, step }], grid: uniformGrid(step) })),
]

describe.each(GRIDS)('$name', ({ bands, grid }) => {
  const prices = listed(bands)
  const orders = prices.filter((price) => price > 0 && price < ONE)

  test('has these prices, and orders stand at all of them but 0 and 1', () => {
    expect([prices.length - 1, grid.lowest, grid.highest]).toEqual([grid.count, orders[0], orders.at(-1)])
    const allowed = new Set(orders)
    for (let price = -20; price <= ONE + 20; price++)
      expect(onGrid(grid, price), `${price}`).toBe(allowed.has(price))
  })

  test('numbers them in order', () => {
    prices.forEach((price, i) => {
      expect([numberOf(grid, price), priceAt(grid, i)]).toEqual([i, price])
    })
  })

  test('rounds any price inside, whole or real, down and up to the next', () => {
    const inside = fc.oneof(
      fc.integer({ min: 0, max: ONE }),
      fc.integer({ min: 0, max: 1000 * ONE }).map((n) => n / 1000),
    )
    fc.assert(
      fc.property(inside, (price) => {
        expect(floorToGrid(grid, price)).toBe(prices.findLast((one) => one <= price))
        expect(ceilToGrid(grid, price)).toBe(prices.find((one) => one >= price))
      }),
    )
  })

  test('counts steps from the price below, across bands, and is the same seen from the other token', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: ONE }), fc.integer({ min: -500, max: 500 }), (price, steps) => {
        const to = prices.findLastIndex((one) => one <= price) + steps
        if (to >= 0 && to < prices.length) expect(stepsFrom(grid, price, steps)).toBe(prices[to])
        expect(onGrid(grid, ONE - price)).toBe(onGrid(grid, price))
      }),
    )
  })
})

test('of one step it is that step everywhere, outside of 0 to 1 too', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TICKS),
      fc.integer({ min: -ONE, max: 2 * ONE }),
      fc.integer({ min: -50, max: 50 }),
      (tick, price, steps) => {
        const grid = uniformGrid(tick)
        expect(floorToGrid(grid, price)).toBe(floorToTick(price, tick))
        expect(ceilToGrid(grid, price)).toBe(ceilToTick(price, tick))
        expect(stepsFrom(grid, price, steps)).toBe(floorToTick(price, tick) + steps * tick)
        expect(stepAt(grid, price)).toBe(tick)
      },
    ),
  )
  expect(uniformGrid(100)).toBe(uniformGrid(100))
})

test('the edges of a band are of both, and a step leads into the next', () => {
  for (const price of [10, 990, 1000, 1100, 4800, 8900, 9000, 9010, 9990])
    expect(onGrid(tapered, price), `${price}`).toBe(true)
  for (const price of [5, 995, 1010, 4850, 8990, 9005, 9995, 0, ONE])
    expect(onGrid(tapered, price), `${price}`).toBe(false)
  expect([990, 1000, 1001].map((price) => stepsFrom(tapered, price, 1))).toEqual([1000, 1100, 1100])
  expect([9010, 9000, 8999].map((price) => stepsFrom(tapered, price, -1))).toEqual([9000, 8900, 8800])
  expect([990, 1000, 8900, 9000].map((price) => stepAt(tapered, price))).toEqual([10, 100, 100, 10])
})

test('bands that make no grid are known', () => {
  expect(isPriceBands(BANDS)).toBe(true)
  expect(isPriceBands([{ from: 0, step: 100 }])).toBe(true)
  for (const bands of [
    [],
    [{ from: 10, step: 10 }],
    [{ from: 0, step: 0 }],
    [{ from: 0, step: 30 }],
    [{ from: 0, step: 2.5 }],
    // The middle begins between two of its steps.
    [
      { from: 0, step: 10 },
      { from: 1010, step: 100 },
      { from: 8990, step: 10 },
    ],
    [
      { from: 0, step: 10 },
      { from: 9000, step: 100 },
      { from: 1000, step: 10 },
    ],
    // Finer at one end alone.
    [
      { from: 0, step: 10 },
      { from: 1000, step: 100 },
    ],
  ])
    expect(isPriceBands(bands), JSON.stringify(bands)).toBe(false)
})
