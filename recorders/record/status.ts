import type { Micros } from '../../core/units/index.ts'
import type { FeedName } from '../journal/record.ts'
import type { LineStatus } from '../supervisor/contract.ts'
import type { ClockStatus } from './clock-watch.ts'

/** How a recording does, for a screen, a log line, or a monitor. */
export type SessionStatus = {
  out: string
  state: 'starting' | 'recording' | 'disk' | 'stopping' | 'stopped'
  started_us: Micros
  now_us: Micros
  /** Frames and answers taken, and rows made of them. */
  messages: number
  events: number
  /** Frames that could not be kept. */
  dropped: number
  /** Frames that could not be read. */
  quarantined: number
  gaps: { count: number; seconds: number }
  /** Markets known, those listened to now, and those whose outcome is known. */
  markets: { listed: number; followed: number; resolved: number }
  clock: ClockStatus
  lines: readonly LineStatus[]
  disk: DiskStatus
  /** What went wrong last, in a sentence; empty: nothing. */
  problem: string
}

export type DiskStatus = {
  /** Bytes that wait for the disk. */
  pending_bytes: number
  /** Bytes of the open journal. */
  journal_bytes: number
  /** Segments sealed by this process. */
  segments: number
  /** Bytes left on the disk; null: not known. */
  free_bytes: number | null
}

/** What a recording came to: the last line of `engine record`. */
export type SessionReport = {
  out: string
  messages: number
  events: number
  dropped: number
  quarantined: number
  gaps: { count: number; seconds: number }
  /** Slugs of markets whose fee schedules cannot be computed: they are recorded, and no run trades on them. */
  without_fees: readonly string[]
  clock: ClockStatus
  feeds: {
    name: FeedName
    messages: number
    reconnects: number
    /** Receive minus venue time; null: the source says no time. */
    lag_ms: { p50: number; p99: number } | null
  }[]
}
