import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Flag, Kind } from '../../core/events/index.ts'
import * as Snapshot from '../../core/machine/snapshot.ts'
import * as World from '../../core/machine/world.ts'
import { runTape } from '../fixtures/run-tape.ts'
import { syntheticTape, type TapeOptions } from '../fixtures/synthetic-tape.ts'

const tapes = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  trades: fc.boolean(),
  silence_s: fc.constantFrom(0, 4, 12),
  rate: fc.constantFrom(2, 8),
})
const strategies = fc.constantFrom('market-maker', 'random', 'divergence')
const params = fc.record({
  'exchange.fill': fc.constantFrom('queue-pessimistic', 'queue-neutral', 'queue-optimistic', 'depth', 'bbo'),
  'exchange.latency_model': fc.constantFrom('constant', 'exponential'),
  'exchange.fail_probability': fc.constantFrom(0, 0.2),
})

describe('the same tape gives the same bits', () => {
  test('over any chunks, also such that end inside a message', () => {
    fc.assert(
      fc.property(
        tapes,
        strategies,
        params,
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 6 }),
        (options, strategy, own, chunks) => {
          const tape = syntheticTape(options)
          const whole = runTape(tape, { strategy, params: own })
          const pieces = runTape(tape, { strategy, params: own, chunks })
          expect(pieces.hash).toBe(whole.hash)
          expect(pieces.rows).toEqual(whole.rows)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('resumed from a snapshot taken between any two messages', () => {
    fc.assert(
      fc.property(
        tapes,
        strategies,
        params,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (options, strategy, own, where) => {
          const tape = syntheticTape(options)
          const row = messageEnd(tape.columns.flags, Math.floor(where * tape.columns.length))
          let bytes: Uint8Array | null = null
          const whole = runTape(tape, {
            strategy,
            params: own,
            chunks: [row, tape.columns.length],
            observe: (world, rows) => {
              if (rows === row) bytes = World.snapshot(world)
            },
          })
          const resumed = runTape(tape, {
            strategy,
            params: own,
            from: { state: Snapshot.decode(bytes!), row },
          })
          expect(resumed.hash).toBe(whole.hash)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('a snapshot read back and written again is the same bytes', () => {
    const tape = syntheticTape({ seed: 5, trades: true })
    runTape(tape, {
      chunks: [2_001],
      observe: (world) => {
        const bytes = World.snapshot(world)
        expect(Snapshot.encode(Snapshot.decode(bytes))).toEqual(bytes)
      },
    })
  })

  test('whatever the capacity of the tables that are drained', () => {
    const tape = syntheticTape({ seed: 9, trades: true })
    const a = runTape(tape, { table_rows: 64 })
    const b = runTape(tape, { table_rows: 8_192 })
    expect(a.hash).toBe(b.hash)
    expect(a.rows).toEqual(b.rows)
  })

  test('in a second process', () => {
    const options: TapeOptions = { seed: 3, trades: true, silence_s: 12 }
    const script = `
      import { runTape } from ${JSON.stringify(fileURLToPath(new URL('../fixtures/run-tape.ts', import.meta.url)))}
      import { syntheticTape } from ${JSON.stringify(fileURLToPath(new URL('../fixtures/synthetic-tape.ts', import.meta.url)))}
      process.stdout.write(runTape(syntheticTape(${JSON.stringify(options)})).hash)`
    const other = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8' },
    })
    expect(other).toBe(runTape(syntheticTape(options)).hash)
  })

  test('and another seed, parameter or row gives other bits', () => {
    const tape = syntheticTape({ seed: 3, trades: true })
    const base = runTape(tape, { strategy: 'random' })
    expect(runTape(tape, { strategy: 'random', params: { 'exchange.entry_latency_ms': 51 } }).hash).not.toBe(
      base.hash,
    )
    expect(runTape(tape, { strategy: 'random', seed: 2 }).hash).not.toBe(base.hash)
    const changed = syntheticTape({ seed: 3, trades: true })
    const at = changed.columns.kind.indexOf(Kind.ORACLE, Math.floor(changed.columns.length / 2))
    changed.columns.price[at] = changed.columns.price[at]! + 1
    expect(runTape(changed).hash).not.toBe(runTape(tape).hash)
  })
})

function messageEnd(flags: Uint8Array, from: number): number {
  let row = Math.max(1, Math.min(from, flags.length))
  while (row < flags.length && (flags[row - 1]! & Flag.LAST) === 0) row++
  return row
}
