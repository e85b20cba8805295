import type { FileHandle } from 'node:fs/promises'
import { COLUMNS, type Columns } from '../../core/events/index.ts'
import { openPlain } from '../files/index.ts'
import { FILE_BYTES } from '../limits.ts'
import { type ArrowBatch, type ArrowBlock, type ArrowField, readBatch, readFooter } from './arrow-metadata.ts'
import { arrowType, ELEMENT_BYTES, MAGIC, missingColumn } from './arrow-schema.ts'
import { reasonOf, TapeError } from './errors.ts'

/**
 * Reads Arrow IPC files of tape rows. A batch is read into one buffer and its columns are views of it: nothing is copied value
 * by value. What metadata says of places and lengths is held against the file before anything is read by it.
 */

/** Length of the footer and the magic behind it. */
const TAIL_BYTES = 4 + MAGIC.length
/** What a message begins with: a mark and its length. */
const PREFIX_BYTES = 8
/** Bytes of a batch that has no rows, and of a row. */
const BLOCK_BYTES_MIN = 64
const ROW_BYTES = COLUMNS.reduce((sum, [, type]) => sum + ELEMENT_BYTES[type], 0)
/** Bodies and buffers start at multiples of it, so that views of them are possible. */
const ALIGNMENT = 8

export type ArrowReader = {
  readonly path: string
  readonly rows: number
  /** Row number of each batch's first row, and one past the last row at the end. */
  readonly starts: readonly number[]
  /** Read batch `index` into `buffer` (of {@link ArrowReader.buffer_bytes}); the columns are views of it. */
  read(index: number, buffer: ArrayBuffer): Promise<Columns>
  /** Bytes that hold any batch. */
  readonly buffer_bytes: number
  close(): Promise<void>
}

/**
 * Open an Arrow file of tape rows.
 *
 * @throws TapeError `tape.arrow` for a file that is cut off or not Arrow, `tape.column` for a missing or wrong column; FileError
 * for what is no file
 */
export async function openArrowFile(path: string): Promise<ArrowReader> {
  return readerOf(await openPlain(path), path)
}

/** A reader of an open file, which it closes, also where it throws. @throws as {@link openArrowFile} */
export async function readerOf(file: FileHandle, path: string): Promise<ArrowReader> {
  try {
    const { fields, blocks } = await footerOf(file, path)
    const places = columnPlaces(fields, path)
    const starts = [0]
    let largest = 0
    for (const block of blocks) {
      const { rows } = await batchAt(file, block, fields.length, path)
      starts.push(starts.at(-1)! + rows)
      largest = Math.max(largest, block.metadata + block.body)
    }
    return {
      path,
      rows: starts.at(-1)!,
      starts,
      buffer_bytes: largest,
      close: () => file.close(),
      async read(index, buffer) {
        const block = blocks[index]!
        const bytes = new Uint8Array(buffer, 0, block.metadata + block.body)
        await readExactly(file, bytes, block.offset, path)
        return sayingWhere(path, () => {
          const batch = batchIn(bytes.subarray(0, block.metadata), block, fields.length)
          if (batch.rows !== starts[index + 1]! - starts[index]!) throw new RangeError('it has changed')
          return view(buffer, block, places, batch)
        })
      },
    }
  } catch (thrown) {
    await file.close()
    if (thrown instanceof TapeError) throw thrown
    throw broken(path, reasonOf(thrown), thrown)
  }
}

async function footerOf(
  file: FileHandle,
  path: string,
): Promise<{ fields: ArrowField[]; blocks: ArrowBlock[] }> {
  const { size } = await file.stat()
  if (size < 2 * MAGIC.length + TAIL_BYTES) throw broken(path, 'it is too short')
  const tail = new Uint8Array(TAIL_BYTES)
  await readExactly(file, tail, size - TAIL_BYTES, path)
  if (!MAGIC.every((byte, i) => tail[4 + i] === byte)) throw broken(path, 'it does not end as an Arrow file')
  const length = new DataView(tail.buffer).getInt32(0, true)
  const end = size - TAIL_BYTES - length
  if (length <= 0 || end < MAGIC.length || length > FILE_BYTES.side)
    throw broken(path, 'its footer is damaged')
  const bytes = new Uint8Array(length)
  await readExactly(file, bytes, end, path)
  const footer = readFooter(bytes, Math.floor(size / BLOCK_BYTES_MIN))
  checkBlocks(footer.blocks, end)
  return footer
}

