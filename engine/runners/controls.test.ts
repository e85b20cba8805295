import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { controlOf, diceSeeds, reachOf } from './controls.ts'

const run = (net_pnl_usdc: number, volume_usdc: number) => ({ net_pnl_usdc, volume_usdc, fills: 10 })

test('dice are at least ten, and none of them the run’s own', () => {
  for (const seed of [0, 1, 12, Number.MAX_SAFE_INTEGER]) {
    const seeds = diceSeeds(seed)
    expect(new Set([...seeds, seed]).size).toBe(11)
    expect(seeds.every((one) => Number.isSafeInteger(one) && one >= 0)).toBe(true)
  }
})

test('their mean and spread, and both at the volume of the run', () => {
  const made = controlOf('random', [2, 3, 4], [run(-10, 100), run(-20, 200), run(0, 100)], 400)
  expect(made).toMatchObject({ mean: -10, net_pnl_usdc: -10, sd: 10, fills: 10, seeds: [2, 3, 4] })
  // Per USDC: -0.1, -0.1 and 0.
  expect(made.per_volume).toBeCloseTo(-0.2 / 3, 9)
  expect(made.scaled_mean).toBeCloseTo((-0.2 / 3) * 400, 5)
  expect(made.scaled_sd).toBeCloseTo(0.0577350269 * 400, 4)
})

test('at the volume of the dice themselves they are what they are', () => {
  const nets = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 10, maxLength: 10 })
  fc.assert(
    fc.property(nets, (list) => {
      const seeds = diceSeeds(1)
      const made = controlOf(
        'random',
        seeds,
        list.map((net) => run(net, 50)),
        50,
      )
      expect(made.scaled_mean).toBeCloseTo(made.mean, 5)
      expect(made.scaled_sd).toBeCloseTo(made.sd, 5)
      expect(reachOf(made)).toBeCloseTo(made.mean + 2.373 * made.sd, 0)
    }),
  )
})

test('who never traded makes nothing at any volume', () => {
  expect(controlOf('nothing', [1], [run(0, 0)], 400)).toMatchObject({ mean: 0, scaled_mean: 0, sd: 0 })
})
