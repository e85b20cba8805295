import { join } from 'node:path'
import { Rng } from '../../../core/random/index.ts'
import type { Micros } from '../../../core/units/index.ts'
import { openRecording } from '../../../recorders/recording/index.ts'
import { recordingSettings } from '../../../recorders/settings.ts'
import { type Life, readLives } from './lives.ts'
import { isTold, type Loss, lossOf, type Span } from './losses.ts'
import { startRecorder } from './recorder-process.ts'
import { readSent } from './sent.ts'
import { startVenue, until } from './venue.ts'
import { readWhole, type Whole } from './whole.ts'

/** What became of a kill. */
export type Kill = Omit<Loss, 'wrong'> & {
  /** From the start of the process, ms. */
  after_ms: number
  /** What it was at: `start` before its first frame, `record` after. */
  at: 'start' | 'record'
  /** How late timers of this process were around the kill, µs: how busy the machine was. */
  timer_us: Micros
  /** What was lost is older than {@link boundOf} allows. */
  beyond: boolean
}

export type Kills = {
  kills: Kill[]
  /** Frames of all processes, and of the one at the end that was stopped and must have lost none. */
  kept: number
  last_kept: number
  last_lost: number
  flush_ms: number
  whole: Omit<Whole, 'gaps' | 'health'>
  /** What ought not to be, in words; empty: all is well. */
  wrong: string[]
}

/** Between starting a process and killing it, ms; one in five is killed before it can have begun. */
const START_MAX_MS = 1_500
const LIFE_MAX_MS = 4_000

/**
 * Record, kill the recorder at a random moment, and go on in the same folder; at the end stop it properly, and hold what is kept
 * against what was sent.
 *
 * @param dir an empty folder for the recording and the log
 * @param options `progress` is told after each kill; `life_max_ms`: most that a process lives, beside its start
 */
export async function playKills(
  dir: string,
  count: number,
  seed: number,
  options: { progress?: (line: string) => void; life_max_ms?: number } = {},
): Promise<Kills> {
  const { progress, life_max_ms = LIFE_MAX_MS } = options
  const out = join(dir, 'recording')
  const log = join(dir, 'sent.jsonl')
  const rng = Rng.create(seed, 0)
  const sandbox = await startVenue(1_000, log)
  const spans: (Span & { timer_us: Micros })[] = []
  const wrong: string[] = []
  const lateness = watchTimers()
  try {
    for (let i = 0; i <= count; i++) {
      const early = Rng.below(rng, 5) === 0
      const after_ms = early ? Rng.uniform(rng) * START_MAX_MS : START_MAX_MS + Rng.uniform(rng) * life_max_ms
      const started_us = now_us()
      const { child, gone, log: said } = startRecorder(sandbox.url, out)
      const last = i === count
      await Promise.race([gone, pause(after_ms)])
      if (last) await until('a frame', () => sandbox.status().feeds.clob_market?.clients === 1)
      const killed_us = now_us()
      child.kill(last ? 'SIGINT' : 'SIGKILL')
      const { code, signal } = await gone
      if (last ? code !== 0 : signal !== 'SIGKILL')
        wrong.push(`process ${i} ended with ${code ?? signal}: ${said()}`)
      spans.push({ started_us, killed_us, timer_us: lateness() })
      if (!last) {
        const rows = await rowsReadable(out)
        progress?.(
          `kill ${i + 1} of ${count}, ${Math.round(after_ms)} ms after the start: ${rows} rows can be read`,
        )
      }
    }
  } finally {
    lateness.stop()
    await sandbox.close()
  }
  return judge(out, log, spans, wrong)
}

