import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resolve } from '../../core/config/index.ts'
import {
  allocate,
  COLUMNS,
  type Columns,
  Flag,
  type Instruments,
  Kind,
  slice,
} from '../../core/events/index.ts'
import { Chain } from '../../core/hash/index.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import { schemaFor } from '../../core/machine/settings.ts'
import { byName } from '../../core/strategies/registry.ts'
import { gather, inFolder } from '../../recorders/tape/fixtures.ts'
import { messageAt, writeSynthetic } from '../../test/fixtures/synthetic-dataset.ts'
import { JUNE, type SyntheticTape, syntheticTape } from '../../test/fixtures/synthetic-tape.ts'
import { execute } from './execute.ts'
import { openTape, type Tape } from './tape.ts'

/** A tape cut into datasets and merged again. */

const WHOLE = syntheticTape({ seed: 11, trades: true, rate: 4, windows: 3 })
/** The same with equal times at every fourth message, so that ties are met. */
const TIED = tied(WHOLE)

type Piece = { columns: Columns; instruments: Instruments }

describe('rows of several datasets', () => {
  test('are the stable order by time, then dataset, message by message, whatever the cut', async () => {
    const source = slice(TIED.columns, 0, messageAt(TIED.columns, JUNE + 60e6))
    const messages = messagesOf(source)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 4 }),
        fc.array(fc.nat(3), { minLength: 50, maxLength: 400 }),
        fc.boolean(),
        async (count, owners, overlap) => {
          const parts: Columns[] = Array.from({ length: count }, () => allocate(2 * source.length))
          messages.forEach(([from, to], i) => {
            const owner = owners[i % owners.length]! % count
            append(parts[owner]!, source, from, to)
            // The same message recorded twice stays twice: sizes are totals, so that it changes nothing.
            if (overlap && i % 7 === 0) append(parts[(owner + 1) % count]!, source, from, to)
          })
          const pieces = parts
            .filter(({ length }) => length > 0)
            .map((columns) => ({ columns, instruments: TIED.instruments }))
          await inFolder(async (folder) => {
            const tape = await openTape(await write(folder, TIED, pieces))
            expect(tape.rows).toBe(pieces.reduce((sum, { columns }) => sum + columns.length, 0))
            expect(await gather(tape.read())).toEqual(naive(pieces.map(({ columns }) => columns)))
          })
        },
      ),
      { numRuns: 12 },
    )
  })

  test('of one market each: instruments are joined and rows carry the joined numbers', async () => {
    await inFolder(async (folder) => {
      const pieces = [2, 0, 1].map((market) => marketOf(WHOLE, market))
      const tape = await openTape(await write(folder, WHOLE, pieces))
      expect(tape.instruments.markets.map(({ slug }) => slug)).toEqual(
        [2, 0, 1].map((market) => WHOLE.instruments.markets[market]!.slug),
      )
      expect(tape.instruments.instruments.filter(({ kind }) => kind === 'series')).toHaveLength(1)
      // Read back by name, every row is about what it was about.
      const rows = await gather(tape.read())
      const tokens = namesOf(tape.instruments)
      const expected = naive(pieces.map(({ columns, instruments }) => rename(columns, instruments, tokens)))
      expect(rows).toEqual(expected)
    })
  })

  test('are read from any row on', async () => {
    await inFolder(async (folder) => {
      const tape = await openTape(await write(folder, WHOLE, cutAt(WHOLE, JUNE + 400e6)))
      const all = await gather(tape.read())
      // Long enough to end chunks inside messages.
      expect(all.length).toBeGreaterThan(40_000)
      expect(all).toEqual(copy(WHOLE.columns))
      for (const from_row of [0, 1, 5_000, 32_768, all.length - 1, all.length]) {
        const rest = await gather(tape.read({ from_row }))
        expect(rest).toEqual(copy(slice(all, from_row, all.length)))
      }
    })
  })
})

describe('a tape cut in two', () => {
  test.each(['nothing', 'market-maker', 'random'])('anywhere, runs as the whole: %s', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 899 }), async (s) => {
        await inFolder(async (folder) => {
          const tape = await openTape(await write(folder, WHOLE, cutAt(WHOLE, JUNE + s * 1e6)))
          expect(await hashOf(tape, name)).toBe(await hashOfWhole(name))
        })
      }),
      { numRuns: 4 },
    )
  })

  test('by market, runs as the whole', async () => {
    await inFolder(async (folder) => {
      const pieces = [0, 1, 2].map((market) => marketOf(WHOLE, market, market === 0))
      const tape = await openTape(await write(folder, WHOLE, pieces))
      expect(await hashOf(tape, 'market-maker')).toBe(await hashOfWhole('market-maker'))
    })
  })
})

