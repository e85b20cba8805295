import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { makeScratch } from './files/index.ts'
import { type About, foreign } from './foreign.ts'
import { DATABASE_MB } from './limits.ts'

/**
 * The one door to DuckDB: every database that is opened has a bound on its memory and on what it may put aside on disk,
 * and leaves nothing behind.
 */
export type Database = {
  readonly connection: DuckDBConnection
  /** One more connection, which the caller closes. */
  connect(): Promise<DuckDBConnection>
  close(): void
}

export type DatabaseOptions = {
  /** MiB of memory at most. */
  memory_mb?: number
  /** With one, the default, sums of real numbers are always taken in the same order. */
  threads?: number
  /** A file that holds the tables; without it they are in memory. */
  file?: string
}

/** Open a database. It reads Parquet and JSON by itself; nothing is ever fetched. */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const { memory_mb = DATABASE_MB.reading, threads = 1, file = ':memory:' } = options
  // For what must be put aside; of our own, so that no other user can be there before.
  const aside = await makeScratch('database')
  const instance = await DuckDBInstance.create(file, {
    threads: String(threads),
    memory_limit: `${memory_mb}MiB`,
    temp_directory: join(aside.path, 'aside'),
    max_temp_directory_size: `${DATABASE_MB.temporary}MiB`,
  })
  const connection = await instance.connect()
  return {
    connection,
    connect: () => instance.connect(),
    close() {
      connection.closeSync()
      instance.closeSync()
      aside.removeNow()
    },
  }
}

/**
 * Open a database, work with its connection, and close it whatever happens.
 *
 * @param options `about`: what an error of the database is about, so that it is one of ours ({@link foreign})
 */
export async function withDatabase<T>(
  options: DatabaseOptions & { about?: About },
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(options)
  try {
    return await work(database.connection)
  } catch (thrown) {
    throw options.about === undefined ? thrown : foreign(thrown, options.about)
  } finally {
    database.close()
  }
}

/** A path or another text as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A path as an SQL literal that `read_parquet` takes as it stands: brackets, stars and question marks are no pattern. */
export function literalPath(path: string): string {
  return quote(path.replace(/[[*?]/g, '[$&]'))
}
