import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { defaults, parse, sortedKeys } from '../../core/config/index.ts'
import { checkFolder, makeScratch, namesIn, type Scratch } from '../files/index.ts'
import { JournalError, openJournal } from '../journal/index.ts'
import { createNormaliser } from '../normalise/index.ts'
import { clobSettings, normaliserSettings } from '../settings.ts'
import { type Dataset, openDataset, TapeError } from '../tape/index.ts'
import { RecordingError } from './errors.ts'
import { journalNumbers } from './journals.ts'
import { dayPath, FILE, isDay, journalPath } from './layout.ts'
import type { NormaliserFactory } from './part.ts'
import { type RecordingFile, readRecordingFile } from './recording-file.ts'
import { type OpenJournals, writeTail } from './tail.ts'

/** A recording as it is at a moment, for reading. */
export type Recording = {
  dir: string
  file: RecordingFile
  /** Its days in order, each a dataset. */
  days: Dataset[]
  /**
   * What the recorder has not sealed yet, each day's part a dataset of its own that begins as a day does: by saying how things
   * stand, in rows flagged SNAPSHOT. Empty where nothing came since the last seal.
   */
  tails: Dataset[]
  /** Remove what was made for the tails. */
  close(): Promise<void>
}

export type OpenOptions = {
  /** Makes the rows of the tails; default the project's own, with the settings of the recording. */
  normaliser?: NormaliserFactory
  /** Whether to look at what is not sealed. Default true. */
  tails?: boolean
}

/** How often a recording is looked at anew because it was sealed meanwhile. */
const ATTEMPTS = 20

/**
 * Open a recording for reading, also while it is being written, and also after a kill. Nothing in its folder is changed or
 * locked: any number of readers can do so.
 *
 * @throws RecordingError `recording.missing`, `recording.busy`; TapeError for a day that is damaged
 */
export async function openRecording(path: string, options: OpenOptions = {}): Promise<Recording> {
  const dir = resolve(path)
  const file = await readRecordingFile(dir)
  if (file === null) {
    throw new RecordingError(
      'recording.missing',
      `${dir}: no recording there, ${FILE} cannot be read`,
      dir,
      'give the folder that was given to engine record',
    )
  }
  for (let attempt = 1; ; attempt++) {
    const scratch = await makeScratch('tail')
    try {
      const { days, tails } = await look(dir, file, scratch, options)
      return { dir, file, days, tails, close: () => scratch.remove() }
    } catch (thrown) {
      await scratch.remove()
      if (!isMoving(thrown)) throw thrown
      if (attempt === ATTEMPTS) throw busy(dir, thrown)
    }
  }
}

async function look(dir: string, file: RecordingFile, scratch: Scratch, options: OpenOptions) {
  // Journals before manifests: a journal that is sealed in between is in the manifest then, and nothing is missed.
  const numbers = options.tails === false ? [] : await journalNumbers(dir)
  const days: Dataset[] = []
  for (const name of (await namesIn(dir)).filter(isDay)) {
    const folder = dayPath(dir, name)
    await checkFolder(folder)
    if (existsSync(join(folder, 'manifest.json'))) days.push(await openDataset(folder))
  }
  let sealed = 0
  for (const { manifest } of days) sealed = Math.max(sealed, manifest.recording?.journals.last ?? 0)
  const open = numbers.filter((number) => number > sealed).map((number) => journalPath(dir, number))
  const make = options.normaliser ?? factoryOf(file)
  const tails: Dataset[] = []
  for (const journals of await byDay(open)) {
    const tail = await writeTail(journals, scratch.path, dir, file, make)
    if (tail !== null) tails.push(tail)
  }
  return { days, tails }
}

/** Journals of one day go together. One that has only just been made says nothing yet. */
async function byDay(paths: readonly string[]): Promise<OpenJournals[]> {
  const groups: { day: string; paths: string[] }[] = []
  for (const path of paths) {
    try {
      const reader = await openJournal(path)
      await reader.close()
      const { day } = reader.head
      if (groups.at(-1)?.day !== day) groups.push({ day, paths: [] })
      groups.at(-1)!.paths.push(path)
    } catch (thrown) {
      if (!(thrown instanceof JournalError) || !UNREADABLE.includes(thrown.code)) throw thrown
    }
  }
  return groups
}

/** A journal that says nothing yet, or nothing any more. */
const UNREADABLE = ['journal.begun', 'journal.head']

/** Settings that rows depend on. */
const READING = { ...normaliserSettings, ...clobSettings }

/** The normaliser that a recording was made with. */
export function factoryOf(file: RecordingFile): NormaliserFactory {
  const values: Record<string, unknown> = defaults(READING)
  for (const key of sortedKeys(READING) as (keyof typeof READING)[]) {
    const raw = file.settings[`recorder.${key}`]
    if (raw !== undefined) values[key] = parse(`recorder.${key}`, READING[key], raw)
  }
  const settings = values as ReturnType<typeof defaults<typeof READING>>
  return (state) => createNormaliser(state === undefined ? { settings } : { settings, state })
}

/**
 * Open whatever holds events: a dataset as one, a recording as its days and what is not sealed of it.
 *
 * @throws TapeError `tape.missing` where there is neither; as {@link openDataset} and {@link openRecording}
 */
export async function openData(path: string, options: OpenOptions = {}): Promise<Dataset[]> {
  if (!existsSync(join(resolve(path), FILE))) return [await openDataset(path)]
  const recording = await openRecording(path, options)
  const found = [...recording.days, ...recording.tails]
  if (recording.tails.length === 0) await recording.close()
  // Otherwise it is used until the process ends, and goes with it.
  if (found.length > 0) return found
  throw new RecordingError(
    'recording.empty',
    `${recording.dir}: nothing is recorded yet`,
    recording.dir,
    'wait until a feed has delivered, or look at what the recorder says',
  )
}

/** Files went away, or were not whole yet: somebody is sealing. */
function isMoving(thrown: unknown): boolean {
  const { code } = thrown as { code?: unknown }
  if (thrown instanceof TapeError || thrown instanceof JournalError || thrown instanceof RecordingError)
    return MOVING.includes(thrown.code)
  return code === 'ENOENT'
}

const MOVING = ['tape.file_missing', 'tape.file_size', 'tape.file_hash', 'journal.missing']

function busy(dir: string, cause: unknown): RecordingError {
  const { message } = cause as Error
  return new RecordingError(
    'recording.busy',
    `${dir}: cannot be read: ${message}`,
    dir,
    'if no recorder is writing it, a file is damaged: restore it; else try again',
    cause,
  )
}
