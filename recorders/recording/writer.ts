import { type Micros, SECOND } from '../../core/units/index.ts'
import type { Wish } from '../feeds/feed.ts'
import {
  createJournal,
  type JournalOptions,
  type JournalRecord,
  type JournalWriter,
  type Note,
  type Receipt,
} from '../journal/index.ts'
import { compact } from './compact.ts'
import type { RecordingOptions, RecordingWriter } from './contract.ts'
import { type Day, type DayOptions, newDay } from './day.ts'
import { RecordingError } from './errors.ts'
import { createJobs } from './jobs.ts'
import { dayOf, journalPath, nextDay } from './layout.ts'
import type { Lock } from './lock.ts'
import { COLLECT_ROWS, createPart, type Part, rebuildSegment, seal } from './part.ts'
import { putAway } from './raw.ts'
import type { Recovered } from './recover.ts'
import { createRetired } from './retired.ts'
import { unfinished } from './unfinished.ts'

const MB = 1_000_000
/** A journal is turned when it has come to so many times `segment_mb`, whatever waits. */
const SEGMENTS_MAX = 2

/** What a writer begins with. */
export type Beginning = {
  base: DayOptions
  found: Recovered
  /** Highest number that a journal has had. */
  number: number
  today: Day
  at: Receipt
  lock: Lock
}

