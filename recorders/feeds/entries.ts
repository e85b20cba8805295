import type { Refusal } from './feed.ts'

/**
 * Take the entries of a list one by one: the good ones stand whatever is wrong with the others.
 *
 * @param list what they are, for the place: `trades`
 * @param take why an entry is refused, if it is
 * @returns why the first bad one is refused, and which it is; undefined when all are good
 */
export function takeEach<T>(
  entries: readonly T[],
  list: string,
  take: (entry: T, index: number) => Refusal | undefined,
): Refusal | undefined {
  let first: Refusal | undefined
  let at = 0
  let count = 0
  for (const [i, entry] of entries.entries()) {
    const refused = take(entry, i)
    if (refused === undefined) continue
    if (count++ > 0) continue
    first = refused
    at = i
  }
  if (first === undefined || entries.length === 1) return first
  return inEntry(first, `${list} ${at} (${count} of ${entries.length} are refused)`)
}

/** As {@link takeEach}, where each entry is read into something. */
export function readEach<T, R extends object>(
  entries: readonly T[],
  list: string,
  read: (entry: T) => R | string,
): { good: R[]; refused: Refusal | undefined } {
  const good: R[] = []
  const refused = takeEach(entries, list, (entry) => {
    const one = read(entry)
    if (typeof one === 'string') return one
    good.push(one)
    return undefined
  })
  return { good, refused }
}

/** The reason of a refusal, whether it is of all or of an entry. */
export function reasonOf(refusal: Refusal): string {
  return typeof refusal === 'string' ? refusal : refusal.reason
}

/** A refusal that lies in an entry of something larger. */
export function inEntry(refusal: Refusal, place: string): Refusal {
  if (typeof refusal === 'string') return { reason: refusal, place }
  return { reason: refusal.reason, place: `${place}, ${refusal.place}` }
}
