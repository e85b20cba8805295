import { expect, test } from 'vitest'
import { exp } from '../numerics/index.ts'
import { Rng } from '../random/index.ts'
import { SECOND } from '../units/index.ts'
import * as Smoothing from './smoothing.ts'

/** An hour at 1 Hz whose values are means of the last `width` of a walk of 1e-4 per √s. */
function measured(width: number, hole = false): Smoothing.Measure {
  const rng = Rng.create(7, 1)
  const state = Smoothing.create()
  const last: number[] = []
  let log = 0
  for (let s = 0; s < 7_200; s++) {
    let normal = -6
    for (let i = 0; i < 12; i++) normal += Rng.uniform(rng)
    log += 1e-4 * normal
    last.push(exp(log))
    if (last.length > width) last.shift()
    if (hole && s % 50 === 0) continue
    Smoothing.observe(state, last.reduce((sum, one) => sum + one, 0) / last.length, s * SECOND)
  }
  return Smoothing.measure(state)
}

test('a walk is white, and has one volatility at every horizon', () => {
  for (const hole of [false, true]) {
    const found = measured(1, hole)
    expect(Math.abs(found.lag_1)).toBeLessThan(0.05)
    expect(Smoothing.isWhite(found)).toBe(true)
    for (const sigma of found.sigma) expect(Math.abs(sigma / 1e-4 - 1)).toBeLessThan(0.2)
  }
})

test('means of a walk are smoothed: short returns follow each other and understate it', () => {
  const found = measured(3)
  expect(found.lag_1).toBeGreaterThan(0.5)
  expect(Smoothing.isWhite(found)).toBe(false)
  expect(found.sigma[0]! / found.sigma[3]!).toBeLessThan(0.7)
})

test('of too little nothing is known, and the oracle is taken to smooth', () => {
  const state = Smoothing.create()
  for (let s = 0; s < 300; s++) Smoothing.observe(state, 100 + (s % 2), s * SECOND)
  expect(Smoothing.isWhite(Smoothing.measure(state))).toBe(false)
})