describe('several datasets as one tape', () => {
  test('have the hash of all, in order, and the gaps of all', async () => {
    await inFolder(async (folder) => {
      const [a, b] = cutAt(WHOLE, JUNE + 300e6) as [Piece, Piece]
      const gap = { market: 1, feed: 'clob', from_us: JUNE, to_us: JUNE + 9e6, reason: 'silence' }
      const hashes = [
        (await writeSynthetic(join(folder, '0'), WHOLE, { ...a, gaps: [gap], format: 'arrow' })).dataset_hash,
        (
          await writeSynthetic(join(folder, '1'), WHOLE, {
            ...b,
            gaps: [{ ...gap, market: null }],
            format: 'arrow',
          })
        ).dataset_hash,
      ]
      const tape = await openTape([join(folder, '0'), join(folder, '1')])
      expect(tape.dataset_hash).toBe(hashes.join('+'))
      expect(tape.gaps).toEqual([gap, { ...gap, market: null }])
      const other = await openTape([join(folder, '1'), join(folder, '0')])
      expect(other.dataset_hash).toBe(hashes.toReversed().join('+'))
    })
  })

  test('of different reference profiles are refused, naming the second', async () => {
    await inFolder(async (folder) => {
      const [a, b] = cutAt(WHOLE, JUNE + 300e6) as [Piece, Piece]
      await writeSynthetic(join(folder, '0'), WHOLE, a)
      const head = { reference_profile: { ...WHOLE.profile, stale_ms: 9_000 } }
      await writeSynthetic(join(folder, '1'), WHOLE, { ...b, head })
      await expect(openTape([join(folder, '0'), join(folder, '1')])).rejects.toMatchObject({
        code: 'dataset.profile',
        file: join(folder, '1'),
        field: 'reference_profile',
      })
    })
  })

  test('are at least one', async () => {
    await expect(openTape([])).rejects.toMatchObject({ code: 'usage.dataset' })
  })
})

/** Write each piece as a dataset of its own, in order. */
async function write(folder: string, tape: SyntheticTape, pieces: readonly Piece[]): Promise<string[]> {
  const paths: string[] = []
  for (const [i, piece] of pieces.entries()) {
    const path = join(folder, String(i))
    await writeSynthetic(path, tape, { ...piece, format: 'arrow' })
    paths.push(path)
  }
  return paths
}

async function hashOf(tape: Tape, name: string): Promise<string> {
  const strategy = byName(name)
  const config = resolve(schemaFor(strategy), { 'risk.on_drawdown': 'record' }) as MachineConfig
  const world = await execute({ tape, strategy, config, seed: 1 })
  return Chain.hex(world.machine.state.chain)
}

const hashes = new Map<string, Promise<string>>()
function hashOfWhole(name: string): Promise<string> {
  const known = hashes.get(name)
  if (known !== undefined) return known
  const made = inFolder(async (folder) => {
    const piece = { columns: WHOLE.columns, instruments: WHOLE.instruments }
    return hashOf(await openTape(await write(folder, WHOLE, [piece])), name)
  })
  hashes.set(name, made)
  return made
}

function cutAt(tape: SyntheticTape, us: number): Piece[] {
  const { columns, instruments } = tape
  const row = messageAt(columns, us)
  return [slice(columns, 0, row), slice(columns, row, columns.length)].map((part) => ({
    columns: part,
    instruments,
  }))
}

/** One market's rows and instruments, numbered from 0, with the reference series before them. */
function marketOf(tape: SyntheticTape, market: number, reference = true): Piece {
  const columns = allocate(tape.columns.length)
  const tokens = [1 + 2 * market, 2 + 2 * market]
  for (const [from, to] of messagesOf(tape.columns)) {
    const instrument = tape.columns.instrument[from]!
    if (!tokens.includes(instrument) && !(reference && tape.columns.kind[from] === Kind.ORACLE)) continue
    const first = columns.length
    append(columns, tape.columns, from, to)
    for (let row = first; row < columns.length; row++) {
      columns.instrument[row] = instrument === 0 ? 0 : 1 + tokens.indexOf(instrument)
    }
  }
  const { markets, instruments } = tape.instruments
  const own = instruments
    .filter((one) => one.kind === 'series' || one.market === market)
    .map((one) => (one.kind === 'series' ? one : { ...one, market: 0 }))
  return { columns, instruments: { markets: [markets[market]!], instruments: own } }
}

/** Names of instruments that do not depend on their numbers. */
function namesOf({ markets, instruments }: Instruments): string[] {
  return instruments.map((one) =>
    one.kind === 'series' ? one.name : `${markets[one.market]!.slug} ${one.outcome}`,
  )
}

function rename(columns: Columns, own: Instruments, names: readonly string[]): Columns {
  const map = namesOf(own).map((name) => names.indexOf(name))
  const out = copy(columns)
  for (let row = 0; row < out.length; row++) out.instrument[row] = map[out.instrument[row]!]!
  return out
}

/** The order that is promised, made in the plainest way: messages of all parts, sorted by time, then part. */
function naive(parts: readonly Columns[]): Columns {
  const messages = parts.flatMap((columns, part) =>
    messagesOf(columns).map(([from, to]) => ({ columns, part, from, to, us: columns.local_us[from]! })),
  )
  messages.sort((a, b) => a.us - b.us || a.part - b.part || a.from - b.from)
  const out = allocate(parts.reduce((sum, { length }) => sum + length, 0))
  for (const { columns, from, to } of messages) append(out, columns, from, to)
  return out
}

function messagesOf(columns: Columns): [number, number][] {
  const messages: [number, number][] = []
  let from = 0
  for (let row = 0; row < columns.length; row++) {
    if ((columns.flags[row]! & Flag.LAST) === 0) continue
    messages.push([from, row + 1])
    from = row + 1
  }
  return messages
}

function append(into: Columns, columns: Columns, from: number, to: number): void {
  for (const [name] of COLUMNS) into[name].set(columns[name].subarray(from, to), into.length)
  into.length += to - from
}

function copy(columns: Columns): Columns {
  const out = allocate(columns.length)
  append(out, columns, 0, columns.length)
  return out
}

function tied(tape: SyntheticTape): SyntheticTape {
  const columns = copy(tape.columns)
  messagesOf(columns).forEach(([from, to], i) => {
    if (i % 4 === 0 || from === 0) return
    columns.local_us.fill(columns.local_us[from - 1]!, from, to)
  })
  return { ...tape, columns }
}
