import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { Kind } from '../../core/events/index.ts'
import { withDatabase } from '../../recorders/database.ts'
import { cli, json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { writeSynthetic } from '../fixtures/synthetic-dataset.ts'
import { syntheticTape } from '../fixtures/synthetic-tape.ts'

type Diff = {
  equal: boolean
  first_event?: number
  rerun: boolean
  fields?: { path: string; a: unknown; b: unknown }[]
  checkpoints: { compared: number; equal: number }
}

const folder = temporary()
const place = (name: string) => join(folder, name)
const OPTIONS = { seed: 7, trades: true, rate: 4, windows: 3 }
const BACKTEST = ['--no-report', '--param', 'machine.checkpoint_events=2000']
let changed_row = 0

beforeAll(async () => {
  const tape = syntheticTape(OPTIONS)
  await writeSynthetic(place('data'), tape)
  const other = syntheticTape(OPTIONS)
  changed_row = other.columns.kind.indexOf(Kind.ORACLE, Math.floor(other.columns.length / 2))
  // One bit of one price.
  other.columns.price[changed_row] = flip(other.columns.price[changed_row]!)
  await writeSynthetic(place('changed-data'), other)
  await json(['backtest', place('data'), '--out', place('run'), ...BACKTEST])
  await json(['backtest', place('data'), '--out', place('again'), ...BACKTEST])
  await json(['backtest', place('changed-data'), '--out', place('changed'), ...BACKTEST])
  await json([
    'backtest',
    place('data'),
    '--out',
    place('slower'),
    ...BACKTEST,
    '--param',
    'exchange.entry_latency_ms=60',
  ])
})

describe('engine diff', () => {
  test('two runs of the same are equal in every checkpoint', async () => {
    const diff = await json<Diff>(['diff', place('run'), place('again')])
    expect(diff).toMatchObject({ equal: true, rerun: false })
    expect(diff.checkpoints.equal).toBe(diff.checkpoints.compared)
  })

  test.each<[string, (dir: string) => void]>([
    ['of garbage', (dir) => writeFileSync(join(dir, 'decisions.parquet'), 'garbage')],
    ['of another name', (dir) => copyFileSync(join(dir, 'intents.parquet'), join(dir, 'decisions.parquet'))],
    ['that is gone', (dir) => rmSync(join(dir, 'decisions.parquet'))],
  ])('a table %s is refused by its name, whoever shows it', async (_, spoil) => {
    const dir = place('spoilt')
    rmSync(dir, { recursive: true, force: true })
    cpSync(place('again'), dir, { recursive: true })
    spoil(dir)
    for (const argv of [
      ['diff', place('run'), dir],
      ['explain', dir, '--decision', '1'],
      ['report', dir],
      ['sql', 'SELECT 1 AS one', '--run', dir],
    ]) {
      const ran = await cli([...argv, '--json'])
      expect(ran.code, argv[0]).toBe(1)
      expect(oneObject(ran.err)).toMatchObject({
        code: 'run.table_hash',
        file: join(dir, 'decisions.parquet'),
        field: 'tables.decisions',
      })
    }
    // A run of before has no hashes: its tables are compared, and equal chains are not enough.
    dropHashes(dir)
    const ran = await cli(['diff', place('run'), dir, '--json'])
    expect(ran.code).toBe(1)
    expect(oneObject(ran.err)).toMatchObject({ code: 'run.table', file: join(dir, 'decisions.parquet') })
  })

  test('equal chains and another row in a table are not equal: which table, which row', async () => {
    const dir = place('edited')
    cpSync(place('again'), dir, { recursive: true })
    dropHashes(dir)
    await editTable(dir, 'equity', 'equity = equity + 1')
    const ran = await cli(['diff', place('run'), dir, '--json'])
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.out)).toMatchObject({
      equal: false,
      rerun: false,
      fields: [{ path: 'equity[0].equity' }],
    })
  })

  test('one changed bit in the middle of the tape is found: its event, its field, and what it did to the state', async () => {
    const ran = await cli(['diff', place('run'), place('changed'), '--json'])
    expect(ran.code).toBe(1)
    const diff = JSON.parse(ran.out) as Diff
    expect(diff).toMatchObject({ equal: false, rerun: true })
    expect(diff.first_event).toBeLessThanOrEqual(changed_row)
    expect(changed_row - diff.first_event!).toBeLessThan(40)
    const tape = diff.fields!.filter(({ path }) => path.startsWith('tape['))
    expect(tape.map(({ path }) => path)).toEqual([`tape[${changed_row}].price`])
    expect(Math.abs((tape[0]!.b as number) - (tape[0]!.a as number))).toBe(1)
    expect(diff.fields!.map(({ path }) => path)).toContain('machine.assets.0.reference.spot_e8')
  })

  test('another configuration is named first, then the first row that differs', async () => {
    const ran = await cli(['diff', place('run'), place('slower'), '--json'])
    const diff = JSON.parse(ran.out) as Diff
    expect(diff.rerun).toBe(false)
    expect(diff.fields![0]).toEqual({ path: 'config.exchange.entry_latency_ms', a: 50, b: 60 })
    expect(diff.fields![1]!.path).toMatch(/^orders\[0\]\.accepted_us$/)
  })

  test('in words it says where, how it was found, and both sides', async () => {
    const ran = await cli(['diff', place('run'), place('changed')])
    expect(ran.out).toMatch(
      /first differing event \d+; \d+ of \d+ checkpoints agree; found by running both again/,
    )
    expect(ran.out).toContain(`tape[${changed_row}].price`)
  })
})

/** A whole number with its lowest bit flipped; bit operators know 32 bits only. */
function flip(value: number): number {
  return value % 2 === 0 ? value + 1 : value - 1
}

/** Make a run folder one of before tables had hashes. */
function dropHashes(dir: string): void {
  const file = join(dir, 'run.json')
  const { tables: _tables, ...old } = JSON.parse(readFileSync(file, 'utf8')) as { tables: object }
  writeFileSync(file, JSON.stringify(old))
}

/** Change every row of a table. */
async function editTable(dir: string, name: string, set: string): Promise<void> {
  const file = join(dir, `${name}.parquet`)
  await withDatabase({}, async (connection) => {
    await connection.run(`CREATE TABLE t AS SELECT * FROM read_parquet('${file}')`)
    await connection.run(`UPDATE t SET ${set}`)
    await connection.run(`COPY t TO '${file}' (FORMAT parquet)`)
  })
}
