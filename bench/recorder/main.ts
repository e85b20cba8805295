/**
 * How much the recorder can take: `npm run bench-recorder -- --help`. A firehose in a process of its own talks, `engine record`
 * in another one records, and afterwards every frame that was sent must be in its journals, byte for byte.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { list } from '../../engine/cli/output.ts'
import { whole } from '../../engine/cli/run-summary.ts'
import type { SessionReport } from '../../recorders/record/status.ts'
import { BenchError } from '../figure.ts'
import type { Sent } from './firehose.ts'
import { diskOf, framesOf } from './kept.ts'
import { type Taken, takenBy } from './watched.ts'

const FIREHOSE = fileURLToPath(new URL('./firehose-process.ts', import.meta.url))
const ENGINE = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url))
const MIB = 2 ** 20
/** Markets, two tokens each, so many tokens to a socket. */
const MARKETS = 40
const TOKENS_PER_SOCKET = 20

const HELP = `npm run bench-recorder: what the recorder takes without a loss.

  --rate <n>      messages a second: 95 % level changes of some 350 bytes, 5 % books of some 3 kB (default: 50000)
  --seconds <n>   for so long (default: 60)
  --out <dir>     keep the recording there (default: a temporary folder, removed)
  --json          one JSON object on stdout
`

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '60' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** What was measured. */
type Measured = {
  messages: number
  bytes: number
  seconds: number
  /** Frames that were sent and are not in the journals, or differ there. */
  lost_sockets: number
  lost_frames: number
  /** Most that waited in a socket of the sender. */
  backlog_bytes: number
  recorder: {
    /** Share of one processor while the firehose talked. */
    cpu_share: number
    cpu_us_per_message: number
    rss_peak_bytes: number
    rss_end_bytes: number
    events: number
    dropped: number
    quarantined: number
    lag_ms: { p50: number; p99: number } | null
  }
  /** Bytes an event. */
  disk: Awaited<ReturnType<typeof diskOf>>
}

if (values.help) process.stdout.write(HELP)
else {
  const measured = await measure(Number(values.rate), Number(values.seconds))
  process.stdout.write(values.json ? `${JSON.stringify(measured)}\n` : printed(measured))
  if (measured.lost_sockets > 0) process.exitCode = 1
}

