import { SHIPPED } from '../../engine/runners/backtest-config.ts'
import { openCatalog, type SqlRow } from '../../recorders/sql/index.ts'
import { openDataset as openFolder } from '../../recorders/tape/index.ts'
import type { Dataset } from './dataset.ts'

/** A dataset, or the path of its folder. */
export type DatasetLike = string | Dataset

/** What a query is about, and how it is computed. */
export type SqlOptions = {
  /** Datasets; of several, the column `dataset` of each row says which. Default: the shipped one. */
  data?: DatasetLike | readonly DatasetLike[]
  /** Threads; with one, the default, the same query always gives the same bits. */
  threads?: number
}

/**
 * Rows of a query over the views of datasets: `events`, `book_changes`, `trades`, `bbo`, `oracle`, `markets`,
 * `instruments`, `gaps`; `SELECT * FROM views` lists them with columns and units. Instants are UTC.
 *
 * @throws SqlError `sql.query` in DuckDB's words; TapeError for a folder that is no dataset
 */
export async function sql<Row = SqlRow>(query: string, options: SqlOptions = {}): Promise<Row[]> {
  const datasets = await Promise.all(foldersOf(options.data).map((dir) => openFolder(dir)))
  const catalog = await openCatalog(datasets, {
    ...(options.threads !== undefined && { threads: options.threads }),
  })
  try {
    return (await catalog.query(query)) as Row[]
  } finally {
    catalog.close()
  }
}

/** Folders of datasets given in any of the ways; the shipped one where none is. */
export function foldersOf(data: DatasetLike | readonly DatasetLike[] = SHIPPED): string[] {
  const list = Array.isArray(data) ? (data as readonly DatasetLike[]) : [data as DatasetLike]
  return list.map((one) => (typeof one === 'string' ? one : one.dir))
}
