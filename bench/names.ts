/** Cases in the order in which they are measured. */
export const NAMES = [
  'book',
  'full',
  'shipped',
  'tables',
  'oracle',
  'tape',
  'memory',
  'memory_shipped',
  'cold',
  'parts',
] as const
export type CaseName = (typeof NAMES)[number]

/** Cases that measure on the made tape. */
export const ON_MADE: readonly CaseName[] = ['book', 'full', 'tape', 'memory']

/** Cases that are left out unless they are named: they add nothing to the bounds. */
export const EXTRA: readonly CaseName[] = ['memory_shipped', 'parts']

/** Not a case: makes the tape that others measure on, so that making it is part of no figure. */
export const MAKE = 'make'
