import type { Columns, Instruments, Resolution } from '../../core/events/index.ts'
import type { Listing, Wish } from '../feeds/feed.ts'
import type { JournalRecord, Receipt } from '../journal/record.ts'
import type { Gap, Manifest } from '../tape/index.ts'

/**
 * Makes rows of a journal's records. A pure function of them: the recorder while it runs, a reader of an open recording and
 * the recovery after a crash all get the same rows from the same records. It never throws for what a venue sent.
 */
export type Normaliser = {
  /**
   * Take the next record. HOT. Rows, side rows and gaps gather until {@link drain}.
   *
   * @returns wishes that came of it, mostly the same empty list
   */
  take(record: JournalRecord): readonly Wish[]
  /** Rows gathered; whole groups. The memory is used again after {@link drain}. */
  readonly columns: Columns
  /** Side rows and finished gaps gathered since the last drain, and forget them together with the rows. */
  drain(): Drained
  /** What is listed so far; grows. */
  readonly instruments: Instruments
  readonly resolutions: readonly Resolution[]
  /** Gaps that are still open, as if they ended now. */
  openGaps(now_us: number): Gap[]
  readonly totals: Totals
  /** What this process has made so far: rows, and finished gaps of whole feeds, on whichever tape. */
  made(): Made
  /** A market with its tokens. @param market an index into the instruments' markets */
  listing(market: number): Listing
  /** Refused frames and answers by feed since this normaliser was made; one object, counted up in place. */
  readonly malformed: Readonly<Record<string, number>>
  /** Begin a new tape: row numbers start at 0, rows say again how things stand (books, markets, what is down). */
  restate(at: Receipt): void
  /** Plain JSON data: a normaliser made with it goes on exactly as this one would. */
  state(): unknown
}

/** See {@link Normaliser.made}. */
export type Made = { rows: number; gaps: number; gap_us: number }

/** What a drain gives beside the rows. */
export type Drained = {
  side: Readonly<Record<string, readonly SideRow[]>>
  gaps: readonly Gap[]
}

/** A row of a side table: see `side-tables.ts`. */
export type SideRow = Readonly<Record<string, string | number | boolean | null>>

/** Counts since the beginning of the tape, by feed where it says so. */
export type Totals = {
  messages: Record<string, number>
  events: Record<string, number>
  /** Refused frames and answers, each reason once with its count and the first one's place. */
  refused: Manifest['refused']
  /** Unknown fields, `feed.field` to count. */
  unknown_fields: Record<string, number>
  /** Frames that repeat what another connection of the line, or the same one, said already. */
  duplicates: Record<string, number>
}
