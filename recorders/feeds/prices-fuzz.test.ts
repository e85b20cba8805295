import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binance } from './binance.ts'
import { coinbase } from './coinbase.ts'
import type { Feed } from './feed.ts'
import { createTaken, openReader, receipt } from './fixtures.ts'
import { kraken } from './kraken.ts'
import { polybolt } from './polybolt.ts'
import { rtds } from './rtds.ts'

/** Values that a field may suddenly have. */
const odd = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -0,
    -1,
    Number.MAX_VALUE,
    1e-9,
    2 ** 53,
    '',
    '0',
    '-1',
    'NaN',
    '1e5',
    '0x1',
    '99999999999999999999',
    '__proto__',
    [],
    {},
  ),
  fc.double(),
  fc.string(),
  fc.jsonValue(),
)

/** A JSON text with one field, however deep, replaced, removed or doubled under another name. */
function mutated(text: string): fc.Arbitrary<string> {
  return fc.tuple(fc.nat(), odd, fc.constantFrom('set', 'delete', 'rename')).map(([at, value, how]) => {
    let raw: unknown
    try {
      raw = JSON.parse(text)
    } catch {
      return text
    }
    const places: [Record<string, unknown>, string][] = []
    const collect = (one: unknown) => {
      if (typeof one !== 'object' || one === null) return
      for (const [key, inner] of Object.entries(one)) {
        places.push([one as Record<string, unknown>, key])
        collect(inner)
      }
    }
    collect(raw)
    const [object, key] = places[at % places.length]!
    if (how === 'rename') object[`${key}_`] = object[key]
    if (how === 'set') object[key] = value
    else delete object[key]
    return JSON.stringify(raw)
  })
}

/** A text with a stretch cut out, doubled, or overwritten. */
function torn(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.nat(text.length),
      fc.nat(20),
      fc.oneof(
        fc.constant(''),
        fc.string({ maxLength: 5 }),
        fc.constantFrom('9', '-', 'e9', '"', '}', '\u0000'),
      ),
    )
    .map(([from, length, instead]) => text.slice(0, from) + instead + text.slice(from + length))
}

describe.each([binance, coinbase, kraken, rtds, polybolt] as const)('$name', (feed: Feed) => {
  const texts = feed.examples.map(({ text }) => text)
  const frame = fc.oneof(
    { weight: 1, arbitrary: fc.string() },
    { weight: 1, arbitrary: fc.json() },
    { weight: 2, arbitrary: fc.constantFrom(...texts) },
    { weight: 5, arbitrary: fc.constantFrom(...texts).chain(mutated) },
    { weight: 3, arbitrary: fc.constantFrom(...texts).chain(torn) },
  )

  // Where rows go is checked there: a row that no tape may hold throws.
  test('whatever comes, a reader does not throw, and gives rows that a tape may hold in whole groups', () => {
    let rows = 0
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
        const taken = createTaken()
        let reader = openReader(feed, taken)
        for (const [i, text] of frames.entries()) {
          const before = taken.rows.length
          const reason = reader.frame(text, 1, receipt(i))
          reader.identity?.(text)
          expect(reason === undefined ? '' : reason).toBeTypeOf('string')
          if (reason !== undefined) expect(taken.rows.length).toBe(before)
          expect(taken.groups.reduce((sum, one) => sum + one, 0)).toBe(taken.rows.length)
          if (i % 5 === 4) reader = feed.read(taken.out, JSON.parse(JSON.stringify(reader.state())))
        }
        reader.restate?.(receipt(frames.length))
        rows += taken.rows.length
      }),
      { numRuns: 600 },
    )
    // Otherwise nothing was tried.
    expect(rows).toBeGreaterThan(150)
  })

  test('a reason is words without what was sent: few reasons, however many frames', () => {
    const reasons = new Set<string>()
    const reader = openReader(feed, createTaken())
    fc.assert(
      fc.property(fc.constantFrom(...texts).chain(mutated), (text) => {
        const reason = reader.frame(text, 1, receipt())
        if (reason !== undefined) reasons.add(reason)
      }),
      { numRuns: 2_000 },
    )
    expect(reasons.size).toBeLessThan(150)
    for (const reason of reasons) expect(reason.length).toBeLessThan(120)
  })
})
