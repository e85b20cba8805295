import type { Columns } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { FeedName, FrameRecord, Note } from '../journal/record.ts'

/** How late frames are, by the venues' own clocks as far as they were measured. */
export type Lags = {
  /** Open connections, by number. */
  readonly connections: Map<number, { feed: FeedName; line: string }>
  /** Takes connections and clocks from the notes. */
  note(note: Note): void
  /** Time from a frame's newest event to its reception, by the venue's clock; null where the frame says no time. HOT. */
  of(feed: FeedName, frame: FrameRecord, columns: Columns): Micros | null
  /** Whether the clock of the prediction market is known. */
  timed(): boolean
  /** The clock of the prediction market minus ours; 0 until it is measured. */
  venueOffset(): Micros
}

/** Whose clock says which windows are open, the first that was measured. */
const TIMEKEEPERS: readonly FeedName[] = ['clob_market', 'gamma', 'kalshi']

const LAG_MAX_US: Micros = 60_000_000

export function createLags(): Lags {
  const connections = new Map<number, { feed: FeedName; line: string }>()
  const offsets: Partial<Record<FeedName, Micros>> = {}
  const certain: Partial<Record<FeedName, Micros>> = {}
  return {
    connections,
    note(note) {
      if (note.note === 'opened') connections.set(note.connection, { feed: note.feed, line: note.line })
      else if (note.note === 'closed') connections.delete(note.connection)
      else if (note.note === 'clock') {
        offsets[note.feed] = note.offset_us
        // What is smaller than its own uncertainty may as well be 0: a lag is not made of it.
        const known = Math.abs(note.offset_us) > (note.error_us ?? 0)
        certain[note.feed] = known ? note.offset_us : 0
      }
    },
    of(feed, frame, columns) {
      const last = columns.length - 1
      if (last < 0 || columns.local_us[last] !== frame.wall_us) return null
      const exch_us = columns.exch_us[last]!
      if (exch_us === 0) return null
      const lag_us = frame.wall_us + (certain[feed] ?? 0) - exch_us
      // A stamp of another time altogether, as a sandbox gives: not a lag.
      return Math.abs(lag_us) < LAG_MAX_US ? lag_us : null
    },
    timed: () => TIMEKEEPERS.some((feed) => offsets[feed] !== undefined),
    venueOffset() {
      for (const feed of TIMEKEEPERS) if (offsets[feed] !== undefined) return offsets[feed]
      return 0
    },
  }
}
