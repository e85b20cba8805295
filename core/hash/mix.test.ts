import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Mix } from './index.ts'

const words = (list: readonly number[]) => {
  const mix = Mix.create()
  for (const one of list) Mix.word(mix, one)
  return mix.join()
}

describe('the running hash', () => {
  test('of a fixed input is a fixed number, on every machine', () => {
    const mix = Mix.create()
    Mix.word(mix, 1)
    Mix.number(mix, -12.75)
    Mix.text(mix, 'Lockstep')
    const hex = [...mix].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ')
    expect(hex).toMatchInlineSnapshot(`"023156d6 9891d021 9adc9ded cacbb812 0000000c"`)
  })

  test('sees any change of any word, and any swap', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    const list = fc.array(word, { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(list, fc.nat(), word, (items, at, other) => {
        const i = at % items.length
        fc.pre(items[i] !== other)
        expect(words(items.with(i, other))).not.toBe(words(items))
        expect(words([...items, other])).not.toBe(words(items))
        const swapped = [...items].reverse()
        if (swapped.join() !== items.join()) expect(words(swapped)).not.toBe(words(items))
      }),
      { numRuns: 2000 },
    )
  })

  test('spreads one changed bit over the lanes within a few words', () => {
    let flipped = 0
    let bits = 0
    for (let bit = 0; bit < 32; bit++) {
      const a = words([bit, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).split(',')
      const b = words([bit ^ (1 << bit), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).split(',')
      for (let lane = 0; lane < 4; lane++) {
        for (let x = (Number(a[lane]) ^ Number(b[lane])) >>> 0; x !== 0; x = (x & (x - 1)) >>> 0) flipped++
        bits += 32
      }
    }
    expect(flipped / bits).toBeGreaterThan(0.4)
    expect(flipped / bits).toBeLessThan(0.6)
  })

  test('takes numbers by their bits, but one NaN and one zero', () => {
    const one = (value: number) => {
      const mix = Mix.create()
      Mix.number(mix, value)
      return mix.join()
    }
    expect(one(-0)).toBe(one(0))
    expect(one(Number.NaN)).toBe(one(0 / 0))
    expect(one(Number.MIN_VALUE)).not.toBe(one(0))
    fc.assert(
      fc.property(fc.double(), fc.double(), (a, b) => {
        expect(one(a) === one(b)).toBe(a === b || (Number.isNaN(a) && Number.isNaN(b)))
      }),
      { numRuns: 2000 },
    )
  })

  test('tells texts from their parts', () => {
    const texts = (...list: string[]) => {
      const mix = Mix.create()
      for (const one of list) Mix.text(mix, one)
      return mix.join()
    }
    expect(texts('ab', 'c')).not.toBe(texts('a', 'bc'))
    expect(texts('', 'a')).not.toBe(texts('a', ''))
  })
})
