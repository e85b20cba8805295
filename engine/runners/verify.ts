import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { Chain } from '../../core/hash/index.ts'
import { TABLES, type TableName } from '../../core/machine/records.ts'
import type { World } from '../../core/machine/world.ts'
import { formatIso, type Micros } from '../../core/units/index.ts'
import { execute } from './execute.ts'
import type { Rerun } from './rerun.ts'
import { standAt } from './stand.ts'
import { createTableWriter } from './table-writer.ts'

/** The first place where a run and its replay differ. */
export type Difference = {
  /** Events consumed before it; null where the row does not say. */
  event: number | null
  time: string | null
  /** The table, and the row in it. */
  kind: TableName
  row: number
  field: string
  recorded: unknown
  replayed: unknown
}

export type Verification = {
  equal: boolean
  state_hash: string
  recorded_hash: string
  events: number
  first_difference?: Difference
}

/** The column that says when, by table: differences are shown in order of time. */
const TIME: Partial<Record<TableName, string>> = {
  decisions: 'time_us',
  intents: 'time_us',
  ledger: 'time_us',
  equity: 'time_us',
  hashes: 'time_us',
  risk_events: 'time_us',
  orders: 'intended_us',
  fills: 'matched_us',
}

/** Causes before effects where several tables differ at one time. */
const ORDER: readonly TableName[] = [
  'decisions',
  'intents',
  'fills',
  'orders',
  'ledger',
  'risk_events',
  'equity',
  'hashes',
  'windows',
]

/**
 * Run again and compare every table, row by row, and the hash chain, with what was stored.
 *
 * @returns equal, or the first difference with both sides
 */
