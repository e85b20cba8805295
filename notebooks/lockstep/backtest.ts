import { resolve } from 'node:path'
import type { FillModel, GapPolicy } from '../../core/exchange/settings.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import { backtestConfig, PROFILES } from '../../engine/runners/backtest-config.ts'
import { prepare } from '../../engine/runners/prepare.ts'
import { writeRun } from '../../engine/runners/run-folder.ts'
import { inlineStrategy, loadStrategy } from '../../engine/runners/strategies.ts'
import { openTape } from '../../engine/runners/tape.ts'
import { below, makeScratch, nameAfter } from '../../recorders/files/index.ts'
import { LabError } from './lab-error.ts'
import { type DatasetLike, foldersOf } from './query.ts'
import { type Run, runOf } from './run.ts'

/** A value of a setting. */
export type SettingValue = number | string | boolean | readonly string[]

/** What to run, on what, and how; every part has the default of `engine backtest`. */
export type BacktestOptions = {
  /** Datasets, merged by time where there are several. Default: the shipped one. */
  dataset?: DatasetLike | readonly DatasetLike[]
  /** The name of a strategy that ships, the path of a file that exports one, or a strategy itself. Default `market-maker`. */
  strategy?: string | Strategy
  /** Settings by `section.key`, such as `{ 'exchange.entry_latency_ms': 100 }`. */
  params?: Readonly<Record<string, SettingValue>>
  /** How orders fill. Default `queue-pessimistic`. */
  fill?: FillModel
  /** What happens where the tape is silent. Default `blackout`. */
  gaps?: GapPolicy
  /** A set of defaults by name: `micro` for small stakes. */
  profile?: string
  /** Seed of everything random. Default 1. */
  seed?: number
  /** A configuration file. None is read unless it is named, and no environment variable: a notebook is whole by itself. */
  config?: string
  /** Folder for the run, to be kept. Without it the run lives in the system's temporary folder until the kernel ends. */
  out?: string
  /** Told the rows done so far. */
  progress?: (rows: number) => void
  /** Stops the run, which then leaves nothing. */
  signal?: AbortSignal
}

/**
 * Run a strategy over recorded data through the simulated exchange. The same words give the same state hash as
 * `engine backtest`.
 *
 * @throws RunnerError, SettingError or TapeError, saying what is refused and what to do
 */
export async function backtest(options: BacktestOptions = {}): Promise<Run> {
  const tape = await openTape(foldersOf(options.dataset))
  const { strategy = 'market-maker', seed = 1 } = options
  const loaded =
    typeof strategy === 'string'
      ? await loadStrategy(strategy, process.cwd())
      : await inlineStrategy(strategy)
  const { profile } = options
  if (profile !== undefined && !Object.hasOwn(PROFILES, profile))
    throw new LabError(
      'lab.profile',
      `there is no profile "${profile}"`,
      `use one of ${Object.keys(PROFILES).join(', ')}`,
      'profile',
    )
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new LabError('lab.seed', `seed ${seed} is no whole number from 0`, 'give one such as 1', 'seed')
  const config = backtestConfig(loaded.strategy, tape, {
    cwd: null,
    ...(options.config !== undefined && { file: options.config }),
    ...(profile !== undefined && { profile }),
    env: {},
    params: paramsOf(options),
  })
  const input = prepare({ tape, strategy: loaded.strategy, config, seed })
  const out = options.out === undefined ? await temporary(loaded.strategy.name) : resolve(options.out)
  const file = await writeRun(out, input, loaded, {
    report: false,
    ...(options.progress !== undefined && { progress: options.progress }),
    ...(options.signal !== undefined && { signal: options.signal }),
  })
  return runOf(out, file)
}

/** What `engine backtest` gets as `--param`. */
function paramsOf({ params = {}, fill, gaps }: BacktestOptions): string[] {
  const own: Record<string, SettingValue> = {
    ...(fill !== undefined && { 'exchange.fill': fill }),
    ...(gaps !== undefined && { 'exchange.gaps': gaps }),
    ...params,
  }
  return Object.keys(own).map((key) => {
    const value = own[key]!
    return `${key}=${Array.isArray(value) ? value.join(',') : String(value)}`
  })
}

/** A place for a run that goes when the process does. */
async function temporary(name: string): Promise<string> {
  return below((await makeScratch('lab')).path, nameAfter(name))
}
