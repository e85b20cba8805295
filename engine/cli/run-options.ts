import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { FILL_MODELS, GAP_POLICIES } from '../../core/exchange/settings.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import { below, nameAfter } from '../../recorders/files/index.ts'
import { backtestConfig, PROFILES } from '../runners/backtest-config.ts'
import type { Consent } from '../runners/rerun.ts'
import type { LoadedStrategy } from '../runners/strategies.ts'
import type { Tape } from '../runners/tape.ts'
import { CliError } from './errors.ts'
import type { Io } from './io.ts'
import { globals } from './run.ts'

/** Options of a command that runs a run folder again: whose code may run. */
export type TrustFlags = { strategy?: string[]; trust?: boolean }

/** `--strategy FILE` of such a command. */
export function ownStrategyOption(): Option {
  return new Option(
    '--strategy <file>',
    'the strategy file that the run was made by, held against its hash; may be repeated',
  ).argParser((value: string, earlier: string[] = []) => [...earlier, value])
}

/** `--trust` of such a command. */
export function trustOption(): Option {
  return new Option('--trust', 'run the strategy file that the run folder names, if it still has its hash')
}

/** What the options come to. */
export function consentOf({ strategy = [], trust = false }: TrustFlags): Consent {
  return { strategies: strategy, trust }
}

/** Options that say how a backtest is run. */
export type RunFlags = { fill?: string; gaps?: string; seed: string; profile?: string }

/** The configuration of a run: defaults, the backtest's, the dataset's profile, file, environment, flags. */
export function configOf(
  command: Command,
  io: Io,
  flags: RunFlags,
  tape: Tape,
  loaded: LoadedStrategy,
): MachineConfig {
  const { config: file, param } = globals(command)
  const own: string[] = []
  if (flags.fill !== undefined) own.push(`exchange.fill=${oneOf('--fill', flags.fill, FILL_MODELS)}`)
  if (flags.gaps !== undefined) own.push(`exchange.gaps=${oneOf('--gaps', flags.gaps, GAP_POLICIES)}`)
  return backtestConfig(loaded.strategy, tape, {
    ...(file !== undefined && { file }),
    cwd: io.cwd,
    env: io.env,
    params: [...own, ...param],
    ...(flags.profile !== undefined && {
      profile: oneOf('--profile', flags.profile, Object.keys(PROFILES)),
    }),
  })
}

/** The seed as a number. */
export function seedOf(text: string): number {
  const seed = Number(text)
  if (Number.isSafeInteger(seed) && seed >= 0 && text.trim() !== '') return seed
  throw new CliError(
    'usage.option',
    `--seed ${text} is not a whole number from 0`,
    'give a whole number such as 1',
    { field: '--seed' },
  )
}

/** Where a run goes that names no place. */
export function defaultOut(io: Io, loaded: LoadedStrategy): string {
  return below(join(io.cwd, 'runs'), nameAfter(loaded.strategy.name))
}

function oneOf(option: string, value: string, choices: readonly string[]): string {
  if (choices.includes(value)) return value
  throw new CliError('usage.option', `${option} ${value} is unknown`, `use one of ${choices.join(', ')}`, {
    field: option,
  })
}
