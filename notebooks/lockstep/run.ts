import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { writeReport } from '../../engine/report/index.ts'
import { readRunFile } from '../../engine/runners/rerun.ts'
import type { RunFile } from '../../engine/runners/run-folder.ts'
import { replaceText } from '../../recorders/files/index.ts'
import { addRun, type Catalog, openCatalog, RUN_VIEWS, type SqlRow } from '../../recorders/sql/index.ts'
import { openDataset as openFolder } from '../../recorders/tape/index.ts'
import { type ColumnTable, columnTable } from './column-table.ts'
import { LabError } from './lab-error.ts'
import { type DatasetLike, foldersOf } from './query.ts'

/** A finished run: its figures, its tables, its report. */
export type Run = {
  /** Its folder, as `engine backtest --out` writes it. */
  readonly dir: string
  /** The figures of `engine backtest --json`, the configuration, and what else `run.json` keeps. */
  readonly figures: RunFile
  /** Hash of everything the run decided and got: the same on every machine, and on the command line. */
  readonly state_hash: string
  /**
   * A table by columns: `decisions`, `intents`, `orders`, `fills`, `ledger`, `equity`, `windows` or `risk_events`.
   *
   * @throws LabError `lab.table`
   */
  table(name: string): Promise<ColumnTable>
  /**
   * Rows of a query over the run's tables and its datasets' views, which can be joined. `SELECT * FROM views` lists all.
   *
   * @throws SqlError `sql.query` in DuckDB's words
   */
  sql<Row = SqlRow>(query: string): Promise<Row[]>
  /**
   * Draw the HTML report.
   *
   * @param path where to put it; `report.html` in the run's folder by default
   * @returns where it is
   */
  report(path?: string): Promise<string>
  /** Let go of the memory that queries took. */
  close(): Promise<void>
}

/**
 * Open the folder of a finished run, made here or by `engine backtest`.
 *
 * @param dataset where its datasets are now, where they were moved
 * @throws RunnerError `run.missing`; LabError `lab.dataset` for a dataset that is another
 */
export async function openRun(dir: string, dataset?: DatasetLike | readonly DatasetLike[]): Promise<Run> {
  const place = resolve(dir)
  return runOf(place, await readRunFile(place), dataset)
}

/** A run whose folder and file are known. */
export function runOf(dir: string, figures: RunFile, dataset?: DatasetLike | readonly DatasetLike[]): Run {
  const folders = dataset === undefined ? figures.datasets.map(({ path }) => path) : foldersOf(dataset)
  let catalog: Promise<Catalog> | null = null
  const open = () => {
    catalog ??= openAll(dir, figures, folders)
    return catalog
  }
  return {
    dir,
    figures,
    state_hash: figures.state_hash,
    async table(name) {
      const view = RUN_VIEWS.find((one) => one.name === name)
      if (view === undefined) {
        const names = RUN_VIEWS.map((one) => one.name)
        throw new LabError('lab.table', `a run has no table ${name}`, `use one of ${names.join(', ')}`, name)
      }
      return columnTable(view, await (await open()).columns(`SELECT * FROM ${view.name}`))
    },
    async sql<Row>(query: string) {
      return (await (await open()).query(query)) as Row[]
    },
    async report(path) {
      const made = await writeReport(dir)
      if (path === undefined) return made
      const to = resolve(path)
      await replaceText(to, await readFile(made, 'utf8'))
      return to
    },
    async close() {
      const one = catalog
      catalog = null
      await one?.then((opened) => opened.close())
    },
  }
}

async function openAll(dir: string, figures: RunFile, folders: readonly string[]): Promise<Catalog> {
  const datasets = await Promise.all(folders.map((folder) => openFolder(folder)))
  const found = datasets.map(({ manifest }) => manifest.dataset_hash).join('+')
  const made = figures.datasets.map((one) => one.dataset_hash).join('+')
  if (found !== made) {
    throw new LabError(
      'lab.dataset',
      `${join(dir, 'run.json')} was made on dataset ${made}, and ${folders.join(', ')} is ${found}`,
      'name the datasets of the run',
      'dataset',
    )
  }
  const catalog = await openCatalog(datasets)
  try {
    await addRun(catalog, dir, figures.markets)
    return catalog
  } catch (thrown) {
    catalog.close()
    throw thrown
  }
}
