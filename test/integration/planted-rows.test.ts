import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  ALL_INSTRUMENTS,
  allocate,
  COLUMNS,
  type Columns,
  Feed,
  Flag,
  Kind,
} from '../../core/events/index.ts'
import { byName } from '../../core/strategies/registry.ts'
import { backtestConfig } from '../../engine/runners/backtest-config.ts'
import { execute } from '../../engine/runners/execute.ts'
import { prepare } from '../../engine/runners/prepare.ts'
import { figuresOf } from '../../engine/runners/summary.ts'
import { openTape } from '../../engine/runners/tape.ts'
import { warningsOf } from '../../engine/runners/warnings.ts'
import {
  createArrowFile,
  createContentHash,
  createTally,
  type Manifest,
  openDataset,
  sha256Of,
  verifyDataset,
} from '../../recorders/tape/index.ts'
import { temporary } from '../fixtures/folders.ts'
import { writeSynthetic } from '../fixtures/synthetic-dataset.ts'
import { syntheticTape } from '../fixtures/synthetic-tape.ts'

/** Rows that make no sense, under hashes that are right: they are refused by file, row and field, or do no harm. */

const dir = join(temporary(), 'd')
const tape = syntheticTape({ seed: 7, trades: true, rate: 2, windows: 1 })
const FILE = join(dir, 'tape-00000.arrow')

beforeAll(async () => {
  await writeSynthetic(dir, tape, { format: 'arrow' })
})

function copyOf(columns: Columns, more = 0): Columns {
  const copy = allocate(columns.length + more)
  for (const [name] of COLUMNS) copy[name].set(columns[name].subarray(0, columns.length))
  copy.length = columns.length
  return copy
}

/** Put rows in the place of the dataset's, and make every hash and figure fit them. */
async function plant(columns: Columns): Promise<void> {
  rmSync(FILE, { force: true })
  const writer = await createArrowFile(FILE)
  await writer.append(columns, 0, columns.length)
  await writer.finish()
  const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest
  const hash = createContentHash()
  hash.update(columns, 0, columns.length)
  const tally = createTally()
  tally.add(columns, 0, columns.length)
  manifest.dataset_hash = hash.digest(tape.instruments, [])
  Object.assign(manifest, tally.figures(tape.instruments))
  // What is no kind has no name to be counted under.
  const { kinds, rows } = manifest.counts
  kinds.LEVEL = kinds.LEVEL! + rows - Object.values(kinds).reduce((sum, n) => sum + n, 0)
  const entry = manifest.files.find(({ path }) => path.endsWith('.arrow'))!
  Object.assign(entry, {
    sha256: await sha256Of(FILE),
    bytes: readFileSync(FILE).length,
    rows: columns.length,
  })
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest))
}

async function run() {
  const opened = await openTape([dir])
  const strategy = byName('market-maker')
  const config = backtestConfig(strategy, opened, { cwd: null, env: {}, params: [] })
  const world = await execute(prepare({ tape: opened, strategy, config, seed: 1 }))
  return { figures: figuresOf(world), warnings: warningsOf(opened) }
}

const values = fc.constantFrom(
  ...[0, 1, 2, 3, 7, 50, 60, 250, 255, 10_000, 10_001, 123_456, 1e12, 1e15, 2 ** 53 - 1, -1, -1e12],
)

