import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { describe, expect, test } from 'vitest'
import * as Fair from './fair.ts'

/**
 * The formulas against simulation. Paths are geometric Brownian motion with exact steps; the average over the look-back
 * is the trapezoid of 32 steps, whose variance is within 1e-3 of continuous sampling.
 */
const PATHS = 20_000
const STEPS = 32
const SETS = 40

const rng = xoroshiro128plus(20_260_401)
const uniform = () => uniformFloat64(rng)
let spare = Number.NaN

function normal(): number {
  if (!Number.isNaN(spare)) {
    const kept = spare
    spare = Number.NaN
    return kept
  }
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
  const angle = 2 * Math.PI * uniform()
  spare = radius * Math.sin(angle)
  return radius * Math.cos(angle)
}

/** Share of simulated windows that end Up. */
function simulate(input: Fair.Input): number {
  const { s0, st, sigma, tau, mu, lookback: w } = input
  const before = input.settlement === 'spot' ? tau : Math.max(tau - w, 0)
  const averaged = tau - before
  const seen = input.settlement === 'spot' ? 0 : w - averaged
  const dt = averaged / STEPS
  let ups = 0
  for (let path = 0; path < PATHS; path++) {
    let x = Math.log(st)
    if (before > 0) x += (mu - (sigma * sigma) / 2) * before + sigma * Math.sqrt(before) * normal()
    if (input.settlement === 'spot') {
      if (Math.exp(x) >= s0) ups++
      continue
    }
    let integral = Math.exp(x) / 2
    for (let k = 1; k <= STEPS; k++) {
      x += (mu - (sigma * sigma) / 2) * dt + sigma * Math.sqrt(dt) * normal()
      integral += Math.exp(x) * (k === STEPS ? 0.5 : 1)
    }
    const average = (integral * dt + (seen > 0 ? seen * input.mean : 0)) / w
    if (average >= s0) ups++
  }
  return ups / PATHS
}

/** Random parameters with the outcome open and σ√τ ≤ 0.02. */
function draw(settlement: 'spot' | 'twap', where: 'outside' | 'inside'): Fair.Input {
  const lookback = uniform() < 0.5 ? 30 : 60
  const tau = where === 'inside' ? lookback * (0.05 + 0.9 * uniform()) : lookback + 840 * uniform() ** 2
  const sigma = (0.02 / Math.sqrt(tau)) * 10 ** (-2 * uniform())
  const s0 = 20_000 + 80_000 * uniform()
  const total = sigma * Math.sqrt(tau)
  const mean = where === 'inside' ? s0 * (1 + 0.3 * total * normal()) : Number.NaN
  const left = where === 'inside' ? tau / lookback : 1
  // Place the price so that z is about N(0, 1): the mean so far counts against it.
  const needed = where === 'inside' ? (s0 - (1 - left) * mean) / left : s0
  const spread =
    settlement === 'spot' ? total : sigma * Math.sqrt(where === 'inside' ? tau / 3 : tau - (2 * lookback) / 3)
  return {
    settlement,
    s0,
    st: needed * (1 + spread * normal()),
    sigma,
    tau,
    mu: (uniform() - 0.5) * 0.4 * (sigma / Math.sqrt(tau)),
    lookback: settlement === 'twap' ? lookback : 0,
    mean,
  }
}

describe('seeded Monte Carlo of continuous sampling, within 4 standard errors', () => {
  test.each([
    ['spot', 'outside'],
    ['twap', 'outside'],
    ['twap', 'inside'],
  ] as const)('%s settlement, %s the look-back', (settlement, where) => {
    const out = Fair.createOutput()
    let open = 0
    let sum = 0
    for (let set = 0; set < SETS; set++) {
      const input = draw(settlement, where)
      const q = Fair.up(input, out).q_up
      const simulated = simulate(input)
      const error = Math.sqrt(Math.max(q * (1 - q), 1 / PATHS) / PATHS)
      expect(Math.abs(simulated - q) / error, JSON.stringify({ input, q, simulated })).toBeLessThan(4)
      sum += (simulated - q) / error
      if (q > 0.02 && q < 0.98) open++
    }
    // Most sets must be ones where the formula could be wrong, and errors must not lean to one side.
    expect(open).toBeGreaterThan(SETS * 0.8)
    expect(Math.abs(sum) / Math.sqrt(SETS)).toBeLessThan(4)
  })
})
