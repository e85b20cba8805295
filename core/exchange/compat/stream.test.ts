import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, Flag } from '../../events/index.ts'
import { Check, Stream } from './index.ts'
import { createSplitMix, unit, whole } from './splitmix.ts'

/** SplitMix64 as published, in whole numbers of any size. */
function bigSplitMix(seed: bigint): () => bigint {
  let state = BigInt.asUintN(64, seed)
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let z = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n)
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
    return z ^ (z >> 31n)
  }
}

describe('SplitMix64', () => {
  test('gives the published first draw of seed 0', () => {
    const r = createSplitMix(0)
    unit(r)
    expect([r.out_hi >>> 0, r.out_lo >>> 0]).toEqual([0xe220a839, 0x7b1dcdaf])
  })

  test('in halves equals the same in whole numbers, for any seed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seed) => {
        const r = createSplitMix(seed)
        const next = bigSplitMix(seed)
        for (let i = 0; i < 50; i++) {
          expect(unit(r)).toBe(Number(next() >> 11n) / 2 ** 53)
          expect(whole(r, 5, 200)).toBe(5 + Number(next() % 195n))
          expect(whole(r, -7, 2 ** 21 - 7)).toBe(-7 + Number(next() % BigInt(2 ** 21)))
        }
      }),
    )
  })

  test('takes a number for a seed as the same integer', () => {
    expect(createSplitMix(2 ** 53 - 1)).toEqual(createSplitMix(2n ** 53n - 1n))
    expect(createSplitMix(2n ** 64n + 5n)).toEqual(createSplitMix(5))
  })
})

function digest(seed: number, events: number, capacity: number): { sha256: string; rows: number } {
  const stream = Stream.createStream(seed, events)
  const columns = allocate(capacity)
  const bytes = new Uint8Array(capacity * Check.CHECK_BYTES)
  const hash = createHash('sha256')
  let rows = 0
  while (!Stream.ended(stream)) {
    columns.length = 0
    Stream.fill(stream, columns)
    rows += columns.length
    hash.update(Check.encodeCheck(columns, 0, columns.length, bytes))
  }
  return { sha256: hash.digest('hex'), rows }
}

describe('the oracle’s stream', () => {
  test.each([
    [42, '54c0bc064846762dcffa7d1ee067f67935577d41ca9323363f2c6c51e4a310d4'],
    [7, 'c46d1e363ae09ec53cc77e904e779b0ecdac081b7f11008ac8b2187e1461a90a'],
  ])('of seed %i has the published check file', (seed, sha256) => {
    expect(digest(seed, 1_000_000, 8_192)).toEqual({ sha256, rows: 1_000_000 })
  })

  test('comes back from its check file as it was', () => {
    const stream = Stream.createStream(3, 5_000)
    const rows = allocate(5_000 + Stream.ROOM)
    Stream.fill(stream, rows)
    const bytes = Check.encodeCheck(rows, 0, rows.length, new Uint8Array(rows.length * Check.CHECK_BYTES))
    const back = allocate(rows.kind.length)
    const half = Check.CHECK_BYTES * 2_345
    Check.decodeCheck(bytes.subarray(0, half), back)
    Check.decodeCheck(bytes.subarray(half), back)
    expect(back).toEqual(rows)
  })

  test('is the same in any pieces', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 20, max: 300 }), (seed, capacity) => {
        expect(digest(seed, 1_000, capacity)).toEqual(digest(seed, 1_000, 2_000))
      }),
      { numRuns: 30 },
    )
  })

  test('has the rows asked for, at most one more, and never fewer than its first twenty', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 500 }), (seed, events) => {
        const { rows } = digest(seed, events, 1_000)
        expect(rows).toBeGreaterThanOrEqual(Math.max(events, 20))
        expect(rows).toBeLessThanOrEqual(Math.max(events + 1, 20))
      }),
      { numRuns: 50 },
    )
  })

  test('is a tape of groups of one, in time order, on whole cents strictly inside 0 and 1', () => {
    const stream = Stream.createStream(5, 50_000)
    const columns = allocate(50_002)
    Stream.fill(stream, columns)
    let bad = 0
    for (let i = 0; i < columns.length; i++) {
      const price = columns.price[i]!
      if (columns.flags[i] !== Flag.LAST || price % Stream.CENT !== 0 || price <= 0 || price >= 10_000) bad++
      if (i > 0 && columns.exch_us[i]! < columns.exch_us[i - 1]!) bad++
    }
    expect(bad).toBe(0)
  })

  test('a window without room is an error, not an endless wait', () => {
    const room = expect.objectContaining({ code: 'compat.room' })
    expect(() => Stream.fill(Stream.createStream(1, 100), allocate(19))).toThrow(room)
    const stream = Stream.createStream(1, 100)
    const columns = allocate(20)
    Stream.fill(stream, columns)
    expect(() => Stream.fill(stream, columns)).toThrow(room)
  })
})
