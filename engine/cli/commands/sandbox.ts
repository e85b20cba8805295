import { once } from 'node:events'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { schema } from '../../../core/simulator/index.ts'
import { parseIso, SECOND, UnitsError } from '../../../core/units/index.ts'
import {
  FAULT_NAMES,
  FAULTS,
  type FaultSpec,
  fromDataset,
  fromScript,
  fromSimulator,
  isLoopback,
  parseFault,
  readSpeed,
  type SandboxOptions,
  type Source,
  startSandbox,
} from '../../../live-bridge/sandbox/index.ts'
import { ENV_PREFIX, loadConfig, SECTIONS } from '../../config/index.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'
import { seedOf } from '../run-options.ts'

const EXAMPLES = `
Examples:
  $ engine sandbox --simulate 27                                  simulated markets, in real time
  $ engine sandbox --simulate 27 --start now                      windows of today, as if they were real
  $ engine sandbox --dataset datasets/btc-5m-2026-04-15 --speed 60 --port 8080
  $ engine sandbox --simulate 27 --speed max --hold --json        as fast as clients take it, when told to begin
  $ engine sandbox --simulate 27 --fault drop:feed=binance,every_s=20 --fault lost:rate=0.01
  $ engine record --assets btc --series 5m --out rec --sandbox http://127.0.0.1:8080

The tape begins with the first subscription to market data; with --now at once, with --hold on
POST /sandbox/control/play. It runs until it is stopped (Ctrl-C ends it with exit code 0). docs/sandbox.md has the routes.

Faults, each with feed=NAME and for_s=SECONDS beside its own arguments:
${FAULT_NAMES.map((name) => `  ${name.padEnd(15)} ${FAULTS[name].doc}${argsOf(name)}`).join('\n')}`

const SERIES = ['5m', '15m', '1h', '4h'] as const
const LENGTH_S = { '5m': 300, '15m': 900, '1h': 3_600, '4h': 14_400 } as const
const DEFAULT_START = '2026-06-01T00:00:00Z'
const WINDOWS_MAX = 100_000
const PORT_MAX = 65_535

type Options = {
  dataset?: string
  simulate?: string
  script?: string
  windows: string
  series: string
  start: string
  port: number
  host: string
  speed: string
  fault: FaultSpec[]
  faultSeed: string
  hold?: boolean
  now?: boolean
  log?: string
  touch: boolean
  outages?: boolean
}

/** `engine sandbox`: a local server that speaks the venues' own protocols. */
export function command(program: Command, io: Io): void {
  program
    .command('sandbox')
    .description(
      'serve a dataset, the simulator or a script as the venues would: a local double of every feed',
    )
    .option('--dataset <dir>', 'serve a dataset')
    .option('--simulate <seed>', 'serve simulated markets')
    .option('--script <file>', 'serve a script, JSON lines of frames, rows and faults')
    .option('--windows <n>', 'simulated windows, one after the other', '288')
    .option('--series <name>', `length of simulated windows: ${SERIES.join(', ')}`, '5m')
    .option(
      '--start <iso>',
      'start of the first simulated window; now: the one that runs, on the clock of the wall',
      DEFAULT_START,
    )
    .option('--port <n>', 'port to listen on; 0: one that is free', portOf, 0)
    .option('--host <name>', 'address to listen on', '127.0.0.1')
    .option('--speed <n>', 'tape seconds a second, or max', '1')
    .option('--fault <name>', 'misbehave: NAME or NAME:key=value,…; may be repeated', addFault, [])
    .option('--fault-seed <n>', 'seed of what faults leave to chance', '1')
    .option('--hold', 'begin only when told to')
    .option('--now', 'begin at once')
    .option('--log <file>', 'note every text that is sent, as JSON lines')
    .option('--outages', 'cut a feed off while the tape says that it was lost')
    .option('--no-touch', 'no best_bid_ask messages')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options, self: Command) => {
      const { json } = globals(self)
      const sandbox = await startSandbox(await optionsOf(options, self, io))
      try {
        const { url, token } = sandbox
        if (!isLoopback(options.host))
          io.stderr.write(
            `others can reach this sandbox at ${options.host}; its control routes want the token, its feeds nothing\n`,
          )
        emit(io, json, { url, pid: process.pid, token }, () =>
          list(io, [
            ['sandbox', url],
            ['pid', process.pid],
            ['token', token],
            ...Object.entries(sandbox.endpoints),
            ['status', `${url}/sandbox/status`],
          ]),
        )
        const stopped: Promise<unknown> = io.signal.aborted ? Promise.resolve() : once(io.signal, 'abort')
        // Played to its end it goes on answering; a source that cannot be read ends it.
        await Promise.race([stopped, sandbox.done.then(() => stopped)])
      } finally {
        await sandbox.close()
      }
    })
}

