import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { normalCdf } from '../numerics/index.ts'
import { Rng } from '../random/index.ts'
import { SECOND } from '../units/index.ts'
import * as Belief from './belief.ts'
import * as PricePath from './price-path.ts'

const LENGTH_S = 300
const E8 = 1e8

/** Beliefs at some moments of a window and how it ended, by the true price sampled once a second. */
function window(seed: number, lookback_s: number): { chances: number[]; up: number } {
  const path = PricePath.create(Rng.create(seed, 1), defaults(PricePath.settings), 0)
  const belief = Belief.create()
  Belief.open(belief, 0, LENGTH_S * SECOND, lookback_s)
  belief.input.s0 = path.price * E8
  const chances: number[] = []
  let sum = 0
  for (let now = PricePath.STEP_US; now <= LENGTH_S * SECOND; now += PricePath.STEP_US) {
    PricePath.step(path, now)
    if (now % SECOND === 0) {
      Belief.onValue(belief, path.price * E8, now)
      if (now > (LENGTH_S - lookback_s) * SECOND) sum += path.price * E8
    }
    if (![60, 120, 200, 270, 290].includes(now / SECOND)) continue
    Belief.observe(belief, path, path.price * E8, -1, now)
    chances.push(normalCdf(Belief.scoreAt(belief, 0)))
  }
  const end = lookback_s > 0 ? sum / lookback_s : path.price * E8
  return { chances, up: end >= belief.input.s0 ? 1 : 0 }
}

describe('what traders believe comes true as often as they believe it', () => {
  test.each([0, 60])(
    'with a look-back of %i s',
    (lookback) => {
      const windows = Array.from({ length: 500 }, (_, seed) => window(seed, lookback))
      for (let at = 0; at < 5; at++) {
        for (const [low, high] of [
          [0, 0.2],
          [0.2, 0.5],
          [0.5, 0.8],
          [0.8, 1.01],
        ] as const) {
          const seen = windows.filter(({ chances }) => chances[at]! >= low && chances[at]! < high)
          const off = seen.reduce((sum, { chances, up }) => sum + up - chances[at]!, 0)
          const spread = Math.sqrt(
            seen.reduce((sum, { chances }) => sum + chances[at]! * (1 - chances[at]!), 0),
          )
          expect(Math.abs(off)).toBeLessThan(4 * spread + 1)
        }
      }
    },
    60_000,
  )
})

test('before the start the move is even, after the end the outcome is certain', () => {
  const path = PricePath.create(Rng.create(1, 1), defaults(PricePath.settings), 0)
  const belief = Belief.create()
  Belief.open(belief, 10 * SECOND, 20 * SECOND, 0)
  Belief.observe(belief, path, path.price * E8, -1, 0)
  expect(Belief.scoreAt(belief, 0)).toBe(0)
  Belief.observe(belief, path, path.price * E8, 1, 21 * SECOND)
  expect(normalCdf(Belief.scoreAt(belief, 0))).toBeGreaterThan(0.999)
  Belief.observe(belief, path, path.price * E8, 0, 21 * SECOND)
  expect(normalCdf(Belief.scoreAt(belief, 0))).toBeLessThan(0.001)
  // Who sees late sees what was.
  expect(normalCdf(Belief.scoreAt(belief, 1))).toBeGreaterThan(0.999)
  expect(Belief.scoreAt(belief, 2)).toBe(0)
})
