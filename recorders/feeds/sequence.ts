/** What the number of a message says, among messages that a connection counts. */
export type Step = {
  /** The greatest number so far, to be kept for the next step. */
  last: number
  /** Messages left out before it. */
  missed: number
  /** It came before, or behind one that was sent later. */
  late: boolean
}

/** Further back than this no message comes late: the count began anew, or the number before was wrong. */
const FAR = 64

/**
 * Follow a count.
 *
 * @param last greatest number so far; undefined before the first, which misses nothing
 */
export function follow(last: number | undefined, number: number): Step {
  if (last === undefined || number < last - FAR) return { last: number, missed: 0, late: false }
  if (number <= last) return { last, missed: 0, late: true }
  return { last: number, missed: number - last - 1, late: false }
}
