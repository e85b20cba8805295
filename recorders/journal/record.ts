import type { Micros } from '../../core/units/index.ts'

/**
 * What a journal holds: everything that came in and everything that happened to the recorder, in the order it happened.
 * Rows of a tape are a pure function of it ({@link Normaliser}), so that a parser's mistake is mended by reading it again.
 */
export type JournalRecord = FrameRecord | AnswerRecord | NoteRecord

/** Both clocks of this machine when something happened. */
export type Receipt = {
  /** The timeline's clock: the monotonic clock, anchored to the wall once a process; µs since the epoch, never decreasing. */
  wall_us: Micros
  /** The monotonic clock alone, µs since the process began. */
  mono_us: Micros
}

/** A message of a socket, byte for byte. */
export type FrameRecord = Receipt & {
  type: 'frame'
  /** The connection's number, unique in a recording: see the note `opened`. */
  connection: number
  /** Counts the connection's frames from 0. */
  seq: number
  bytes: Uint8Array
}

/** An answer to a request, byte for byte. */
export type AnswerRecord = Receipt & {
  type: 'answer'
  about: About
  bytes: Uint8Array
}

/** What an answer answers. No address: hosts are configuration, and no secret may stand here. */
export type About = {
  feed: FeedName
  /** Which of the feed's requests: a name that its normaliser knows, such as `book` or `events`. */
  request: string
  /** Path and query, without credentials. */
  path: string
  status: number
  /** When it was sent, on the timeline's clock. */
  sent_us: Micros
}

/** Something that happened to the recorder. */
export type NoteRecord = Receipt & { type: 'note'; note: Note }

/** The sources, by the name they have in gap ledgers, tables and on the command line. */
export const FEED_NAMES = [
  'binance',
  'coinbase',
  'kraken',
  'rtds',
  'polybolt',
  'clob_market',
  'clob_user',
  'gamma',
  'kalshi',
  'wallets',
] as const
export type FeedName = (typeof FEED_NAMES)[number]

/**
 * Notes. A *line* is one logical stream of a feed (`clob_market/0` for a shard of tokens, `binance/0`): at any time one of its
 * connections leads and makes rows; others follow, are kept raw and compared, and can take the lead without a gap.
 */
export type Note =
  /** A process began to write. `scope` is what it was asked to record. */
  | { note: 'start'; recorder: string; version: string; scope: Readonly<Record<string, unknown>> }
  /** The normaliser's state: the first note of every journal file. */
  | { note: 'state'; state: unknown }
  /** A connection is open and has subscribed. */
  | {
      note: 'opened'
      connection: number
      feed: FeedName
      line: string
      leads: boolean
      keys: readonly string[]
    }
  /** The connection's subscription is now this. */
  | { note: 'subscribed'; connection: number; keys: readonly string[] }
  /** The connection leads its line from here on. */
  | { note: 'promoted'; connection: number; line: string }
  | { note: 'closed'; connection: number; code: number; reason: string }
  /** A line has given nothing that can be trusted since `since_us`. */
  | { note: 'lost'; feed: FeedName; line: string; since_us: Micros; reason: string }
  /** The line is good again. */
  | { note: 'back'; feed: FeedName; line: string }
  /** The line is not wanted any longer, so that what it lacks now is no gap. */
  | { note: 'retired'; feed: FeedName; line: string }
  /** A source is gone or refuses: the others go on. */
  | { note: 'refused'; feed: FeedName; line: string; reason: string }
  /** The venue's clock minus ours, measured in half a round trip. */
  | { note: 'clock'; feed: FeedName; offset_us: Micros; rtt_us: Micros; error_us?: Micros; how: string }
  /** Frames that we could not keep: a full disk, a queue at its bound. */
  | {
      note: 'dropped'
      feed: FeedName | null
      frames: number
      bytes: number
      from_us: Micros
      to_us: Micros
      reason: string
    }
  /** After a burst of malformed frames a source is not listened to for a while. */
  | { note: 'suppressed'; feed: FeedName; until_us: Micros; reason: string }
  /** The wall clock was stepped against the monotonic one. */
  | { note: 'clock_step'; moved_us: Micros }
  /** The recorder itself was not there: it was killed, or the machine was. Found by the next start. */
  | { note: 'absent'; from_us: Micros; to_us: Micros; reason: string }
  /** A process stops on purpose. */
  | { note: 'stop'; reason: string }
