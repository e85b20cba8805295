import { type FileHandle, open } from 'node:fs/promises'
import { Message, type Schema } from 'apache-arrow'
import { type FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message'
import { COLUMNS, type Columns } from '../../core/events/index.ts'
import { arrowType, ELEMENT_BYTES, MAGIC, missingColumn } from './arrow-schema.ts'
import { reasonOf, TapeError } from './errors.ts'

/**
 * Reads Arrow IPC files of tape rows. Metadata is decoded by the Arrow library; a batch is read into one buffer and its
 * columns are views of it: nothing is copied value by value.
 */

/** Length of the footer and the magic behind it. */
const TAIL_BYTES = 4 + MAGIC.length

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
 * @throws TapeError `tape.arrow` for a file that is cut off or not Arrow, `tape.column` for a missing or wrong column
 */
export async function openArrowFile(path: string): Promise<ArrowReader> {
  const file = await open(path, 'r')
  try {
    const footer = await readFooter(file, path)
    const places = columnPlaces(footer.schema, path)
    const blocks: FileBlock[] = []
    const starts = [0]
    let largest = 0
    for (const block of footer.recordBatches()) {
      const rows = await batchRows(file, block, path)
      blocks.push(block)
      starts.push(starts.at(-1)! + rows)
      largest = Math.max(largest, block.metaDataLength + block.bodyLength)
    }
    return {
      path,
      rows: starts.at(-1)!,
      starts,
      buffer_bytes: largest,
      close: () => file.close(),
      async read(index, buffer) {
        const block = blocks[index]!
        const bytes = block.metaDataLength + block.bodyLength
        await readExactly(file, new Uint8Array(buffer, 0, bytes), block.offset, path)
        return view(buffer, block, places, path)
      },
    }
  } catch (thrown) {
    await file.close()
    if (thrown instanceof TapeError) throw thrown
    throw broken(path, reasonOf(thrown), thrown)
  }
}

async function readFooter(file: FileHandle, path: string): Promise<Footer> {
  const { size } = await file.stat()
  if (size < 2 * MAGIC.length + TAIL_BYTES) throw broken(path, 'it is too short')
  const tail = new Uint8Array(TAIL_BYTES)
  await readExactly(file, tail, size - TAIL_BYTES, path)
  if (!MAGIC.every((byte, i) => tail[4 + i] === byte)) throw broken(path, 'it does not end as an Arrow file')
  const length = new DataView(tail.buffer).getInt32(0, true)
  if (length <= 0 || length > size - TAIL_BYTES) throw broken(path, 'its footer is damaged')
  const footer = new Uint8Array(length)
  await readExactly(file, footer, size - TAIL_BYTES - length, path)
  return Footer.decode(footer)
}

/** Where each of our columns stands among the file's. */
function columnPlaces(schema: Schema, path: string): number[] {
  return COLUMNS.map(([name, type]) => {
    const place = schema.fields.findIndex((field) => field.name === name)
    const found = schema.fields[place]?.type
    if (found === undefined || String(found) !== String(arrowType(type))) {
      throw missingColumn(
        path,
        name,
        found === undefined ? undefined : String(found),
        String(arrowType(type)),
      )
    }
    return place
  })
}

async function batchRows(file: FileHandle, block: FileBlock, path: string): Promise<number> {
  const metadata = new Uint8Array(block.metaDataLength)
  await readExactly(file, metadata, block.offset, path)
  return (Message.decode(metadata.subarray(8)).header() as RecordBatch).length
}

function view(buffer: ArrayBuffer, block: FileBlock, places: readonly number[], path: string): Columns {
  const message = Message.decode(new Uint8Array(buffer, 8, block.metaDataLength - 8))
  const header = message.header() as RecordBatch
  if (header.compression !== null) throw broken(path, 'its batches are compressed')
  const columns = { length: header.length } as Columns
  COLUMNS.forEach(([name, type], i) => {
    const place = places[i]!
    const region = header.buffers[2 * place + 1]
    const node = header.nodes[place]
    if (region === undefined || node === undefined) throw broken(path, `a batch lacks column ${name}`)
    if (Number(node.nullCount) > 0) throw broken(path, `column ${name} has nulls`)
    const offset = block.metaDataLength + region.offset
    if (region.offset + header.length * ELEMENT_BYTES[type] > block.bodyLength)
      throw broken(path, 'a batch is cut off')
    const target = columns as Record<string, unknown>
    if (type === 'f64') target[name] = new Float64Array(buffer, offset, header.length)
    else if (type === 'u32') target[name] = new Uint32Array(buffer, offset, header.length)
    else target[name] = new Uint8Array(buffer, offset, header.length)
  })
  return columns
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