/** The writer of an opened folder. `begun` is done when its first journal is safe. */
export function createWriter(
  options: RecordingOptions,
  { base, found, number: highest, today, at, lock }: Beginning,
): RecordingWriter & { begun: Promise<void> } {
  const { settings } = options
  const { dir, id, steps } = base
  const buffer_bytes = settings.buffer_mb * MB
  const journal_options: JournalOptions = {
    flush_ms: settings.flush_ms,
    fsync: settings.fsync,
    buffer_bytes,
    ...(options.create !== undefined && { create: options.create }),
  }
  const jobs = createJobs()
  const normaliser = found.normaliser ?? options.normaliser()
  /** Journals that are not closed yet, the current one last. */
  let open: JournalWriter[] = []
  let number = highest
  let sealed = 0
  let last = at
  let ends_us = 0
  let due_us = 0
  const retired = createRetired(steps)
  let wakes: (() => void)[] = []
  let stopping: Promise<void> | null = null
  let fatal: RecordingError | null = null
  let over = false
  let part!: Part
  let journal!: JournalWriter

  /** Begin the next journal: its first note is the state. */
  function begin(day: Day, begins: boolean, stopped = false, after?: Promise<void>): void {
    number++
    journal = createJournal(
      journalPath(dir, number),
      { recording: id, number, day: day.name, begins, stopped },
      after === undefined ? journal_options : { ...journal_options, after },
    )
    open.push(journal)
    journal.append({ type: 'note', ...last, note: { note: 'state', state: normaliser.state() } })
    part = createPart(day, number, steps)
    if (begins) normaliser.restate(last)
    ends_us = nextDay(last.wall_us)
    due_us = last.wall_us + settings.segment_s * SECOND
  }

  /** End the journal and begin the next. Everything is decided here and now; the disk follows. */
  function rotate(stopped = false): void {
    const name = dayOf(last.wall_us)
    const turned = name !== part.day.name
    const ended = part.end(normaliser, last.wall_us)
    const before = journal
    const closed = close(before)
    // A failure shows in the journal, and in the job that waits for it.
    closed.catch(() => undefined)
    jobs.add(async () => {
      await closed
      const again = () => rebuildSegment(before.path, ended.segment.path, options.normaliser, steps)
      retired.add(ended.day, await seal(ended, steps, again), stay())
      await retired.remove(last.wall_us)
    })
    const day = turned ? newDay(name, base) : part.day
    begin(day, turned, stopped, closed)
    const next = journal
    jobs.add(async () => {
      await next.flush()
      await putAway(dir, ended.day.name, ended.journal, settings.raw, steps)
      sealed++
    })
    const arrow = (ended.day.manifest?.files ?? []).filter((one) => one.path.endsWith('.arrow')).length
    if (turned || arrow + 1 > settings.compact_segments)
      jobs.add(async () => {
        retired.add(ended.day, await compact(ended.day, turned, steps), stay())
      })
  }

  /** Close a journal, however often the disk has to be asked. */
  async function close(one: JournalWriter): Promise<void> {
    for (let last_try = false; ; ) {
      try {
        await one.close()
        open = open.filter((other) => other !== one)
        return
      } catch (thrown) {
        if (last_try) throw thrown
        await new Promise<void>((resolve) => {
          if (stopping !== null) resolve()
          else wakes.push(resolve)
        })
        last_try = stopping !== null
        one.retry()
      }
    }
  }

  /** Until when readers may be at a file that is replaced now. */
  function stay(): Micros {
    return last.wall_us + settings.replaced_s * SECOND
  }

  /** Whether there is anything that a dataset could show. */
  function hasRows(): boolean {
    return part.day.rows + normaliser.columns.length > 0
  }

  function turnIfDue(at_us: Micros): void {
    const segments = journal.appended.bytes / (settings.segment_mb * MB)
    if (at_us >= ends_us || segments >= SEGMENTS_MAX) rotate()
    else if ((at_us >= due_us || segments >= 1) && hasRows() && jobs.waiting === 0) rotate()
  }

  function take(record: JournalRecord): readonly Wish[] | 'refused' {
    if (fatal !== null) return 'refused'
    if (record.wall_us < last.wall_us) throw early(dir, record.wall_us, last.wall_us)
    last = { wall_us: record.wall_us, mono_us: record.mono_us }
    if (
      record.wall_us >= due_us ||
      record.wall_us >= ends_us ||
      journal.appended.bytes >= settings.segment_mb * MB
    )
      turnIfDue(record.wall_us)
    if (open.length > 1 && pending() > 2 * buffer_bytes && record.type !== 'note') return 'refused'
    if (journal.append(record) === 'refused') return 'refused'
    const wishes = normaliser.take(record)
    if (normaliser.columns.length >= COLLECT_ROWS) part.collect(normaliser)
    return wishes
  }

  function pending(): number {
    let bytes = part.segment.pending_bytes
    for (const one of open) bytes += one.pending_bytes
    return bytes
  }

  /** Try again what failed. */
  function wake(): void {
    const waiting = wakes
    wakes = []
    for (const one of open) one.retry()
    for (const resolve of waiting) resolve()
    if (jobs.error !== null) jobs.retry()
  }

  /** Whether the folder is still ours. */
  function holds(): boolean {
    try {
      lock.check()
      return true
    } catch (thrown) {
      fatal ??= thrown as RecordingError
      return false
    }
  }

  function note(what: Note): void {
    take({ type: 'note', ...notBefore(options.now(), last.wall_us), note: what })
  }

  function firstError(): Error | null {
    for (const one of open) if (one.error !== null) return one.error
    return jobs.error
  }

  begin(today, today.manifest === null)
  const first = journal
  if (found.last !== null) {
    const from_us = found.last.wall_us
    const reason = found.stopped
      ? 'the recorder was stopped'
      : 'the recorder ended without a stop: it was killed, or the machine was'
    note({ note: 'absent', from_us, to_us: last.wall_us, reason })
  }
  // The state and the absence go to the disk together: a state alone would end the absence without a word of it.
  jobs.add(async () => {
    await first.flush()
    for (const { number: old, day } of found.sealed) await putAway(dir, day, old, settings.raw, steps)
  })

  return {
    dir,
    id,
    recovered: found,
    normaliser,
    begun: jobs.idle(),
    get last_us() {
      return last.wall_us
    },
    take,
    get full() {
      return pending() > buffer_bytes
    },
    async drained() {
      while (!over && pending() > buffer_bytes / 2) {
        const before = pending()
        await Promise.race(open.map((one) => one.drained()))
        if (pending() >= before) await new Promise((resolve) => setTimeout(resolve, settings.flush_ms))
      }
    },
    get pending_bytes() {
      return pending()
    },
    get fatal() {
      return fatal
    },
    get error() {
      return fatal ?? firstError()
    },
    async flush() {
      await Promise.all(open.map((one) => one.flush()))
    },
    tick() {
      if (stopping !== null || !holds()) return
      last = notBefore(options.now(), last.wall_us)
      turnIfDue(last.wall_us)
      wake()
    },
    async seal() {
      if (hasRows()) rotate()
      await jobs.idle()
    },
    figures: () => ({
      day: part.day.name,
      day_rows: part.day.rows + normaliser.columns.length,
      journal: number,
      journal_bytes: journal.appended.bytes,
      sealed,
      waiting_seals: jobs.waiting,
      pending_bytes: pending(),
    }),
    stop(reason) {
      stopping ??= stop(reason)
      return stopping
    },
    async abandon() {
      stopping ??= Promise.resolve()
      await letGo()
      lock.forget()
    },
  }

  /** Let everything lie as it is: nothing is written any more, and nobody waits for anything. */
  async function letGo(): Promise<void> {
    over = true
    const stopped = jobs.stop()
    for (const one of open) await one.abandon()
    for (const resolve of wakes) resolve()
    await part.segment.abandon()
    await stopped
  }

  async function stop(reason: string): Promise<void> {
    try {
      lock.check()
      note({ note: 'stop', reason })
      const { day } = part
      rotate(true)
      jobs.add(async () => {
        retired.add(day, await compact(day, true, steps), stay())
        await retired.remove(Number.POSITIVE_INFINITY)
      })
      wake()
      await jobs.idle()
      await journal.close()
    } catch (thrown) {
      const why = unfinished(dir, thrown, open)
      await letGo()
      lock.forget()
      throw why
    }
    await letGo()
    await lock.release()
  }
}

/** A receipt no earlier than a time. */
export function notBefore(at: Receipt, wall_us: Micros): Receipt {
  return at.wall_us >= wall_us ? at : { wall_us, mono_us: at.mono_us }
}

function early(dir: string, wall_us: Micros, last_us: Micros): RecordingError {
  return new RecordingError(
    'recording.time',
    `${dir}: a record of ${wall_us} µs comes after one of ${last_us} µs`,
    dir,
    'anchor the clock at or after last_us of the recording',
  )
}
