import type { Micros } from '../../core/units/index.ts'
import { below } from '../files/index.ts'
import { type JournalReader, type JournalRecord, openJournal, type Receipt } from '../journal/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
import { reasonOf } from '../tape/index.ts'
import { fileEntry } from '../tape/writer.ts'
import type { Day, Stand } from './day.ts'
import { removeFile, type Steps } from './durable.ts'
import { RecordingError } from './errors.ts'
import { digits } from './layout.ts'
import { createSegment, type Segment } from './segment.ts'

/** Makes a normaliser at its beginning, or as {@link Normaliser.state} left it. */
export type NormaliserFactory = (state?: unknown) => Normaliser

/** What one journal adds to its day, while it is written or read again. */
export type Part = {
  readonly journal: number
  readonly day: Day
  readonly segment: Segment
  /** Take what the normaliser has gathered. */
  collect(normaliser: Normaliser): void
  /** Take the rest: the part is as it will be sealed. */
  end(normaliser: Normaliser, at_us: Micros): Ended
}

/** A part that is complete in memory. */
export type Ended = {
  journal: number
  day: Day
  segment: Segment
  side: Readonly<Record<string, string>>
  /** Null while the day has no row: there is nothing that a dataset could show. */
  stand: Stand | null
}

/** Begin a journal's part of a day. */
export function createPart(day: Day, journal: number, steps: Steps): Part {
  const segment = createSegment(below(day.dir, segmentName(journal)), steps)
  const side: Record<string, string[]> = {}
  function collect(normaliser: Normaliser): void {
    const { columns } = normaliser
    if (columns.length > 0) {
      segment.add(columns)
      day.add(columns)
    }
    const drained = normaliser.drain()
    for (const name of Object.keys(drained.side)) {
      const rows = drained.side[name]!
      if (rows.length === 0) continue
      side[name] ??= []
      for (const row of rows) side[name].push(`${JSON.stringify(row)}\n`)
    }
    day.addGaps(drained.gaps)
  }
  return {
    journal,
    day,
    segment,
    collect,
    end(normaliser, at_us) {
      collect(normaliser)
      const stand = day.stand(journal, {
        instruments: normaliser.instruments,
        resolutions: normaliser.resolutions,
        open_gaps: normaliser.openGaps(at_us),
        refused: normaliser.totals.refused,
      })
      const texts: Record<string, string> = {}
      for (const name of Object.keys(side)) texts[name] = side[name]!.join('')
      return { journal, day, segment, side: texts, stand }
    },
  }
}

/**
 * Make a part of its day's dataset: the segment first, the manifest last. Whatever it is stopped at, it can be done again.
 *
 * @param again reads the journal once more into a fresh segment, where the first one could not be written
 * @returns files that the day shows no more
 */
export async function seal(
  { journal, day, segment, side, stand }: Ended,
  steps: Steps,
  again: () => Promise<Segment>,
): Promise<string[]> {
  // Done again after a later step failed: the day shows it already.
  if ((day.manifest?.recording?.journals.last ?? 0) >= journal) return []
  let rows = segment
  if (!(await rows.finish())) {
    await removeFile(segment.path, steps)
    rows = await again()
    if (rows.rows !== segment.rows || !(await rows.finish())) {
      throw new RecordingError(
        'recording.segment',
        `${segment.path}: cannot be written`,
        segment.path,
        'free some disk space, or check the disk',
      )
    }
  }
  if (stand === null) return []
  const tape = rows.rows === 0 ? [] : [await fileEntry(day.dir, segmentName(journal), rows.rows)]
  return day.commit(stand, tape, side)
}

/** Rows that are taken over from the normaliser together. */
export const COLLECT_ROWS = 4_096

/** What reading a journal through gave. */
export type Normalised = {
  normaliser: Normaliser
  /** When its last record was received; its state note counts. */
  last: Receipt
  /** When it was begun. */
  began: Micros
  /** Records behind the state. */
  records: number
}

/**
 * Read a journal through a normaliser that starts from the journal's own state.
 *
 * @param collect told whenever rows have gathered, and at the end
 * @param before how things stood where the journal begins, asked for where its own state is damaged
 * @throws RecordingError `recording.state` where neither says it, or where nothing can be made of what they say
 */
export async function normaliseJournal(
  reader: JournalReader,
  make: NormaliserFactory,
  collect: (normaliser: Normaliser) => void,
  before: () => Promise<{ normaliser: Normaliser; last: Receipt } | null> = async () => null,
): Promise<Normalised> {
  let normaliser: Normaliser | null = null
  let last: Receipt = { wall_us: 0, mono_us: 0 }
  let began: Micros | null = null
  let records = 0
  function begin(from: Normaliser): void {
    normaliser = from
    if (reader.head.begins) from.restate(last)
  }
  function take(record: JournalRecord): void {
    last = { wall_us: record.wall_us, mono_us: record.mono_us }
    began ??= record.wall_us
    if (normaliser === null) {
      if (record.type !== 'note' || record.note.note !== 'state') throw stateless(reader.path)
      const { state } = record.note
      readable('recording.state', reader.path, () => begin(make(state)))
      return
    }
    normaliser.take(record)
    records++
    if (normaliser.columns.length >= COLLECT_ROWS) collect(normaliser)
  }
  const sink = (record: JournalRecord) => readable('recording.journal', reader.path, () => take(record))
  await reader.read(sink)
  if (normaliser === null) {
    const stood = reader.end === 'corrupt' ? await before() : null
    if (stood === null) throw stateless(reader.path)
    last = stood.last
    readable('recording.state', reader.path, () => begin(stood.normaliser))
    if (await reader.skip()) await reader.read(sink)
  }
  collect(normaliser!)
  return { normaliser: normaliser!, last, began: began ?? last.wall_us, records }
}

/** Do something with what a journal says. What fails without a reason of ours fails because no recorder says such things. */
export function readable<T>(code: 'recording.state' | 'recording.journal', file: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) throw thrown
    throw new RecordingError(
      code,
      `${file}: nothing can be made of what it says: ${reasonOf(thrown)}`,
      file,
      'move the file out of the folder: no recorder of this version wrote it',
      thrown,
    )
  }
}

/** The rows of a journal in a fresh segment. */
export async function rebuildSegment(
  journal: string,
  path: string,
  make: NormaliserFactory,
  steps: Steps,
  before: () => Promise<{ normaliser: Normaliser; last: Receipt } | null> = async () => null,
): Promise<Segment> {
  const reader = await openJournal(journal)
  try {
    const segment = createSegment(path, steps)
    const collect = (normaliser: Normaliser) => {
      segment.add(normaliser.columns)
      normaliser.drain()
    }
    await normaliseJournal(reader, make, collect, before)
    return segment
  } finally {
    await reader.close()
  }
}

/** Name of the segment that a journal became. */
export function segmentName(journal: number): string {
  return `tape-${digits(journal)}.arrow`
}

function stateless(file: string): RecordingError {
  return new RecordingError(
    'recording.state',
    `${file}: its beginning is damaged, which says how things stood`,
    file,
    'its rows cannot be made; keep the file, and begin another recording',
  )
}
