import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { resolve as resolveConfig } from '../../core/config/index.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import { schemaFor } from '../../core/machine/settings.ts'
import { canonicalJson, rolesOf, TapeError } from '../../recorders/tape/index.ts'
import { parseRunFile } from '../report/index.ts'
import { readSources } from '../strategies/sources.ts'
import type { RunInput } from './execute.ts'
import { dataHash } from './identity.ts'
import type { RunFile } from './run-folder.ts'
import { RunnerError } from './runner-error.ts'
import { type LoadedStrategy, loadSources, shippedStrategy } from './strategies.ts'
import { openTape, type Tape } from './tape.ts'

/** A run folder opened: what it says, and its tape. Nothing of it has run. */
export type OpenedRun = { dir: string; file: RunFile; tape: Tape }

/** A run folder opened to be run again: what it says, and the same input. */
export type Rerun = OpenedRun & { input: RunInput; loaded: LoadedStrategy }

/** Whose code may run: a run folder may be anybody's, and a strategy file runs with all the user's rights. */
export type Consent = {
  /** Strategy files that the user named; the run's own must be among them, by its hash. */
  strategies?: readonly string[]
  /** The user trusts the file that the run folder names, as long as it has the hash that stands there. */
  trust?: boolean
}

/**
 * Open a run folder and its datasets. Its strategy is not touched.
 *
 * @param moved where its datasets are now, in their order; without it where they were
 * @throws RunnerError `run.missing`, `run.file`, `run.dataset_moved`, `run.dataset`, `run.profile`; TapeError,
 * ReportError as files deserve
 */
export async function openRunFolder(
  path: string,
  cwd: string,
  moved: readonly string[] = [],
): Promise<OpenedRun> {
  const dir = resolve(cwd, path)
  return openTapeOf(dir, await readRunFile(dir), cwd, moved)
}

async function openTapeOf(
  dir: string,
  file: RunFile,
  cwd: string,
  moved: readonly string[],
): Promise<OpenedRun> {
  const places =
    moved.length > 0 ? moved.map((place) => resolve(cwd, place)) : file.datasets.map((one) => one.path)
  const tape = await openMoved(places, moved.length > 0)
  if (tape.dataset_hash !== file.dataset_hash) {
    throw new RunnerError(
      'run.dataset',
      `${places.join(', ')} has dataset hash ${tape.dataset_hash}, the run was made on ${file.dataset_hash}`,
      'name the folder of the run’s dataset with --dataset',
      { file: places[0] ?? dir, field: 'dataset_hash' },
    )
  }
  assertSameData(file, tape, dir)
  return { dir, file, tape }
}

/**
 * Open a run folder and everything that it was made of, its strategy too.
 *
 * @throws RunnerError `run.untrusted`, `run.strategy`, and those of {@link openRunFolder}
 */
export async function openRun(
  path: string,
  cwd: string,
  moved: readonly string[] = [],
  consent: Consent = {},
): Promise<Rerun> {
  const dir = resolve(cwd, path)
  // Before the datasets are opened: the question is whether anything is done at all.
  const file = await readRunFile(dir)
  const loaded = await strategyOf(dir, file, cwd, consent)
  return rerunOf(await openTapeOf(dir, file, cwd, moved), loaded)
}

/** The run with its own strategy: settings and seed as they were. */
export function rerunOf(opened: OpenedRun, loaded: LoadedStrategy): Rerun {
  const { file, tape } = opened
  const config = resolveConfig(schemaFor(loaded.strategy), flatten(file.config)) as MachineConfig
  return { ...opened, loaded, input: { tape, strategy: loaded.strategy, config, seed: file.seed } }
}

/** Whether a strategy that the user named is the very one that made a run, to the byte. */
export function isOwn({ file }: OpenedRun, loaded: LoadedStrategy): boolean {
  const { strategy_source: own } = file
  if (own.file === null) return loaded.file === null && loaded.strategy.name === file.strategy
  return loaded.file !== null && loaded.sha256 === own.sha256
}

/**
 * The strategy of a run. One that ships is taken by its name. A file is read, its hash is held against the run's, and only
 * then it is loaded, from what was read.
 */
