import type { Command } from 'commander'
import { resolve } from '../../../core/config/index.ts'
import type { MachineConfig } from '../../../core/machine/machine.ts'
import { schemaFor } from '../../../core/machine/settings.ts'
import { branch, type Variation } from '../../runners/branch.ts'
import { money } from '../../runners/money.ts'
import { openRun, type Rerun } from '../../runners/rerun.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, table } from '../output.ts'
import { globals } from '../run.ts'
import { consentOf, ownStrategyOption, type TrustFlags, trustOption } from '../run-options.ts'
import { parseTime } from './replay.ts'

const EXAMPLES = `
Examples:
  $ engine branch runs/market-maker --at 2026-04-15T13:00:00Z --param exchange.entry_latency_ms=0 --param exchange.entry_latency_ms=500
  $ engine branch runs/market-maker --at 2026-04-15T13:00:00Z --param exchange.fill=queue-neutral+exchange.response_latency_ms=0
  $ engine branch runs/market-maker --at 2026-04-15T13:00:00Z --seeds 10 --param exchange.latency_model=exponential

Each --param is a branch of its own; several settings of one branch are joined by "+". With --seeds each branch is run
once a seed.`

type Options = { at: string; seeds?: string; dataset?: string[] } & TrustFlags

/** `engine branch`: what would have come of a run with other latencies, fills, parameters or seeds from a moment on. */
export function command(program: Command, io: Io): void {
  program
    .command('branch')
    .description('go on from a moment of a run in several variations, and show the fan of outcomes')
    .argument('<run>', 'run folder')
    .requiredOption('--at <time>', 'ISO time from which the branches differ')
    .option('--seeds <n>', 'run every branch with this many seeds')
    .option('--dataset <dir...>', 'where the datasets are now, if they moved')
    .addOption(ownStrategyOption())
    .addOption(trustOption())
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, options: Options, self: Command) => {
      const rerun = await openRun(run, io.cwd, options.dataset ?? [], consentOf(options))
      const variations = variationsOf(rerun, globals(self).param, options.seeds)
      const bar = io.progress(rerun.input.tape.rows, 'branch')
      const result = await branch(rerun.input, parseTime('--at', options.at), variations, {
        signal: io.signal,
        progress: (rows) => bar.update(rows),
      })
      bar.stop()
      emit(io, globals(self).json, result, () =>
        table(
          io,
          ['branch', 'net PnL', 'fills', 'max drawdown', 'state hash'],
          result.branches.map((one) => [
            one.label,
            money(one.net_pnl_usdc),
            one.fills,
            money(one.max_drawdown_usdc),
            one.state_hash.slice(0, 12),
          ]),
        ),
      )
    })
}

/** The run as it was, then each --param, each with every seed. */
function variationsOf(rerun: Rerun, params: readonly string[], seeds: string | undefined): Variation[] {
  const count = seeds === undefined ? 1 : Number(seeds)
  if (!Number.isInteger(count) || count < 1 || count > 1_000) {
    throw new CliError(
      'usage.seeds',
      `--seeds ${seeds} is not a whole number from 1 to 1000`,
      'give a number such as 10',
      { field: '--seeds' },
    )
  }
  const configs = [
    { label: 'as it was', config: rerun.input.config },
    ...params.map((text) => ({ label: text, config: configOf(rerun, text) })),
  ]
  return configs.flatMap(({ label, config }) =>
    Array.from({ length: count }, (_, i) => ({
      label: count === 1 ? label : `${label}, seed ${rerun.input.seed + i}`,
      config,
      seed: rerun.input.seed + i,
    })),
  )
}

function configOf(rerun: Rerun, text: string): MachineConfig {
  const layer: Record<string, string> = {}
  for (const part of text.split('+')) {
    const at = part.indexOf('=')
    if (at < 1)
      throw new CliError(
        'usage.param',
        `--param ${part} is not key=value`,
        'write it like exchange.entry_latency_ms=100',
        { field: '--param' },
      )
    layer[part.slice(0, at)] = part.slice(at + 1)
  }
  const base: Record<string, unknown> = {}
  for (const [section, values] of Object.entries(rerun.input.config)) {
    for (const [name, value] of Object.entries(values)) base[`${section}.${name}`] = value
  }
  return resolve(schemaFor(rerun.input.strategy), base, layer) as MachineConfig
}
