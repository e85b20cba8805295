import type { DuckDBConnection, DuckDBDataChunk, DuckDBPreparedStatement, DuckDBType } from '@duckdb/node-api'
import { reasonOf } from '../tape/index.ts'
import { assertAllowed, assertText } from './allowed.ts'
import type { Catalog } from './catalog.ts'
import { SqlError } from './sql-error.ts'
import type { Statement } from './statements.ts'

/** A result as it is made: nothing of it is held but the chunk at hand. */
export type Result = {
  readonly names: readonly string[]
  readonly types: readonly DuckDBType[]
  /** Rows by the thousand. Stop reading at any time. */
  chunks(): AsyncGenerator<DuckDBDataChunk>
}

/** How long after a stop the database is told again, should it not have begun when it was told first. */
const INSIST_MS = 50

/**
 * Run one statement on a shut catalog ({@link Catalog.shut}) and stream its result. A stop by the signal interrupts the
 * database where it is.
 *
 * @throws SqlError `sql.query` with DuckDB's words and position; `sql.refused` for a statement that is not a query
 */
export async function runStatement(
  catalog: Catalog,
  sql: string,
  options: { signal?: AbortSignal } = {},
): Promise<Result> {
  const { signal } = options
  signal?.throwIfAborted()
  const connection = await catalog.prepare(sql, signal)
  return await stoppable(connection, signal, async () => {
    const result = await (await prepared(connection, sql)).stream()
    return {
      names: result.deduplicatedColumnNames(),
      types: result.columnTypes(),
      async *chunks() {
        for (;;) {
          const chunk = await stoppable(connection, signal, () => result.fetchChunk())
          if (chunk === null || chunk.rowCount === 0) return
          yield chunk
        }
      },
    }
  })
}

/**
 * Run the statements of a text one after the other; the result of the last one.
 *
 * @throws SqlError saying which of several statements it was, and in which line it begins
 */
export async function runStatements(
  catalog: Catalog,
  statements: readonly Statement[],
  options: { signal?: AbortSignal } = {},
): Promise<Result> {
  let last: Result | null = null
  for (const [i, statement] of statements.entries()) {
    try {
      // What an earlier one gave is made to its end, and forgotten: it may be why the next one can run.
      if (last !== null) for await (const _ of last.chunks());
      last = await runStatement(catalog, statement.text, options)
    } catch (thrown) {
      if (!(thrown instanceof SqlError) || statements.length === 1) throw thrown
      const where = `statement ${i + 1} of ${statements.length}, which begins in line ${statement.line}`
      throw new SqlError(thrown.code, `${where}: ${thrown.message}`, thrown.fix, thrown)
    }
  }
  if (last === null) throw new SqlError('sql.empty', 'the text holds no statement', 'write a query')
  return last
}

/** Prepare one statement that may be typed. */
export async function prepared(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  assertText(sql)
  // One statement may stand for several (PIVOT makes its types first): all but the last are run here.
  const extracted = await connection.extractStatements(sql)
  for (let i = 0; ; i++) {
    const statement = await extracted.prepare(i)
    await assertAllowed(connection, statement.statementType, sql)
    if (i + 1 === extracted.count) return statement
    await statement.run()
  }
}

/** Do something with the database that a stop interrupts; what goes wrong is an SqlError, or the stop's reason. */
export async function stoppable<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  let insist: NodeJS.Timeout | undefined
  const stop = () => {
    connection.interrupt()
    insist ??= setInterval(() => connection.interrupt(), INSIST_MS)
  }
  signal?.throwIfAborted()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await work()
  } catch (thrown) {
    signal?.throwIfAborted()
    if (thrown instanceof SqlError) throw thrown
    throw new SqlError('sql.query', inOneLine((thrown as Error).message), fixOf(thrown), thrown)
  } finally {
    signal?.removeEventListener('abort', stop)
    clearInterval(insist)
  }
}

/**
 * DuckDB's words in one line: it shows the place as the line with a mark below, of which the line and the column are told.
 */
function inOneLine(message: string): string {
  const [, words = message, line, before = '', shown = '', blanks = ''] =
    /^([\s\S]*?)\n+LINE (\d+): (\.\.\.)?(.*)\n( *)\^/.exec(message) ?? []
  const said = words.trim().replace(/\s*\n\s*/g, ' ')
  if (line === undefined) return said
  const column = blanks.length - `LINE ${line}: `.length + 1
  const place = before === '' ? `line ${line}, column ${column}` : `line ${line}`
  return `${said} At ${place}: ${shown.trim()}`
}

function fixOf(thrown: unknown): string {
  const reason = reasonOf(thrown)
  if (/^(Permission Error|Invalid Input Error: Cannot change configuration)/.test(reason))
    return 'a query reads the views alone, and changes neither files nor settings'
  if (/^(IO|Invalid) Error/.test(reason))
    return 'a file is damaged or gone: `engine datasets verify` finds it among those of a dataset'
  return 'correct the query; `SELECT * FROM views` lists what there is'
}
