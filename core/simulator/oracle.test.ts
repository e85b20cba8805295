import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { Rng } from '../random/index.ts'
import { SECOND } from '../units/index.ts'
import * as Oracle from './oracle.ts'
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
          Oracle.tick(oracle, to, price * (1 + i / 10_000), i * SECOND)
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
  Oracle.tick(oracle, line(), 70_000, SECOND)
  expect(Oracle.settling(oracle)).toEqual({ whole: oracle.whole, rest: oracle.rest })
  expect(Math.abs(oracle.whole / 7e12 - 1)).toBeLessThan(1e-4)
})
