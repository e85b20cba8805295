import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Mix, Plain } from './index.ts'

const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, -0, 0, 1, 2 ** 53))
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', 'x\u0000'))
const words = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }))
const typed = fc.oneof(
  fc.array(number).map((list) => Float64Array.from(list)),
  words.map((list) => Uint32Array.from(list)),
  words.map((list) => Int32Array.from(list)),
  words.map((list) => Uint16Array.from(list)),
  words.map((list) => Uint8Array.from(list)),
)
const key = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString'),
)
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    number,
    text,
    typed,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value

function digestOf(value: unknown, codecs: Plain.Codecs = {}): string {
  const mix = Mix.create()
  Plain.digest(mix, value, codecs)
  return mix.join()
}

/** A value in words that differ when it does: NaN is NaN, kinds and types of arrays differ, and zeros where `signed`. */
function canon(value: unknown, signed = false): string {
  if (typeof value === 'number') return signed && Object.is(value, -0) ? 'n-0' : `n${value + 0}`
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}[${[...(value as Float64Array)].map((one) => canon(one, signed)).join()}]`
  if (Array.isArray(value)) return `[${value.map((one) => canon(one, signed)).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canon(one, signed)}`).join()}}`
}

/** The same value with its keys in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, one]) => [name, reversed(one)] as const)
      .reverse(),
  )
}

describe('plain data', () => {
  test('comes back from bytes as it was, to the sign of a zero', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const back = Plain.decode(Plain.encode(value, {}), {})
        expect(canon(back, true)).toBe(canon(value, true))
        expect(digestOf(back)).toBe(digestOf(value))
      }),
      { numRuns: 1000 },
    )
  })

  test('has one digest and one form in bytes, whatever the order of its keys', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(digestOf(reversed(value))).toBe(digestOf(value))
        expect(Plain.encode(reversed(value), {})).toEqual(Plain.encode(value, {}))
      }),
    )
  })

  test('has another digest when it differs in anything', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(digestOf(a) === digestOf(b)).toBe(canon(a) === canon(b))
      }),
      { numRuns: 2000 },
    )
    const alike = [
      null,
      false,
      true,
      0,
      1,
      2,
      '',
      '0',
      [],
      [0],
      [[]],
      {},
      { a: null },
      { b: null },
      [null],
      [null, null],
    ]
    const arrays = [Float64Array, Uint32Array, Int32Array, Uint16Array, Uint8Array].flatMap((type) => [
      new type(0),
      new type(1),
    ])
    expect(new Set([...alike, ...arrays].map((one) => digestOf(one))).size).toBe(alike.length + arrays.length)
    expect(digestOf([1, [2]])).not.toBe(digestOf([[1], 2]))
    expect(digestOf({ a: 1, b: 2 })).not.toBe(digestOf({ a: 2, b: 1 }))
  })

  test('takes every NaN for one', () => {
    const odd = new Float64Array(new Uint32Array([1, 0x7ff80001]).buffer)
    expect(Plain.encode(odd, {})).toEqual(Plain.encode(Float64Array.of(Number.NaN), {}))
    expect(digestOf(odd)).toBe(digestOf(Float64Array.of(Number.NaN)))
  })

  test('of more than the first room is written whole', () => {
    const big = { text: 'ä'.repeat(50_000), list: new Float64Array(20_000).fill(0.5) }
    expect(Plain.decode(Plain.encode(big, {}), {})).toEqual(big)
  })

  test('is read from a part of a larger buffer', () => {
    const bytes = Plain.encode([1.5, 'x'], {})
    const larger = new Uint8Array(bytes.length + 7)
    larger.set(bytes, 7)
    expect(Plain.decode(larger.subarray(7), {})).toEqual([1.5, 'x'])
  })
})

describe('what is not plain is refused, not lost', () => {
  test.each([
    ['undefined', undefined],
    ['a function', () => 0],
    ['a big integer', 1n],
    ['a symbol', Symbol('x')],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set()],
    ['a Date', new Date(0)],
    ['a hole in an array', new Array(1)],
    ['a type of array that is not known', new Float32Array(1)],
    ['a DataView', new DataView(new ArrayBuffer(1))],
  ])('%s', (_, value) => {
    for (const use of [() => digestOf({ in: [value] }), () => Plain.encode({ in: [value] }, {})])
      expect(use).toThrow(expect.objectContaining({ code: 'plain.type' }))
  })

  test('a state that refers to itself', () => {
    const self: Record<string, unknown> = {}
    self.self = self
    for (const use of [() => digestOf(self), () => Plain.encode(self, {})])
      expect(use).toThrow(expect.objectContaining({ code: 'plain.depth' }))
  })

  test('an object of another realm is plain, as in a notebook', () => {
    const foreign = Object.create(Object.create(null, {})) as Record<string, unknown>
    foreign.a = 1
    expect(Plain.decode(Plain.encode(foreign, {}), {})).toEqual({ a: 1 })
  })
})

describe('bytes that are no snapshot are refused', () => {
  const good = Plain.encode({ a: [1, 'text'], b: new Uint16Array(3), c: { d: null } }, {})

  test('cut off anywhere', () => {
    for (let n = 0; n < good.length; n++)
      expect(() => Plain.decode(good.subarray(0, n), {})).toThrow(
        expect.objectContaining({ code: 'plain.truncated' }),
      )
  })

  test('followed by more', () => {
    expect(() => Plain.decode(Uint8Array.of(...good, 0), {})).toThrow(
      expect.objectContaining({ code: 'plain.mark' }),
    )
  })

  test('with a mark or a type of array that is not known', () => {
    expect(() => Plain.decode(Uint8Array.of(99), {})).toThrow(expect.objectContaining({ code: 'plain.mark' }))
    expect(() => Plain.decode(Uint8Array.of(7, 99, 0, 0, 0, 0), {})).toThrow(
      expect.objectContaining({ code: 'plain.mark' }),
    )
  })

  test('that announce more than memory holds', () => {
    for (const mark of [4, 5, 6])
      expect(() => Plain.decode(Uint8Array.of(mark, 255, 255, 255, 255), {})).toThrow(
        expect.objectContaining({ code: 'plain.truncated' }),
      )
    expect(() => Plain.decode(Uint8Array.of(7, 0, 255, 255, 255, 255), {})).toThrow(
      expect.objectContaining({ code: 'plain.truncated' }),
    )
  })

  test('deeper than any state', () => {
    const nested = new Uint8Array(5 * 100)
    for (let i = 0; i < 100; i++) nested.set([5, 1, 0, 0, 0], 5 * i)
    expect(() => Plain.decode(nested, {})).toThrow(expect.objectContaining({ code: 'plain.depth' }))
  })

  test('whatever else they are, never with another kind of error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          Plain.decode(bytes, {})
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^plain\./)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a codec', () => {
  const codecs: Plain.Codecs = {
    book: {
      digest: (mix, value) => Mix.word(mix, (value as { total: number }).total),
      encode: (value) => [(value as { total: number }).total],
      decode: (stored) => ({ total: (stored as number[])[0], rebuilt: true }),
    },
  }

  test('stands for what is under its key, at any depth; null stays null', () => {
    const state = { feeds: [{ book: { total: 7, heavy: () => 0 } }, { book: null }] }
    expect(Plain.decode(Plain.encode(state, codecs), codecs)).toEqual({
      feeds: [{ book: { total: 7, rebuilt: true } }, { book: null }],
    })
    const other = { feeds: [{ book: { total: 8 } }, { book: null }] }
    expect(digestOf(state, codecs)).not.toBe(digestOf(other, codecs))
  })

  test('is one of those given, never what every object inherits', () => {
    const state = { constructor: 1, toString: 2 }
    expect(Plain.decode(Plain.encode(state, codecs), codecs)).toEqual(state)
    expect(digestOf(state, codecs)).toBe(digestOf(state))
  })
})
