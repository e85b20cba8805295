import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { SeriesName } from '../../../core/events/index.ts'
import { schema } from '../../../core/simulator/index.ts'
import { type Micros, parseIso, UnitsError } from '../../../core/units/index.ts'
import { ENV_PREFIX, loadConfig, SECTIONS } from '../../config/index.ts'
import { simulate } from '../../runners/simulate.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'
import { seedOf } from '../run-options.ts'

const EXAMPLES = `
Examples:
  $ engine simulate --seed 27 --windows 200 --out simulated      200 five-minute windows, one after the other
  $ engine simulate --seed 27 --series 15m --windows 8 --start 2026-09-05T12:00:00Z --out twap
  $ engine simulate --seed 27 --windows 3 --out quiet --param sim_price.wild_share=0 --param sim_outages.per_hour=0
  $ engine backtest simulated                                    what the market maker makes of it

The same seed and settings give the same dataset hash on any machine. Settings begin with sim_ (docs/simulator.md); they
come from --config, LOCKSTEP_SIM_… variables and --param, and the dataset keeps them in simulation.json.`

const SERIES = ['5m', '15m', '1h', '4h'] as const
const DEFAULT_START = '2026-06-01T00:00:00Z'
/** The bar counts in thousandths of the whole. */
const BAR_TOTAL = 1_000

type Options = { seed: string; windows: string; series: string; start: string; out: string }

/** `engine simulate`: make a dataset of markets that never were. */
export function command(program: Command, io: Io): void {
  program
    .command('simulate')
    .description('make a dataset of simulated markets: prices, books, trades and outcomes, all from a seed')
    .requiredOption('--seed <n>', 'seed of everything random')
    .requiredOption('--windows <n>', 'how many windows, one after the other')
    .requiredOption('--out <dir>', 'dataset folder to make; it must not exist, or be empty')
    .option('--series <name>', `length of the windows: ${SERIES.join(', ')}`, '5m')
    .option('--start <iso>', 'start of the first window; the rules of that day hold', DEFAULT_START)
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options, self: Command) => {
      const { config: file, param } = globals(self)
      const sources = { cwd: null, env: simulatorEnv(io), params: param, others: SECTIONS }
      const path = file === undefined ? undefined : resolve(io.cwd, file)
      const { config } = loadConfig(schema, path === undefined ? sources : { ...sources, file: path })
      const out = resolve(io.cwd, options.out)
      const bar = io.progress(BAR_TOTAL, 'simulate')
      const report = await simulate({
        seed: seedOf(options.seed),
        series: seriesOf(options.series),
        start_us: startOf(options.start),
        windows: windowsOf(options.windows),
        config,
        out,
        signal: io.signal,
        progress: (share) => bar.update(Math.floor(share * BAR_TOTAL)),
      })
      bar.stop()
      emit(io, globals(self).json, { out, ...report }, () =>
        list(io, [
          ['dataset', out],
          ['hash', report.dataset_hash],
          ['events', report.events],
          ['windows', report.windows],
        ]),
      )
    })
}

/** The variables that set something here: others belong to runs. */
function simulatorEnv({ env }: Io): Record<string, string | undefined> {
  const own = Object.keys(env).filter((name) => name.toUpperCase().startsWith(`${ENV_PREFIX}SIM_`))
  return Object.fromEntries(own.map((name) => [name, env[name]]))
}

function seriesOf(text: string): SeriesName {
  const found = SERIES.find((name) => name === text)
  if (found !== undefined) return found
  throw new CliError('usage.option', `--series ${text} is not simulated`, `use one of ${SERIES.join(', ')}`, {
    field: '--series',
  })
}

function startOf(text: string): Micros {
  try {
    return parseIso(text)
  } catch (thrown) {
    if (!(thrown instanceof UnitsError)) throw thrown
    throw new CliError('usage.time', thrown.message, 'write it as 2026-06-01T00:00:00Z', { field: '--start' })
  }
}

function windowsOf(text: string): number {
  const windows = Number(text)
  if (Number.isSafeInteger(windows) && windows >= 1 && windows <= 100_000) return windows
  throw new CliError('usage.option', `--windows ${text} is not a number of windows`, 'give 1 to 100000', {
    field: '--windows',
  })
}