async function judge(
  out: string,
  log: string,
  spans: readonly (Span & { timer_us: Micros })[],
  wrong: string[],
): Promise<Kills> {
  const flush_ms = recordingSettings.flush_ms.default
  const sent = await readSent(log)
  const lives = await readLives(out)
  const kills: Kill[] = []
  let kept = 0
  let last: Loss | undefined
  spans.forEach((span, i) => {
    const next = spans[i + 1]?.started_us ?? Number.POSITIVE_INFINITY
    const life = lives.find(({ from_us }) => from_us >= span.started_us && from_us < next) ?? null
    last = lossOf(sent, life, span, next)
    kept += last.kept
    for (const one of last.wrong) wrong.push(`kill ${i + 1}: ${one} is not what was sent`)
    if (i === spans.length - 1) return
    const before = lives.findLast(({ from_us }) => from_us < next) ?? null
    const after = lives.find(({ from_us }) => from_us >= next)
    if (after === undefined || !isTold(before, after, span))
      wrong.push(`kill ${i + 1}: its time is in no note absent`)
    const { wrong: _, ...loss } = last
    const { timer_us } = span
    const beyond = loss.lost_us > boundOf(flush_ms, loss.late_us, timer_us)
    const after_ms = Math.round((span.killed_us - span.started_us) / 1_000)
    kills.push({ ...loss, after_ms, at: loss.kept === 0 ? 'start' : 'record', timer_us, beyond })
  })
  const { gaps, health: _, ...whole } = await readWhole(out)
  if (whole.rows !== whole.rows_again)
    wrong.push(`${whole.rows} rows, and ${whole.rows_again} when they are made again of the journals`)
  for (const one of untold(lives, gaps)) wrong.push(one)
  if (last!.lost > 0) wrong.push(`the process that was stopped lost ${last!.lost} frames`)
  return { kills, kept, last_kept: last!.kept, last_lost: last!.lost, flush_ms, whole, wrong }
}

/**
 * How old what is lost may be: the stated time, a delay of the recorder's timer and of reading as they were measured, and the
 * time that the write itself takes.
 */
export function boundOf(flush_ms: number, late_us: Micros, timer_us: Micros): Micros {
  return (flush_ms + WRITE_MS) * 1_000 + late_us + timer_us
}

/** A write to the memory of the operating system, and the answer. */
const WRITE_MS = 20

/** Absences that the gap ledger does not have for a feed that was known. */
function untold(lives: readonly Life[], gaps: Whole['gaps']): string[] {
  const known = new Set<string>()
  const found: string[] = []
  for (const { absent, connections } of lives) {
    for (const feed of known) {
      const told = gaps.some(
        (gap) =>
          gap.feed === feed &&
          gap.market === null &&
          absent !== null &&
          gap.from_us <= absent.from_us &&
          gap.to_us >= absent.to_us,
      )
      if (!told) found.push(`the ledger has no gap of ${feed} from ${absent?.from_us}`)
    }
    for (const { feed } of connections) known.add(feed)
  }
  return found
}

/** What a reader gets of a folder that a killed process left. */
async function rowsReadable(out: string): Promise<number> {
  let recording: Awaited<ReturnType<typeof openRecording>>
  try {
    recording = await openRecording(out)
  } catch (thrown) {
    // Killed before there was a recording.
    if ((thrown as { code?: unknown }).code === 'recording.missing') return 0
    throw thrown
  }
  const { days, tails } = recording
  const rows = [...days, ...tails].reduce((sum, { manifest }) => sum + manifest.counts.rows, 0)
  await recording.close()
  return rows
}

/** How late a timer of this process was at most in the last two seconds, µs. */
function watchTimers(): { (): Micros; stop(): void } {
  const seen: { at: number; late: number }[] = []
  let due = performance.now() + BEAT_MS
  const timer = setInterval(() => {
    const at = performance.now()
    seen.push({ at, late: Math.max(0, at - due) })
    due = at + BEAT_MS
    while (seen[0]!.at < at - LATELY_MS) seen.shift()
  }, BEAT_MS)
  const most = () => Math.round(1_000 * seen.reduce((worst, { late }) => Math.max(worst, late), 0))
  return Object.assign(most, { stop: () => clearInterval(timer) })
}

const BEAT_MS = 5
const LATELY_MS = 2_000

function now_us(): Micros {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
