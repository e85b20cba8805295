import { join } from 'node:path'
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBVector,
  UINTEGER,
  UTINYINT,
} from '@duckdb/node-api'
import {
  type ColumnType,
  type Records,
  TABLES,
  type Table,
  type TableName,
} from '../../core/machine/records.ts'
import { openDatabase, quote } from '../../recorders/database.ts'
import { below, makeScratch } from '../../recorders/files/index.ts'

/** Rows that DuckDB moves at once. */
const CHUNK_ROWS = 2_048
const SQL = { f64: 'DOUBLE', u32: 'UINTEGER', u8: 'UTINYINT' } as const
const LOGICAL = { f64: DOUBLE, u32: UINTEGER, u8: UTINYINT } as const

/**
 * Collects the machine's tables in constant memory and writes each as Parquet. Rows wait in a DuckDB file in the
 * system's temporary folder, so that a run of any length needs no more memory than a short one.
 */
export type TableWriter = {
  /** Take the rows of a table over; the table is empty afterwards. */
  drain(table: Table<TableName>): void
  /** Write `NAME.parquet` of every table into `dir` and clean up. */
  finish(dir: string): Promise<void>
  /** Clean up without writing. Harmless after `finish`. */
  abort(): Promise<void>
}

/** A writer for all tables. */
export async function createTableWriter(): Promise<TableWriter> {
  const scratch = await makeScratch('run')
  const database = await openDatabase({ file: join(scratch.path, 'tables.duckdb') })
  const { connection } = database
  const names = Object.keys(TABLES) as TableName[]
  for (const name of names) {
    await connection.run(
      `CREATE TABLE ${name} (${specOf(name).map(([column, type]) => `"${column}" ${SQL[type]}`)})`,
    )
  }
  const appenders = new Map(
    await Promise.all(names.map(async (name) => [name, await connection.createAppender(name)] as const)),
  )
  let open = true
  const close = async () => {
    if (!open) return
    open = false
    for (const appender of appenders.values()) appender.closeSync()
    database.close()
    await scratch.remove()
  }
  return {
    drain(table) {
      const appender = appenders.get(table.name)!
      for (let row = 0; row < table.length; row += CHUNK_ROWS) {
        appender.appendDataChunk(chunkOf(table, row, Math.min(row + CHUNK_ROWS, table.length)))
      }
      table.length = 0
    },
    async finish(dir) {
      for (const appender of appenders.values()) appender.flushSync()
      for (const name of names) await copy(connection, name, below(dir, `${name}.parquet`))
      await close()
    },
    abort: close,
  }
}

/** Drain every table. */
export function drainAll(writer: TableWriter, records: Records): void {
  for (const name of Object.keys(TABLES) as TableName[]) writer.drain(records[name] as Table<TableName>)
}

async function copy(connection: DuckDBConnection, name: TableName, to: string): Promise<void> {
  await connection.run(`COPY ${name} TO ${quote(to)} (FORMAT parquet, COMPRESSION zstd)`)
}

function specOf(name: TableName): readonly (readonly [string, ColumnType])[] {
  return TABLES[name]
}

function chunkOf(table: Table<TableName>, from: number, to: number): DuckDBDataChunk {
  const spec = specOf(table.name)
  const columns = table.columns as Record<string, Float64Array | Uint32Array | Uint8Array>
  const chunk = DuckDBDataChunk.create(
    spec.map(([, type]) => LOGICAL[type]),
    to - from,
  )
  spec.forEach(([name], i) => {
    const vector = chunk.getColumnVector(i)
    fill(vector, columns[name]!.subarray(from, to))
    vector.flush()
  })
  return chunk
}

/**
 * Fill a vector with numbers. It holds a typed array of our own column's type, which takes them all at once; the package
 * names it in its types but does not let it be used, so where it is not there they go one by one.
 */
function fill(vector: DuckDBVector, values: Float64Array | Uint32Array | Uint8Array): void {
  const { items } = vector as unknown as { items?: unknown }
  if (items instanceof Float64Array && values instanceof Float64Array) items.set(values)
  else if (items instanceof Uint32Array && values instanceof Uint32Array) items.set(values)
  else if (items instanceof Uint8Array && values instanceof Uint8Array) items.set(values)
  else for (let row = 0; row < values.length; row++) vector.setItem(row, values[row]!)
}
