import { Rules } from '../../core/rules/index.ts'
import { type Micros, MS, SECOND } from '../../core/units/index.ts'
import type { Feed, Polling, Scope } from '../feeds/feed.ts'
import type { FeedName, JournalRecord, Note } from '../journal/record.ts'
import type { RecordingWriter } from '../recording/index.ts'
import type { PollPlan, Polls, Requester, Supervisor, Timers } from '../supervisor/contract.ts'
import type { ClockWatch } from './clock-watch.ts'
import { createDrops } from './drops.ts'
import { type FollowSettings, followed } from './follow.ts'
import { createLags } from './lags.ts'
import { freeBytes, reportOf } from './report.ts'
import type { SessionReport, SessionStatus } from './status.ts'
import { fulfil } from './wishes.ts'

/** A recording under way: sockets and polls in front, the journal behind them, the normaliser behind that. */
export type Session = {
  status(): SessionStatus
  /** Done when nothing can be recorded any more, and why: to be stopped then. */
  readonly failed: Promise<Error>
  /** Close every source, seal what is open, compact. Further calls get the same promise. */
  stop(reason: string): Promise<SessionReport>
}

/** What stands around a session; made after its sink, which hands every record to the writer. */
export type Sources = {
  supervisor: Supervisor
  requester: Requester
  polls: Polls
  /** Ends the watches over clocks. */
  stopClocks(): void
}

export type SessionOptions = {
  out: string
  feeds: readonly Feed[]
  scope: Omit<Scope, 'markets'>
  settings: FollowSettings
  writer: RecordingWriter
  timers: Timers
  clocks: ClockWatch
  /** This process's time on the timeline. */
  now_us(): Micros
  /** Questions of a feed, as its state of the process before says. */
  pollings: readonly { feed: FeedName; polling: Polling }[]
  /** Keep that state. */
  keepPollings(states: Readonly<Record<string, unknown>>): Promise<void>
  sources(sink: (record: JournalRecord) => void): Sources
}

/** How often what is followed, sealed and told is looked at. */
const TICK_MS = 250
const SLOW_TICKS = 20
const WAIT_MS = 20

