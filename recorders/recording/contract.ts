import type { Micros } from '../../core/units/index.ts'
import type { Wish } from '../feeds/feed.ts'
import type { JournalOptions, JournalRecord, Receipt } from '../journal/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
import type { DatasetHead } from '../tape/index.ts'
import type { Steps } from './durable.ts'
import type { NormaliserFactory } from './part.ts'
import type { Recovered } from './recover.ts'
import type { RecordingSettings } from './settings.ts'

/** What whoever records has to give, and gets. */

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
  /** Go on though the clock is behind the recording's end; `now` is then that end until the clock has passed it. */
  accept_clock?: boolean
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
  /** Why nothing can be written any more, ever: another recorder has the folder. */
  readonly fatal: Error | null
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
  /**
   * Note the stop, seal, compact, and give the folder back. Harmless when done again.
   *
   * @throws what could not be written, with what is lost by it; then nothing more is written, and the next start goes on
   */
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
