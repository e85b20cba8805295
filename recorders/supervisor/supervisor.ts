import { MS } from '../../core/units/index.ts'
import { FEED_NAMES, type FeedName } from '../journal/record.ts'
import type { FeedPlan, LineStatus, Supervisor, World } from './contract.ts'
import { createLagWindow, type LagWindow } from './lag-window.ts'
import { createLine, type Line } from './line.ts'
import { note } from './line-state.ts'
import { createRate, type Rate } from './rate.ts'
import { type Dial, webSocketDial } from './web-socket.ts'

const SAMPLE_MS = 1_000

type Held = { feed: FeedName; line: Line; lag: LagWindow; rate: Rate }
/** Malformed frames of a source in the running window, and until when it rests. */
type Quarantine = { since_ms: number; frames: number; release: (() => void) | null }

/**
 * Holds the sockets of a recording: see {@link Supervisor}.
 *
 * @param options `first_connection`: number of the first connection, one more than the last of the recording so far; `dial`:
 *   how sockets are opened, WebSockets by default
 */
export function createSupervisor(
  world: World,
  options: { first_connection?: number; dial?: Dial } = {},
): Supervisor {
  const { timers, settings, clock } = world
  const dial = options.dial ?? webSocketDial(() => clock.receipt().wall_us / MS)
  const lines = new Map<string, Held>()
  const leaving = new Set<Promise<void>>()
  const quarantines = new Map<FeedName, Quarantine>()
  let next = options.first_connection ?? 0
  let paused = false
  let stopping: Promise<void> | null = null
  let forgetSample = timers.after(SAMPLE_MS, sample)

  function sample(): void {
    const now = timers.now_ms()
    for (const { rate, line } of lines.values()) rate.sample(now, line.state.counts.frames)
    forgetSample = timers.after(SAMPLE_MS, sample)
  }

  function add({ feed, plan }: FeedPlan): void {
    const suppressed = quarantines.get(feed)?.release ? 'malformed frames' : null
    const line = createLine(world, dial, feed, plan, () => next++, suppressed)
    if (paused) line.pause()
    lines.set(plan.line, { feed, line, lag: createLagWindow(), rate: createRate() })
  }

  function leave(line: Line, reason: string): void {
    const gone: Promise<void> = line.stop(reason).then(() => void leaving.delete(gone))
    leaving.add(gone)
  }

  return {
    plan(plans) {
      if (stopping !== null) return
      check(plans, world.endpoints)
      const wanted = new Set(plans.map(({ plan }) => plan.line))
      for (const [name, { feed, line }] of [...lines]) {
        if (wanted.has(name)) continue
        lines.delete(name)
        leave(line, 'not wanted any longer')
        note(line.state, { note: 'retired', feed, line: name })
      }
      for (const one of plans) {
        const held = lines.get(one.plan.line)
        if (held === undefined) add(one)
        else held.line.update(one.plan)
      }
    },
    reconnect(line, reason) {
      if (stopping === null) lines.get(line)?.line.reconnect(reason)
    },
    refused(feed) {
      const quarantine = quarantines.get(feed) ?? { since_ms: timers.now_ms(), frames: 0, release: null }
      quarantines.set(feed, quarantine)
      if (stopping !== null || quarantine.release !== null) return
      const now = timers.now_ms()
      if (now - quarantine.since_ms > settings.quarantine_s * 1_000) {
        quarantine.since_ms = now
        quarantine.frames = 0
      }
      quarantine.frames++
      if (quarantine.frames < settings.quarantine_burst) return
      const reason = `${quarantine.frames} malformed frames within ${settings.quarantine_s} s`
      const at = clock.receipt()
      const until_us = at.wall_us + settings.suppress_s * 1_000_000
      world.sink({ type: 'note', ...at, note: { note: 'suppressed', feed, until_us, reason } })
      const held = (): Held[] => [...lines.values()].filter((one) => one.feed === feed)
      for (const { line } of held()) line.suppress(reason)
      quarantine.release = timers.after(settings.suppress_s * 1_000, () => {
        quarantines.delete(feed)
        for (const { line } of held()) line.release()
      })
    },
    lag(line, lag_us) {
      lines.get(line)?.lag.add(lag_us)
    },
    pause() {
      if (paused) return
      paused = true
      for (const { line } of lines.values()) line.pause()
    },
    resume() {
      if (!paused) return
      paused = false
      for (const { line } of lines.values()) line.resume()
    },
    get paused() {
      return paused
    },
    status: () => {
      const now = timers.now_ms()
      return [...lines.values()]
        .sort((a, b) => FEED_NAMES.indexOf(a.feed) - FEED_NAMES.indexOf(b.feed))
        .map((held) => statusOf(held, now))
    },
    stop(reason) {
      if (stopping !== null) return stopping
      forgetSample()
      for (const { release } of quarantines.values()) release?.()
      for (const { line } of lines.values()) leave(line, reason)
      stopping = Promise.all(leaving).then(() => undefined)
      return stopping
    },
  }
}

/** What a status screen shows of a line. */
function statusOf({ feed, line, lag, rate }: Held, now_ms: number): LineStatus {
  const { state } = line
  const { leader, counts } = state
  const data_ms = leader?.connection.data_ms ?? -1
  return {
    line: state.name,
    feed,
    state: stateOf(line),
    connections: state.members.filter(({ connection }) => connection.state === 'open').length,
    keys: state.plan.keys.length,
    frames: counts.frames,
    bytes: counts.bytes,
    rate: rate.per_s(),
    silent_ms: data_ms < 0 ? null : now_ms - data_ms,
    reconnects: counts.reconnects,
    lag_ms: lag.percentiles(),
    reason: counts.reason,
  }
}

function stateOf({ state }: Line): LineStatus['state'] {
  if (state.state === 'suppressed') return 'suppressed'
  if (state.refusal !== '') return 'refused'
  if (state.lost) return state.leader !== null && state.counts.reason === 'silent' ? 'silent' : 'lost'
  return state.leader === null ? 'connecting' : 'live'
}

function check(plans: readonly FeedPlan[], endpoints: World['endpoints']): void {
  const names = new Set<string>()
  for (const { feed, plan } of plans) {
    if (names.has(plan.line)) {
      throw new SupervisorError(
        'supervisor.line',
        plan.line,
        `two plans are called ${plan.line}: name them apart`,
      )
    }
    names.add(plan.line)
    const role = `${feed}.${plan.endpoint}`
    if (!Object.hasOwn(endpoints, role)) {
      throw new SupervisorError('supervisor.endpoint', role, `no address is known for ${role}: configure it`)
    }
  }
}

/** A plan that cannot be carried out; `field` is the line or the endpoint. */
export class SupervisorError extends Error {
  readonly code: string
  readonly field: string
  constructor(code: string, field: string, message: string) {
    super(message)
    this.name = 'Supervisor.SupervisorError'
    this.code = code
    this.field = field
  }
}
