import { type DuckDBConnection, StatementType } from '@duckdb/node-api'
import { COUNT, TEXT } from '../limits.ts'
import { SqlError } from './sql-error.ts'
import { blankAfter, commentDepth } from './statements.ts'

/**
 * What may be typed. DuckDB itself says what a statement is; all that is not in the list writes files, reads others, or
 * hides what it does.
 */
const ALLOWED: readonly number[] = [
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.CREATE,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.DROP,
  StatementType.ALTER,
  StatementType.TRANSACTION,
  StatementType.VARIABLE_SET,
  StatementType.SET,
  StatementType.RELATION,
  StatementType.ANALYZE,
]

/**
 * Functions that a SELECT could call and that do more than read: they write log or profile files (DuckDB ends the process
 * where it may not), or run a text as SQL that nobody has looked at. The names cannot be written in another way: DuckDB
 * knows no escapes in names.
 */
const HARMFUL =
  /\b(?:enable_logging|disable_logging|truncate_duckdb_logs|write_log|enable_profiling|disable_profiling|enable_peg_parser|disable_peg_parser|json_execute_serialized_sql|copy_database|import_database)\b/i
/** Called with a text, which it runs as SQL. As a name of a column the word is harmless. */
const RUNS_TEXT = /\bquery(?:_table)?\b"?/gi

/**
 * Refuse a text for its length and its words, before the database sees it: its parser and planner use memory that no limit
 * covers.
 *
 * @throws SqlError `sql.long`, `sql.refused`
 */
export function assertText(sql: string): void {
  if (sql.length > TEXT.statement)
    throw new SqlError(
      'sql.long',
      `a statement of ${sql.length} characters is refused: at most ${TEXT.statement}`,
      'put long lists into a temporary table, by several INSERT statements',
    )
  if (commentDepth(sql) > COUNT.comment_depth)
    throw new SqlError(
      'sql.long',
      `more than ${COUNT.comment_depth} comments inside comments are refused`,
      'take the comments out',
    )
  const name = HARMFUL.exec(sql)?.[0] ?? calledWithText(sql)
  if (name === undefined) return
  throw new SqlError(
    'sql.refused',
    `${name} is refused, wherever it stands: a query reads the views and changes nothing on disk`,
    'leave it out; in a text or a name, write it otherwise',
  )
}

function calledWithText(sql: string): string | undefined {
  for (const found of sql.matchAll(RUNS_TEXT)) {
    if (sql[blankAfter(sql, found.index + found[0].length)] === '(') return found[0].replace('"', '')
  }
  return undefined
}

/**
 * Refuse a statement for what DuckDB says it is. EXPLAIN runs what stands behind it (ANALYZE), so that must be a SELECT, by
 * DuckDB's own word, too.
 *
 * @throws SqlError `sql.refused`
 */
export async function assertAllowed(connection: DuckDBConnection, type: number, sql: string): Promise<void> {
  if (!ALLOWED.includes(type)) throw refused(nameOf(type))
  if (type !== StatementType.EXPLAIN) return
  const behind = await typeBehind(connection, sql)
  if (behind !== StatementType.SELECT)
    throw refused(`EXPLAIN of ${behind === null ? 'this' : nameOf(behind)}`)
}

/** What EXPLAIN explains; null where that is no single statement. */
async function typeBehind(connection: DuckDBConnection, sql: string): Promise<number | null> {
  const text = withoutExplain(sql)
  if (text === null) return null
  try {
    const extracted = await connection.extractStatements(text)
    return extracted.count === 1 ? (await extracted.prepare(0)).statementType : null
  } catch {
    return null
  }
}

/** The text behind `EXPLAIN`, `ANALYZE` and options in brackets; null where the text does not begin so. */
function withoutExplain(sql: string): string | null {
  const word = (at: number, expected: string): number => {
    const from = blankAfter(sql, at)
    return sql.slice(from, from + expected.length).toLowerCase() === expected ? from + expected.length : -1
  }
  let at = word(0, 'explain')
  if (at < 0) return null
  const analyzed = word(at, 'analyze')
  if (analyzed >= 0) at = analyzed
  const options = /^\(\s*(?:analyze|format)\b[\w\s,]*\)/i.exec(sql.slice(blankAfter(sql, at)))
  return sql.slice(options === null ? at : blankAfter(sql, at) + options[0].length)
}

function refused(what: string): SqlError {
  return new SqlError(
    'sql.refused',
    `${what} is refused: a query reads the views and changes nothing on disk`,
    'select what you want, and write it with --out',
  )
}

function nameOf(type: number): string {
  return (Object.entries(StatementType).find(([, code]) => code === type)?.[0] ?? 'this').replaceAll('_', ' ')
}
