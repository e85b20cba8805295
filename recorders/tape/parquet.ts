import {
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  UINTEGER,
  UTINYINT,
} from '@duckdb/node-api'
import { allocate, COLUMNS, type Columns } from '../../core/events/index.ts'
import { literalPath, openDatabase, quote } from '../database.ts'
import { DATABASE_MB } from '../limits.ts'
import { openArrowFile } from './arrow-reader.ts'
import { missingColumn } from './arrow-schema.ts'
import { reasonOf, TapeError } from './errors.ts'

/**
 * The archive form of a tape: Parquet, zstd, integers where the tape holds integers in float64. One thread writes and
 * reads it, so that rows keep their order and the same rows give the same bytes.
 */

/** Rows of a chunk that DuckDB moves at once. */
const CHUNK_ROWS = 2_048
const ROW_GROUP_ROWS = 131_072
const STORED = { f64: 'BIGINT', u32: 'UINTEGER', u8: 'UTINYINT' } as const
const LOADED = { f64: 'DOUBLE', u32: 'UINTEGER', u8: 'UTINYINT' } as const
const DUCKDB = { f64: DOUBLE, u32: UINTEGER, u8: UTINYINT } as const

/** How often is asked how far it is. */
const LOOK_MS = 200

/** How hard zstd tries, 1 to 22: a dataset is written once and read often. */
const LEVEL = 19

/**
 * Convert finished Arrow segments to one Parquet file. Memory holds all of their rows.
 *
 * @param from Arrow files in tape order
 * @param level how hard zstd tries, 1 to 22
 * @param progress told how many rows are packed, several times a second
 * @throws TapeError as {@link openArrowFile}; `tape.write` when the file cannot be written
 */
export async function arrowToParquet(
  from: string | readonly string[],
  to: string,
  level: number = LEVEL,
  progress?: (rows: number) => void,
): Promise<void> {
  const { connection, close } = await openDatabase({ memory_mb: DATABASE_MB.writing })
  let looking: NodeJS.Timeout | undefined
  try {
    await connection.run(`CREATE TABLE rows (${COLUMNS.map(([name, type]) => `${name} ${LOADED[type]}`)})`)
    const appender = await connection.createAppender('rows')
    for (const file of typeof from === 'string' ? [from] : from) await appendFile(appender, file)
    appender.closeSync()
    const selected = COLUMNS.map(([name, type]) => `${name}::${STORED[type]} AS ${name}`)
    if (progress !== undefined) {
      // The database counts only what it could draw a bar of.
      await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false')
      looking = setInterval(() => progress(Number(connection.progress.rows_processed)), LOOK_MS)
    }
    await connection.run(
      `COPY (SELECT ${selected} FROM rows) TO ${quote(to)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL ${level}, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    )
  } catch (thrown) {
    if (thrown instanceof TapeError) throw thrown
    throw new TapeError(
      'tape.write',
      `${to}: cannot be written: ${reasonOf(thrown)}`,
      { file: to },
      'free some disk space or choose another folder',
      thrown,
    )
  } finally {
    clearInterval(looking)
    close()
  }
}

async function appendFile(appender: DuckDBAppender, file: string): Promise<void> {
  const reader = await openArrowFile(file)
  try {
    const buffer = new ArrayBuffer(reader.buffer_bytes)
    for (let batch = 0; batch + 1 < reader.starts.length; batch++) {
      const columns = await reader.read(batch, buffer)
      for (let row = 0; row < columns.length; row += CHUNK_ROWS) {
        appender.appendDataChunk(chunkOf(columns, row, Math.min(row + CHUNK_ROWS, columns.length)))
      }
    }
  } finally {
    await reader.close()
  }
}

/**
 * Read a Parquet tape file from its first row, chunk by chunk in constant memory. The columns are reused: use them
 * before asking for the next.
 *
 * @throws TapeError `tape.parquet` for a damaged file, `tape.column` for a missing column
 */
export async function* readParquet(path: string): AsyncGenerator<Columns> {
  const { connection, close } = await openDatabase()
  try {
    await checkParquet(connection, path)
    const selected = COLUMNS.map(([name, type]) => `${name}::${LOADED[type]}`)
    const result = await connection.stream(`SELECT ${selected} FROM read_parquet(${literalPath(path)})`)
    const columns = allocate(CHUNK_ROWS)
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) return
      fill(columns, chunk, path)
      yield columns
    }
  } catch (thrown) {
    if (thrown instanceof TapeError) throw thrown
    throw unreadable(path, thrown)
  } finally {
    close()
  }
}

function chunkOf(columns: Columns, from: number, to: number): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(
    COLUMNS.map(([, type]) => DUCKDB[type]),
    to - from,
  )
  COLUMNS.forEach(([name], i) => {
    const vector = chunk.getColumnVector(i)
    const column = columns[name]
    for (let row = from; row < to; row++) vector.setItem(row - from, column[row]!)
    vector.flush()
  })
  return chunk
}

function fill(columns: Columns, chunk: DuckDBDataChunk, path: string): void {
  const rows = chunk.rowCount
  columns.length = rows
  COLUMNS.forEach(([name], i) => {
    const vector = chunk.getColumnVector(i)
    const column = columns[name]
    for (let row = 0; row < rows; row++) {
      const item = vector.getItem(row)
      if (typeof item !== 'number') throw missingColumn(path, name, 'null in places', 'a number in every row')
      column[row] = item
    }
  })
}

/**
 * Whether a Parquet file has the columns of a tape.
 *
 * @throws TapeError `tape.parquet` for what is no such file, `tape.column` for a missing column
 */
export async function checkParquet(connection: DuckDBConnection, path: string): Promise<void> {
  const described = await connection
    .runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${literalPath(path)})`)
    .catch((thrown: unknown) => {
      throw unreadable(path, thrown)
    })
  const types = new Map(described.getRows().map((row) => [String(row[0]), String(row[1])]))
  for (const [name, type] of COLUMNS) {
    const found = types.get(name)
    if (found !== STORED[type]) throw missingColumn(path, name, found, STORED[type])
  }
}

function unreadable(path: string, thrown: unknown): TapeError {
  return new TapeError(
    'tape.parquet',
    `${path}: cannot be read as Parquet: ${reasonOf(thrown)}`,
    { file: path },
    'restore the file from its source, or import the dataset again',
    thrown,
  )
}