async function measure(messages_per_s: number, seconds: number): Promise<Measured> {
  const out = values.out ?? (await mkdtemp(join(tmpdir(), 'lockstep-recorder-')))
  // The window before the present one: discovery asks for markets around now.
  const start_s = Math.floor(Date.now() / 300_000) * 300
  const firehose = fork(FIREHOSE, [String(MARKETS), String(start_s)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let recorder: ChildProcess | undefined
  try {
    const { url } = await told<{ url: string }>(firehose, 'url')
    const { child, report } = record(url, join(out, 'recording'))
    recorder = child
    await until(firehose, 2 * MARKETS)
    const before = takenBy(child.pid!)
    let peak = before.rss_bytes
    let last: Taken = before
    const sampling = setInterval(() => {
      last = takenBy(child.pid!)
      peak = Math.max(peak, last.rss_bytes)
    }, 200)
    firehose.send({ talk: { messages_per_s, seconds } })
    const { sent } = await told<{ sent: Sent }>(firehose, 'sent')
    last = takenBy(child.pid!)
    clearInterval(sampling)
    child.kill('SIGINT')
    const told_by_recorder = await report
    firehose.send({ end: true })
    const { lost_frames, lost_sockets } = compare(sent, await framesOf(join(out, 'recording')))
    const feed = told_by_recorder.feeds.find(({ name }) => name === 'clob_market')
    const cpu_s = last.cpu_s - before.cpu_s
    return {
      messages: sent.messages,
      bytes: sent.bytes,
      seconds: sent.seconds,
      lost_sockets,
      lost_frames,
      backlog_bytes: sent.backlog_bytes,
      recorder: {
        cpu_share: cpu_s / sent.seconds,
        cpu_us_per_message: (cpu_s * 1e6) / sent.messages,
        rss_peak_bytes: peak,
        rss_end_bytes: last.rss_bytes,
        events: told_by_recorder.events,
        dropped: told_by_recorder.dropped,
        quarantined: told_by_recorder.quarantined,
        lag_ms: feed?.lag_ms ?? null,
      },
      disk: await diskOf(join(out, 'recording')),
    }
  } finally {
    firehose.kill()
    recorder?.kill('SIGKILL')
    if (values.out === undefined) await rm(out, { recursive: true, force: true })
  }
}

/** `engine record` of the firehose's two sources; its report once it has ended. */
function record(url: string, out: string): { child: ChildProcess; report: Promise<SessionReport> } {
  const child = spawn(
    process.execPath,
    [
      ENGINE,
      'record',
      '--json',
      ...['--sandbox', url, '--out', out, '--assets', 'btc', '--series', '5m'],
      ...['--feeds', 'gamma,clob_market'],
      ...['--param', `recorder.tokens_per_socket=${TOKENS_PER_SOCKET}`],
      ...['--param', 'recorder.gamma_ahead_s=86400', '--param', 'recorder.lead_s=86400'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  let log = ''
  child.stdout!.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  child.stderr!.setEncoding('utf8').on('data', (part: string) => {
    log += part
  })
  const report = new Promise<SessionReport>((resolve, reject) => {
    child.on('close', (code) => {
      const line = text.trim().split('\n').at(-1) ?? ''
      if (code === 0 && line.startsWith('{')) resolve(JSON.parse(line) as SessionReport)
      else reject(new BenchError('bench.recorder', `engine record ended with ${code}: ${log}`))
    })
  })
  return { child, report }
}

/** Sockets whose frames are not those that were sent, and how many are missing. */
function compare(sent: Sent, kept: readonly { frames: number; crc: number }[]) {
  const left = [...kept]
  let lost_sockets = 0
  let lost_frames = 0
  for (const { frames, crc } of sent.sockets) {
    const at = left.findIndex((one) => one.crc === crc && one.frames === frames)
    if (at >= 0) left.splice(at, 1)
    else {
      lost_sockets++
      const near = left.reduce((best, one) => Math.max(best, one.frames), 0)
      lost_frames += Math.max(0, frames - near)
    }
  }
  return { lost_sockets, lost_frames }
}

function told<T extends object>(child: ChildProcess, name: keyof T & string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) =>
      reject(new BenchError('bench.firehose', `the firehose ended with ${code}`))
    const listen = (message: object) => {
      if (!(name in message)) return
      child.off('message', listen)
      child.off('exit', ended)
      resolve(message as T)
    }
    child.on('message', listen)
    child.on('exit', ended)
  })
}

async function until(firehose: ChildProcess, tokens: number): Promise<void> {
  for (;;) {
    const { subscribed } = await told<{ subscribed: number }>(firehose, 'subscribed')
    if (subscribed >= tokens) return
  }
}

function printed({ recorder, disk, ...sent }: Measured): string {
  const ms = (value: number) => `${Math.round(value)} ms`
  return list({ color: false }, [
    [
      'sent',
      `${whole(sent.messages)} messages in ${sent.seconds.toFixed(1)} s, ${whole(Math.round(sent.messages / sent.seconds))}/s, ${whole(Math.round(sent.bytes / MIB))} MiB`,
    ],
    [
      'lost',
      sent.lost_sockets === 0
        ? 'nothing: every frame is in the journals, byte for byte'
        : `${sent.lost_frames} frames on ${sent.lost_sockets} sockets`,
    ],
    ['backlog', `${(sent.backlog_bytes / MIB).toFixed(1)} MiB at most in a socket of the sender`],
    [
      'recorder',
      `${Math.round(recorder.cpu_share * 100)} % of a processor, ${recorder.cpu_us_per_message.toFixed(1)} µs a message`,
    ],
    [
      'memory',
      `${Math.round(recorder.rss_peak_bytes / MIB)} MiB at most, ${Math.round(recorder.rss_end_bytes / MIB)} at the end`,
    ],
    ['events', `${whole(recorder.events)}, dropped ${recorder.dropped}, quarantined ${recorder.quarantined}`],
    [
      'lag',
      recorder.lag_ms === null ? null : `p50 ${ms(recorder.lag_ms.p50)}, p99 ${ms(recorder.lag_ms.p99)}`,
    ],
    [
      'disk',
      `bytes an event: raw ${disk.raw.toFixed(0)}, raw compressed ${disk.raw_zst.toFixed(1)}, Arrow ${disk.arrow.toFixed(0)}, Parquet ${disk.parquet.toFixed(1)}`,
    ],
  ])
}
