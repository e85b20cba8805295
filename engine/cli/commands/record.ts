import { once } from 'node:events'
import { relative, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { createLogUpdate } from 'log-update'
import { FEEDS, type Feed } from '../../../recorders/feeds/index.ts'
import { CLOCK_S } from '../../../recorders/limits.ts'
import { after } from '../../../recorders/long-timer.ts'
import {
  openSession,
  recorderSchema,
  type Session,
  type SessionReport,
  stepWords,
} from '../../../recorders/record/index.ts'
import {
  destinationsOf,
  type Endpoints,
  endpointsOf,
  type FeedSecrets,
  readSecretHosts,
  readSecrets,
  sandboxClock,
  sandboxSecrets,
} from '../../../recorders/supervisor/index.ts'
import { loadConfig, SECTIONS } from '../../config/index.ts'
import type { Io } from '../io.ts'
import { emit, list, table } from '../output.ts'
import { recordLine, recordScreen } from '../record-screen.ts'
import { globals } from '../run.ts'
import { whole } from '../run-summary.ts'

const ASSETS = ['btc', 'eth', 'sol', 'xrp', 'doge', 'bnb', 'hype', 'zec']
const SERIES = ['5m', '15m', '1h', '4h', '1d']
const FEED_LIST = FEEDS.map(({ name }) => name)
/** How often the screen is drawn, and a line is logged. */
const SCREEN_MS = 250
const LOG_MS = 10_000

const EXAMPLES = `
Sources: ${FEED_LIST.join(', ')}.
What needs credentials is left out without them; they come from the environment: LOCKSTEP_SECRET_CLOB_API_KEY, …_SECRET,
…_PASSPHRASE for own orders and PolyBolt, LOCKSTEP_SECRET_KALSHI_KEY_ID and …_PRIVATE_KEY_FILE for Kalshi.

Examples:
  $ engine record --assets btc --series 5m,15m --out recordings/btc       until Ctrl-C
  $ engine record --assets btc,eth --series 5m --out recordings/hour --duration 3600 --json
  $ engine record --assets btc --series 5m --out rec --sandbox http://127.0.0.1:8080
  $ engine sql "SELECT count(*) FROM events" --data recordings/btc        also while it runs

A folder that holds a recording is continued: what a kill left is sealed first, and the time between is a gap. Settings are
the sections [recorder] and [endpoints] (docs/reference/configuration.md).

A clock that is more than ${CLOCK_S.before_end} s before the end of the recording, or a day away from the clocks of all venues, is refused
(recording.time): rows would stand at wrong times for good. With --accept-clock it is taken as it is; time then goes on from
the recording's end.`

type Options = {
  assets: string[]
  series: string[]
  wallets: string[]
  feeds: string[]
  out: string
  duration?: number
  sandbox?: string
  acceptClock?: true
}

/** `engine record`: every feed, as it comes, until stopped. */
export function command(program: Command, io: Io): void {
  program
    .command('record')
    .description('record the feeds: prediction markets, oracles and exchanges, as they come')
    .requiredOption('--out <dir>', 'folder of the recording; continued where there is one')
    .option('--assets <list>', `assets: ${ASSETS.join(', ')}`, among('asset', ASSETS), ['btc'])
    .option('--series <list>', `windows: ${SERIES.join(', ')}`, among('series', SERIES), ['5m'])
    .option('--wallets <list>', 'addresses of wallets to follow', wallets, [])
    .option(
      '--feeds <list>',
      'sources; by default all that are open to us',
      among('source', FEED_LIST),
      FEED_LIST,
    )
    .option('--duration <seconds>', 'end by itself', secondsOf)
    .option('--accept-clock', 'record though this machine’s clock disagrees with the recording or the venues')
    .option('--sandbox <url>', 'take every feed from a sandbox (engine sandbox)')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options, self: Command) => {
      const { json, config: file, param } = globals(self)
      const sources = { cwd: io.cwd, env: io.env, params: param, others: SECTIONS }
      const { config } = loadConfig(recorderSchema, file === undefined ? sources : { ...sources, file })
      const feeds = FEEDS.filter(({ name }) => options.feeds.includes(name))
      const out = resolve(io.cwd, options.out)
      const endpoints = await endpointsOf(feeds, config.endpoints, options.sandbox)
      const secrets = await secretsOf(io, feeds, endpoints, options.sandbox)
      const clock =
        options.sandbox === undefined ? null : await sandboxClock(options.sandbox, Date.now() * 1_000)
      if (clock !== null) io.stderr.write(`warning: ${clock}\n`)
      const session = await openSession({
        out,
        assets: options.assets,
        series: options.series,
        wallets: options.wallets,
        feeds,
        config,
        endpoints,
        secrets,
        accept_clock: options.acceptClock === true,
        sandboxed: options.sandbox !== undefined,
      })
      const reason = await shown(io, session, options.duration)
      const report = await session.stop(reason)
      emit(io, json, report, () => summary(io, report))
    })
}

