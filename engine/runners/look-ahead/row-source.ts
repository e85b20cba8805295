import { COLUMNS, type Columns, Flag, slice } from '../../../core/events/index.ts'
import type { Micros } from '../../../core/units/index.ts'
import type { Tape } from '../tape.ts'

/** Rows of a tape in order, with a look at what comes next: what is not taken yet is kept, and no more than that. */
export type RowSource = {
  /** Rows up to `row`, excluded, piece by piece; views that are good until the next call. */
  take(row: number): AsyncGenerator<Columns>
  /** A copy of the next rows, up to `count` of them. */
  peek(count: number): Promise<Columns>
  /**
   * The row after the message that was under way when a decision was taken: nothing after it can have been known.
   *
   * @param event rows seen before the decision
   * @param time_us its time
   */
  boundary(event: number, time_us: Micros): Promise<number>
  close(): Promise<void>
}

/** A source at the first row of a tape. */
export function rowSource(tape: Tape): RowSource {
  const iterator = tape.read()[Symbol.asyncIterator]()
  /** Copies of chunks, the first of them begun at `first_row`; `end_row` is after the last. */
  let pending: Columns[] = []
  let first_row = 0
  let end_row = 0
  let over = false

  async function ensure(row: number): Promise<void> {
    while (end_row < row && !over) {
      const next = await iterator.next()
      if (next.done === true) over = true
      else {
        pending.push(copyOf(next.value))
        end_row += next.value.length
      }
    }
  }
  /** The chunk and place of a row, which has been read and not taken. */
  function at(row: number): { chunk: Columns; index: number } {
    let index = row - first_row
    for (const chunk of pending) {
      if (index < chunk.length) return { chunk, index }
      index -= chunk.length
    }
    throw new RangeError(`row ${row} has not been read`)
  }
  return {
    async *take(row) {
      await ensure(row)
      while (first_row < Math.min(row, end_row)) {
        const chunk = pending[0]!
        const count = Math.min(chunk.length, row - first_row)
        yield slice(chunk, 0, count)
        first_row += count
        pending =
          count === chunk.length ? pending.slice(1) : [slice(chunk, count, chunk.length), ...pending.slice(1)]
      }
    },
    async peek(count) {
      await ensure(first_row + count)
      return joined(pending, count)
    },
    async boundary(event, time_us) {
      let row = event
      await ensure(row + 1)
      const isOpen = row > first_row && (at(row - 1).chunk.flags[at(row - 1).index]! & Flag.LAST) === 0
      const isNow = row < end_row && at(row).chunk.local_us[at(row).index]! <= time_us
      if (!isOpen && !isNow) return row
      for (;;) {
        await ensure(row + 1)
        if (row >= end_row) return end_row
        const { chunk, index } = at(row)
        row++
        if ((chunk.flags[index]! & Flag.LAST) !== 0) return row
      }
    },
    async close() {
      await iterator.return?.()
    },
  }
}

function copyOf(columns: Columns): Columns {
  const copy = { length: columns.length } as Columns
  for (const [name] of COLUMNS) {
    ;(copy as Record<string, unknown>)[name] = columns[name].slice(0, columns.length)
  }
  return copy
}

function joined(chunks: readonly Columns[], count: number): Columns {
  const parts: Columns[] = []
  let left = count
  for (const chunk of chunks) {
    if (left === 0) break
    parts.push(slice(chunk, 0, Math.min(left, chunk.length)))
    left -= Math.min(left, chunk.length)
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const whole = { length } as Columns
  for (const [name, type] of COLUMNS) {
    const Kind = type === 'f64' ? Float64Array : type === 'u32' ? Uint32Array : Uint8Array
    const column = new Kind(length)
    let at = 0
    for (const part of parts) {
      column.set(part[name], at)
      at += part.length
    }
    ;(whole as Record<string, unknown>)[name] = column
  }
  return whole
}
