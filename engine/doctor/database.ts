import { withDatabase } from '../../recorders/database.ts'
import { DATASET_VIEWS, DERIVED_RUN_VIEWS, RUN_VIEWS } from '../../recorders/sql/index.ts'
import type { Problem } from './installation.ts'

/** The database behind `engine sql` and notebooks: its version, and how many views stand on datasets and runs. */
export type Database = {
  duckdb: string | null
  dataset_views: number
  run_views: number
  problem: Problem | null
}

/** What the database must be able to read by itself: no extension is ever fetched. */
const READERS = ['read_parquet', 'read_json'] as const

/** Start the database and ask it what it is. */
export async function database(): Promise<Database> {
  const views = {
    dataset_views: DATASET_VIEWS.length,
    run_views: RUN_VIEWS.length + DERIVED_RUN_VIEWS.length,
  }
  try {
    const names = READERS.map((name) => `'${name}'`).join(', ')
    const [version, readers] = await withDatabase({}, async (connection) => {
      const read = await connection.runAndReadAll(
        `SELECT version(), (SELECT count(DISTINCT function_name) FROM duckdb_functions() WHERE function_name IN (${names}))`,
      )
      return read.getRows()[0]!
    })
    const whole = Number(readers) === READERS.length
    return {
      duckdb: String(version),
      ...views,
      problem: whole ? null : problem(`DuckDB lacks one of ${names}`),
    }
  } catch (thrown) {
    return { duckdb: null, ...views, problem: problem(`DuckDB does not start: ${(thrown as Error).message}`) }
  }
}

const problem = (what: string): Problem => ({ severity: 'error', what, fix: 'run `npm ci`' })