export async function verify(
  rerun: Rerun,
  options: { signal?: AbortSignal; progress?: (rows: number) => void; chunk_rows?: number } = {},
): Promise<Verification> {
  const scratch = await mkdtemp(join(tmpdir(), 'lockstep-replay-'))
  const writer = await createTableWriter()
  let finished = false
  try {
    const world = await execute(rerun.input, { drain: (table) => writer.drain(table), ...options })
    await writer.finish(scratch)
    finished = true
    const state_hash = Chain.hex(world.machine.state.chain)
    const difference = await compareTables(rerun.dir, scratch)
    return {
      equal: difference === null && state_hash === rerun.file.state_hash,
      state_hash,
      recorded_hash: rerun.file.state_hash,
      events: world.machine.state.counts.events,
      ...(difference !== null && { first_difference: difference }),
    }
  } finally {
    if (!finished) await writer.abort()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Tables whose rows are written as things happen, so that what was written by a time can be compared alone. */
const AS_IT_HAPPENS: readonly TableName[] = ['decisions', 'intents', 'ledger', 'risk_events', 'equity']

/**
 * Run again up to a time and compare what had happened by then.
 *
 * @returns the comparison, and the world as it stood
 */
export async function verifyUntil(
  rerun: Rerun,
  until_us: Micros,
  options: { signal?: AbortSignal; progress?: (rows: number) => void } = {},
): Promise<Verification & { world: World }> {
  const scratch = await mkdtemp(join(tmpdir(), 'lockstep-replay-'))
  const writer = await createTableWriter()
  let finished = false
  try {
    const world = await standAt(rerun.input, until_us, { drain: (table) => writer.drain(table), ...options })
    await writer.finish(scratch)
    finished = true
    const difference = await compareTables(rerun.dir, scratch, until_us)
    return {
      equal: difference === null,
      state_hash: Chain.hex(world.machine.state.chain),
      recorded_hash: rerun.file.state_hash,
      events: world.machine.state.counts.events,
      ...(difference !== null && { first_difference: difference }),
      world,
    }
  } finally {
    if (!finished) await writer.abort()
    await rm(scratch, { recursive: true, force: true })
  }
}

/**
 * The first row and field in which the tables of two run folders differ; null for none.
 *
 * @param until_us compare only what had happened by then
 */
export async function compareTables(
  recorded: string,
  replayed: string,
  until_us: Micros = Number.POSITIVE_INFINITY,
): Promise<Difference | null> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    let best: { difference: Difference; time_us: Micros } | null = null
    for (const name of until_us === Number.POSITIVE_INFINITY ? ORDER : AS_IT_HAPPENS) {
      const found = await firstDifference(connection, name, recorded, replayed, until_us)
      if (found !== null && (best === null || found.time_us < best.time_us)) best = found
    }
    if (best === null) return null
    best.difference.event ??= await eventAt(connection, recorded, best.time_us)
    return best.difference
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function firstDifference(
  connection: DuckDBConnection,
  name: TableName,
  recorded: string,
  replayed: string,
  until_us: Micros,
): Promise<{ difference: Difference; time_us: Micros } | null> {
  const columns = TABLES[name].map(([column]) => column)
  const until = until_us === Number.POSITIVE_INFINITY ? '' : ` WHERE "${TIME[name]}" <= ${until_us}`
  const side = (dir: string, alias: string) =>
    `(SELECT file_row_number AS nr, * FROM read_parquet('${join(dir, `${name}.parquet`).replaceAll("'", "''")}', file_row_number = true)${until}) ${alias}`
  const differs = columns.map((column) => `a."${column}" IS DISTINCT FROM b."${column}"`).join(' OR ')
  const shown = columns.flatMap((column) => [
    `a."${column}" AS "a_${column}"`,
    `b."${column}" AS "b_${column}"`,
  ])
  const result = await connection.runAndReadAll(
    `SELECT coalesce(a.nr, b.nr) AS nr, a.nr IS NULL AS a_missing, b.nr IS NULL AS b_missing, ${shown}
     FROM ${side(recorded, 'a')} FULL JOIN ${side(replayed, 'b')} ON a.nr = b.nr WHERE a.nr IS NULL OR b.nr IS NULL OR ${differs} ORDER BY 1 LIMIT 1`,
  )
  const row = result.getRowObjects()[0]
  if (row === undefined) return null
  const time = TIME[name]
  const time_us =
    time === undefined
      ? Number.POSITIVE_INFINITY
      : Math.min(numberOf(row[`a_${time}`]), numberOf(row[`b_${time}`]))
  const event =
    'event' in row || row.a_event !== undefined ? numberOf(row.a_event ?? row.b_event) : Number.NaN
  return { difference: describe(name, columns, row, time_us, event), time_us }
}

function describe(
  name: TableName,
  columns: readonly string[],
  row: Record<string, unknown>,
  time_us: Micros,
  event: number,
): Difference {
  const field =
    row.a_missing === true || row.b_missing === true
      ? 'row'
      : columns.find((column) => !same(row[`a_${column}`], row[`b_${column}`]))!
  const sideOf = (side: 'a' | 'b') =>
    row[`${side}_missing`] === true ? null : field === 'row' ? 'present' : plain(row[`${side}_${field}`])
  return {
    event: Number.isFinite(event) ? event : null,
    time: Number.isFinite(time_us) ? formatIso(time_us) : null,
    kind: name,
    row: numberOf(row.nr),
    field,
    recorded: sideOf('a'),
    replayed: sideOf('b'),
  }
}

/** Events that the last decision at or before a time had seen. */
async function eventAt(connection: DuckDBConnection, dir: string, time_us: Micros): Promise<number | null> {
  if (!Number.isFinite(time_us)) return null
  const result = await connection.runAndReadAll(
    `SELECT max(event) FROM read_parquet('${join(dir, 'decisions.parquet').replaceAll("'", "''")}') WHERE time_us <= ${time_us}`,
  )
  const value = result.getRows()[0]?.[0]
  return value === null || value === undefined ? null : numberOf(value)
}

function same(a: unknown, b: unknown): boolean {
  return Object.is(plain(a), plain(b))
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : (value ?? null)
}

function numberOf(value: unknown): number {
  return value === null || value === undefined ? Number.POSITIVE_INFINITY : Number(value)
}
