import fc from 'fast-check'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { SECOND } from '../units/index.ts'
import * as Volatility from './volatility.ts'

const config = defaults(Volatility.settings)
const START = 1_776_254_400 * SECOND

/** Feed prices at stamps given in seconds after the start. */
function feed(state: Volatility.Volatility, rows: readonly (readonly [number, number])[]): boolean[] {
  return rows.map(([s, price]) => Volatility.update(state, price, START + Math.round(s * SECOND)))
}

/** Evenly spread reals: fast-check's own doubles crowd around 0. */
const real = (min: number, max: number) =>
  fc.integer({ min: 0, max: 1_000_000 }).map((k) => min + ((max - min) * k) / 1_000_000)

const steps = fc.array(
  fc.record({
    dt: fc.integer({ min: SECOND, max: 120 * SECOND }),
    r: real(-0.01, 0.01),
  }),
  { minLength: 1, maxLength: 60 },
)

describe('the estimate', () => {
  test('equals the weighted mean written out: each return by the time it spans, halved per half-life', () => {
    fc.assert(
      fc.property(steps, (path) => {
        const state = Volatility.create({ ...config, var_floor: 0 })
        let t = START
        let x = 11
        Volatility.update(state, Math.exp(x), t)
        for (const { dt, r } of path) {
          t += dt
          x += r
          Volatility.update(state, Math.exp(x), t)
        }
        // ∫ 2^(−age/h) over the span of a return, in units that cancel.
        let weights = 0
        let variance = 0
        let drift = 0
        let end = t
        for (const { dt, r } of [...path].reverse()) {
          const weight = 2 ** (-(t - end) / 60e6) - 2 ** (-(t - end + dt) / 60e6)
          weights += weight
          variance += weight * ((r * r) / (dt / SECOND))
          drift += weight * (r / (dt / SECOND))
          end -= dt
        }
        const near = (actual: number, expected: number, scale: number) =>
          expect(Math.abs(actual - expected)).toBeLessThan(1e-9 * scale)
        near(state.var_per_s, variance / weights, 1e-4)
        near(state.drift_per_s, drift / weights, 1e-2)
        near(state.weight, weights, 1)
        expect(state.sigma).toBe(Math.sqrt(state.var_per_s))
      }),
    )
  })

  test('follows the plain recursion once the first half-lives are behind it', () => {
    const state = Volatility.create({ ...config, var_floor: 0 })
    const rng = xoroshiro128plus(7)
    let x = 11
    let plain = 1e-6
    Volatility.update(state, Math.exp(x), START)
    for (let i = 1; i <= 3_000; i++) {
      const r = (uniformFloat64(rng) - 0.5) * 1e-3
      x += r
      Volatility.update(state, Math.exp(x), START + i * SECOND)
      plain += (1 - 2 ** (-1 / 60)) * (r * r - plain)
    }
    expect(state.var_per_s / plain).toBeCloseTo(1, 6)
  })

  test('is not biased: neither at the end of the warm-up nor by uneven spacing', () => {
    const rng = xoroshiro128plus(11)
    const truth = 8e-5
    let sum = 0
    const runs = 2_000
    for (let run = 0; run < runs; run++) {
      const state = Volatility.create(config)
      let t = 0
      let x = 11
      while (!Volatility.ready(state)) {
        Volatility.update(state, Math.exp(x), START + t)
        const dt = Math.round((1 + 4 * uniformFloat64(rng)) * SECOND)
        t += dt
        const normal =
          Math.sqrt(-2 * Math.log(1 - uniformFloat64(rng))) * Math.cos(2 * Math.PI * uniformFloat64(rng))
        x += truth * Math.sqrt(dt / SECOND) * normal
      }
      sum += state.var_per_s
    }
    expect(sum / runs / truth ** 2).toBeGreaterThan(0.97)
    expect(sum / runs / truth ** 2).toBeLessThan(1.03)
  })

  test('does not fall below the floor, and the floor does not feed back into the mean', () => {
    const state = Volatility.create({ ...config, var_floor: 1e-8 })
    const flat = Volatility.create({ ...config, var_floor: 0 })
    for (let i = 0; i < 100; i++) {
      const price = 70_000 * (1 + (i % 2) * 1e-5)
      Volatility.update(state, price, START + i * SECOND)
      Volatility.update(flat, price, START + i * SECOND)
    }
    expect(state.var_per_s).toBe(1e-8)
    expect(state.raw_var).toBe(flat.raw_var)
    expect(flat.var_per_s).toBeCloseTo(1e-10, 14)
  })

  test('drift for the model: weighted, with half the variance added back', () => {
    const state = Volatility.create({ ...config, drift_weight: 0.5, var_floor: 0 })
    for (let i = 0; i <= 600; i++) Volatility.update(state, 70_000 * Math.exp(1e-6 * i), START + i * SECOND)
    expect(state.drift_per_s).toBeCloseTo(1e-6, 12)
    expect(Volatility.mu(state)).toBeCloseTo(0.5 * (1e-6 + 0.5e-12), 15)
    expect(Volatility.mu(Volatility.create(config))).toBe(0)
    expect(Volatility.mu(Volatility.create({ ...config, drift_weight: 1 }))).toBeNaN()
  })
})

describe('what is taken', () => {
  test('prices closer than min_dt are passed over, later ones measured from the last taken', () => {
    const state = Volatility.create({ ...config, var_floor: 0 })
    expect(
      feed(state, [
        [0, 100],
        [0.999999, 150],
        [1, 101],
      ]),
    ).toEqual([true, false, true])
    expect(state.var_per_s).toBeCloseTo(Math.log(1.01) ** 2, 12)
  })

  test('a stamp that goes back, and a price that is none, change nothing', () => {
    const state = Volatility.create(config)
    feed(state, [
      [0, 100],
      [5, 101],
    ])
    const before = structuredClone(state)
    expect(
      feed(state, [
        [4, 99],
        [5, 99],
        [10, 0],
        [10, -1],
        [10, Number.NaN],
      ]),
    ).toEqual([false, false, false, false, false])
    expect(state).toEqual(before)
  })

  test('ready when warmup_s of prices were seen, not a microsecond before', () => {
    const state = Volatility.create(config)
    expect(Volatility.ready(state)).toBe(false)
    feed(state, [
      [0, 100],
      [30, 100],
      [59.999999, 100],
    ])
    expect(Volatility.ready(state)).toBe(false)
    feed(state, [[61, 100]])
    expect(Volatility.ready(state)).toBe(true)
  })

  test('a return over max_dt counts; over a longer silence the estimate starts anew, warm-up included', () => {
    const state = Volatility.create({ ...config, var_floor: 0 })
    for (let i = 0; i <= 60; i++) feed(state, [[i, 100 + (i % 2) * 0.01]])
    expect(Volatility.ready(state)).toBe(true)
    feed(state, [[180, 101]])
    expect(Volatility.ready(state)).toBe(true)
    expect(state.restarts).toBe(0)
    feed(state, [[300.000001, 200]])
    expect(Volatility.ready(state)).toBe(false)
    expect(state.restarts).toBe(1)
    expect(state.var_per_s).toBeNaN()
    // The jump over the silence is in no later estimate.
    for (let i = 302; i <= 400; i++) feed(state, [[i, 200 + (i % 2) * 0.02]])
    expect(Volatility.ready(state)).toBe(true)
    expect(state.sigma).toBeLessThan(2e-4)
  })
})
