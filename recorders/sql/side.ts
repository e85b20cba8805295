import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { literalPath, quote } from '../database.ts'
import { SIDE_TABLES, type SideColumn } from '../normalise/side-tables.ts'
import type { Named } from './raw.ts'

/**
 * The side tables of recordings (recorders/normalise/side-tables.ts) as `raw.side_NAME`: every declared table is there and
 * has its columns, whether a dataset carries it or not. DuckDB reads the lines when a query asks for them.
 */

/** How a declared column is stored in SQL: instants stay whole µs, as the tape's are. */
const TYPES = {
  text: 'VARCHAR',
  number: 'BIGINT',
  flag: 'BOOLEAN',
  instant_us: 'BIGINT',
} as const satisfies Record<SideColumn['type'], string>

/** Make a view for each side table, over the files of every dataset that has it. */
export async function createSideTables(
  connection: DuckDBConnection,
  datasets: readonly Named[],
): Promise<void> {
  for (const [name, { columns }] of Object.entries(SIDE_TABLES)) {
    const parts = datasets.flatMap((named) => {
      const file = sideFile(named, name)
      return file === null ? [] : [linesOf(named.name, file, columns)]
    })
    await connection.run(
      `CREATE VIEW raw.side_${name} AS ${parts.length === 0 ? emptyOf(columns) : parts.join(' UNION ALL ')}`,
    )
  }
}

/** Paths of the side tables that a dataset has. */
export function sideFiles(named: Named): string[] {
  return Object.keys(SIDE_TABLES).flatMap((name) => sideFile(named, name) ?? [])
}

function sideFile({ dataset }: Named, table: string): string | null {
  const path = `side-${table}.jsonl`
  const entry = dataset.manifest.files.find((file) => file.path === path)
  return entry === undefined || entry.bytes === 0 ? null : join(dataset.dir, path)
}

/** The lines of a file with their number from 0, which is what a row's `ref` points at. */
function linesOf(dataset: string, file: string, columns: readonly SideColumn[]): string {
  const types = columns.map(({ name, type }) => `${quote(name)}: ${quote(TYPES[type])}`)
  const names = columns.map(({ name }) => `"${name}"`)
  return `SELECT ${quote(dataset)} AS dataset, row_number() OVER () - 1 AS "row", ${names.join(', ')} FROM read_json(${literalPath(file)}, format = 'newline_delimited', columns = {${types.join(', ')}})`
}

function emptyOf(columns: readonly SideColumn[]): string {
  const cells = columns.map(({ name, type }) => `CAST(NULL AS ${TYPES[type]}) AS "${name}"`)
  return `SELECT CAST(NULL AS VARCHAR) AS dataset, CAST(NULL AS BIGINT) AS "row", ${cells.join(', ')} WHERE false`
}
