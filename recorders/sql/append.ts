import { type DuckDBConnection, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api'

/** Rows that DuckDB takes at once. */
export const CHUNK_ROWS = 2_048

export type Cell = string | number | null

/**
 * Append rows to a table of the schema `raw`, so many at once as DuckDB takes.
 *
 * @param types of its columns
 * @param fill gives the rows to `add`, one by one; they are not to be changed after
 */
export async function appendRows(
  connection: DuckDBConnection,
  table: string,
  types: readonly DuckDBType[],
  fill: (add: (row: Cell[]) => void) => Promise<void> | void,
): Promise<void> {
  const appender = await connection.createAppender(table, 'raw')
  let rows: Cell[][] = []
  const flush = () => {
    if (rows.length === 0) return
    const chunk = DuckDBDataChunk.create(types, rows.length)
    chunk.setRows(rows)
    appender.appendDataChunk(chunk)
    rows = []
  }
  try {
    await fill((row) => {
      rows.push(row)
      if (rows.length === CHUNK_ROWS) flush()
    })
    flush()
  } finally {
    appender.closeSync()
  }
}
