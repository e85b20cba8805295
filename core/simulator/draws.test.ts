import { describe, expect, test } from 'vitest'
import { Rng } from '../random/index.ts'
import * as Draw from './draws.ts'

const N = 200_000

function moments(draw: (rng: Rng.Rng) => number): { mean: number; variance: number; fourth: number } {
  const rng = Rng.create(11, 3)
  const values = Array.from({ length: N }, () => draw(rng))
  const mean = values.reduce((a, b) => a + b, 0) / N
  const power = (k: number) => values.reduce((a, b) => a + (b - mean) ** k, 0) / N
  return { mean, variance: power(2), fourth: power(4) }
}

describe('draws have the moments of their distribution', () => {
  test('normal', () => {
    const { mean, variance, fourth } = moments(Draw.normal)
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(N))
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / N))
    expect(Math.abs(fourth - 3)).toBeLessThan(4 * Math.sqrt(96 / N))
  })

  test('exponential', () => {
    const { mean, variance } = moments((rng) => Draw.exponential(rng, 3))
    expect(Math.abs(mean - 3)).toBeLessThan((4 * 3) / Math.sqrt(N))
    expect(Math.abs(variance / 9 - 1)).toBeLessThan(4 * Math.sqrt(8 / N))
  })

  test('lognormal: the median and the deviation of the logarithm are as told', () => {
    const { mean, variance } = moments((rng) => Math.log(Draw.lognormal(rng, 7, 0.5) / 7))
    expect(Math.abs(mean)).toBeLessThan((4 * 0.5) / Math.sqrt(N))
    expect(Math.abs(variance - 0.25)).toBeLessThan(0.005)
  })
})

test('an index is drawn as often as its weight says, one without weight never', () => {
  const rng = Rng.create(5, 1)
  const sums = Draw.cumulate([1, 0, 3, 6])
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < N; i++) counts[Draw.pick(rng, sums)]!++
  expect(counts[1]).toBe(0)
  for (const [i, share] of [
    [0, 0.1],
    [2, 0.3],
    [3, 0.6],
  ] as const)
    expect(Math.abs(counts[i]! / N - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / N))
})

test('a latency is never below nothing, and its median is as told', () => {
  const table = Array.from(Draw.latencyTable(Rng.create(2, 2), 25, 0.1)).sort((a, b) => a - b)
  expect(table[0]).toBeGreaterThan(0)
  expect(Math.abs(table[table.length / 2]! / 25 - 1)).toBeLessThan(0.02)
  expect(table.at(-1)).toBeGreaterThan(50)
})
