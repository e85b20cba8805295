import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Rng } from './index.ts'

const draws = (rng: Rng.Rng, n: number) => Array.from({ length: n }, () => Rng.next(rng))

/** sfc32 in big integers, from its description: a, b, c and a counter, rotations of 21, shifts of 9 and 3. */
function reference(seed: number, stream: number, n: number): number[] {
  const mask = (1n << 32n) - 1n
  let [a, b, c, counter] = [BigInt(seed) & mask, BigInt(seed) >> 32n, BigInt(stream), 1n]
  const out: number[] = []
  for (let i = 0; i < n + 16; i++) {
    const t = (a + b + counter) & mask
    counter = (counter + 1n) & mask
    a = b ^ (b >> 9n)
    b = (c + (c << 3n)) & mask
    c = ((((c << 21n) | (c >> 11n)) & mask) + t) & mask
    if (i >= 16) out.push(Number(t))
  }
  return out
}

describe('the seeded generator', () => {
  test('is sfc32, for any seed and stream', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(1000), (seed, stream) => {
        expect(draws(Rng.create(seed, stream), 20)).toEqual(reference(seed, stream, 20))
      }),
    )
  })

  test('gives the same numbers for good', () => {
    expect(draws(Rng.create(42, 1), 4)).toMatchInlineSnapshot(`
      [
        551115121,
        590060544,
        3963663191,
        2778894636,
      ]
    `)
  })

  test('goes on from a copy of its state', () => {
    const rng = Rng.create(7, 3)
    draws(rng, 100)
    const copy = Uint32Array.from(rng)
    expect(draws(copy, 10)).toEqual(draws(rng, 10))
  })

  test('gives other numbers for another seed or stream, in either half of the seed', () => {
    const seen = new Set<string>()
    for (const seed of [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1])
      for (const stream of [0, 1, 2]) seen.add(draws(Rng.create(seed, stream), 8).join())
    expect(seen.size).toBe(18)
  })

  test('streams of one seed agree no more often than chance', () => {
    const a = draws(Rng.create(5, 1), 20_000)
    const b = draws(Rng.create(5, 2), 20_000)
    const agree = a.reduce((sum, x, i) => sum + ((x ^ b[i]!) >>> 31 === 0 ? 1 : 0), 0)
    // Four standard deviations of 20,000 fair coins.
    expect(Math.abs(agree - 10_000)).toBeLessThan(4 * Math.sqrt(5_000))
  })

  test('is uniform in [0, 1): counts, mean and variance', () => {
    const rng = Rng.create(1, 1)
    const n = 200_000
    const buckets = new Array<number>(100).fill(0)
    let sum = 0
    let squares = 0
    for (let i = 0; i < n; i++) {
      const u = Rng.uniform(rng)
      if (!(u >= 0 && u < 1)) throw new Error(`${u} is outside`)
      buckets[Math.floor(u * 100)]!++
      sum += u
      squares += u * u
    }
    const chi = buckets.reduce((total, count) => total + (count - n / 100) ** 2 / (n / 100), 0)
    // 99 degrees of freedom: mean 99, standard deviation 14.
    expect(chi).toBeGreaterThan(99 - 4 * 14.1)
    expect(chi).toBeLessThan(99 + 4 * 14.1)
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / n))
  })

  test('uniform uses 53 bits of two draws', () => {
    const a = Rng.create(9, 9)
    const b = Rng.create(9, 9)
    for (let i = 0; i < 100; i++) {
      const [high, low] = draws(b, 2)
      expect(Rng.uniform(a)).toBe(Number((BigInt(high! >>> 5) << 26n) | BigInt(low! >>> 6)) / 2 ** 53)
    }
  })

  test('below n gives every whole number under n, and no other', () => {
    const rng = Rng.create(3, 3)
    const seen = new Set(Array.from({ length: 500 }, () => Rng.below(rng, 7)))
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(Rng.below(rng, 1)).toBe(0)
    for (let i = 0; i < 100; i++) expect(Rng.below(rng, 2 ** 32)).toBeLessThan(2 ** 32)
  })
})
