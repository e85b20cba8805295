import { createHistogram, performance, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Columns } from '../../core/events/index.ts'
import { Chain } from '../../core/hash/index.ts'
import * as World from '../../core/machine/world.ts'
import { MICRO } from '../../core/units/index.ts'
import type { RunInput } from './execute.ts'
import { worldOf } from './world-of.ts'

/** Percentiles of a duration in ms, or of a count. */
export type Percentiles = { p50: number; p99: number; p999: number; max: number }

/** How a replay at some speed went. */
export type Stress = {
  /** Timeline seconds a wall second; null as fast as it goes. */
  speed: number | null
  events: number
  messages: number
  wall_s: number
  timeline_s: number
  events_per_s: number
  /** How late a message was handled after it was due, ms; null at full speed, where nothing is due. */
  lateness_ms: Percentiles | null
  /** How long a step (everything due at one time) took to handle, ms. */
  handling_ms: Percentiles
  /** Messages that were due and waited, sampled at every step; null at full speed. */
  backlog: Percentiles | null
  /** The longest that the exchange's and the machine's own queues were, in items. */
  queues_max: { requests: number; answers: number; timers: number }
  rss_mb: { start: number; peak: number; end: number }
  state_hash: string
  /** The whole tape was replayed; else it was stopped and the hash is that of the moment. */
  whole: boolean
}

export type StressOptions = {
  /** Timeline seconds a wall second; null as fast as it goes. */
  speed: number | null
  /** Stop after so many wall seconds. */
  for_s?: number
  signal?: AbortSignal
  progress?: (rows: number) => void
}

/** Above this wait the event loop gets the time; below, the clock is watched: timers wake a millisecond late. */
const DOZE_MS = 4
/** What is left of a wait after dozing. */
const WATCH_MS = 2
/** At full speed the event loop gets a turn, and the queues are looked at, every so many steps. */
const TURN_STEPS = 4_096

/**
 * Replay a run's tape on a schedule: each message is handled when `(its time − the first one's) / speed` has passed, or as
 * fast as it goes. What is decided does not depend on the pace; how well the pace is held is the result.
 */
export async function stress(input: RunInput, options: StressOptions): Promise<Stress> {
  const world = worldOf(input)
  const watch = createWatch(options.speed)
  const started = performance.now()
  const stop_ms = options.for_s === undefined ? Number.POSITIVE_INFINITY : started + options.for_s * 1_000
  let whole = true
  for await (const columns of input.tape.read()) {
    whole = await through(world, columns, watch, options, started, stop_ms)
    options.progress?.(world.machine.state.counts.events)
    if (!whole) break
  }
  if (whole) World.end(world)
  return watch.result(world, performance.now() - started, whole)
}

/** One chunk, step by step. @returns false when the time was up */
async function through(
  world: World.World,
  columns: Columns,
  watch: Watch,
  { speed, signal }: StressOptions,
  started: number,
  stop_ms: number,
): Promise<boolean> {
  const { local_us, length } = columns
  World.load(world, columns)
  for (let row = 0; row < length; row = world.cursor) {
    const time = local_us[row]!
    watch.first_us = Math.min(watch.first_us, time)
    if (speed === null) {
      if (watch.steps % TURN_STEPS === 0) await turn(signal)
    } else {
      const due_ms = started + (time - watch.first_us) / (1_000 * speed)
      await until(Math.min(due_ms, stop_ms), signal)
      const now = performance.now()
      if (now >= stop_ms) return false
      watch.late(now - due_ms, waiting(columns, row, watch.first_us + (now - started) * 1_000 * speed))
    }
    const began = performance.now()
    if (speed === null && began >= stop_ms) return false
    World.proceed(world, time)
    watch.handled(performance.now() - began, world)
  }
  return true
}

/** Messages from `row` on whose time has come. */
function waiting({ local_us, length }: Columns, row: number, now_us: number): number {
  let at = row
  let messages = 0
  for (; at < length && local_us[at]! <= now_us; at++)
    if (at === row || local_us[at] !== local_us[at - 1]) messages++
  return messages - 1
}

async function until(due_ms: number, signal?: AbortSignal): Promise<void> {
  const wait = due_ms - performance.now()
  if (wait > DOZE_MS) await sleep(wait - WATCH_MS, undefined, signal === undefined ? {} : { signal })
  while (performance.now() < due_ms);
}

async function turn(signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise((resolve) => setImmediate(resolve))
}

type Watch = ReturnType<typeof createWatch>

function createWatch(speed: number | null) {
  const lateness = createHistogram()
  const handling = createHistogram()
  const backlog = createHistogram()
  const queues_max = { requests: 0, answers: 0, timers: 0 }
  const rss = { start: rssMb(), peak: 0 }
  const watch = {
    first_us: Number.POSITIVE_INFINITY,
    steps: 0,
    late(ms: number, messages: number) {
      lateness.record(Math.max(1, Math.round(ms * MICRO)))
      backlog.record(messages + 1)
    },
    handled(ms: number, { machine, exchange }: World.World) {
      handling.record(Math.max(1, Math.round(ms * MICRO)))
      queues_max.requests = Math.max(queues_max.requests, exchange.state.requests.length)
      queues_max.answers = Math.max(queues_max.answers, exchange.state.answers.length)
      queues_max.timers = Math.max(queues_max.timers, machine.state.timers.length)
      if (watch.steps++ % TURN_STEPS === 0) rss.peak = Math.max(rss.peak, rssMb())
    },
    result({ machine }: World.World, wall_ms: number, whole: boolean): Stress {
      const { state } = machine
      const end = rssMb()
      return {
        speed,
        events: state.counts.events,
        messages: watch.steps,
        wall_s: wall_ms / 1_000,
        timeline_s: watch.steps === 0 ? 0 : (state.now_us - watch.first_us) / MICRO,
        events_per_s: Math.round(state.counts.events / (wall_ms / 1_000)),
        lateness_ms: speed === null ? null : percentiles(lateness, 1 / MICRO, 0),
        handling_ms: percentiles(handling, 1 / MICRO, 0),
        backlog: speed === null ? null : percentiles(backlog, 1, 1),
        queues_max,
        rss_mb: { start: rss.start, peak: Math.max(rss.peak, end), end },
        state_hash: Chain.hex(state.chain),
        whole,
      }
    },
  }
  return watch
}

function percentiles(histogram: RecordableHistogram, unit: number, offset: number): Percentiles {
  if (histogram.count === 0) return { p50: 0, p99: 0, p999: 0, max: 0 }
  const at = (value: number) => (value - offset) * unit
  return {
    p50: at(histogram.percentile(50)),
    p99: at(histogram.percentile(99)),
    p999: at(histogram.percentile(99.9)),
    max: at(histogram.max),
  }
}

function rssMb(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576)
}
