import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Fair from './fair.ts'

type Row = Omit<Fair.Input, 'lookback' | 'mean'> &
  Partial<Fair.Input> & { q_up: number; z: number | null; speed_per_sqrt_s: number | null }

const vectors = JSON.parse(
  readFileSync(new URL('../../test/fixtures/fair-vectors.json', import.meta.url), 'utf8'),
) as { rows: Row[] }

function up(input: Partial<Fair.Input>): Fair.Output {
  return Fair.up({ ...Fair.createInput(), ...input }, Fair.createOutput())
}

/** Relative distance, so that tails count as much as the middle. */
function off(actual: number, expected: number): number {
  return expected === 0 ? Math.abs(actual) : Math.abs(actual / expected - 1)
}

/** Evenly spread reals: fast-check's own doubles crowd around 0. */
const real = (min: number, max: number) =>
  fc.integer({ min: 0, max: 1_000_000 }).map((k) => min + ((max - min) * k) / 1_000_000)

const price = real(1_000, 200_000)
const sigma = real(1e-5, 5e-4)
const drift = real(-1e-6, 1e-6)
const lookback = fc.constantFrom(30, 60)
/** Distance from the strike in standard deviations of the whole. */
const score = real(-4, 4)

describe('independent vectors', () => {
  test.each(vectors.rows.map((row, i) => [i, row] as const))(
    'row %i: q_up, z and speed agree to 1e-9',
    (_, row) => {
      const out = up(row)
      expect(off(out.q_up, row.q_up)).toBeLessThan(1e-9)
      if (row.z === null) expect(out.z).toBeNaN()
      else expect(off(out.z, row.z)).toBeLessThan(1e-9)
      if (row.speed_per_sqrt_s === null) expect(out.speed).toBeNaN()
      else expect(off(out.speed, row.speed_per_sqrt_s)).toBeLessThan(1e-9)
    },
  )

  test('they cover both settlements, both sides of the look-back and the decided cases', () => {
    const inside = vectors.rows.filter((r) => r.settlement === 'twap' && r.tau > 0 && r.tau < r.lookback!)
    expect(inside.length).toBeGreaterThan(4)
    expect(vectors.rows.filter((r) => r.tau === 0).length).toBeGreaterThan(2)
    expect(vectors.rows.length).toBeGreaterThan(20)
  })
})

describe('shape', () => {
  const anywhere = fc.record({
    settlement: fc.constantFrom('spot' as const, 'twap' as const),
    s0: price,
    sigma,
    mu: drift,
    lookback,
    tau: fc.oneof(real(0, 900), real(0, 60)),
    head: score,
  })

  test('q_up and z never fall when the spot price rises', () => {
    fc.assert(
      fc.property(anywhere, score, score, ({ head, ...input }, a, b) => {
        const scale = input.sigma * Math.sqrt(Math.max(input.tau, 1))
        const mean = input.s0 * (1 + head * scale)
        const low = up({ ...input, mean, st: input.s0 * (1 + Math.min(a, b) * scale) })
        const high = up({ ...input, mean, st: input.s0 * (1 + Math.max(a, b) * scale) })
        expect(high.q_up).toBeGreaterThanOrEqual(low.q_up)
        if (!Number.isNaN(low.z)) expect(high.z).toBeGreaterThanOrEqual(low.z)
      }),
    )
  })

  test('the TWAP branches agree at the start of the look-back to first order', () => {
    fc.assert(
      fc.property(price, sigma, drift, lookback, score, (s0, sigma, mu, lookback, x) => {
        const deviation = sigma * Math.sqrt(lookback / 3)
        const input = { settlement: 'twap' as const, s0, st: s0 * (1 + x * deviation), sigma, mu, lookback }
        const outside = up({ ...input, tau: lookback })
        const at = up({ ...input, mean: input.st, tau: lookback * (1 - 1e-12) })
        // What remains is of second order in the deviation: x²/2 of the logarithm and V/2 of the convexity.
        const second = (x * x + 1) * deviation
        expect(Math.abs(at.z - outside.z)).toBeLessThan(second + 2 * Math.abs(mu) * lookback + 1e-6)
        expect(off(at.tau_eff, outside.tau_eff)).toBeLessThan(1e-9)
        // Exactly at the start nothing has been averaged yet: the mean is not looked at.
        expect(up({ ...input, mean: 1, tau: lookback })).toEqual(outside)
      }),
    )
  })

  test('the gap between the branches at τ = w halves with the volatility', () => {
    const gap = (sigma: number) => {
      const st = 70_000 * (1 + 1.5 * sigma * Math.sqrt(20))
      const input = { settlement: 'twap' as const, s0: 70_000, st, sigma, mu: 0, lookback: 60 }
      return Math.abs(up({ ...input, tau: 60 }).z - up({ ...input, mean: st, tau: 60 - 1e-9 }).z)
    }
    expect(gap(1e-4) / gap(2e-4)).toBeCloseTo(0.5, 2)
  })

  test('speed is the slope of q_up in the log price, per volatility', () => {
    fc.assert(
      fc.property(anywhere, score, ({ head, ...input }, x) => {
        fc.pre(input.tau > 0.1)
        const scale = input.sigma * Math.sqrt(input.tau)
        const st = input.s0 * (1 + x * scale)
        const mean = input.s0 * (1 + 0.1 * head * scale)
        const out = up({ ...input, mean, st })
        fc.pre(Math.abs(out.z) < 3)
        const step = 1e-4 * input.sigma * Math.sqrt(out.tau_eff)
        const rise =
          up({ ...input, mean, st: st * (1 + step) }).q_up - up({ ...input, mean, st: st * (1 - step) }).q_up
        // Inside the look-back the formula takes S_t/S0 for 1.
        const tolerance = 1e-3 + Math.abs(st / input.s0 - 1) + Math.abs(input.mu) * 900
        expect(off((rise / (2 * step)) * input.sigma, out.speed)).toBeLessThan(tolerance)
      }),
    )
  })

  test('a TWAP without look-back is the spot value', () => {
    fc.assert(
      fc.property(price, sigma, drift, score, (s0, sigma, mu, x) => {
        const input = { s0, st: s0 * (1 + x * sigma * 10), sigma, mu, lookback: 0, tau: 100 }
        expect(up({ ...input, settlement: 'twap' }).q_up).toBeCloseTo(
          up({ ...input, settlement: 'spot' }).q_up,
          12,
        )
      }),
    )
  })
})

