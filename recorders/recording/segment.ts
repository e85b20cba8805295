import { dirname } from 'node:path'
import { allocate, COLUMNS, type Columns } from '../../core/events/index.ts'
import { type ArrowWriter, createArrowFile } from '../tape/index.ts'
import { makeFolder, NO_STEPS, type Steps, syncFile } from './durable.ts'

/** Rows of one journal on their way into an Arrow file: taken at once, written as the disk takes them. */
export type Segment = {
  readonly path: string
  readonly rows: number
  /** Bytes of rows that wait for the disk. */
  readonly pending_bytes: number
  /** Take rows; they are copied. Never waits. */
  add(columns: Columns): void
  /**
   * Write what is left and have the disk keep it; nothing is made where there were no rows.
   *
   * @returns false when the file could not be written: it is to be made again from the journal
   */
  finish(): Promise<boolean>
  /** Close the file as it is. */
  abandon(): Promise<void>
}

const ROW_BYTES = 52
/** Rows that are handed on together. */
const CHUNK_ROWS = 8_192

/** Begin a segment. The file is made with the first rows that are handed on. */
export function createSegment(path: string, steps: Steps = NO_STEPS): Segment {
  let chunk = allocate(CHUNK_ROWS)
  const spare: Columns[] = []
  let writer: ArrowWriter | null = null
  let work = Promise.resolve()
  let rows = 0
  let waiting = 0
  let broken = false

  async function write(columns: Columns): Promise<void> {
    try {
      if (!broken) {
        if (writer === null) {
          await makeFolder(dirname(path))
          writer = await createArrowFile(path)
        }
        await writer.append(columns, 0, columns.length)
      }
    } catch {
      // What is missing here is in the journal.
      broken = true
    }
    waiting -= columns.length
    columns.length = 0
    spare.push(columns)
  }
  function handOn(): void {
    if (chunk.length === 0) return
    const full = chunk
    chunk = spare.pop() ?? allocate(CHUNK_ROWS)
    waiting += full.length
    work = work.then(() => write(full))
  }

  return {
    path,
    get rows() {
      return rows
    },
    get pending_bytes() {
      return waiting * ROW_BYTES
    },
    add(columns) {
      for (let from = 0; from < columns.length; ) {
        const to = Math.min(columns.length, from + CHUNK_ROWS - chunk.length)
        for (const [name] of COLUMNS) chunk[name].set(columns[name].subarray(from, to), chunk.length)
        chunk.length += to - from
        from = to
        if (chunk.length === CHUNK_ROWS) handOn()
      }
      rows += columns.length
    },
    async finish() {
      handOn()
      await work
      if (rows === 0) return true
      try {
        if (broken || writer === null) throw new Error('a write failed')
        steps(`finish ${path}`)
        await writer.finish()
        writer = null
        await syncFile(path, steps)
        return true
      } catch {
        await writer?.abort().catch(() => undefined)
        writer = null
        broken = true
        return false
      }
    },
    async abandon() {
      broken = true
      await work
      await writer?.abort().catch(() => undefined)
      writer = null
    },
  }
}
