import type { Rng } from '../../core/random/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { LinePlan, Secrets } from '../feeds/feed.ts'
import type { FeedName, JournalRecord, Receipt } from '../journal/record.ts'
import type { Redactor } from '../redactor.ts'
import type { SupervisorSettings } from '../settings.ts'

/**
 * Takes everything that comes in and happens, in the order of the journal. HOT. A frame's record is used again for the next
 * one: encode it or copy it before returning. Its bytes are its own.
 */
export type Sink = (record: JournalRecord) => void

/** The timeline's clock of this process. */
export type Clock = {
  /** Both clocks now. */
  receipt(): Receipt
  /** Both clocks now, written into `into`. HOT: allocates nothing. */
  stamp(into: Receipt): void
}

/** Time that passes: the process's own, or one that a test moves. */
export type Timers = {
  /** Monotonic ms, with fractions. */
  now_ms(): number
  /** Run `act` once after `delay_ms`; call the result to forget it. */
  after(delay_ms: number, act: () => void): () => void
}

/** What everything in this folder needs from the outside. */
export type World = {
  clock: Clock
  timers: Timers
  settings: SupervisorSettings
  sink: Sink
  /** Seeds jitter alone. */
  rng: Rng.Rng
  /** Credentials by source. */
  secrets: Readonly<Partial<Record<FeedName, Secrets>>>
  /** Addresses by `feed.role`, of the configuration or of a sandbox. */
  endpoints: Readonly<Record<string, string>>
  /** Takes every secret out of what is kept or told. */
  redactor: Redactor
}

/** A line's plan and whose it is. */
export type FeedPlan = { feed: FeedName; plan: LinePlan }

/** All sockets of a recording. */
export type Supervisor = {
  /** Listen to these lines and no others: lines are told apart by name, what changed of one is changed in place. */
  plan(plans: readonly FeedPlan[]): void
  /** Open a line anew beside the one that stands, and swap. */
  reconnect(line: string, reason: string): void
  /** A frame of the source was malformed: a burst of them suppresses it for a while. */
  refused(feed: FeedName): void
  /** Lag of a frame, receive minus venue time, for the status screen. HOT. */
  lag(line: string, lag_us: Micros): void
  /** Stop reading from all sockets, because the consumer is slow; and read on. */
  pause(): void
  resume(): void
  readonly paused: boolean
  /** How every line does. */
  status(): LineStatus[]
  /** Close everything; done at the latest after `recorder.close_ms`. Further calls get the same promise. */
  stop(reason: string): Promise<void>
}

/** How a line does. */
export type LineStatus = {
  line: string
  feed: FeedName
  /**
   * - `connecting`: no connection yet, or the first is being made
   * - `live`: one leads and is good
   * - `lost`: none leads, or the leader has not yet shown itself
   * - `silent`: one leads and should speak, and says nothing
   * - `refused`: the venue does not want us; tried again slowly
   * - `suppressed`: not listened to after malformed frames
   */
  state: 'connecting' | 'live' | 'silent' | 'lost' | 'refused' | 'suppressed'
  /** Sockets that are open. */
  connections: number
  keys: number
  frames: number
  bytes: number
  /** Frames a second over the last seconds. */
  rate: number
  /** ms since the leader's last data; null: none yet. */
  silent_ms: number | null
  /** Connections of this line that ended unasked. */
  reconnects: number
  /** Over the last frames that said their time; null: none yet. */
  lag_ms: { p50: number; p99: number } | null
  /** Why the last connection ended or was refused. */
  reason: string
}

/** A question to a REST endpoint. */
export type Ask = {
  feed: FeedName
  /** Which of the feed's endpoints: `rest`. */
  role: string
  /** Name by which the normaliser knows it. */
  request: string
  /** Path and query, appended to the endpoint; without credentials. */
  path: string
  /** JSON body: asked with POST. */
  body?: string
  /** Handshake of private routes, made anew for each attempt; never recorded. */
  headers?(secrets: Secrets, now_ms: number): Readonly<Record<string, string>>
  /** The answer as it may be recorded, where a private route repeats credentials. */
  scrub?(bytes: Uint8Array, secrets: Secrets): Uint8Array
  /** `false`: it is about the venue and not about a market, and stays out of the journal. */
  record?: false
}

/** What came of it. The answer is in the journal before this is returned. */
export type Answer = {
  status: number
  /** 2xx and not a page of HTML. */
  ok: boolean
  /** The status in words, with the name of a page of HTML. */
  reason: string
  bytes: Uint8Array
  text(): string
  /** When it was asked, and when the head of the answer came, on the timeline's clock. */
  sent_us: Micros
  head_us: Micros
  /** How long the venue asks us to wait; null: it does not. */
  retry_after_ms: number | null
  /** `Date` header, ms since the epoch; null: none. */
  date_ms: number | null
}

/** Asks REST endpoints, politely. */
export type Requester = {
  /**
   * Ask, with retries for what may pass (network, 429, 5xx). A question that is being asked already is not asked twice: both
   * get its answer.
   *
   * @returns the answer of the venue, whatever its status
   * @throws RequestError `request.network`, `request.timeout`, `request.size`, `request.queue`, `request.stopped`,
   *   `request.endpoint`, `request.headers`
   */
  ask(ask: Ask): Promise<Answer>
  /** Questions waiting and under way. */
  readonly pending: number
  /** Abort everything; later questions are refused. */
  stop(): Promise<void>
}

/** A question asked again and again. */
export type PollPlan = {
  /** Name of the line in the recording: `gamma/events`. */
  line: string
  /** The question, made anew each time (paths that carry a time or cursor). null: not now. */
  ask(now_us: Micros): Ask | null
  /** Takes the answer, for cursors: true asks again at once (the next page), bounded by `recorder.pages`. */
  answered?(answer: Answer): boolean
  every_ms: number
  /** Up to so much is added at random. */
  jitter_ms: number
}

/** Polls of a recording. */
export type Polls = {
  /** Ask these and no others, told apart by `line`. New ones are asked at once, with jitter. */
  plan(plans: readonly PollPlan[]): void
  /** Ask one at once. */
  now(line: string): void
  status(): LineStatus[]
  stop(): void
}

/** Something that knows a venue's time. */
export type ClockSource = {
  feed: FeedName
  role: string
  path: string
  /** The venue's time in µs since the epoch, from the answer's text; null: not there. Without it the `Date` header serves. */
  read?(text: string): Micros | null
  /** What that time is cut to: 1,000,000 for whole seconds. */
  resolution_us: Micros
}
