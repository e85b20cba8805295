import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { resolve as resolveConfig } from '../../core/config/index.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import { schemaFor } from '../../core/machine/settings.ts'
import { TapeError } from '../../recorders/tape/index.ts'
import { parseRunFile } from '../report/index.ts'
import type { RunInput } from './execute.ts'
import type { RunFile } from './run-folder.ts'
import { RunnerError } from './runner-error.ts'
import { type LoadedStrategy, loadStrategy } from './strategies.ts'
import { openTape, type Tape } from './tape.ts'

/** A run folder opened to be run again: what it says, and the same input. */
export type Rerun = { dir: string; file: RunFile; input: RunInput; loaded: LoadedStrategy }

/**
 * Open a run folder and everything that it was made of.
 *
 * @param moved where its datasets are now, in their order; without it where they were
 * @throws RunnerError `run.missing`, `run.file`, `run.dataset_moved`, `run.dataset`, `run.strategy`; TapeError, ReportError
 * as files deserve
 */
export async function openRun(path: string, cwd: string, moved: readonly string[] = []): Promise<Rerun> {
  const dir = resolve(cwd, path)
  const file = await readRunFile(dir)
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
  const loaded = await loadStrategy(file.strategy_source.file ?? file.strategy, cwd)
  if (file.strategy_source.file !== null && loaded.sha256 !== file.strategy_source.sha256) {
    throw new RunnerError(
      'run.strategy',
      `${loaded.file} has changed since the run was made`,
      'restore the strategy file, or make the run again',
      { file: loaded.file ?? '', field: 'strategy_source.sha256' },
    )
  }
  const config = resolveConfig(schemaFor(loaded.strategy), flatten(file.config)) as MachineConfig
  return { dir, file, loaded, input: { tape, strategy: loaded.strategy, config, seed: file.seed } }
}

/**
 * The same run with another strategy in the place of its own: datasets, seed and every setting are the run's, but for the
 * strategy's own settings, which are its defaults.
 *
 * @param name of a strategy, or the path of a file
 * @param params settings above all others, each `section.key=value`
 * @throws RunnerError `strategy.unknown`, `strategy.file`; ConfigError for a setting that does not exist or fit
 */
export async function withStrategy(
  { file, input }: Rerun,
  name: string,
  cwd: string,
  params: readonly string[],
): Promise<{ loaded: LoadedStrategy; input: RunInput }> {
  const loaded = await loadStrategy(name, cwd)
  const { strategy: _own, ...shared } = file.config
  const given = params.map((text) => {
    const at = text.indexOf('=')
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  })
  const config = resolveConfig(schemaFor(loaded.strategy), flatten(shared), Object.fromEntries(given))
  return { loaded, input: { ...input, strategy: loaded.strategy, config: config as MachineConfig } }
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
  const source: unknown = file.strategy_source
  if (typeof source === 'object' && source !== null && 'file' in source && 'sha256' in source) return file
  throw new RunnerError(
    'run.file',
    `${path}: field strategy_source is missing: it is not known which strategy ran`,
    'make the run again with engine backtest',
    { file: path, field: 'strategy_source' },
  )
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
