import { join } from 'node:path'
import type { Micros } from '../../core/units/index.ts'
import type { Receipt } from '../journal/index.ts'
import { type JournalReader, openJournal } from '../journal/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
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
  const segment = createSegment(join(day.dir, segmentName(journal)), steps)
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
 * @throws RecordingError `recording.state` where the journal does not begin with the state
 */
export async function normaliseJournal(
  reader: JournalReader,
  make: NormaliserFactory,
  collect: (normaliser: Normaliser) => void,
): Promise<Normalised> {
  let normaliser: Normaliser | null = null
  let last: Receipt = { wall_us: 0, mono_us: 0 }
  let began = 0
  let records = 0
  await reader.read((record) => {
    last = { wall_us: record.wall_us, mono_us: record.mono_us }
    if (normaliser === null) {
      if (record.type !== 'note' || record.note.note !== 'state') throw stateless(reader.path)
      normaliser = make(record.note.state)
      began = record.wall_us
      if (reader.head.begins) normaliser.restate(last)
      return
    }
    normaliser.take(record)
    records++
    if (normaliser.columns.length >= COLLECT_ROWS) collect(normaliser)
  })
  if (normaliser === null) throw stateless(reader.path)
  collect(normaliser)
  return { normaliser, last, began, records }
}

/** The rows of a journal in a fresh segment. */
export async function rebuildSegment(
  journal: string,
  path: string,
  make: NormaliserFactory,
  steps: Steps,
): Promise<Segment> {
  const reader = await openJournal(journal)
  try {
    const segment = createSegment(path, steps)
    await normaliseJournal(reader, make, (normaliser) => {
      segment.add(normaliser.columns)
      normaliser.drain()
    })
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
    `${file}: does not begin with the normaliser's state`,
    file,
    'its rows cannot be made; keep the file, and begin another recording',
  )
}
