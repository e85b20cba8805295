import { DuckDBTypeId } from '@duckdb/node-api'
import { quote } from '../database.ts'
import type { Catalog } from './catalog.ts'
import { prepared, runStatements, stoppable } from './session.ts'
import { SqlError } from './sql-error.ts'
import type { Statement } from './statements.ts'

/** Statements that stand behind COPY as they are; others (DESCRIBE, SHOW, SUMMARIZE) become a table first. */
const QUERY = /^(\(|select\b|with\b|from\b|values\b|table\b)/i
/** Whole numbers that Parquet would hold as reals. */
const TOO_WIDE: readonly DuckDBTypeId[] = [DuckDBTypeId.HUGEINT, DuckDBTypeId.UHUGEINT]

/**
 * Run statements and write the result of the last one as a Parquet file (zstd), by DuckDB itself and in constant memory.
 * Sums of whole numbers are 64 bits wide there, which every reader knows.
 *
 * @param file a path that the catalog was left when it was shut; what is there is replaced
 * @param options `limit`: rows at most, Infinity for all
 * @returns rows written
 * @throws SqlError as {@link runStatements}; `sql.refused` where the last statement is no query
 */
export async function copyToParquet(
  catalog: Catalog,
  statements: readonly Statement[],
  file: string,
  options: { limit: number; signal?: AbortSignal },
): Promise<number> {
  const { limit, signal } = options
  const last = statements.at(-1)
  if (statements.length > 1) {
    const before = await runStatements(catalog, statements.slice(0, -1), options)
    for await (const _ of before.chunks());
  }
  const connection = await catalog.prepare(last?.text ?? '', signal)
  return await stoppable(connection, signal, async () => {
    const query = await prepared(connection, last?.text ?? '')
    const names = Array.from({ length: query.columnCount }, (_, i) => query.columnName(i))
    const wide = names.filter((_, i) => TOO_WIDE.includes(query.columnTypeId(i)))
    const text = limitedTo(limit, narrowed(wide, last!.text))
    const written = await connection.runAndReadAll(
      `COPY (${text}\n) TO ${quote(file)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
    )
    return Number(written.getRows()[0]?.[0] ?? 0)
  }).catch((thrown: unknown) => {
    const syntax = thrown instanceof SqlError && /syntax error|Parser Error/i.test(thrown.message)
    throw syntax && !QUERY.test(last?.text ?? '')
      ? new SqlError('sql.refused', 'the last statement has no rows to write', 'end with a query', thrown)
      : thrown
  })
}

function narrowed(wide: readonly string[], text: string): string {
  if (wide.length === 0 && QUERY.test(text)) return text
  const casts = wide.map(
    (name) => `CAST("${name.replaceAll('"', '""')}" AS BIGINT) AS "${name.replaceAll('"', '""')}"`,
  )
  return `SELECT *${casts.length === 0 ? '' : ` REPLACE (${casts.join(', ')})`} FROM (${text}\n)`
}

function limitedTo(limit: number, text: string): string {
  return Number.isFinite(limit) ? `SELECT * FROM (${text}\n) LIMIT ${limit}` : text
}
