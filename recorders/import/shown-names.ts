import { shortened } from '../printable.ts'

/** Characters of a name, and most names of a list, that a message quotes from somebody's file. */
const NAME_MAX = 60
const NAMES_MAX = 24

/** A list of names as a message may quote it; `none` where it is empty. */
export function shownNames(names: readonly string[]): string {
  const some = names.slice(0, NAMES_MAX).map((name) => shortened(name, NAME_MAX))
  const more = names.length > NAMES_MAX ? [`and ${names.length - NAMES_MAX} more`] : []
  return some.length === 0 ? 'none' : [...some, ...more].join(', ')
}