/** Batches lie one behind the other, inside the file, and none is larger than memory may be asked for. */
function checkBlocks(blocks: readonly ArrowBlock[], end: number): void {
  let from = MAGIC.length
  for (const { offset, metadata, body } of blocks) {
    const aligned = offset % ALIGNMENT === 0 && metadata % ALIGNMENT === 0
    if (!aligned || metadata <= PREFIX_BYTES || body < 0 || offset < from || offset + metadata + body > end)
      throw new RangeError('its footer names a batch that is not in the file')
    if (metadata + body > FILE_BYTES.batch)
      throw new RangeError(`a batch has ${metadata + body} bytes, more than ${FILE_BYTES.batch}`)
    from = offset + metadata + body
  }
}

/** Where each of our columns stands among the file's. */
function columnPlaces(fields: readonly ArrowField[], path: string): number[] {
  const odd = fields.find(({ type }) => !/^(Uint|Int|Float)\d+$/.test(type))
  if (odd !== undefined) throw missingColumn(path, odd.name, odd.type, 'a column of numbers')
  return COLUMNS.map(([name, type]) => {
    const place = fields.findIndex((field) => field.name === name)
    const found = fields[place]?.type
    const wanted = String(arrowType(type))
    if (found !== wanted) throw missingColumn(path, name, found, wanted)
    return place
  })
}

async function batchAt(
  file: FileHandle,
  block: ArrowBlock,
  columns: number,
  path: string,
): Promise<ArrowBatch> {
  const metadata = new Uint8Array(block.metadata)
  await readExactly(file, metadata, block.offset, path)
  return batchIn(metadata, block, columns)
}

/** The batch that a message describes, held against its block. */
function batchIn(metadata: Uint8Array, block: ArrowBlock, columns: number): ArrowBatch {
  const batch = readBatch(metadata.subarray(PREFIX_BYTES), columns)
  if (batch.rows < 0 || batch.rows * ROW_BYTES > block.body || batch.body > block.body)
    throw new RangeError('a batch is cut off')
  return batch
}

function view(buffer: ArrayBuffer, block: ArrowBlock, places: readonly number[], batch: ArrowBatch): Columns {
  const { rows } = batch
  const columns = { length: rows } as Columns
  COLUMNS.forEach(([name, type], i) => {
    const { nulls, offset, bytes } = batch.columns[places[i]!]!
    if (nulls !== 0) throw new RangeError(`column ${name} has nulls`)
    const needed = rows * ELEMENT_BYTES[type]
    if (offset < 0 || offset % ALIGNMENT !== 0 || bytes < needed || offset + needed > block.body)
      throw new RangeError(`column ${name} is not in its batch`)
    const start = block.metadata + offset
    const target = columns as Record<string, unknown>
    if (type === 'f64') target[name] = new Float64Array(buffer, start, rows)
    else if (type === 'u32') target[name] = new Uint32Array(buffer, start, rows)
    else target[name] = new Uint8Array(buffer, start, rows)
  })
  return columns
}

function sayingWhere<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw thrown instanceof TapeError ? thrown : broken(path, reasonOf(thrown), thrown)
  }
}

async function readExactly(
  file: FileHandle,
  into: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  const { bytesRead } = await file.read(into, 0, into.byteLength, position)
  if (bytesRead !== into.byteLength) throw broken(path, 'it is cut off')
}

function broken(file: string, what: string, cause?: unknown): TapeError {
  return new TapeError(
    'tape.arrow',
    `${file}: cannot be read as an Arrow file: ${what}`,
    { file },
    'restore the file from its source, or import the dataset again',
    cause,
  )
}
