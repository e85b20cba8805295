import { existsSync } from 'node:fs'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TABLES, type TableName } from '../../../core/machine/records.ts'
import { literalPath, openDatabase } from '../../../recorders/database.ts'
import { below } from '../../../recorders/files/index.ts'
import { foreign } from '../../../recorders/foreign.ts'
import { ReportError, type RunFile } from '../run-file.ts'

/**
 * The Parquet tables of a run folder as SQL views named after them. Every column is a DOUBLE, NaN is NULL, and `row`
 * is the row's place in its file. A table `markets(market, start_us, end_us)` stands beside them.
 */
export type RunTables = {
  dir: string
  run: RunFile
  rows<T extends Record<string, number | null>>(sql: string): Promise<T[]>
  close(): void
}

/** Tables that a report reads. */
const READ = [
  'decisions',
  'intents',
  'orders',
  'fills',
  'ledger',
  'equity',
  'windows',
  'risk_events',
] as const

/**
 * Open a run folder's tables.
 *
 * @throws ReportError `report.missing_table`, `report.missing_column` or `report.table`, naming file and column
 */
export async function openTables(dir: string, run: RunFile): Promise<RunTables> {
  // One thread: sums of reals are then always taken in one order, and the same run gives the same report.
  const { connection, close } = await openDatabase()
  try {
    for (const name of READ) await createView(connection, dir, name)
    await createMarkets(connection, run)
  } catch (error) {
    close()
    throw error
  }
  return {
    dir,
    run,
    rows: async <T>(sql: string) => {
      const read = await connection.runAndReadAll(sql).catch((thrown: unknown) => {
        throw foreign(thrown, {
          code: 'report.table',
          file: dir,
          fix: 'make the run again with engine backtest',
        })
      })
      return read.getRowObjectsJS() as T[]
    },
    close,
  }
}

async function createView(connection: DuckDBConnection, dir: string, name: TableName): Promise<void> {
  const file = below(dir, `${name}.parquet`)
  if (!existsSync(file)) {
    throw new ReportError('report.missing_table', `${file} is missing from the run folder`, { file })
  }
  const source = `read_parquet(${literalPath(file)}, file_row_number = true)`
  let present: Set<unknown>
  try {
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`)
    present = new Set(described.getRowObjectsJS().map((row) => row.column_name))
  } catch (error) {
    throw new ReportError('report.table', `${file} cannot be read: ${(error as Error).message}`, { file })
  }
  const columns = TABLES[name].map(([column]) => {
    if (!present.has(column)) {
      throw new ReportError('report.missing_column', `${file} has no column ${column}`, {
        file,
        field: column,
      })
    }
    return `nullif("${column}"::DOUBLE, 'nan'::DOUBLE) AS "${column}"`
  })
  await connection.run(
    `CREATE VIEW ${name} AS SELECT ${columns.join(', ')}, file_row_number::DOUBLE AS "row" FROM ${source}`,
  )
}

async function createMarkets(connection: DuckDBConnection, run: RunFile): Promise<void> {
  await connection.run('CREATE TABLE markets (market DOUBLE, start_us DOUBLE, end_us DOUBLE)')
  if (run.markets.length === 0) return
  const values = run.markets.map((m, i) => `(${i}, ${m.start_us}, ${m.end_us})`)
  await connection.run(`INSERT INTO markets VALUES ${values.join(', ')}`)
}

/** A number of a row that may be NULL. */
export function real(value: number | null | undefined): number {
  return value ?? Number.NaN
}
