import { join } from 'node:path'
import { DAY, type Micros } from '../../core/units/index.ts'
import { below, isDate } from '../files/index.ts'
import { JOURNAL_NUMBER_MAX, journalNumber } from '../journal/index.ts'
import { RecordingError } from './errors.ts'

/** Where things lie in the folder of a recording. All paths in it are made here, and lie below it. */

export const FILE = 'recording.json'
export const LOCK = 'recording.lock'

const DIGITS = 8
const RAW = '.journal.zst'
/** What a seal, a compaction or a manifest's exchange makes in a day's folder, finished or not. */
const MADE =
  /^(?:tape-(\d{8})(?:-(\d{8}))?\.(?:arrow|parquet)|(?:instruments|resolutions|gaps)(?:-(\d{8}))?\.json|side-[a-z][a-z_]*(?:-(\d{8}))?\.jsonl|manifest\.json)(?:\.partial)?$/

/** Folder of the journals that are not sealed. */
export function journalFolder(dir: string): string {
  return join(dir, 'journal')
}

export function journalPath(dir: string, number: number): string {
  return below(journalFolder(dir), `${digits(number)}.journal`)
}

/** Folder of the sealed journals, by day. */
export function rawFolder(dir: string): string {
  return join(dir, 'raw')
}

/** A sealed journal, compressed. */
export function rawPath(dir: string, day: string, number: number): string {
  return below(rawFolder(dir), checkedDay(dir, day), `${digits(number)}${RAW}`)
}

/** Number of a sealed journal by its file's name; null for any other file. */
export function rawNumber(name: string): number | null {
  return name.endsWith(RAW) ? journalNumber(name.slice(0, -'.zst'.length)) : null
}

/** Folder of a day. @throws RecordingError `recording.day` for what is no day of the calendar */
export function dayPath(dir: string, day: string): string {
  return below(dir, checkedDay(dir, day))
}

/** Whether a folder's name is a day's. */
export function isDay(name: string): boolean {
  return isDate(name)
}

/** Whether a name in a day's folder is one that sealing journals up to a number can have left. */
export function isMade(name: string, number: number): boolean {
  const found = MADE.exec(name)
  return found?.slice(1).every((digit) => digit === undefined || Number(digit) <= number) === true
}

/** The UTC day of a time, `2026-11-21`. */
export function dayOf(us: Micros): string {
  return new Date(us / 1_000).toISOString().slice(0, 10)
}

/** First time of the day after that of `us`. */
export function nextDay(us: Micros): Micros {
  return (Math.floor(us / DAY) + 1) * DAY
}

/** A number as file names have it, so that their order is that of the numbers. */
export function digits(number: number): string {
  if (Number.isSafeInteger(number) && number > 0 && number <= JOURNAL_NUMBER_MAX)
    return String(number).padStart(DIGITS, '0')
  throw new RecordingError(
    'recording.number',
    `${number} is no number of a journal: they go from 1 to ${JOURNAL_NUMBER_MAX}`,
    '',
    'record into another folder',
  )
}

function checkedDay(dir: string, day: string): string {
  if (isDate(day)) return day
  throw new RecordingError(
    'recording.day',
    `${dir}: ${JSON.stringify(day)} is no day of the calendar`,
    dir,
    'its files were changed or damaged: do not use them',
  )
}
