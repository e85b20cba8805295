import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { ln, normalCdf } from '../numerics/index.ts'
import { Rng } from '../random/index.ts'
import { type Micros, SECOND } from '../units/index.ts'
import * as Belief from './belief.ts'
import * as Oracle from './oracle.ts'
import * as PricePath from './price-path.ts'
import * as Response from './response.ts'
import * as Wire from './wire.ts'

const LENGTH_S = 300
const E8 = 1e8
const LOOKS_S = [60, 120, 200, 270, 290, 297, 299]

/** What was believed of Up at some moments of a window, what a model says that sees the oracle alone, and how it ended. */
type Window = { believed: number[]; modelled: number[]; up: number }

/** Windows one after the other, without traders. */
function windows(count: number, lookback_s: number, foreseen?: number): Window[] {
  const defaultsOf = defaults(PricePath.settings)
  const config = { ...defaultsOf, foreseen: foreseen ?? defaultsOf.foreseen }
  const path = PricePath.create(Rng.create(3, 1), config, 0)
  const settings = defaults(Oracle.settings)
  const oracle = Oracle.create(Rng.create(3, 2), 0, lookback_s > 0 ? 4 : -1, lookback_s, settings)
  const belief = Belief.create(Response.create(lookback_s, settings), oracle.noise)
  const wire = Wire.create()
  Wire.addLine(wire, 1, Rng.create(1, 9), 900, 0.2)
  const line = wire.lines[0]!
  const found: Window[] = []
  let now: Micros = 0
  for (let at = -1; at < count; at++) {
    const end = now + LENGTH_S * SECOND
    Belief.open(belief, now, end)
    if (at >= 0) belief.strike = Oracle.settling(oracle).whole
    const window: Window = { believed: [], modelled: [], up: 0 }
    while (now < end) {
      now += PricePath.STEP_US
      PricePath.step(path, now)
      Oracle.observe(oracle, path.price)
      const left_s = (end - now) / SECOND
      if (LOOKS_S.includes(LENGTH_S - left_s)) {
        Belief.observe(belief, path, oracle, path.price * E8, -1, now)
        window.believed.push(normalCdf(Belief.scoreAt(belief, 0)))
        const usual = Math.sqrt((path.mean_variance + path.jump_variance) * left_s)
        window.modelled.push(normalCdf(ln(oracle.whole / belief.strike) / usual))
      }
      if (now % SECOND !== 0) continue
      Oracle.tick(oracle, line, now)
      line.head = line.tail
      Belief.onValue(belief, oracle.whole, now)
    }
    window.up = Oracle.settling(oracle).whole >= belief.strike ? 1 : 0
    if (at >= 0) found.push(window)
  }
  return found
}

describe('what traders believe comes true as often as they believe it', () => {
  test.each([0, 60])(
    'with a look-back of %i s',
    (lookback) => {
      const made = windows(500, lookback)
      for (let at = 0; at < LOOKS_S.length; at++) {
        for (const [low, high] of [
          [0, 0.1],
          [0.1, 0.5],
          [0.5, 0.9],
          [0.9, 1.01],
        ] as const) {
          const seen = made.filter(({ believed }) => believed[at]! >= low && believed[at]! < high)
          const off = seen.reduce((sum, { believed, up }) => sum + up - believed[at]!, 0)
          const spread = Math.sqrt(
            seen.reduce((sum, { believed }) => sum + believed[at]! * (1 - believed[at]!), 0),
          )
          expect(Math.abs(off)).toBeLessThan(4 * spread + 1)
        }
      }
    },
    60_000,
  )
})

test('traders are wiser than a model that sees the oracle alone, by what is in sight of the flow', () => {
  const lead = (foreseen: number) => {
    const made = windows(300, 0, foreseen)
    const brier = (of: (window: Window) => number[]) =>
      made.reduce((sum, one) => sum + of(one).reduce((part, p) => part + (p - one.up) ** 2, 0), 0) /
      (made.length * LOOKS_S.length)
    return brier(({ modelled }) => modelled) - brier(({ believed }) => believed)
  }
  const blind = lead(0)
  expect(blind).toBeGreaterThan(0)
  expect(lead(0.25)).toBeGreaterThan(blind + 0.005)
}, 60_000)

test('before the start only flow in sight tells, after the end the outcome is certain', () => {
  const path = PricePath.create(Rng.create(1, 1), { ...defaults(PricePath.settings), foreseen: 0 }, 0)
  const belief = Belief.create(Response.create(0, Response.PLAIN), 0)
  Belief.open(belief, 10 * SECOND, 20 * SECOND)
  const observe = (outcome: number, now: Micros) =>
    Belief.observe(belief, path, null, path.price * E8, outcome, now)
  observe(-1, 0)
  expect(Belief.scoreAt(belief, 0)).toBeCloseTo(0, 12)
  observe(1, 21 * SECOND)
  expect(normalCdf(Belief.scoreAt(belief, 0))).toBeGreaterThan(0.999)
  observe(0, 21 * SECOND)
  expect(normalCdf(Belief.scoreAt(belief, 0))).toBeLessThan(0.001)
  // Who sees late sees what was.
  expect(normalCdf(Belief.scoreAt(belief, 1))).toBeGreaterThan(0.999)
  expect(Belief.scoreAt(belief, 2)).toBeCloseTo(0, 12)
})
