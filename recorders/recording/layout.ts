import { join } from 'node:path'
import { DAY, type Micros } from '../../core/units/index.ts'

/** Where things lie in the folder of a recording. */

export const FILE = 'recording.json'
export const LOCK = 'recording.lock'

const DIGITS = 8
const JOURNAL = /^(\d{8})\.journal$/
const DAY_NAME = /^\d{4}-\d{2}-\d{2}$/

/** Folder of the journals that are not sealed. */
export function journalFolder(dir: string): string {
  return join(dir, 'journal')
}

export function journalPath(dir: string, number: number): string {
  return join(journalFolder(dir), `${digits(number)}.journal`)
}

/** A sealed journal, compressed. */
export function rawPath(dir: string, day: string, number: number): string {
  return join(dir, 'raw', day, `${digits(number)}.journal.zst`)
}

/** Number of a journal by its file's name; null for any other file. */
export function journalNumber(name: string): number | null {
  const found = JOURNAL.exec(name)
  return found === null ? null : Number(found[1])
}

/** Whether a folder's name is a day's. */
export function isDay(name: string): boolean {
  return DAY_NAME.test(name)
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
  return String(number).padStart(DIGITS, '0')
}
