import { allocate, COLUMNS, type Columns } from '../../core/events/index.ts'
import { recordedProfile } from '../feeds/profile.ts'
import { below } from '../files/index.ts'
import { type JournalRecord, openJournal, type Receipt } from '../journal/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
import { countWindows, createDataset, type Dataset, type Gap, openDataset, TapeError } from '../tape/index.ts'
import { COLLECT_ROWS, type NormaliserFactory, readable } from './part.ts'
import type { RecordingFile } from './recording-file.ts'

/** Journals of one day that are not sealed, in order. */
export type OpenJournals = { day: string; paths: readonly string[] }

/**
 * Journals that are not sealed, as a dataset in a scratch folder. Its tape begins as a day's does, from the state that the
 * first journal begins with; null where nothing has come since.
 */
export async function writeTail(
  journals: OpenJournals,
  scratch: string,
  dir: string,
  file: RecordingFile,
  make: NormaliserFactory,
): Promise<Dataset | null> {
  const shown = `${dir} (${journals.day}, not sealed yet)`
  try {
    const made = await write(journals, scratch, file, make)
    return made === null ? null : { ...made, shown }
  } catch (thrown) {
    // The folder is of no use to anybody: what it stands for is named.
    if (!(thrown instanceof TapeError)) throw thrown
    const { code, message, field, row, fix } = thrown
    const told = message.replaceAll(below(scratch, `${journals.day}-open`), shown)
    const place = { file: dir, ...(field !== undefined && { field }), ...(row !== undefined && { row }) }
    throw new TapeError(code, told, place, fix, thrown)
  }
}

async function write(
  { day, paths }: OpenJournals,
  scratch: string,
  file: RecordingFile,
  make: NormaliserFactory,
): Promise<Dataset | null> {
  const out = below(scratch, `${day}-open`)
  const writer = await createDataset(out, file.head, { format: 'arrow' })
  const side: Record<string, string> = {}
  const gaps: Gap[] = []
  let rows = 0
  let written = Promise.resolve()
  const collect = (normaliser: Normaliser) => {
    const chunk = copyOf(normaliser.columns)
    rows += chunk.length
    written = written.then(() => writer.append(chunk))
    const drained = normaliser.drain()
    gaps.push(...drained.gaps)
    for (const name of Object.keys(drained.side))
      for (const row of drained.side[name]!) side[name] = `${side[name] ?? ''}${JSON.stringify(row)}\n`
  }
  try {
    const read = await readThrough(paths, make, collect)
    await written
    if (read === null || rows === 0) return null
    const { normaliser, last } = read
    const attachments: Record<string, string> = {}
    for (const name of Object.keys(side)) attachments[`side-${name}.jsonl`] = side[name]!
    await writer.finish({
      assignment: 'assigned',
      windows: countWindows(normaliser.instruments.markets.length, normaliser.resolutions),
      inferred: [],
      reference_profile: recordedProfile(normaliser.instruments),
      refused: [...normaliser.totals.refused],
      instruments: normaliser.instruments,
      resolutions: [...normaliser.resolutions],
      gaps: [...gaps, ...normaliser.openGaps(last.wall_us)],
      attachments,
    })
    return await openDataset(out)
  } finally {
    // What failed first is what is told.
    await written.catch(() => undefined)
    await writer.abort()
  }
}

/** Null where the journals hold no record but the state. */
async function readThrough(
  paths: readonly string[],
  make: NormaliserFactory,
  collect: (normaliser: Normaliser) => void,
): Promise<{ normaliser: Normaliser; last: Receipt } | null> {
  let normaliser: Normaliser | undefined
  let last: Receipt = { wall_us: 0, mono_us: 0 }
  let records = 0
  function take(record: JournalRecord): void {
    last = { wall_us: record.wall_us, mono_us: record.mono_us }
    if (record.type === 'note' && record.note.note === 'state') {
      // The second journal goes on where the first one ended.
      if (normaliser !== undefined) return
      normaliser = make(record.note.state)
      normaliser.restate(last)
      return
    }
    if (normaliser === undefined) return
    normaliser.take(record)
    records++
    if (normaliser.columns.length >= COLLECT_ROWS) collect(normaliser)
  }
  for (const path of paths) {
    const reader = await openJournal(path)
    try {
      await reader.read((record) => readable('recording.journal', path, () => take(record)))
    } finally {
      await reader.close()
    }
  }
  if (normaliser === undefined || records === 0) return null
  collect(normaliser)
  return { normaliser, last }
}

function copyOf(columns: Columns): Columns {
  const copy = allocate(columns.length)
  copy.length = columns.length
  for (const [name] of COLUMNS) copy[name].set(columns[name].subarray(0, columns.length))
  return copy
}
