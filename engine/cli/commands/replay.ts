import type { Command } from 'commander'
import { Chain } from '../../../core/hash/index.ts'
import { Ledger } from '../../../core/portfolio/index.ts'
import { formatIso, MICRO, parseIso } from '../../../core/units/index.ts'
import type { Difference } from '../../runners/compare.ts'
import { codeVersion } from '../../runners/identity.ts'
import { openRun, type Rerun } from '../../runners/rerun.ts'
import { stress } from '../../runners/stress.ts'
import { verify, verifyUntil } from '../../runners/verify.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'
import { consentOf, ownStrategyOption, type TrustFlags, trustOption } from '../run-options.ts'
import { stressInWords } from '../stress-words.ts'

const EXAMPLES = `
Examples:
  $ engine replay runs/market-maker --verify
  $ engine replay runs/market-maker --until 2026-04-15T12:30:00Z
  $ engine replay runs/market-maker --speed 100 --for 30
  $ engine replay runs/market-maker --verify --dataset /data/btc-5m-2026-04-15 --json`

type Options = {
  verify?: boolean
  until?: string
  speed?: string
  for?: string
  dataset?: string[]
} & TrustFlags

/** `engine replay`: run a run again, to hold it against what it left, or to stand at one of its moments. */
export function command(program: Command, io: Io): void {
  program
    .command('replay')
    .description(
      'run a run folder again: verify every row and hash it left, or stop at a moment and show the state',
    )
    .argument('<run>', 'run folder')
    .option('--verify', 'compare with what was stored (the default)')
    .option('--until <time>', 'stop at this ISO time and show cash, positions, orders and the hash there')
    .option(
      '--speed <n|max>',
      'replay on schedule, n timeline seconds a second (or as fast as it goes), and measure how it holds',
    )
    .option('--for <seconds>', 'with --speed: stop after so many wall seconds')
    .option('--dataset <dir...>', 'where the datasets are now, if they moved')
    .addOption(ownStrategyOption())
    .addOption(trustOption())
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, options: Options, self: Command) => {
      const rerun = await openRun(run, io.cwd, options.dataset ?? [], consentOf(options))
      const bar = io.progress(rerun.input.tape.rows, 'replay')
      const watched = { signal: io.signal, progress: (rows: number) => bar.update(rows) }
      if (options.speed !== undefined) await paced(io, self, rerun, options, watched)
      else if (options.until !== undefined) await until(io, self, rerun, options.until, watched)
      else await held(io, self, rerun, watched)
    })
}

type Watched = { signal: AbortSignal; progress: (rows: number) => void }

async function held(io: Io, self: Command, rerun: Rerun, watched: Watched): Promise<void> {
  const result = await verify(rerun, watched)
  if (!result.equal) io.exitCode = 1
  emit(io, globals(self).json, result, () =>
    result.equal
      ? `equal: ${result.events} events, every row and hash as recorded\nstate hash ${result.state_hash}\n`
      : `not equal\n${result.first_difference === undefined ? '' : both(result.first_difference)}${versionNote(rerun)}recorded hash ${result.recorded_hash}\nreplayed hash ${result.state_hash}\n`,
  )
}

function both(difference: Difference): string {
  const { kind, row, field, event, time } = difference
  const where = `first difference: ${kind}, row ${row}, field ${field}${time === null ? '' : `, at ${time}`}${event === null ? '' : `, after ${event} events`}`
  return `${where}\n  recorded ${JSON.stringify(difference.recorded)}\n  replayed ${JSON.stringify(difference.replayed)}\n`
}

function versionNote({ file }: Rerun): string {
  const now = codeVersion()
  return file.code_version === now ? '' : `the run was made by code ${file.code_version}, this is ${now}\n`
}

async function paced(io: Io, self: Command, rerun: Rerun, options: Options, watched: Watched): Promise<void> {
  const speed = options.speed === 'max' ? null : positive('--speed', options.speed!)
  const for_s = options.for === undefined ? undefined : positive('--for', options.for)
  const result = await stress(rerun.input, { speed, ...(for_s !== undefined && { for_s }), ...watched })
  const equal = result.whole ? result.state_hash === rerun.file.state_hash : null
  if (equal === false) io.exitCode = 1
  emit(io, globals(self).json, { equal, ...result }, () => stressInWords(io, result, equal))
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new CliError(
    'usage.number',
    `${option} ${text} is not a number above 0`,
    'give a number such as 10',
    { field: option },
  )
}

async function until(io: Io, self: Command, rerun: Rerun, text: string, watched: Watched): Promise<void> {
  const until_us = parseTime('--until', text)
  const { world, equal, first_difference } = await verifyUntil(rerun, until_us, watched)
  if (!equal) io.exitCode = 1
  const { state } = world.machine
  const positions = rerun.file.markets.flatMap(({ slug }, market) => {
    const up = Ledger.shares(state.ledger, market, 0) / MICRO
    const down = Ledger.shares(state.ledger, market, 1) / MICRO
    return up === 0 && down === 0 ? [] : [{ market: slug, up, down }]
  })
  const result = {
    equal,
    ...(first_difference !== undefined && { first_difference }),
    until: formatIso(until_us),
    events: state.counts.events,
    decisions: state.counts.decisions,
    fills: state.counts.fills,
    cash_usdc: state.ledger.cash / MICRO,
    equity_usdc: Ledger.equity(state.ledger) / MICRO,
    open_orders: state.orders.open,
    positions,
    state_hash: Chain.hex(state.chain),
  }
  emit(io, globals(self).json, result, () =>
    list(io, [
      ['until', result.until],
      ['as recorded', equal ? 'yes' : `no: ${both(first_difference!)}`],
      ['events', result.events],
      ['decisions', result.decisions],
      ['fills', result.fills],
      ['cash', `${result.cash_usdc} USDC`],
      ['equity', `${result.equity_usdc} USDC`],
      ['open orders', result.open_orders],
      ...positions.map(({ market, up, down }) => [market, `${up} up, ${down} down`] as const),
      ['state hash', result.state_hash],
    ]),
  )
}

/** An ISO time from the command line in µs. */
export function parseTime(option: string, text: string): number {
  try {
    return parseIso(text)
  } catch {
    throw new CliError(
      'usage.time',
      `${option} "${text}" is no ISO time`,
      'write it like 2026-04-15T12:30:00Z',
      { field: option },
    )
  }
}
