import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TABLES, type TableName } from '../../core/machine/records.ts'
import { formatIso, type Micros } from '../../core/units/index.ts'
import { literalPath, withDatabase } from '../../recorders/database.ts'
import { below } from '../../recorders/files/index.ts'
import type { About } from '../../recorders/foreign.ts'
import type { RunFile } from './run-folder.ts'
import { RunnerError } from './runner-error.ts'
import type { Figures } from './summary.ts'

/** The first place where a run and its replay differ. */
export type Difference = {
  /** Events consumed before it; null where the row does not say. */
  event: number | null
  time: string | null
  /** The table, and the row in it; `run` for the figures of run.json. */
  kind: TableName | 'run'
  row: number
  field: string
  recorded: unknown
  replayed: unknown
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

/** Tables whose rows are written as things happen, so that what was written by a time can be compared alone. */
const AS_IT_HAPPENS: readonly TableName[] = ['decisions', 'intents', 'ledger', 'risk_events', 'equity']

/**
 * The first row and field in which the tables of two run folders differ; null for none.
 *
 * @param until_us compare only what had happened by then
 * @throws RunnerError `run.table` where a table cannot be read or has not all columns
 */
export async function compareTables(
  recorded: string,
  replayed: string,
  until_us: Micros = Number.POSITIVE_INFINITY,
): Promise<Difference | null> {
  return await withDatabase({ about: unreadable(replayed) }, async (connection) => {
    let best: { difference: Difference; time_us: Micros } | null = null
    for (const name of until_us === Number.POSITIVE_INFINITY ? ORDER : AS_IT_HAPPENS) {
      const found = await firstDifference(connection, name, recorded, replayed, until_us)
      if (found !== null && (best === null || found.time_us < best.time_us)) best = found
    }
    if (best === null) return null
    best.difference.event ??= await eventAt(connection, recorded, best.time_us)
    return best.difference
  })
}

/** What an error of the database is about that reads tables of a run. */
export function unreadable(file: string): About {
  return { code: 'run.table', file, fix: 'make the run again with engine backtest' }
}

/** The first figure of `run.json` that the replay does not give; null for none. */
export function compareFigures(recorded: RunFile, replayed: Figures): Difference | null {
  const a = figureEntries(recorded as unknown as Record<string, unknown>, replayed)
  const b = figureEntries(replayed, replayed)
  const at = a.findIndex(([, value], i) => !Object.is(value, b[i]![1]))
  if (at < 0) return null
  const [field, value] = b[at]!
  return { event: null, time: null, kind: 'run', row: 0, field, recorded: a[at]![1], replayed: value }
}

/** Names and values of the figures in `from`, those of groups with the name of their group before them. */
function figureEntries(from: Record<string, unknown>, shape: Figures): [string, unknown][] {
  return Object.entries(shape).flatMap(([name, inner]): [string, unknown][] => {
    const value = from[name] ?? null
    if (typeof inner !== 'object' || inner === null) return [[name, value]]
    return Object.keys(inner).map((key) => [
      `${name}.${key}`,
      (value as Record<string, unknown> | null)?.[key] ?? null,
    ])
  })
}

/** A table of a run folder has every column that this code writes. */
async function assertTable(connection: DuckDBConnection, dir: string, name: TableName): Promise<void> {
  const file = below(dir, `${name}.parquet`)
  const refuse = (what: string, field?: string) =>
    new RunnerError('run.table', `${file} ${what}`, 'make the run again with engine backtest', {
      file,
      ...(field !== undefined && { field }),
    })
  const result = await connection
    .runAndReadAll(`SELECT * FROM read_parquet(${literalPath(file)}) LIMIT 0`)
    .catch((thrown: Error) => {
      throw refuse(`cannot be read: ${thrown.message.split('\n')[0]}`)
    })
  const found = result.columnNames()
  for (const [column] of TABLES[name]) {
    if (!found.includes(column)) throw refuse(`has no column ${column}`, column)
  }
}

async function firstDifference(
  connection: DuckDBConnection,
  name: TableName,
  recorded: string,
  replayed: string,
  until_us: Micros,
): Promise<{ difference: Difference; time_us: Micros } | null> {
  await assertTable(connection, recorded, name)
  await assertTable(connection, replayed, name)
  const columns = TABLES[name].map(([column]) => column)
  const until = until_us === Number.POSITIVE_INFINITY ? '' : ` WHERE "${TIME[name]}" <= ${until_us}`
  const side = (dir: string, alias: string) =>
    `(SELECT file_row_number AS nr, * FROM read_parquet(${literalPath(below(dir, `${name}.parquet`))}, file_row_number = true)${until}) ${alias}`
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
    `SELECT max(event) FROM read_parquet(${literalPath(join(dir, 'decisions.parquet'))}) WHERE time_us <= ${time_us}`,
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