async function optionsOf(options: Options, self: Command, io: Io): Promise<SandboxOptions> {
  if (options.hold === true && options.now === true)
    throw new CliError('usage.option', '--hold and --now exclude each other', 'give one of them')
  return {
    source: await sourceOf(options, self, io),
    port: options.port,
    host: options.host,
    speed: readSpeed(options.speed),
    faults: options.fault,
    seed: seedOf(options.faultSeed),
    begin: beginOf(options),
    touch: options.touch,
    outages: options.outages === true,
    ...(options.log !== undefined && { log: resolve(io.cwd, options.log) }),
  }
}

/** A tape on the clock of the wall begins now, or its clock would be behind. */
function beginOf({ hold, now, start, simulate }: Options): 'hold' | 'now' | 'wall' | 'subscription' {
  if (hold === true) return 'hold'
  if (simulate !== undefined && start === 'now') return 'wall'
  return now === true ? 'now' : 'subscription'
}

async function sourceOf(options: Options, self: Command, io: Io): Promise<Source> {
  const { dataset, simulate, script } = options
  const given = [dataset, simulate, script].filter((one) => one !== undefined)
  if (given.length !== 1) {
    const fix = 'give --dataset DIR, --simulate SEED or --script FILE'
    throw new CliError(
      'usage.option',
      `${given.length === 0 ? 'nothing' : 'more than one thing'} to serve`,
      fix,
    )
  }
  if (dataset !== undefined) return fromDataset(resolve(io.cwd, dataset))
  if (script !== undefined) return fromScript(resolve(io.cwd, script))
  const { config: file, param } = globals(self)
  const own = Object.keys(io.env).filter((name) => name.toUpperCase().startsWith(`${ENV_PREFIX}SIM_`))
  const env = Object.fromEntries(own.map((name) => [name, io.env[name]]))
  const sources = { cwd: null, env, params: param, others: SECTIONS }
  const { config } = loadConfig(
    schema,
    file === undefined ? sources : { ...sources, file: resolve(io.cwd, file) },
  )
  const series = seriesOf(options.series)
  return fromSimulator({
    seed: seedOf(simulate!),
    series,
    start_us: startOf(options.start, series),
    windows: windowsOf(options.windows),
    config,
  })
}

function addFault(text: string, before: FaultSpec[]): FaultSpec[] {
  return [...before, parseFault(text)]
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX) return port
  throw new InvalidArgumentError(`give a number from 0 to ${PORT_MAX}.`)
}

function seriesOf(text: string): keyof typeof LENGTH_S {
  const found = SERIES.find((name) => name === text)
  if (found !== undefined) return found
  throw new CliError('usage.option', `--series ${text} is not simulated`, `use one of ${SERIES.join(', ')}`, {
    field: '--series',
  })
}

/** A time; of `now` the window that runs: whoever listens finds it open, its strike known. */
function startOf(text: string, series: keyof typeof LENGTH_S): number {
  if (text === 'now') {
    const now_s = Math.floor(Date.now() / 1_000)
    return Math.floor(now_s / LENGTH_S[series]) * LENGTH_S[series] * SECOND
  }
  try {
    return parseIso(text)
  } catch (thrown) {
    if (!(thrown instanceof UnitsError)) throw thrown
    throw new CliError('usage.time', thrown.message, 'write it as 2026-06-01T00:00:00Z, or now', {
      field: '--start',
    })
  }
}

function windowsOf(text: string): number {
  const windows = Number(text)
  if (Number.isSafeInteger(windows) && windows >= 1 && windows <= WINDOWS_MAX) return windows
  throw new CliError(
    'usage.option',
    `--windows ${text} is not a number of windows`,
    `give 1 to ${WINDOWS_MAX}`,
    {
      field: '--windows',
    },
  )
}

/** ` (code=1006, every_s=0)`. */
function argsOf(name: keyof typeof FAULTS): string {
  const args = Object.entries(FAULTS[name].args)
  return args.length === 0 ? '' : ` (${args.map(([key, value]) => `${key}=${value}`).join(', ')})`
}
