import type { Command } from 'commander'
import { type Explanation, explain, type Which } from '../../runners/explain.ts'
import { openRun } from '../../runners/rerun.ts'
import { CliError } from '../errors.ts'
import { inWords } from '../explain-words.ts'
import type { Io } from '../io.ts'
import { emit } from '../output.ts'
import { globals } from '../run.ts'
import { consentOf, ownStrategyOption, type TrustFlags, trustOption } from '../run-options.ts'
import { parseTime } from './replay.ts'

const EXAMPLES = `
Examples:
  $ engine explain runs/market-maker --at 2026-04-15T12:30:00Z
  $ engine explain runs/market-maker --decision 1000 --json
  $ engine explain runs/market-maker --at 2026-04-15T12:30:00Z --market btc-updown-5m-1776256200`

type Options = { at?: string; decision?: string; market?: string; dataset?: string[] } & TrustFlags

/** `engine explain`: why a decision was what it was, in words and as JSON. */
export function command(program: Command, io: Io): void {
  program
    .command('explain')
    .description('make one decision of a run again and say what it saw, wanted and did')
    .argument('<run>', 'run folder')
    .option('--at <time>', 'the last decision at or before this ISO time')
    .option('--decision <n>', 'the decision with this number')
    .option('--market <slug>', 'with --at: the last decision on this market')
    .option('--dataset <dir...>', 'where the datasets are now, if they moved')
    .addOption(ownStrategyOption())
    .addOption(trustOption())
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, options: Options, self: Command) => {
      const which = whichOf(options)
      const rerun = await openRun(run, io.cwd, options.dataset ?? [], consentOf(options))
      const explanation: Explanation = await explain(rerun, which, io.signal)
      emit(io, globals(self).json, explanation, () => inWords(explanation))
    })
}

function whichOf({ at, decision, market }: Options): Which {
  if ((at === undefined) === (decision === undefined)) {
    throw new CliError(
      'usage.explain',
      'one of --at and --decision is needed',
      'give a time or the number of a decision',
    )
  }
  if (at !== undefined) return { at_us: parseTime('--at', at), ...(market !== undefined && { market }) }
  const number = Number(decision)
  if (Number.isSafeInteger(number) && number >= 0) return { decision: number }
  throw new CliError(
    'usage.explain',
    `--decision ${decision} is not a whole number from 0`,
    'give a number such as 1000',
    { field: '--decision' },
  )
}
