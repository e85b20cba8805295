import { join } from 'node:path'
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
import type { Normaliser } from '../normalise/normaliser.ts'
import type { DatasetHead } from '../tape/index.ts'
import { compact } from './compact.ts'
import { type Day, type DayOptions, newDay } from './day.ts'
import { removeFile, type Steps } from './durable.ts'
import { RecordingError } from './errors.ts'
import { createJobs } from './jobs.ts'
import { dayOf, journalPath, nextDay } from './layout.ts'
import type { Lock } from './lock.ts'
import { COLLECT_ROWS, createPart, type NormaliserFactory, type Part, rebuildSegment, seal } from './part.ts'
import { putAway } from './raw.ts'
import type { Recovered } from './recover.ts'
import type { RecordingSettings } from './settings.ts'

export type RecordingOptions = {
  settings: RecordingSettings
  /** What is recorded, for `recording.json`. */
  scope: Readonly<Record<string, unknown>>
  /** Every setting that the rows depend on, `section.key` to value, for `recording.json`. No secret may stand here. */
  config: Readonly<Record<string, unknown>>
  /** What the days' manifests say of source, licence and references. */
  head: DatasetHead
  normaliser: NormaliserFactory
  /** Both clocks. Times before {@link RecordingWriter.last_us} are taken as that. */
  now(): Receipt
  /** How journal files are made; for tests. */
  create?: NonNullable<JournalOptions['create']>
  /** Told of each step on the disk; for tests. */
  steps?: Steps
}

/** A recording being written: the one writer of its folder. */
export type RecordingWriter = {
  readonly dir: string
  readonly id: string
  /** What an earlier process left, and what was made of it. */
  readonly recovered: Omit<Recovered, 'normaliser'>
  /** Makes the rows; for looking only. */
  readonly normaliser: Normaliser
  /** Time of the last record: none may be earlier. */
  readonly last_us: Micros
  /**
   * Take a record: into the journal, then through the normaliser. HOT. Begins a new day, or the next journal, where it is time.
   *
   * @returns wishes that came of it; `refused` when so much waits for the disk that it was not kept: count it, and note
   * `dropped` later
   */
  take(record: JournalRecord): readonly Wish[] | 'refused'
  /** More waits for the disk than should: stop the sources until {@link drained}. */
  readonly full: boolean
  drained(): Promise<void>
  readonly pending_bytes: number
  /** Why nothing is written at present. Journals that fail are tried again by {@link tick}. */
  readonly error: Error | null
  /** When all records taken so far are durable. @throws JournalError `journal.failed` */
  flush(): Promise<void>
  /** To be called about once a second: seals by age and at midnight, and tries again what failed. */
  tick(): void
  /** Seal now what there is. */
  seal(): Promise<void>
  /** Sealed segments, rows and journal bytes so far, for whoever shows them. */
  figures(): RecordingFigures
  /** Note the stop, seal, compact, and give the folder back. Harmless when done again. */
  stop(reason: string): Promise<void>
  /** Let everything lie as a killed process would. */
  abandon(): Promise<void>
}

export type RecordingFigures = {
  day: string
  day_rows: number
  journal: number
  journal_bytes: number
  sealed: number
  waiting_seals: number
  pending_bytes: number
}

/** A file that a day has replaced, and how long it stays. */
type Retired = { day: Day; path: string; until_us: Micros }

const MB = 1_000_000

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
  let retired: Retired[] = []
  let wakes: (() => void)[] = []
  let stopping: Promise<void> | null = null
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
      retire(ended.day, await seal(ended, steps, again))
      await removeRetired(last.wall_us)
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
        retire(ended.day, await compact(ended.day, turned, steps))
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

  /** Files that a day shows no more stay for a while, for readers who hold its manifest of before. */
  function retire(day: Day, paths: readonly string[]): void {
    const until_us = last.wall_us + settings.replaced_s * SECOND
    for (const path of paths) retired.push({ day, path, until_us })
  }

  async function removeRetired(now_us: Micros): Promise<void> {
    const due = retired.filter(({ until_us }) => until_us <= now_us)
    retired = retired.filter(({ until_us }) => until_us > now_us)
    // A name may have come into use again.
    for (const { day, path } of due)
      if (!day.manifest?.files.some((file) => join(day.dir, file.path) === path))
        await removeFile(path, steps)
  }

  /** Whether there is anything that a dataset could show. */
  function hasRows(): boolean {
    return part.day.rows + normaliser.columns.length > 0
  }

  function turnIfDue(at_us: Micros): void {
    if (at_us >= ends_us) rotate()
    else if (
      (at_us >= due_us || journal.appended.bytes >= settings.segment_mb * MB) &&
      hasRows() &&
      jobs.waiting === 0
    )
      rotate()
  }

  function take(record: JournalRecord): readonly Wish[] | 'refused' {
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

  function note(what: Note): void {
    take({ type: 'note', ...notBefore(options.now(), last.wall_us), note: what })
  }

  function firstError(): Error | null {
    for (const one of open) if (one.error !== null) return one.error
    return jobs.error
  }

  begin(today, today.manifest === null)
  const first = journal
  jobs.add(async () => {
    await first.flush()
    for (const { number: old, day } of found.sealed) await putAway(dir, day, old, settings.raw, steps)
  })
  if (found.last !== null) {
    const from_us = found.last.wall_us
    const reason = found.stopped
      ? 'the recorder was stopped'
      : 'the recorder ended without a stop: it was killed, or the machine was'
    note({ note: 'absent', from_us, to_us: last.wall_us, reason })
  }

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
      while (pending() > buffer_bytes / 2) {
        const before = pending()
        await Promise.race(open.map((one) => one.drained()))
        if (pending() >= before) await new Promise((resolve) => setTimeout(resolve, settings.flush_ms))
      }
    },
    get pending_bytes() {
      return pending()
    },
    get error() {
      return firstError()
    },
    async flush() {
      await Promise.all(open.map((one) => one.flush()))
    },
    tick() {
      if (stopping !== null) return
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
      const stopped = jobs.stop()
      for (const one of open) await one.abandon()
      for (const resolve of wakes) resolve()
      await part.segment.abandon()
      await stopped
      lock.forget()
    },
  }

  async function stop(reason: string): Promise<void> {
    try {
      note({ note: 'stop', reason })
      const { day } = part
      rotate(true)
      jobs.add(async () => {
        retire(day, await compact(day, true, steps))
        await removeRetired(Number.POSITIVE_INFINITY)
      })
      wake()
      await jobs.idle()
      await journal.close()
    } finally {
      for (const one of open) await one.abandon()
      await part.segment.abandon()
      await lock.release()
    }
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