async function strategyOf(
  dir: string,
  { strategy, strategy_source: own }: RunFile,
  cwd: string,
  { strategies = [], trust = false }: Consent,
): Promise<LoadedStrategy> {
  if (own.file === null) return shippedStrategy(strategy)
  if (strategies.length === 0 && !trust) {
    throw new RunnerError(
      'run.untrusted',
      `${dir} asks for a strategy file that you did not name: ${own.file}, SHA-256 ${own.sha256}. A strategy runs with all your rights`,
      `read the file, then name it with --strategy, or say --trust`,
      { file: own.file, field: 'strategy_source.file' },
    )
  }
  const named = strategies.length > 0 ? strategies.map((one) => resolve(cwd, one)) : [own.file]
  const found: string[] = []
  for (const file of named) {
    const sources = await readSources(file)
    if (sources.sha256 === own.sha256) return loadSources(file, sources)
    found.push(`${file} has SHA-256 ${sources.sha256}`)
  }
  throw new RunnerError(
    'run.strategy',
    `${found.join(', ')}; the run was made by ${own.sha256}: it has changed since, or it is another file`,
    'restore the strategy file and what it imports, or make the run again',
    { file: named[0]!, field: 'strategy_source.sha256' },
  )
}

/**
 * The same run with another strategy in the place of its own: datasets, seed and every setting are the run's, but for the
 * strategy's own settings, which are its defaults.
 *
 * @param loaded the other strategy
 * @param params settings above all others, each `section.key=value`
 * @throws ConfigError for a setting that does not exist or fit
 */
export function withStrategy(
  { file, tape }: OpenedRun,
  loaded: LoadedStrategy,
  params: readonly string[],
): RunInput {
  const { strategy: _own, ...shared } = file.config
  const given = params.map((text) => {
    const at = text.indexOf('=')
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  })
  const config = resolveConfig(schemaFor(loaded.strategy), flatten(shared), Object.fromEntries(given))
  return { tape, strategy: loaded.strategy, config: config as MachineConfig, seed: file.seed }
}

/** Read and check a run folder's `run.json`. */
export async function readRunFile(dir: string): Promise<RunFile> {
  const path = join(dir, 'run.json')
  const text = await readFile(path, 'utf8').catch(() => {
    throw new RunnerError(
      'run.missing',
      `${dir} is no run folder: it has no run.json`,
      'give a folder that engine backtest wrote',
      {
        file: path,
      },
    )
  })
  const file = parseRunFile(text, path) as unknown as RunFile
  const { file: named, sha256 } = (file.strategy_source ?? {}) as Partial<RunFile['strategy_source']>
  if ((named === null || typeof named === 'string') && /^[0-9a-f]{64}$/.test(String(sha256))) return file
  throw new RunnerError(
    'run.file',
    `${path}: field strategy_source is missing: it is not known which strategy ran`,
    'make the run again with engine backtest',
    { file: path, field: 'strategy_source' },
  )
}

/** The datasets say what they said when the run was made: of roles, and of all else that decides beside the rows. */
function assertSameData(file: RunFile, tape: Tape, dir: string): void {
  const place = tape.datasets[0]?.dir ?? dir
  const refuse = (what: string, field: string) =>
    new RunnerError(
      'run.profile',
      `${place} states ${what} than the run was made with`,
      'name the folder of the run’s own dataset with --dataset',
      { file: place, field },
    )
  if (canonicalJson(rolesOf(file.reference_profile)) !== canonicalJson(rolesOf(tape.profile)))
    throw refuse('another reference profile', 'reference_profile')
  // Runs of version 0.1.0 have no hash of it.
  if (
    file.data_hash !== undefined
      ? file.data_hash !== dataHash(tape)
      : file.recording.has_trades !== tape.prints
  )
    throw refuse('other gaps, assignment or contents', 'carries')
}

/** The tape of a run; where it is gone and nobody said where to, say how to. */
async function openMoved(places: readonly string[], named: boolean): Promise<Tape> {
  try {
    return await openTape(places)
  } catch (thrown) {
    if (named || !(thrown instanceof TapeError) || thrown.code !== 'tape.missing') throw thrown
    throw new RunnerError(
      'run.dataset_moved',
      `the run was made on ${places.join(', ')}, and ${thrown.file} is not there any more`,
      'say with --dataset where the dataset is now',
      { ...(thrown.file !== undefined && { file: thrown.file }), field: 'datasets.path' },
    )
  }
}

function flatten(config: Record<string, Record<string, unknown>>): Record<string, unknown> {
  const flat: Record<string, unknown> = {}
  for (const [section, values] of Object.entries(config)) {
    for (const [name, value] of Object.entries(values)) flat[`${section}.${name}`] = value
  }
  return flat
}
