import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { Result } from '../../recorders/sql/index.ts'

/** Rows of a result, at most so many; the rest is not made. */
export type Rows = {
  readonly names: readonly string[]
  readonly types: readonly DuckDBType[]
  /** By the thousand. */
  batches(): AsyncGenerator<DuckDBValue[][]>
  /** Rows given so far, and whether the limit left some out. */
  count: number
  more: boolean
}

/**
 * The rows of a result.
 *
 * @param limit rows at most; Infinity for all
 */
export function rowsOf(result: Result, limit = Number.POSITIVE_INFINITY): Rows {
  const rows: Rows = {
    names: result.names,
    types: result.types,
    count: 0,
    more: false,
    async *batches() {
      for await (const chunk of result.chunks()) {
        const room = limit - rows.count
        rows.more = chunk.rowCount > room
        const taken = rows.more ? chunk.getRows().slice(0, room) : chunk.getRows()
        rows.count += taken.length
        if (taken.length > 0) yield taken
        if (rows.more) return
      }
    },
  }
  return rows
}
