import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binance } from './binance.ts'
import { coinbase } from './coinbase.ts'
import { reasonOf } from './entries.ts'
import type { Feed } from './feed.ts'
import { createTaken, openReader, receipt } from './fixtures.ts'
import { sentTo } from './fuzz.fixture.ts'
import { kraken } from './kraken.ts'
import { polybolt } from './polybolt.ts'
import { rtds } from './rtds.ts'

/** What holds of feeds of prices beside what holds of every feed: a frame is one message, taken whole or not at all. */

describe.each([binance, coinbase, kraken, rtds, polybolt] as const)('$name', (feed: Feed) => {
  const frame = sentTo(feed).map(({ text }) => text)

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
          expect(reason === undefined ? '' : reasonOf(reason)).toBeTypeOf('string')
          // Without a place all of the frame is refused; with one, entries of it stand.
          if (typeof reason === 'string') expect(taken.rows.length).toBe(before)
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
      fc.property(frame, (text) => {
        const reason = reader.frame(text, 1, receipt())
        if (reason !== undefined) reasons.add(reasonOf(reason))
      }),
      { numRuns: 2_000 },
    )
    expect(reasons.size).toBeLessThan(150)
    for (const reason of reasons) expect(reason.length).toBeLessThan(120)
  })
})
