import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { Rng } from '../random/index.ts'
import { SECOND } from '../units/index.ts'
import * as Oracle from './oracle.ts'
import * as PricePath from './price-path.ts'
import * as Wire from './wire.ts'

const config = defaults(Oracle.settings)
const E10 = 10_000_000_000n

function line(): Wire.Line {
  const wire = Wire.create()
  Wire.addLine(wire, 1, Rng.create(1, 9), 900, 0.2)
  return wire.lines[0]!
}

test('the mean is that of the last values, exact to the last of eighteen decimals and rounded down', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.double({ min: 1, max: 2_000_000, noNaN: true }),
      (lookback, seed, price) => {
        const oracle = Oracle.create(Rng.create(seed, 1), 0, 4, lookback, config)
        const values: bigint[] = []
        const to = line()
        for (let i = 1; i <= lookback + 20; i++) {
          Oracle.observe(oracle, price * (1 + i / 10_000))
          Oracle.tick(oracle, to, i * SECOND)
          values.push(BigInt(oracle.whole) * E10 + BigInt(oracle.rest))
          if (i < lookback) {
            expect(oracle.mean_whole).toBe(-1)
            continue
          }
          const mean = values.slice(-lookback).reduce((a, b) => a + b, 0n) / BigInt(lookback)
          expect(BigInt(oracle.mean_whole) * E10 + BigInt(oracle.mean_rest)).toBe(mean)
          expect(oracle.mean_rest).toBeLessThan(Number(E10))
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('without a mean windows settle on the value itself', () => {
  const oracle = Oracle.create(Rng.create(3, 1), 0, -1, 0, config)
  Oracle.observe(oracle, 70_000)
  Oracle.tick(oracle, line(), SECOND)
  expect(Oracle.settling(oracle)).toEqual({ whole: oracle.whole, rest: oracle.rest })
  expect(Math.abs(oracle.whole / 7e12 - 1)).toBeLessThan(1e-4)
})

/** Values of an oracle once a second, over a path of even volatility. */
function values(seconds: number, changes: Partial<typeof config>): number[] {
  const calm = { ...defaults(PricePath.settings), quiet_bp: 6.5, quiet_share: 1, jumps_per_hour: 0 }
  const path = PricePath.create(Rng.create(2, 1), calm, 0)
  const oracle = Oracle.create(Rng.create(2, 2), 0, -1, 0, { ...config, ...changes })
  const to = line()
  const found: number[] = []
  for (let now = PricePath.STEP_US; now <= seconds * SECOND; now += PricePath.STEP_US) {
    PricePath.step(path, now)
    Oracle.observe(oracle, path.price)
    if (now % SECOND !== 0) continue
    Oracle.tick(oracle, to, now)
    to.head = to.tail
    found.push(Math.log(oracle.whole))
  }
  return found
}

/** Deviation of moves over so many seconds, per root of a second; correlation of one-second moves that follow each other. */
function deviation(logs: readonly number[], seconds: number): number {
  let sum = 0
  for (let i = seconds; i < logs.length; i++) sum += (logs[i]! - logs[i - seconds]!) ** 2
  return Math.sqrt(sum / (logs.length - seconds) / seconds)
}

function correlation(logs: readonly number[]): number {
  let products = 0
  let squares = 0
  for (let i = 2; i < logs.length; i++) {
    products += (logs[i]! - logs[i - 1]!) * (logs[i - 1]! - logs[i - 2]!)
    squares += (logs[i]! - logs[i - 1]!) ** 2
  }
  return products / squares
}

test('it smooths as recorded ones do: moves of one second follow each other, and volatility grows with the time between values', () => {
  const logs = values(40_000, {})
  // Two recorded days: 0.21 and 0.33; 1.23 and 1.32; 1.46 and 1.55.
  expect(correlation(logs)).toBeGreaterThan(0.21)
  expect(correlation(logs)).toBeLessThan(0.33)
  expect(deviation(logs, 5) / deviation(logs, 1)).toBeGreaterThan(1.23)
  expect(deviation(logs, 5) / deviation(logs, 1)).toBeLessThan(1.32)
  expect(deviation(logs, 60) / deviation(logs, 1)).toBeGreaterThan(1.4)
  expect(deviation(logs, 60) / deviation(logs, 1)).toBeLessThan(1.6)
})

test('without smoothing and noise it is the true price, whose moves do not follow each other', () => {
  const logs = values(20_000, { fast_s: 0, slow_share: 0, noise_bp: 0 })
  expect(Math.abs(correlation(logs))).toBeLessThan(4 / Math.sqrt(20_000))
  expect(Math.abs(deviation(logs, 60) / deviation(logs, 1) - 1)).toBeLessThan(0.1)
})
