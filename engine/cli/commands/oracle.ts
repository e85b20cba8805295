import type { Command } from 'commander'
import { settings } from '../../../core/exchange/compat/index.ts'
import { parseDecimal } from '../../../core/units/index.ts'
import { money } from '../../runners/money.ts'
import { runOracle } from '../../runners/oracle.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine oracle                                  the first row of the published table
  $ engine oracle --seed 7 --events 1000000 --period-ms 10
  $ npm run --silent oracle -- --seed 42 --events 10000000 --period-ms 1 --json

The numbers must equal hftbacktest's no-partial-fill exchange with the power-probability queue (n = 3) on the same
stream, for any seed. events_per_s is the replay alone, cold, without making and hashing the stream.`

const SEEDS = 2n ** 64n
const EVENTS_MAX = 1e10

type Options = { seed: string; events: string; periodMs: string }

/** `engine oracle`: the compatibility mode of the simulated exchange, to be held beside the outside oracle. */
export function command(program: Command, io: Io): void {
  program
    .command('oracle')
    .description('fill logic beside an outside oracle: seeded stream, queue fills, position and cash')
    .option('--seed <n>', 'seed of the stream, 0 to 2^64 − 1', '42')
    .option('--events <n>', 'events of the stream', '1000000')
    .option('--period-ms <ms>', 'time between two calls of the strategy, to the ns', '100')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options, self: Command) => {
      const seed = readSeed(options.seed)
      const events = readEvents(options.events)
      const progress = io.progress(events, 'replaying')
      const run = await runOracle(seed, events, readPeriod(options.periodMs), (done) => {
        io.signal.throwIfAborted()
        progress.update(Math.min(done, events))
      })
      progress.stop()
      const answer = {
        sha256: run.sha256,
        trades: run.trades,
        position: run.position,
        cash: Math.round(run.cash / 100) / 100,
        events_per_s: Math.round(run.events / run.replay_s),
      }
      emit(io, globals(self).json, answer, () =>
        list(io, [
          ['check file', answer.sha256],
          ['trades', answer.trades],
          ['position', answer.position],
          ['cash', money(answer.cash)],
          ['replay', `${(answer.events_per_s / 1e6).toFixed(1)} million events/s`],
        ]),
      )
    })
}

function readSeed(text: string): bigint {
  const seed = /^\d+$/.test(text) ? BigInt(text) : -1n
  if (seed < 0n || seed >= SEEDS) throw refuse('--seed', text, 'a whole number from 0 to 2^64 − 1')
  return seed
}

function readEvents(text: string): number {
  const events = /^\d+$/.test(text) ? Number(text) : 0
  if (events < 1 || events > EVENTS_MAX) throw refuse('--events', text, 'a whole number from 1 to 1e10')
  return events
}

function readPeriod(text: string): number {
  const { min, max } = settings.period
  const expected = `milliseconds from 0.000001 to ${max / 1e6}, to the ns`
  let period_ns: number
  try {
    period_ns = parseDecimal(text, 6)
  } catch {
    throw refuse('--period-ms', text, expected)
  }
  if (period_ns < min || period_ns > max) throw refuse('--period-ms', text, expected)
  return period_ns
}

function refuse(field: string, given: string, expected: string): CliError {
  return new CliError(
    'usage.value',
    `${field} ${given} is refused: expected ${expected}`,
    `set ${field} to ${expected}`,
    { field },
  )
}
