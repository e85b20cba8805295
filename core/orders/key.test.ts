import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Key } from './index.ts'

function key(
  strategy: string,
  slug: string,
  outcome: number,
  side: number,
  level: number,
  decision: number,
): string {
  const out = Key.create()
  Key.orderKey(out, Key.prefix(strategy, slug), outcome, side, level, decision)
  return `${out.hi.toString(16)}:${out.lo.toString(16)}`
}

describe('client keys', () => {
  test('are the same for the same order, in every process', () => {
    expect(key('market-maker', 'btc-updown-15m-1776254400', 0, 1, 0, 0)).toBe(
      key('market-maker', 'btc-updown-15m-1776254400', 0, 1, 0, 0),
    )
    // Written down once: a change would break the tie to orders already sent.
    expect(
      key('market-maker', 'btc-updown-15m-1776254400', 1, 2, 255, 123_456_789_012),
    ).toMatchInlineSnapshot(`"4f3f9893:b5b63208"`)
  })

  test('differ wherever any part of the order differs', () => {
    const seen = new Set<string>()
    let count = 0
    for (const strategy of ['a', 'b', 'ab'])
      for (const slug of ['b', 'a', '', 'btc-updown-5m-1', 'btc-updown-5m-2'])
        for (const outcome of [0, 1])
          for (const side of [1, 2])
            for (const level of [0, 1, 2, 14, 255])
              for (let decision = 0; decision < 400; decision++) {
                seen.add(key(strategy, slug, outcome, side, level, decision * decision * 1009))
                count++
              }
    expect(seen.size).toBe(count)
  })

  test('texts that run together are told apart', () => {
    expect(key('ab', 'c', 0, 1, 0, 0)).not.toBe(key('a', 'bc', 0, 1, 0, 0))
  })

  test('one bit of the input changes about half the bits of the key', () => {
    const bits = (a: Key.Key, b: Key.Key) => ones(a.hi ^ b.hi) + ones(a.lo ^ b.lo)
    const prefix = Key.prefix('s', 'm')
    let flipped = 0
    let trials = 0
    fc.assert(
      fc.property(fc.nat(2 ** 30), fc.nat(29), (decision, bit) => {
        const a = Key.create()
        const b = Key.create()
        Key.orderKey(a, prefix, 0, 1, 0, decision)
        Key.orderKey(b, prefix, 0, 1, 0, decision ^ (1 << bit))
        flipped += bits(a, b)
        trials++
      }),
      { numRuns: 500, seed: 1 },
    )
    expect(flipped / trials).toBeGreaterThan(30)
    expect(flipped / trials).toBeLessThan(34)
  })
})

function ones(word: number): number {
  let n = 0
  for (let rest = word >>> 0; rest !== 0; rest >>>= 1) n += rest & 1
  return n
}
