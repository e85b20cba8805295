import { readdir, rename, stat } from 'node:fs/promises'
import { JournalError, type JournalReader, openJournal, type Receipt } from '../journal/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
import { type Day, type DayOptions, openDay } from './day.ts'
import { removeFile } from './durable.ts'
import { RecordingError } from './errors.ts'
import { journalFolder, journalNumber, journalPath } from './layout.ts'
import { createPart, type NormaliserFactory, normaliseJournal, rebuildSegment, seal } from './part.ts'

/** What the process before left, and how far it was read. */
export type Recovered = {
  /** Goes on where the last durable record ended; null in a new recording. */
  normaliser: Normaliser | null
  /** When that record was received. */
  last: Receipt | null
  /** The process before stopped on purpose. */
  stopped: boolean
  /** Journals that are sealed now and can be put away once the next one is begun. */
  sealed: { number: number; day: string }[]
  /** Highest number that a journal has had here. */
  number: number
  /** Records that were found in journals that nobody had sealed. */
  records: number
  /** Bytes behind the last whole record of a journal: what was being written when it ended. */
  torn_bytes: number
  /** The last journal did not end with a whole record. */
  unclean: boolean
  /** Journals that could not be read at all, or not to their end, with the reason. */
  damaged: { file: string; reason: string }[]
}

/** A gap that a damaged journal leaves. */
const HOLE = { market: null, feed: 'recorder', reason: 'the journal is damaged' }

/**
 * Seal what a process that was killed left: the readable prefix of each journal, from its own state. It may be interrupted at
 * any place, and be done again.
 */
export async function recover(
  options: DayOptions,
  make: NormaliserFactory,
  days: Map<string, Day>,
): Promise<Recovered> {
  const { dir } = options
  const found: Recovered = {
    normaliser: null,
    last: null,
    stopped: false,
    sealed: [],
    number: 0,
    records: 0,
    torn_bytes: 0,
    unclean: false,
    damaged: [],
  }
  const numbers = await journalNumbers(dir)
  for (const number of numbers) {
    found.number = Math.max(found.number, number)
    const path = journalPath(dir, number)
    const reader = await openOrSetAside(path, number === numbers.at(-1), found, options)
    if (reader === null) continue
    try {
      await recoverJournal(reader, options, make, days, found)
    } catch (thrown) {
      if (!(thrown instanceof RecordingError) || thrown.code !== 'recording.state') throw thrown
      await setAside(path, number === numbers.at(-1), thrown.message, found, options)
    } finally {
      await reader.close()
    }
  }
  return found
}

async function recoverJournal(
  reader: JournalReader,
  options: DayOptions,
  make: NormaliserFactory,
  days: Map<string, Day>,
  found: Recovered,
): Promise<void> {
  const { steps, id } = options
  const { number, day: name, recording, stopped } = reader.head
  if (recording !== id) throw foreign(reader.path)
  const day = days.get(name) ?? (await openDay(name, options))
  days.set(name, day)
  const done = (day.manifest?.recording?.journals.last ?? 0) >= number
  // A journal that does not end where the next begins: what was between is lost.
  const hole = found.last !== null && found.unclean ? found.last.wall_us : null
  const part = createPart(day, number, steps)
  const { normaliser, last, records, began } = await normaliseJournal(reader, make, (gathered) => {
    if (done) gathered.drain()
    else part.collect(gathered)
  })
  if (hole !== null) day.addGaps([{ ...HOLE, from_us: hole, to_us: Math.max(hole, began) }])
  found.normaliser = normaliser
  found.last = last
  found.stopped = stopped && records === 0
  if (!done && records > 0) {
    found.records += records
    const ended = part.end(normaliser, last.wall_us)
    await seal(ended, steps, () => rebuildSegment(reader.path, part.segment.path, make, steps))
  } else await part.segment.abandon()
  found.sealed.push({ number, day: name })
  found.unclean = reader.end !== 'clean'
  if (found.unclean) await noteTail(reader, found)
}

async function noteTail(reader: JournalReader, found: Recovered): Promise<void> {
  const { size } = await stat(reader.path)
  found.torn_bytes += size - reader.offset
  if (reader.end === 'corrupt')
    found.damaged.push({ file: reader.path, reason: `damaged at byte ${reader.offset} of ${size}` })
}

async function openOrSetAside(
  path: string,
  last: boolean,
  found: Recovered,
  options: DayOptions,
): Promise<JournalReader | null> {
  try {
    return await openJournal(path)
  } catch (thrown) {
    if (!(thrown instanceof JournalError) || thrown.code !== 'journal.head') throw thrown
    await setAside(path, last, thrown.message, found, options)
    return null
  }
}

/**
 * A journal without a readable beginning. As the last one it was only just begun, and the one before it has everything; any
 * other is kept under another name for whoever can read it.
 */
async function setAside(
  path: string,
  last: boolean,
  reason: string,
  found: Recovered,
  { steps }: DayOptions,
): Promise<void> {
  if (last && found.normaliser !== null) {
    await removeFile(path, steps)
    return
  }
  steps(`rename ${path}`)
  await rename(path, `${path}.damaged`)
  found.damaged.push({ file: `${path}.damaged`, reason })
}

/** Numbers of the journals that are not put away, in order. */
export async function journalNumbers(dir: string): Promise<number[]> {
  const names = await readdir(journalFolder(dir)).catch(() => [])
  return names
    .map(journalNumber)
    .filter((number) => number !== null)
    .sort((a, b) => a - b)
}

function foreign(file: string): RecordingError {
  return new RecordingError(
    'recording.journal',
    `${file}: is a journal of another recording`,
    file,
    'move it back to where it belongs',
  )
}
