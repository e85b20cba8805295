import { basename, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { literalPath, openDatabase, quote } from '../database.ts'
import { DATABASE_MB } from '../limits.ts'
import { type Dataset, reasonOf, tapeFiles } from '../tape/index.ts'
import { createMedian, loadMedian } from './median.ts'
import { arrowTables, createRaw, loadArrow, type Named } from './raw.ts'
import { plainRow, type SqlRow } from './rows.ts'
import { createSideTables, sideFiles } from './side.ts'
import { SqlError } from './sql-error.ts'
import { createTouch, loadTouch } from './touch.ts'
import { statementsOf, type View } from './view.ts'
import { DATASET_VIEWS } from './views/index.ts'

/**
 * Datasets as SQL: views in a database of its own, in memory. Nothing on disk is held open, so that any number of readers
 * can look at one dataset, and nothing on disk is changed.
 */
export type Catalog = {
  readonly datasets: readonly Dataset[]
  /** The views and what they hold. */
  readonly views: readonly View[]
  /**
   * Run a query to its end.
   *
   * @throws SqlError `sql.query` in DuckDB's words
   */
  query(sql: string): Promise<SqlRow[]>
  /** Columns of a query's result, one array each. */
  columns(sql: string): Promise<Record<string, SqlRow[string][]>>
  /** Make one more view. */
  add(view: View): Promise<void>
  /** Run statements without a result. */
  run(statement: string): Promise<void>
  /** The database, with the tables filled that a text names: for what is done with it statement by statement. */
  prepare(sql: string, signal?: AbortSignal): Promise<DuckDBConnection>
  /** Let views read one more file once the catalog is shut. */
  allow(file: string): void
  /**
   * From here on statements can reach no file but those of the views and `extra`, load no extension, attach no database and
   * change no setting: what is typed by somebody, or comes with a file, can harm nothing.
   */
  shut(extra?: readonly string[]): Promise<void>
  close(): void | Promise<void>
}

/** How a catalog computes. */
export type CatalogOptions = {
  /**
   * Threads of the database. With one, the default, sums of real numbers are always taken in the same order, and the same
   * query gives the same bits; more are quicker.
   */
  threads?: number
  /** MiB of memory that the database may use. */
  memory_mb?: number
}

/**
 * Open datasets as SQL. Of several, each row says in `dataset` which one it is of.
 *
 * @throws SqlError `sql.no_data` without a dataset
 */
export async function openCatalog(
  datasets: readonly Dataset[],
  options: CatalogOptions = {},
): Promise<Catalog> {
  if (datasets.length === 0)
    throw new SqlError('sql.no_data', 'no dataset is given', 'name at least one dataset folder')
  const { connection, close } = await openDatabase({ memory_mb: DATABASE_MB.query, ...options })
  try {
    const named = nameEach(datasets)
    await createRaw(connection, named)
    await createSideTables(connection, named)
    await createTouch(connection)
    await createMedian(connection)
    const views: View[] = []
    const add = async (view: View) => {
      for (const statement of statementsOf(view)) await connection.run(statement)
      views.push(view)
    }
    for (const view of DATASET_VIEWS) await add(view)
    await connection.run(VIEWS_OF_VIEWS)
    const fill = filler(connection, named)
    const files = named.flatMap((one) => [
      ...tapeFiles(one.dataset).map(({ path }) => join(one.dataset.dir, path)),
      ...sideFiles(one),
    ])
    const read = async (sql: string) => {
      await fill(sql)
      return await connection.runAndReadAll(sql).catch(refuse)
    }
    return {
      datasets,
      views,
      query: async (sql) => (await read(sql)).getRowObjectsJS().map(plainRow),
      columns: async (sql) =>
        plainRow((await read(sql)).getColumnsObjectJS()) as Record<string, SqlRow[string][]>,
      add,
      run: async (statement) => void (await connection.run(statement).catch(refuse)),
      async prepare(sql, signal) {
        await fill(sql, signal)
        return connection
      },
      allow: (file) => void files.push(file),
      async shut(extra = []) {
        for (const statement of shutting([...files, ...extra])) await connection.run(statement)
      },
      close,
    }
  } catch (thrown) {
    close()
    throw thrown
  }
}

/** What shuts a database: afterwards not even these settings can be changed. */
function shutting(files: readonly string[]): string[] {
  return [
    'SET allow_persistent_secrets = false',
    // A path with brackets is asked for as a pattern that means itself: both forms are the same file.
    `SET allowed_paths = [${[...new Set(files.flatMap((file) => [quote(file), literalPath(file)]))].join(', ')}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ]
}

/** Tables that are filled when a query first names what stands on them. */
type Lazy = {
  names: RegExp
  /** The tables, emptied again when filling was stopped half-way. */
  tables: readonly string[]
  load(signal?: AbortSignal): Promise<void>
  done: Promise<void> | null
}

/**
 * Tables that are filled when a query first asks for them: the rows of Arrow files, which DuckDB cannot read itself, and
 * what takes a pass over the tape.
 */
function filler(
  connection: DuckDBConnection,
  datasets: readonly Named[],
): (sql: string, signal?: AbortSignal) => Promise<void> {
  const steps: Lazy[] = [
    {
      names: TOUCH_TABLES,
      tables: ['raw.touch'],
      load: (signal) => loadTouch(connection, datasets, signal),
      done: null,
    },
    {
      names: MEDIAN_TABLES,
      tables: ['raw.median'],
      load: (signal) => loadMedian(connection, datasets, signal),
      done: null,
    },
    {
      names: TAPE_TABLES,
      tables: arrowTables(datasets),
      load: (signal) => loadArrow(connection, datasets, signal),
      done: null,
    },
  ]
  return async (sql, signal) => {
    for (const step of steps) {
      if (!step.names.test(sql)) continue
      step.done ??= step.load(signal)
      try {
        await step.done
      } catch (thrown) {
        step.done = null
        for (const table of step.tables) await connection.run(`DELETE FROM ${table}`)
        throw thrown
      }
    }
  }
}

/** What there is to ask for, so that a reader needs no other page: every column of every view. */
const VIEWS_OF_VIEWS = `CREATE VIEW views AS
  SELECT c.table_name AS "view", c.column_name AS "column", c.data_type AS type, c.comment AS doc
  FROM duckdb_columns() c JOIN duckdb_views() v USING (database_name, schema_name)
  WHERE c.table_name = v.view_name AND NOT v.internal AND v.comment IS NOT NULL
  ORDER BY c.table_oid, c.column_index`

/** A name anywhere in the text counts: at worst a table is filled for nothing. DuckDB's own list of names misses joins. */
const TOUCH_TABLES = /\b(bbo|touch)\b/i
const MEDIAN_TABLES = /\b(btc_median|reference_median)\b|\braw"?\s*\.\s*"?median\b/i
const TAPE_TABLES =
  /\b(events|book_changes|trades|oracle|btc_ticks|reference_ticks|wallet_trades|wallet_metrics|tape|tape_\d+_\d+)\b/i

/** Folders' names, numbered where two are alike. */
function nameEach(datasets: readonly Dataset[]): Named[] {
  const seen = new Map<string, number>()
  return datasets.map((dataset) => {
    const base = basename(dataset.dir)
    const count = (seen.get(base) ?? 0) + 1
    seen.set(base, count)
    return { name: count === 1 ? base : `${base}-${count}`, dataset }
  })
}

function refuse(thrown: unknown): never {
  throw new SqlError(
    'sql.query',
    reasonOf(thrown),
    'correct the query; `SELECT * FROM views` lists what there is',
    thrown,
  )
}
