import { BIGINT, DOUBLE, type DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api'
import { Mix } from '../../../core/hash/index.ts'
import { TABLES } from '../../../core/machine/records.ts'

/**
 * What a golden keeps of the decisions of a run: for each one a digest of its whole row, and the columns that a person asks
 * for first, so that the first difference can be shown from both sides. A few bytes a decision.
 */
export type DecisionTrace = {
  readonly length: number
  readonly columns: Readonly<Record<string, Float64Array>>
}

/** Columns of the decisions table as they come out of a run. */
export type Decisions = Readonly<Record<string, readonly number[]>>

/** Kept columns in the order of reading; `real` ones are rounded to 1e-4, as prices are read. */
export const KEPT = [
  ['decision', 'int'],
  ['time_us', 'int'],
  ['event', 'int'],
  ['market', 'int'],
  ['trigger', 'int'],
  ['regime', 'int'],
  ['gate', 'int'],
  ['best_bid', 'int'],
  ['best_ask', 'int'],
  ['q_up', 'real'],
  ['cap_up', 'real'],
  ['cap_down', 'real'],
  ['unpaired', 'int'],
  ['cash', 'int'],
  ['desired', 'int'],
  ['live', 'int'],
  ['creates', 'int'],
  ['cancels', 'int'],
  ['refused', 'int'],
  /** 32 bits over every column of the row, exactly. */
  ['digest', 'int'],
] as const

/** What `real` columns are rounded to. */
const ROUND = 1e4
const CHUNK_ROWS = 2_048

/** Which decisions are kept: every one, or those after which an order was created or cancelled. */
export type Keep = 'every' | 'acting'

/** The trace of a run's decisions. */
export function traceOf(decisions: Decisions, keep: Keep): DecisionTrace {
  const rows: number[] = []
  for (let row = 0; row < decisions.decision!.length; row++) {
    if (keep === 'every' || decisions.creates![row]! + decisions.cancels![row]! > 0) rows.push(row)
  }
  const columns: Record<string, Float64Array> = {}
  for (const [name, type] of KEPT) {
    columns[name] = Float64Array.from(rows, (row) => {
      if (name === 'digest') return digestOf(decisions, row)
      const value = decisions[name]![row]!
      return type === 'real' ? Math.round(value * ROUND) / ROUND : value
    })
  }
  return { length: rows.length, columns }
}

/** One digest over all rows. */
export function digestAll({ length, columns }: DecisionTrace): string {
  const mix = Mix.create()
  for (let row = 0; row < length; row++) Mix.word(mix, columns.digest![row]! | 0)
  return Array.from(mix, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** The first row in which two traces differ; −1 for none. */
export function firstDifference(a: DecisionTrace, b: DecisionTrace): number {
  const length = Math.max(a.length, b.length)
  for (let row = 0; row < length; row++) {
    if (row >= a.length || row >= b.length) return row
    for (const [name] of KEPT) if (!Object.is(a.columns[name]![row], b.columns[name]![row])) return row
  }
  return -1
}

/** Write a trace as Parquet. */
export async function writeTrace(file: string, { length, columns }: DecisionTrace): Promise<void> {
  await inDuckDb(async (connection) => {
    await connection.run(
      `CREATE TABLE trace (${KEPT.map(([name, type]) => `"${name}" ${type === 'int' ? 'BIGINT' : 'DOUBLE'}`)})`,
    )
    const appender = await connection.createAppender('trace')
    for (let from = 0; from < length; from += CHUNK_ROWS) {
      const to = Math.min(length, from + CHUNK_ROWS)
      const chunk = DuckDBDataChunk.create(
        KEPT.map(([, type]) => (type === 'int' ? BIGINT : DOUBLE)),
        to - from,
      )
      KEPT.forEach(([name, type], i) => {
        const vector = chunk.getColumnVector(i)
        for (let row = from; row < to; row++) {
          const value = columns[name]![row]!
          vector.setItem(row - from, type === 'int' ? BigInt(value) : value)
        }
        vector.flush()
      })
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
    await connection.run(
      `COPY trace TO ${quote(file)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 19)`,
    )
  })
}

/** Read what {@link writeTrace} wrote, all columns or those named. */
export async function readTrace(
  file: string,
  names: readonly string[] = KEPT.map(([name]) => name),
): Promise<DecisionTrace> {
  return inDuckDb(async (connection) => {
    const selected = names.map((name) => `"${name}"::DOUBLE`)
    const result = await connection.runAndReadAll(`SELECT ${selected} FROM read_parquet(${quote(file)})`)
    const values = result.getColumns()
    const columns: Record<string, Float64Array> = {}
    names.forEach((name, i) => {
      columns[name] = Float64Array.from(values[i] ?? [], Number)
    })
    return { length: result.currentRowCount, columns }
  })
}

async function inDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function digestOf(decisions: Decisions, row: number): number {
  const mix = Mix.create()
  for (const [name] of TABLES.decisions) Mix.number(mix, decisions[name]![row]!)
  return (mix[0]! ^ mix[1]! ^ mix[2]! ^ mix[3]!) >>> 0
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`
