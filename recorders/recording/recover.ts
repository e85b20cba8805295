import { stat } from 'node:fs/promises'
import { JournalError, type JournalReader, openJournal, type Receipt } from '../journal/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
import { type Day, type DayOptions, openDay } from './day.ts'
import { moveFile, removeFile } from './durable.ts'
import { RecordingError } from './errors.ts'
import { journalNumbers, sealedJournals } from './journals.ts'
import { journalPath } from './layout.ts'
import { createPart, type NormaliserFactory, normaliseJournal, rebuildSegment, seal } from './part.ts'
import type { RecordingFile } from './recording-file.ts'
import { type Standing, stateBefore } from './state-before.ts'

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

/** What recovering needs. */
export type Recovering = {
  base: DayOptions
  file: RecordingFile
  make: NormaliserFactory
  /** Opened days by name; those that are opened are added. */
  days: Map<string, Day>
  /** Highest journal that is in any day. */
  in_days: number
}

/**
 * Seal what a process that was killed left: the readable prefix of each journal, from its own state. It may be interrupted at
 * any place, and be done again.
 */
export async function recover(recovering: Recovering): Promise<Recovered> {
  const { dir } = recovering.base
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
    const reader = await openOrSetAside(path, found, recovering)
    if (reader === null) continue
    try {
      await recoverJournal(reader, numbers.at(-1)!, recovering, found)
    } catch (thrown) {
      if (!(thrown instanceof RecordingError) || thrown.code !== 'recording.state') throw thrown
      // One that was only just begun has nothing yet: the one before it has everything.
      if (reader.end === 'torn' && found.normaliser !== null) await removeFile(path, recovering.base.steps)
      else await setAside(path, thrown.message, found, recovering)
    } finally {
      await reader.close()
    }
  }
  if (found.normaliser === null) await resume(recovering, found)
  return found
}

async function recoverJournal(
  reader: JournalReader,
  highest: number,
  recovering: Recovering,
  found: Recovered,
): Promise<void> {
  const { base, make, days } = recovering
  const { steps, id } = base
  const { number, day: name, recording, stopped } = reader.head
  if (recording !== id) throw foreign(reader.path)
  const day = days.get(name) ?? (await openDay(name, highest, base))
  days.set(name, day)
  const done = (day.manifest?.recording?.journals.last ?? 0) >= number
  // A journal that does not end where the next begins: what was between is lost.
  const hole = found.last !== null && found.unclean ? found.last.wall_us : null
  const part = createPart(day, number, steps)
  const collect = (gathered: Normaliser) => {
    if (done) gathered.drain()
    else part.collect(gathered)
  }
  const stood = once(() => before(number, recovering, found), make)
  const { normaliser, last, records, began } = await normaliseJournal(reader, make, collect, stood)
  if (hole !== null) day.addGaps([{ ...HOLE, from_us: hole, to_us: Math.max(hole, began) }])
  found.normaliser = normaliser
  found.last = last
  found.stopped = stopped && records === 0
  if (!done && records > 0) {
    found.records += records
    const ended = part.end(normaliser, last.wall_us)
    await seal(ended, steps, () => rebuildSegment(reader.path, part.segment.path, make, steps, stood))
  } else await part.segment.abandon()
  found.sealed.push({ number, day: name })
  found.unclean = reader.end !== 'clean'
  if (found.unclean) await noteTail(reader, found)
}

/** How things stood where a journal begins whose own beginning is damaged. */
async function before(
  number: number,
  { base, file, make }: Recovering,
  { normaliser, last, sealed, unclean }: Recovered,
): Promise<Standing | null> {
  if (normaliser === null || last === null) return stateBefore(base.dir, number, file, make)
  // The journal before it was read just now: it ended where this one begins.
  return !unclean && sealed.at(-1)?.number === number - 1 ? { normaliser, last } : null
}

/** Ask once, and give a normaliser of its own to everybody who asks. */
function once(ask: () => Promise<Standing | null>, make: NormaliserFactory): () => Promise<Standing | null> {
  let known: { state: unknown; last: Receipt } | null | undefined
  return async () => {
    if (known === undefined) {
      const found = await ask()
      known = found === null ? null : { state: found.normaliser.state(), last: found.last }
    }
    return known === null ? null : { normaliser: make(known.state), last: known.last }
  }
}

/** No journal says how things stand: go on where the sealed ones ended. */
async function resume({ base, file, make, in_days }: Recovering, found: Recovered): Promise<void> {
  const highest = (await sealedJournals(base.dir)).at(-1)?.number ?? 0
  if (highest === 0 || highest < in_days) return
  const stood = await stateBefore(base.dir, highest + 1, file, make)
  if (stood === null) return
  found.normaliser = stood.normaliser
  found.last = stood.last
  found.number = Math.max(found.number, highest)
}

async function noteTail(reader: JournalReader, found: Recovered): Promise<void> {
  const { size } = await stat(reader.path)
  found.torn_bytes += size - reader.offset
  if (reader.end === 'corrupt')
    found.damaged.push({ file: reader.path, reason: `damaged at byte ${reader.offset} of ${size}` })
}

async function openOrSetAside(
  path: string,
  found: Recovered,
  recovering: Recovering,
): Promise<JournalReader | null> {
  try {
    return await openJournal(path)
  } catch (thrown) {
    if (!(thrown instanceof JournalError)) throw thrown
    // It has no record; the one before it, if there is one, has everything.
    if (thrown.code === 'journal.begun') await removeFile(path, recovering.base.steps)
    else if (thrown.code === 'journal.head') await setAside(path, thrown.message, found, recovering)
    else throw thrown
    return null
  }
}

/** What is put behind the name of a journal that cannot be read. */
export const SET_ASIDE = '.damaged'

/** A journal without a readable beginning is kept under another name for whoever can read it. */
async function setAside(
  path: string,
  reason: string,
  found: Recovered,
  { base: { steps } }: Recovering,
): Promise<void> {
  await moveFile(path, `${path}${SET_ASIDE}`, steps)
  found.damaged.push({ file: `${path}${SET_ASIDE}`, reason })
}

function foreign(file: string): RecordingError {
  return new RecordingError(
    'recording.journal',
    `${file}: is a journal of another recording`,
    file,
    'move it back to where it belongs',
  )
}
