import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { runTape } from '../../test/fixtures/run-tape.ts'
import { syntheticTape } from '../../test/fixtures/synthetic-tape.ts'
import { Flag } from '../events/index.ts'
import * as World from './world.ts'

test('waiting between two messages for what is due by then changes nothing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.constantFrom('market-maker', 'random', 'divergence'),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(0, 0.5, 1),
      (seed, strategy, places, part) => {
        const tape = syntheticTape({ seed, trades: true, silence_s: 12, rate: 4, windows: 1 })
        const { columns } = tape
        const ends = [
          ...new Set(places.map((place) => messageEnd(columns.flags, place, columns.length))),
        ].sort((a, b) => a - b)
        const whole = runTape(tape, { strategy })
        const waited = runTape(tape, {
          strategy,
          chunks: [...ends, columns.length]
            .map((end, i) => end - (ends[i - 1] ?? 0))
            .filter((rows) => rows > 0),
          observe: (world, rows) => {
            if (rows >= columns.length) return
            const from = columns.local_us[rows - 1]!
            World.wait(world, from + Math.floor(part * (columns.local_us[rows]! - from)))
          },
        })
        expect(waited.hash).toBe(whole.hash)
        expect(waited.rows).toEqual(whole.rows)
      },
    ),
    { numRuns: 20 },
  )
})

/** The row after the message at a place of the tape. */
function messageEnd(flags: Uint8Array, place: number, length: number): number {
  let row = Math.max(1, Math.floor(place * length))
  while (row < length && (flags[row - 1]! & Flag.LAST) === 0) row++
  return row
}
