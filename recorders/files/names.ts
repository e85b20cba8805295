import { join } from 'node:path'
import { FileError } from './errors.ts'

/**
 * Names that came from somewhere else: a manifest, a journal, a feed. They become a path here and nowhere else, below a folder
 * that the user named, or not at all.
 */

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/

/** Whether a text is a plain name of a file: no separator, not hidden, of letters that every system takes. */
export function isName(text: string): boolean {
  return NAME.test(text)
}

/** A plain name that reads like a text: for a folder that is called after something. */
export function nameAfter(text: string): string {
  const name = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+/, '')
  return name === '' ? 'unnamed' : name.slice(0, 100)
}

/** Whether a text is a day of the calendar, `2026-11-21`. */
export function isDate(text: string): boolean {
  const found = DATE.exec(text)
  if (found === null) return false
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const date = new Date(Date.UTC(2000, month - 1, day))
  // Years below 100 are taken for others by the constructor.
  date.setUTCFullYear(year, month - 1, day)
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/**
 * The path of something inside `dir`, step by step.
 *
 * @throws FileError `file.name` for a step that is no plain name: it would lead elsewhere
 */
export function below(dir: string, ...names: readonly string[]): string {
  const wrong = names.find((name) => !isName(name))
  if (wrong === undefined) return join(dir, ...names)
  throw new FileError(
    'file.name',
    `${dir}: ${JSON.stringify(wrong)} is no name of a file in it`,
    dir,
    'it comes from a file that was changed or damaged: do not use that file',
  )
}