/** Credentials of the environment, and where they go; to a sandbox its own alone. */
async function secretsOf(
  io: Io,
  feeds: readonly Feed[],
  endpoints: Endpoints,
  sandbox: string | undefined,
): Promise<FeedSecrets> {
  const own = readSecrets(io.env)
  if (sandbox !== undefined) return await sandboxSecrets(sandbox, own)
  for (const { feed, hosts } of destinationsOf(feeds, endpoints, own, readSecretHosts(io.env)))
    io.stderr.write(`credentials of ${feed} go to ${hosts.join(', ')}\n`)
  return own
}

/** Show how it does until it is over: a screen on a terminal, lines otherwise. Returns why it is over. */
async function shown(io: Io, session: Session, duration_s: number | undefined): Promise<string> {
  const { signal } = io
  const screen = io.isTTY ? createLogUpdate(process.stderr) : null
  const log = () => void io.stderr.write(`${new Date().toISOString()} ${recordLine(session.status())}\n`)
  const draw = () => void screen?.(recordScreen(io, session.status()))
  const timer = setInterval(screen === null ? log : draw, screen === null ? LOG_MS : SCREEN_MS)
  if (screen === null) log()
  let forget = () => {}
  try {
    if (signal.aborted) return 'stopped'
    return await Promise.race([
      once(signal, 'abort').then(() => 'stopped'),
      session.failed.then(() => 'nothing can be recorded any more'),
      ...(duration_s === undefined
        ? []
        : [
            new Promise<string>((done) => {
              forget = after(duration_s * 1_000, () => done('its time was over'))
            }),
          ]),
    ])
  } finally {
    forget()
    clearInterval(timer)
    if (screen === null) log()
    else {
      draw()
      screen.done()
    }
  }
}

/** What a person reads at the end. */
function summary(io: Io, report: SessionReport): string {
  const { out, gaps, feeds } = report
  const short = relative(io.cwd, out)
  const ms = (value: number | undefined) => (value === undefined ? null : Math.round(value))
  return [
    list(io, [
      ['recording', short.startsWith('..') ? out : short],
      ['messages', whole(report.messages)],
      ['events', whole(report.events)],
      ['gaps', `${gaps.count}, ${Math.round(gaps.seconds)} s`],
      ...(report.clock.steps === 0 ? [] : [['clock', stepWords(report.clock)] as const]),
      ['dropped', whole(report.dropped)],
      ['quarantined', whole(report.quarantined)],
      ...(report.without_fees.length === 0
        ? []
        : [
            ['not to trade on', `${report.without_fees.join(', ')}: fees that cannot be computed`] as [
              string,
              string,
            ],
          ]),
    ]),
    table(
      io,
      ['feed', 'messages', 'reconnects', 'lag p50 ms', 'p99 ms'],
      feeds.map(({ name, messages, reconnects, lag_ms }) => [
        name,
        messages,
        reconnects,
        ms(lag_ms?.p50),
        ms(lag_ms?.p99),
      ]),
    ),
  ].join('\n')
}

/** A list of known words. */
function among(what: string, known: readonly string[]) {
  return (text: string): string[] => {
    const words = [...new Set(text.split(',').map((word) => word.trim().toLowerCase()))].filter(
      (word) => word !== '',
    )
    const wrong = words.find((word) => !known.includes(word))
    if (wrong !== undefined)
      throw new InvalidArgumentError(`"${wrong}" is no ${what}: use some of ${known.join(', ')}.`)
    if (words.length === 0) throw new InvalidArgumentError(`name at least one ${what}.`)
    return words
  }
}

function wallets(text: string): string[] {
  const addresses = text.split(',').map((word) => word.trim().toLowerCase())
  const wrong = addresses.find((address) => !/^0x[0-9a-f]{40}$/.test(address))
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is no address: 0x and 40 hex digits.`)
  return addresses
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= 1e7) return seconds
  throw new InvalidArgumentError('give a number of seconds above 0.')
}
