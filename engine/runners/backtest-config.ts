import { fileURLToPath } from 'node:url'
import type { MachineConfig } from '../../core/machine/machine.ts'
import { schemaFor } from '../../core/machine/settings.ts'
import { MICRO_PROFILE } from '../../core/risk/index.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import { loadConfig, SECTIONS, type Sources } from '../config/index.ts'
import type { Tape } from './tape.ts'

/** The dataset that ships with the repository. */
export const SHIPPED = fileURLToPath(new URL('../../datasets/btc-5m-2026-04-15', import.meta.url))

/** In a backtest a drawdown is recorded and trading goes on, so that one bad hour does not hide the rest. */
const BACKTEST = { 'risk.on_drawdown': 'record' } as const

/** Sets of defaults that a backtest can be asked for by name. */
export const PROFILES: Readonly<Record<string, Readonly<Record<string, number>>>> = { micro: MICRO_PROFILE }

/** Where the values come from, and the name of a set of {@link PROFILES}. */
export type BacktestSources = Omit<Sources, 'profile'> & { profile?: string }

/**
 * The configuration of a backtest: defaults, the backtest's own, the named profile, the dataset's, then file, environment
 * and parameters. The command line and the notebooks ask here, so that the same words give the same run.
 *
 * @throws SettingError naming key, value, what is allowed and the source
 */
export function backtestConfig(strategy: Strategy, tape: Tape, sources: BacktestSources): MachineConfig {
  const { profile, ...rest } = sources
  const named = profile === undefined ? {} : PROFILES[profile]
  const { config } = loadConfig(schemaFor(strategy), {
    ...rest,
    others: SECTIONS,
    profile: {
      name: `backtest on ${tape.profile.name}`,
      overrides: { ...BACKTEST, ...named, ...tape.profile.overrides },
    },
  })
  return config as MachineConfig
}