describe('decided and unknown', () => {
  test('no volatility: Up when the mean, drift included, reaches the strike', () => {
    const far = { settlement: 'twap' as const, s0: 100, st: 100, sigma: 0, tau: 100, lookback: 60 }
    expect(up({ ...far, mu: 0 }).q_up).toBe(1)
    expect(up({ ...far, mu: -1e-9 }).q_up).toBe(0)
    expect(up({ ...far, settlement: 'spot', mu: -1e-9 }).q_up).toBe(0)
    expect(up({ ...far, settlement: 'spot', mu: 1e-9, st: 99.999999 }).q_up).toBe(1)
    expect(up({ ...far, mu: 1e-9 }).z).toBeNaN()
    expect(up({ ...far, mu: 1e-9 }).speed).toBeNaN()
    const inside = { ...far, tau: 30, st: 101, mu: 0 }
    expect(up({ ...inside, mean: 99 }).q_up).toBe(1)
    expect(up({ ...inside, mean: 98.999 }).q_up).toBe(0)
    expect(up({ ...inside, mean: 98.999, mu: 1e-3 }).q_up).toBe(1)
  })

  test('after the end: spot by the price, TWAP by the mean; a tie is Up', () => {
    for (const tau of [0, -5]) {
      const ended = { s0: 100, st: 100, sigma: 1e-4, tau, lookback: 60 }
      expect(up({ ...ended, settlement: 'spot' }).q_up).toBe(1)
      expect(up({ ...ended, settlement: 'spot', st: 99.99 }).q_up).toBe(0)
      expect(up({ ...ended, settlement: 'twap', st: 1, mean: 100 }).q_up).toBe(1)
      expect(up({ ...ended, settlement: 'twap', st: 200, mean: 99.99 }).q_up).toBe(0)
      expect(up({ ...ended, settlement: 'twap' }).q_up).toBeNaN()
      expect(up({ ...ended, settlement: 'spot' }).z).toBeNaN()
    }
  })

  test('what is needed and not known gives NaN, and stale output is wiped', () => {
    const good = { settlement: 'twap' as const, s0: 100, st: 101, sigma: 1e-4, tau: 30, mu: 0, lookback: 60 }
    expect(up({ ...good, mean: 100 }).q_up).toBeGreaterThan(0.5)
    const out = Fair.up({ ...good, mean: 100 }, Fair.createOutput())
    for (const wrong of [
      { mean: Number.NaN },
      { s0: Number.NaN },
      { s0: 0 },
      { st: -1 },
      { st: Number.NaN },
      { sigma: Number.NaN },
      { sigma: -1 },
      { tau: Number.NaN },
      { lookback: Number.NaN },
      { lookback: -1 },
    ]) {
      Fair.up({ ...good, mean: 100, ...wrong }, out)
      expect(out.q_up).toBeNaN()
      expect(out.z).toBeNaN()
      expect(out.speed).toBeNaN()
    }
    expect(up({ ...good, tau: 61 }).q_up).toBeGreaterThan(0.5)
  })

  test('clamped to q_min and 1 − q_min', () => {
    expect(Fair.clampProbability(0, 0.005)).toBe(0.005)
    expect(Fair.clampProbability(1, 0.005)).toBe(0.995)
    expect(Fair.clampProbability(0.3, 0.005)).toBe(0.3)
    expect(Fair.clampProbability(Number.NaN, 0.005)).toBeNaN()
  })
})
