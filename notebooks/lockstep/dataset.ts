import {
  COLUMNS,
  type Columns,
  type Instrument,
  type Market,
  type Resolution,
} from '../../core/events/index.ts'
import { SHIPPED } from '../../engine/runners/backtest-config.ts'
import { type Catalog, openCatalog, type SqlRow } from '../../recorders/sql/index.ts'
import {
  type Gap,
  type Manifest,
  openDataset as openFolder,
  type ReadOptions,
  readColumns,
} from '../../recorders/tape/index.ts'

/** A recorded dataset: what it says about itself, and its rows. */
export type Dataset = {
  /** Its folder. */
  readonly dir: string
  /** Hash of its content: the same rows, the same hash, whatever the form of the files. */
  readonly hash: string
  /** Source, licence, counts, reference profile, and what was inferred from what. */
  readonly manifest: Manifest
  /** Markets, by the number that instruments name them with. */
  readonly markets: readonly Market[]
  /** Tokens and reference series, by the number in the column `instrument`. */
  readonly instruments: readonly Instrument[]
  /** Official outcomes that were recorded. */
  readonly resolutions: readonly Resolution[]
  /** Intervals without trustworthy data. */
  readonly gaps: readonly Gap[]
  /**
   * The rows as the core reads them: typed arrays of integers, chunk by chunk. Each chunk is a copy and yours to keep.
   *
   * @throws TapeError where the files are at fault
   */
  columns(options?: ReadOptions): AsyncGenerator<Columns>
  /**
   * Rows of a query over the dataset's views. `SELECT * FROM views` lists them with their units.
   *
   * @throws SqlError `sql.query` in DuckDB's words
   */
  sql<Row = SqlRow>(query: string): Promise<Row[]>
  /** Let go of the memory that queries took; the next one takes it again. */
  close(): Promise<void>
}

/**
 * Open a dataset folder.
 *
 * @param path its folder, from the notebook's own; the shipped dataset by default
 * @throws TapeError `tape.missing`, `tape.schema_version` and others, naming file and field
 */
export async function openDataset(path: string = SHIPPED): Promise<Dataset> {
  const opened = await openFolder(path)
  const { dir, manifest, instruments, resolutions, gaps } = opened
  let catalog: Promise<Catalog> | null = null
  return {
    dir,
    hash: manifest.dataset_hash,
    manifest,
    markets: instruments.markets,
    instruments: instruments.instruments,
    resolutions,
    gaps,
    async *columns(options = {}) {
      for await (const columns of readColumns(opened, options)) yield copyOf(columns)
    },
    async sql<Row>(query: string) {
      catalog ??= openCatalog([opened])
      return (await (await catalog).query(query)) as Row[]
    },
    async close() {
      const open = catalog
      catalog = null
      await open?.then((one) => one.close())
    },
  }
}

function copyOf(columns: Columns): Columns {
  const copy: Record<string, unknown> = { length: columns.length }
  for (const [name] of COLUMNS) copy[name] = columns[name].slice(0, columns.length)
  return copy as Columns
}