describe('a row that was changed', () => {
  test('at random is refused by file, row and field, or the run ends as runs do', async () => {
    const seen = { refused: 0, ran: 0 }
    const change = fc.record({
      row: fc.integer({ min: 0, max: tape.columns.length - 1 }),
      field: fc.constantFrom(
        'price',
        'size',
        'kind',
        'side',
        'flags',
        'feed',
        'instrument',
        'exch_us',
        'seq',
      ),
      value: values,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        const columns = copyOf(tape.columns)
        for (const { row, field, value } of changes) columns[field as 'price'][row] = value
        await plant(columns)
        const ended = await run().then(
          () => null,
          (thrown: unknown) =>
            thrown as { code?: string; file?: string; field?: string; row?: number; fix?: string },
        )
        if (ended === null) {
          await verifyDataset(dir)
          seen.ran++
          return
        }
        expect(ended.code).toMatch(/^tape\.(value|counts)$/)
        expect(ended).toMatchObject({
          file: expect.any(String),
          field: expect.any(String),
          fix: expect.any(String),
        })
        await expect(verifyDataset(dir)).rejects.toMatchObject({ code: ended.code })
        seen.refused++
      }),
      { numRuns: 150 },
    )
    expect(seen.refused).toBeGreaterThan(50)
    expect(seen.ran).toBeGreaterThan(5)
  })

  const base: Record<string, number> = {
    feed: Feed.CLOB_MARKET,
    side: 0,
    price: 0,
    size: 0,
    instrument: 1,
    kind: Kind.ALIVE,
  }
  test.each<[string, string, Record<string, number>]>([
    ['a kind that is none', 'kind', { kind: 250 }],
    [
      'a level of all instruments',
      'instrument',
      { kind: Kind.LEVEL, instrument: ALL_INSTRUMENTS, side: 1, price: 5_000, size: 1 },
    ],
    [
      'a level of a series',
      'instrument',
      { kind: Kind.LEVEL, instrument: 0, side: 1, price: 5_000, size: 1 },
    ],
    ['a level at a price beyond any', 'price', { kind: Kind.LEVEL, side: 1, price: 2 ** 53 - 1, size: 1 }],
    ['a level of less than nothing', 'size', { kind: Kind.LEVEL, side: 1, price: 5_000, size: -1 }],
    ['a level of a third side', 'side', { kind: Kind.LEVEL, side: 255, price: 5_000, size: 1 }],
    ['an outcome that pays anything', 'price', { kind: Kind.RESOLVED, price: 1_234 }],
    ['no tick', 'price', { kind: Kind.TICK_SIZE, price: 0 }],
    ['a tick of 7', 'price', { kind: Kind.TICK_SIZE, price: 7 }],
    ['an order that was accepted', 'kind', { kind: Kind.ORDER_ACCEPTED, feed: Feed.EXECUTION }],
    ['a fill', 'kind', { kind: Kind.FILL_MATCHED, feed: Feed.EXECUTION, side: 1, price: 5_000, size: 1 }],
    ['a command', 'kind', { kind: Kind.COMMAND, feed: Feed.OPERATOR, price: 1 }],
    [
      'an account’s silence, from a feed of books',
      'feed',
      { kind: Kind.USER_DOWN, instrument: ALL_INSTRUMENTS },
    ],
  ])('to say %s is refused', async (_, field, change) => {
    const row = 100
    await plant(withRow(row, { ...base, ...change }))
    const file = FILE
    for (const attempt of [run, () => verifyDataset(dir)])
      await expect(attempt()).rejects.toMatchObject({ code: 'tape.value', file, field, row })
  })

  test('to say that the recorder’s own account was silent changes nothing, and that is said', async () => {
    const silent = { ...base, feed: Feed.CLOB_USER, instrument: ALL_INSTRUMENTS }
    await plant(withRow(100, { ...silent, kind: Kind.USER_DOWN }, true))
    await verifyDataset(dir)
    const { figures, warnings } = await run()
    await plant(
      withRow(100, { ...base, kind: Kind.CLOCK_STEP, feed: Feed.NONE, instrument: ALL_INSTRUMENTS }, true),
    )
    expect((await openDataset(dir)).manifest.counts.rows).toBe(tape.columns.length + 1)
    expect(figures.state_hash).toBe((await run()).figures.state_hash)
    expect(figures.fills).toBeGreaterThan(0)
    expect(warnings).toEqual([expect.stringContaining('1 rows USER_DOWN')])
  })
})

/** The tape with another row in the place of one, or before it as a message of its own. */
function withRow(at: number, values: Record<string, number>, insert = false): Columns {
  const columns = copyOf(tape.columns, 1)
  let row = at
  if (insert) {
    while ((columns.flags[row - 1]! & Flag.LAST) === 0) row++
    for (const [name] of COLUMNS) columns[name].copyWithin(row + 1, row, columns.length)
    columns.length++
    columns.exch_us[row] = 0
    columns.flags[row] = Flag.LAST
  }
  for (const [name, value] of Object.entries(values)) columns[name as 'price'][row] = value
  return columns
}