/** Record until stopped. */
export function startSession(options: SessionOptions): Session {
  const { out, feeds, settings, writer, timers, clocks, pollings } = options
  const { normaliser } = writer
  const started_us = options.now_us()
  const before = normaliser.made()
  const messages: Partial<Record<FeedName, number>> = {}
  const malformed_before = { ...normaliser.malformed }
  const drops = createDrops()
  const lags = createLags()
  let free_bytes: number | null = null
  let following = 0
  let ticks = 0
  let state: SessionStatus['state'] = 'starting'
  let stopping: Promise<SessionReport> | null = null
  const failed = Promise.withResolvers<Error>()
  const { supervisor, requester, polls, stopClocks } = options.sources(take)

  /** Everything that comes in or happens, in the order of the journal. HOT. */
  function take(record: JournalRecord): void {
    // A clock that was set back a little between two processes: the recording stands until it is past.
    if (record.wall_us < writer.last_us) record.wall_us = writer.last_us
    if (record.type === 'note') {
      lags.note(record.note)
      clocks.note(record.note)
    }
    const feed = feedOf(record)
    if (feed !== null) messages[feed] = (messages[feed] ?? 0) + 1
    const malformed = feed === null ? 0 : (normaliser.malformed[feed] ?? 0)
    const wishes = writer.take(record)
    if (wishes === 'refused') {
      drops.add(feed, record)
      wait()
      return
    }
    if (record.type === 'frame' && feed !== null) {
      const { line } = lags.connections.get(record.connection)!
      const lag_us = lags.of(feed, record, normaliser.columns)
      if (lag_us !== null) supervisor.lag(line, lag_us)
    }
    if (feed !== null && (normaliser.malformed[feed] ?? 0) > malformed) supervisor.refused(feed)
    for (const wish of wishes) fulfil(wish, supervisor, requester)
    if (writer.full) wait()
  }

  function feedOf(record: JournalRecord): FeedName | null {
    if (record.type === 'answer') return record.about.feed
    return record.type === 'frame' ? (lags.connections.get(record.connection)?.feed ?? null) : null
  }

  function note(what: Note): void {
    const wall_us = Math.max(options.now_us(), writer.last_us)
    take({ type: 'note', wall_us, mono_us: Math.floor(timers.now_ms() * MS), note: what })
  }

  /** The disk cannot follow: nothing is read from sockets until it has. */
  function wait(): void {
    if (supervisor.paused || stopping !== null) return
    supervisor.pause()
    state = 'disk'
    const go = () => {
      if (stopping !== null) return
      state = 'recording'
      supervisor.resume()
    }
    writer.drained().then(go, go)
  }

  /** Listen to what is wanted now, and ask what is to be asked. */
  function plan(): void {
    const now_us = options.now_us() + lags.venueOffset()
    const scope: Scope = { ...options.scope, markets: followed(normaliser, now_us, settings) }
    following = scope.markets.length
    supervisor.plan(feeds.flatMap((feed) => feed.lines(scope).map((one) => ({ feed: feed.name, plan: one }))))
    polls.plan(pollings.flatMap(({ polling }) => polling.plans(scope).map(atVenueTime)))
  }

  /** Windows have names by their times: questions go by the venue's clock. */
  function atVenueTime(plan: PollPlan): PollPlan {
    return { ...plan, ask: (now_us) => plan.ask(now_us + lags.venueOffset()) }
  }

  function tick(): void {
    if (stopping !== null) return
    forget = timers.after(TICK_MS, tick)
    writer.tick()
    if (writer.fatal !== null) {
      forget()
      failed.resolve(writer.fatal)
      return
    }
    plan()
    if (!writer.full) for (const dropped of drops.take()) note(dropped)
    if (ticks++ % SLOW_TICKS !== 0) return
    void freeBytes(out).then((bytes) => {
      free_bytes = bytes
    })
    void keep()
  }

  function keep(): Promise<void> {
    return options.keepPollings(
      Object.fromEntries(pollings.map(({ feed, polling }) => [feed, polling.state()])),
    )
  }

  const lines = () => [...supervisor.status(), ...polls.status()]

  async function end(reason: string): Promise<SessionReport> {
    state = 'stopping'
    forget()
    stopClocks()
    polls.stop()
    const last = lines()
    await Promise.all([requester.stop(), supervisor.stop(reason)])
    await keep()
    for (const dropped of drops.take()) note(dropped)
    const open = normaliser.openGaps(options.now_us()).filter(({ market }) => market === null)
    await writer.stop(reason)
    state = 'stopped'
    return reportOf(status(), last, messages, open, Rules.withoutFees(normaliser.instruments.markets))
  }

  function status(): SessionStatus {
    const made = normaliser.made()
    const { journal_bytes, pending_bytes, sealed } = writer.figures()
    return {
      out,
      state,
      started_us,
      now_us: options.now_us(),
      messages: Object.values(messages).reduce((sum, count) => sum + count, 0),
      events: made.rows - before.rows,
      dropped: drops.total,
      quarantined: Object.entries(normaliser.malformed).reduce(
        (sum, [feed, count]) => sum + count - (malformed_before[feed] ?? 0),
        0,
      ),
      gaps: { count: made.gaps - before.gaps, seconds: (made.gap_us - before.gap_us) / SECOND },
      markets: {
        listed: normaliser.instruments.markets.length,
        followed: following,
        resolved: normaliser.resolutions.length,
      },
      clock: clocks.status(),
      lines: lines(),
      disk: { pending_bytes, journal_bytes, segments: sealed, free_bytes },
      problem: problem(),
    }
  }

  function problem(): string {
    if (writer.error !== null) return writer.error.message
    return supervisor.paused ? 'the disk cannot follow: sockets wait' : clocks.problem(options.now_us())
  }

  /** Begin once it is known what time it is at the venue, or has been waited for long enough. */
  function begin(): void {
    if (!lags.timed() && timers.now_ms() - begun_ms < settings.clock_wait_ms) {
      forget = timers.after(WAIT_MS, begin)
      return
    }
    state = 'recording'
    tick()
  }
  const begun_ms = timers.now_ms()
  let forget = timers.after(0, begin)
  return {
    status,
    failed: failed.promise,
    stop(reason) {
      stopping ??= end(reason)
      return stopping
    },
  }
}
