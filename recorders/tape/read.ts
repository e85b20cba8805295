import { join } from 'node:path'
import { type Columns, slice } from '../../core/events/index.ts'
import { type ArrowReader, openArrowFile } from './arrow-reader.ts'
import { openCache } from './cache.ts'
import { type Dataset, readTapeFile, tapeFiles } from './dataset.ts'
import { ensureVerified } from './stamp.ts'

/** Which rows to read, and how. */
export type ReadOptions = {
  /** Rows of a chunk at most; chunks may be shorter. Default: as stored. */
  chunk_rows?: number
  /** First row, from 0. Default 0. */
  from_row?: number
  /** First time, included, in µs. */
  from_us?: number
  /** Last time, excluded, in µs. */
  to_us?: number
  /**
   * Read through the replay cache, making it on first use; where there is no folder for one the files are read as they are,
   * and checked. Default true; datasets stored as Arrow need none and are checked on first use. False: the files as they are,
   * unchecked.
   */
  cache?: boolean
}

/**
 * The rows of a dataset as the core's columns, in tape order and constant memory. Each chunk is a view of memory that is
 * used again: it is good until the next one is asked for, and nobody may keep it.
 *
 * With the cache a batch is read from disk while the one before it is being used.
 *
 * @throws TapeError as the files deserve; see `readVerified` for the first read, which checks everything
 */
export async function* readColumns(dataset: Dataset, options: ReadOptions = {}): AsyncGenerator<Columns> {
  const from_us = options.from_us ?? Number.NEGATIVE_INFINITY
  const to_us = options.to_us ?? Number.POSITIVE_INFINITY
  const chunk_rows = options.chunk_rows ?? Number.POSITIVE_INFINITY
  if (!(chunk_rows >= 1)) throw new RangeError(`chunk_rows ${chunk_rows} must be at least 1`)
  const from_row = options.from_row ?? 0
  for await (const { columns, first_row } of chunks(dataset, options, from_row, from_us)) {
    let start = Math.max(0, from_row - first_row)
    start = Math.max(start, lowerBound(columns.local_us, columns.length, from_us))
    const end = lowerBound(columns.local_us, columns.length, to_us)
    for (let i = start; i < end; i += chunk_rows) {
      const stop = Math.min(end, i + chunk_rows)
      yield i === 0 && stop === columns.length ? columns : slice(columns, i, stop)
    }
    if (end < columns.length) return
  }
}

type Chunk = { columns: Columns; first_row: number }

async function* chunks(
  dataset: Dataset,
  options: ReadOptions,
  from_row: number,
  from_us: number,
): AsyncGenerator<Chunk> {
  const files = tapeFiles(dataset)
  const stored = files.every(({ path }) => path.endsWith('.arrow'))
  const cached = stored || options.cache === false ? null : await openCache(dataset)
  if (cached !== null) {
    yield* closing(cached, batches(cached, 0, from_row, from_us))
    return
  }
  // Where there is no folder for a cache, too: nothing is read that was not checked.
  if (options.cache !== false) await ensureVerified(dataset)
  let first_row = 0
  for (const { path, rows } of files) {
    const file = join(dataset.dir, path)
    if (first_row + rows > from_row) {
      if (path.endsWith('.arrow')) {
        const reader = await openArrowFile(file)
        yield* closing(reader, batches(reader, first_row, from_row, from_us))
      } else yield* numbered(readTapeFile(file), first_row)
    }
    first_row += rows
  }
}

async function* closing(reader: ArrowReader, chunks: AsyncGenerator<Chunk>): AsyncGenerator<Chunk> {
  try {
    yield* chunks
  } finally {
    await reader.close()
  }
}

async function* numbered(rows: AsyncIterable<Columns>, from: number): AsyncGenerator<Chunk> {
  let first_row = from
  for await (const columns of rows) {
    yield { columns, first_row }
    first_row += columns.length
  }
}

/** Batches of one Arrow file, one read ahead into the buffer that is not in use. */
async function* batches(
  reader: ArrowReader,
  first_row: number,
  from_row: number,
  from_us: number,
): AsyncGenerator<Chunk> {
  const count = reader.starts.length - 1
  const buffers = [new ArrayBuffer(reader.buffer_bytes), new ArrayBuffer(reader.buffer_bytes)] as const
  let index = await firstBatch(reader, from_row - first_row, from_us, buffers[0])
  let next = index < count ? reader.read(index, buffers[0]) : undefined
  try {
    for (let turn = 1; next !== undefined; turn ^= 1, index++) {
      const columns = await next
      next = index + 1 < count ? reader.read(index + 1, buffers[turn as 0 | 1]) : undefined
      yield { columns, first_row: first_row + reader.starts[index]! }
    }
  } finally {
    await next?.catch(() => undefined)
  }
}

/** The last batch that starts at or before both bounds, by halving. */
async function firstBatch(
  reader: ArrowReader,
  from_row: number,
  from_us: number,
  buffer: ArrayBuffer,
): Promise<number> {
  const count = reader.starts.length - 1
  let low = 0
  let high = count
  while (high - low > 1) {
    const middle = (low + high) >> 1
    let late = reader.starts[middle]! > from_row
    if (late && from_us > Number.NEGATIVE_INFINITY) {
      late = (await reader.read(middle, buffer)).local_us[0]! >= from_us
    }
    if (late) high = middle
    else low = middle
  }
  return low
}

/** Index of the first value ≥ `bound` among the first `length`, which ascend. */
function lowerBound(values: Float64Array, length: number, bound: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < bound) low = middle + 1
    else high = middle
  }
  return low
}
