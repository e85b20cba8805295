import type { Columns, Instruments } from '../../../core/events/index.ts'
import type { Micros } from '../../../core/units/index.ts'
import type { FeedName } from '../../../recorders/journal/record.ts'
import type { FaultSpec } from '../faults/fault.ts'

/** Where the sandbox gets what it serves: a stream of pieces in the order of the tape, known markets in front. */
export type Source = {
  kind: 'dataset' | 'simulation' | 'script'
  /** The folder, the seed, the file. */
  name: string
  instruments: Instruments
  /** Time of the first piece. */
  from_us: Micros
  /** Wallet activity that the source carries beside its rows, by rising time. */
  activity: readonly ActivityRow[]
  /** What is made up, in words: shown by `/sandbox/status`. */
  notes: string[]
  /** Once only. */
  pieces(): AsyncIterable<Piece>
}

/** Rows of whole messages, good until the next piece is asked for; or something that a script does. */
export type Piece = { rows: Columns } | { at_us: Micros; act: Act }

/** What a script can do beside sending rows. */
export type Act =
  /** Send a text as it stands to every connection of a feed that may have it. */
  | { frame: string; feed: FeedName }
  | { fault: FaultSpec }
  | { clear: string | null }
  | { activity: ActivityRow }

/**
 * A row of the Data API's activity list, with the venue's own field names (protocol.md §10); and of a trade `role`, `maker`
 * or `taker`, which is not told but decides whether it stands among the takers' trades.
 */
export type ActivityRow = Readonly<Record<string, string | number | null>> & {
  proxy_wallet: string
  /** Unix seconds. */
  timestamp: number
  type: string
}
