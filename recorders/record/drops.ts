import type { Micros } from '../../core/units/index.ts'
import type { FeedName, JournalRecord, Note } from '../journal/record.ts'

/** Frames that could not be kept, until it can be written down how many they were. */
export type Drops = {
  add(feed: FeedName | null, record: JournalRecord): void
  /** Since the session began. */
  readonly total: number
  /** Notes of what was dropped since the last call. */
  take(): Note[]
}

type Run = { frames: number; bytes: number; from_us: Micros; to_us: Micros }

export function createDrops(): Drops {
  const runs = new Map<FeedName | null, Run>()
  let total = 0
  return {
    get total() {
      return total
    },
    add(feed, record) {
      total++
      const bytes = record.type === 'note' ? 0 : record.bytes.length
      const run = runs.get(feed)
      if (run === undefined) {
        runs.set(feed, { frames: 1, bytes, from_us: record.wall_us, to_us: record.wall_us })
        return
      }
      run.frames++
      run.bytes += bytes
      run.to_us = record.wall_us
    },
    take() {
      const notes: Note[] = [...runs].map(([feed, run]) => ({
        note: 'dropped',
        feed,
        ...run,
        reason: 'the disk could not follow',
      }))
      runs.clear()
      return notes
    },
  }
}
