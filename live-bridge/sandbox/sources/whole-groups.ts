import { allocate, COLUMNS, type Columns, Flag, slice } from '../../../core/events/index.ts'

/** Rows of a message at most: a whole book of both tokens is far below. */
const GROUP_ROWS_MAX = 65_536

/**
 * Cut chunks of a tape anew so that each holds whole messages only: what a chunk breaks off is kept back and given with
 * the rest of its message. The last message of a tape that ends inside it is given as it is.
 */
export async function* wholeGroups(
  chunks: AsyncIterable<Columns> | Iterable<Columns>,
): AsyncGenerator<Columns> {
  const kept = allocate(GROUP_ROWS_MAX)
  for await (const chunk of chunks) {
    let from = 0
    if (kept.length > 0) {
      while (from < chunk.length && (chunk.flags[from]! & Flag.LAST) === 0) from++
      const whole = from < chunk.length
      append(kept, chunk, 0, whole ? from + 1 : from)
      if (!whole) continue
      from++
      yield slice(kept, 0, kept.length)
      kept.length = 0
    }
    let end = chunk.length
    while (end > from && (chunk.flags[end - 1]! & Flag.LAST) === 0) end--
    if (end > from) yield slice(chunk, from, end)
    append(kept, chunk, end, chunk.length)
  }
  if (kept.length > 0) yield slice(kept, 0, kept.length)
}

function append(to: Columns, from: Columns, start: number, end: number): void {
  if (to.length + end - start > GROUP_ROWS_MAX)
    throw new RangeError(`a message of more than ${GROUP_ROWS_MAX} rows`)
  for (const [name] of COLUMNS) to[name].set(from[name].subarray(start, end), to.length)
  to.length += end - start
}
