import { existsSync, globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type OpenOptions, openRecording, type Recording } from '../../recorders/recording/index.ts'
import { addRun, type Catalog, openCatalog } from '../../recorders/sql/index.ts'
import { type Dataset, openDataset, TapeError } from '../../recorders/tape/index.ts'
import { CliError } from '../cli/errors.ts'
import { assertTables } from '../report/index.ts'
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
  /** MiB of memory at most; without it the default of catalogs. */
  memory_mb?: number
}

/**
 * Open a catalog over what is named: datasets, recordings (each day a dataset, and what is not sealed yet one more), a run.
 * Of nothing: the dataset that ships. Close it when done: it takes away what was made for open recordings.
 *
 * @param extra files that the catalog's statements may write
 * @param reading how recordings are read
 * @throws CliError `sql.no_data` for a pattern or a place without data; TapeError, RecordingError and RunnerError for
 * damaged ones
 */
export async function openSources(
  { data, run, cwd, threads, memory_mb }: Sources,
  extra: readonly string[],
  reading: OpenOptions = {},
): Promise<Catalog> {
  const runDir = run === null ? null : resolve(cwd, run)
  const file = runDir === null ? null : await readRunFile(runDir)
  if (runDir !== null && file !== null) await assertTables(runDir, file)
  const named = data.flatMap((text) => foldersOf(text, cwd))
  const folders = named.length > 0 ? named : (file?.datasets.map(({ path }) => path) ?? [SHIPPED])
  const recordings: Recording[] = []
  const letGo = async () => {
    for (const recording of recordings) await recording.close()
  }
  try {
    const datasets: Dataset[] = []
    for (const folder of new Set(folders)) {
      if (isRecording(folder)) {
        const recording = await openRecording(folder, reading)
        recordings.push(recording)
        datasets.push(...recording.days, ...recording.tails)
      } else datasets.push(await openNamed(folder, named.length === 0 && file !== null))
    }
    if (datasets.length === 0)
      throw new CliError('sql.no_data', `${folders.join(', ')}: nothing is recorded yet`, 'wait for data', {
        field: '--data',
      })
    const catalog = await openCatalog(datasets, { threads, ...(memory_mb !== undefined && { memory_mb }) })
    try {
      if (runDir !== null && file !== null) await addRun(catalog, runDir, file.markets)
      await catalog.shut(extra)
    } catch (thrown) {
      await catalog.close()
      throw thrown
    }
    const close = async () => {
      await catalog.close()
      await letGo()
    }
    return { ...catalog, close }
  } catch (thrown) {
    await letGo()
    throw thrown
  }
}

/** A dataset of a run may have moved since: then it says how to go on. */
async function openNamed(folder: string, of_run: boolean): Promise<Dataset> {
  try {
    return await openDataset(folder)
  } catch (thrown) {
    if (!of_run || !(thrown instanceof TapeError) || thrown.code !== 'tape.missing') throw thrown
    throw new CliError(
      'run.dataset_moved',
      `the run was made on ${folder}, and it is not there any more`,
      'say with --data where the dataset is now',
      { file: folder, field: '--data' },
    )
  }
}

function isRecording(folder: string): boolean {
  return existsSync(join(folder, 'recording.json'))
}

/** Folders that a word names: itself, or those that a pattern finds. */
function foldersOf(text: string, cwd: string): string[] {
  const path = resolve(cwd, text)
  if (existsSync(path)) return [path]
  const found = globSync(text, { cwd })
    .map((name) => resolve(cwd, name))
    .filter(
      (one) => statSync(one).isDirectory() && (existsSync(join(one, 'manifest.json')) || isRecording(one)),
    )
    .sort()
  if (found.length > 0) return found
  throw new CliError(
    'sql.no_data',
    `${text}: no dataset and no recording is there`,
    'name the folder of a dataset or a recording, or a pattern of such folders in quotes',
    { field: '--data' },
  )
}
