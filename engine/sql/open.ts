import { existsSync, globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { addRun, type Catalog, openCatalog } from '../../recorders/sql/index.ts'
import { type Dataset, openDataset } from '../../recorders/tape/index.ts'
import { CliError } from '../cli/errors.ts'
import { SHIPPED } from '../runners/backtest-config.ts'
import { readRunFile } from '../runners/rerun.ts'

/** What is asked about. */
export type Sources = {
  /** Folders of datasets and recordings, and patterns of them. */
  data: readonly string[]
  /** A run folder: its tables too, and its datasets where no other data are named. */
  run: string | null
  cwd: string
  threads: number
}

/**
 * Open a catalog over what is named: datasets, recordings (each day a dataset, the open one too), a run. Of nothing: the
 * dataset that ships.
 *
 * @param extra files that the catalog's statements may write
 * @throws CliError `sql.no_data` for a pattern or a place without data; TapeError and RunnerError for damaged ones
 */
export async function openSources(
  { data, run, cwd, threads }: Sources,
  extra: readonly string[],
): Promise<Catalog> {
  const runDir = run === null ? null : resolve(cwd, run)
  const file = runDir === null ? null : await readRunFile(runDir)
  const named = data.flatMap((text) => foldersOf(text, cwd))
  const folders = named.length > 0 ? named : (file?.datasets.map(({ path }) => path) ?? [SHIPPED])
  const datasets: Dataset[] = []
  for (const folder of new Set(folders)) datasets.push(await openDataset(folder))
  const catalog = await openCatalog(datasets, { threads })
  try {
    if (runDir !== null && file !== null) await addRun(catalog, runDir, file.markets)
    await catalog.shut(extra)
    return catalog
  } catch (thrown) {
    catalog.close()
    throw thrown
  }
}

/** Folders that a word names: itself, or those that a pattern finds. */
function foldersOf(text: string, cwd: string): string[] {
  const path = resolve(cwd, text)
  if (existsSync(path)) return [path]
  const found = globSync(text, { cwd })
    .map((name) => resolve(cwd, name))
    .filter((one) => statSync(one).isDirectory() && existsSync(join(one, 'manifest.json')))
    .sort()
  if (found.length > 0) return found
  throw new CliError(
    'sql.no_data',
    `${text}: no dataset and no recording is there`,
    'name the folder of a dataset or a recording, or a pattern of such folders in quotes',
    { field: '--data' },
  )
}
