import { type Micros, SECOND } from '../../core/units/index.ts'
import type { FeedName, Note } from '../journal/record.ts'
import { CLOCK_S } from '../limits.ts'
import { farWords } from './clock-check.ts'

/** How the clock did while it was recorded. */
export type ClockStatus = {
  /** How often this machine's clock was stepped, and how far in all, seconds; the recording's own time is not. */
  steps: number
  moved_s: number
  /** The venues' clocks minus the recording's, of the venue that is nearest, seconds; null: not measured. */
  venues_s: number | null
}

/** Takes clocks from the notes. */
export type ClockWatch = {
  note(note: Note): void
  status(): ClockStatus
  /** What is wrong with the clock at a time of the recording, in a sentence; empty: nothing. */
  problem(now_us: Micros): string
}

/** @param sandboxed venues may play another time: theirs is nothing to judge by */
export function createClockWatch(sandboxed: boolean): ClockWatch {
  const offsets: Partial<Record<FeedName, Micros>> = {}
  let steps = 0
  let moved_us = 0

  function nearest(): Micros | null {
    let found: Micros | null = null
    for (const offset_us of Object.values(offsets))
      if (found === null || Math.abs(offset_us) < Math.abs(found)) found = offset_us
    return found
  }

  function status(): ClockStatus {
    const offset_us = nearest()
    return { steps, moved_s: moved_us / SECOND, venues_s: offset_us === null ? null : offset_us / SECOND }
  }

  return {
    note(note) {
      if (note.note === 'clock') offsets[note.feed] = note.offset_us
      if (note.note !== 'clock_step') return
      steps++
      moved_us += note.moved_us
    },
    status,
    problem(now_us) {
      const offset_us = nearest()
      if (!sandboxed && offset_us !== null && Math.abs(offset_us) > CLOCK_S.from_venues * SECOND)
        return `the recording's clock is wrong: ${farWords(now_us, offset_us)}`
      if (Math.abs(moved_us) <= CLOCK_S.before_end * SECOND) return ''
      return `this machine's clock was ${stepWords(status())}: the recording keeps the time it began with until it is started again`
    },
  }
}

/** `stepped 2 times, +7200.0 s`; empty where it was not. */
export function stepWords({ steps, moved_s }: ClockStatus): string {
  if (steps === 0) return ''
  return `stepped ${steps === 1 ? 'once' : `${steps} times`}, ${moved_s < 0 ? '' : '+'}${moved_s.toFixed(1)} s`
}
