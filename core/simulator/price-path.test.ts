import { expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { Rng } from '../random/index.ts'
import { MINUTE, SECOND } from '../units/index.ts'
import * as PricePath from './price-path.ts'

const config = { ...defaults(PricePath.settings) }

/** Logarithmic moves over `us`, one after the other. */
function moves(changes: Partial<typeof config>, us: number, count: number, seed = 1): number[] {
  const path = PricePath.create(Rng.create(seed, 1), { ...config, ...changes }, 0)
  const found: number[] = []
  let now = 0
  for (let i = 0; i < count; i++) {
    const before = path.price
    now = walk(path, now, now + us)
    found.push(Math.log(path.price / before))
  }
  return found
}

function walk(path: PricePath.PricePath, from: number, to: number): number {
  let now = from
  while (now < to) {
    now += PricePath.STEP_US
    PricePath.step(path, now)
  }
  return now
}

const square = (values: readonly number[]) => values.reduce((sum, x) => sum + x * x, 0) / values.length

test('a regime has the volatility that its setting states', () => {
  for (const bp of [3, 12]) {
    const one = { quiet_bp: bp, quiet_share: 1, wild_share: 0, jumps_per_hour: 0 }
    const deviation = Math.sqrt(square(moves(one, MINUTE, 400)))
    expect(Math.abs(deviation / (bp * 1e-4) - 1)).toBeLessThan(4 / Math.sqrt(2 * 400))
  }
})

test('jumps have the rate and the size that their settings state', () => {
  const jumps = { quiet_bp: 0, quiet_share: 1, wild_share: 0, jumps_per_hour: 600, jump_bp: 10 }
  const found = moves(jumps, SECOND, 7_200).filter((move) => move !== 0)
  const rate = found.length / 2
  expect(Math.abs(rate / 600 - 1)).toBeLessThan(0.12 + 4 / Math.sqrt(1_200))
  const size = found.reduce((sum, move) => sum + Math.abs(move), 0) / found.length
  expect(Math.abs(size / 1e-3 - 1)).toBeLessThan(0.2)
})

test('regimes come as often as their shares say', () => {
  const path = PricePath.create(Rng.create(4, 1), { ...config, regime_s: 1 }, 0)
  const seen = [0, 0, 0]
  for (let i = 1; i <= 500_000; i++) {
    PricePath.step(path, i * PricePath.STEP_US)
    seen[path.regime]!++
  }
  const shares = [config.quiet_share, 1 - config.quiet_share - config.wild_share, config.wild_share]
  shares.forEach((share, i) => {
    expect(Math.abs(seen[i]! / 500_000 - share)).toBeLessThan(0.03)
  })
})

test('the variance to come is expected as it comes, from every regime', () => {
  const short = { regime_s: 60, jumps_per_hour: 120, jump_bp: 8 }
  for (const regime of [0, 2]) {
    let expected = 0
    const found: number[] = []
    for (let seed = 0; seed < 4_000 && found.length < 300; seed++) {
      const path = PricePath.create(Rng.create(seed, 1), { ...config, ...short }, 0)
      if (path.regime !== regime) continue
      expected = PricePath.expectedVariance(path, 90) + path.jump_variance
      const before = path.price
      walk(path, 0, 90 * SECOND)
      found.push(Math.log(path.price / before))
    }
    const variance = square(found) / 90
    const error = Math.sqrt(square(found.map((x) => (x * x) / 90 - variance)) / found.length)
    expect(Math.abs(variance - expected)).toBeLessThan(4 * error)
  }
})
