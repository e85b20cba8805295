import { type FileHandle, open } from 'node:fs/promises'
import { Field, Float64, Message, Schema, Uint8, Uint32 } from 'apache-arrow'
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { BufferRegion, FieldNode, RecordBatch } from 'apache-arrow/ipc/metadata/message'
import { allocate, COLUMNS, type Columns } from '../../core/events/index.ts'
import { reasonOf, TapeError } from './errors.ts'

/**
 * Standard Arrow IPC files of tape rows, readable by any Arrow reader. Metadata is written and read with the Arrow
 * library; the bodies are moved here, because they are the columns themselves: a batch is written from typed arrays and
 * read back as views of one buffer, nothing is copied value by value.
 */

/** Rows of a record batch: 1.7 MB, small enough to stay in a core's cache while it is replayed. */
export const BATCH_ROWS = 32_768

const MAGIC = new TextEncoder().encode('ARROW1')
const TAIL_BYTES = 4 + MAGIC.length
/** Bodies and buffers start at multiples of it, so that views need no copy and mapped files are aligned too. */
const ALIGNMENT = 64
const ELEMENT = { f64: 8, u32: 4, u8: 1 } as const
const SCHEMA = new Schema(COLUMNS.map(([name, type]) => new Field(name, arrowType(type), false)))

export type ArrowWriter = {
  /** Append rows `from` to `to`; they are copied into a batch, which is written when full. Await each call. */
  append(columns: Columns, from: number, to: number): Promise<void>
  /** Write what is left and the footer, and close; without it the file is not an Arrow file. */
  finish(): Promise<void>
  /** Close without a footer. */
  abort(): Promise<void>
}

/**
 * Create an Arrow file; memory does not grow with its length but for 24 bytes a batch.
 *
 * @param batch_rows rows of a record batch, at least 1
 */
export async function createArrowFile(path: string, batch_rows: number = BATCH_ROWS): Promise<ArrowWriter> {
  const file = await open(path, 'w')
  const batch = allocate(batch_rows)
  const blocks: FileBlock[] = []
  let position = 0
  async function put(parts: readonly Uint8Array[]): Promise<void> {
    let bytes = 0
    for (const part of parts) bytes += part.byteLength
    const { bytesWritten } = await file.writev(parts as Uint8Array[])
    if (bytesWritten !== bytes) throw full(path)
    position += bytes
  }
  async function flush(): Promise<void> {
    if (batch.length === 0) return
    const { regions, parts, bytes } = body(batch)
    const nodes = COLUMNS.map(() => new FieldNode(batch.length, 0))
    const header = new RecordBatch(batch.length, nodes, regions, null)
    const metadata = encapsulate(Message.encode(Message.from(header, bytes)), position)
    blocks.push(new FileBlock(sizeOf(metadata), bytes, position))
    await put([...metadata, ...parts])
    batch.length = 0
  }
  await put([
    MAGIC,
    new Uint8Array(2),
    ...encapsulate(Message.encode(Message.from(SCHEMA)), MAGIC.length + 2),
  ])
  return {
    async append(columns, from, to) {
      for (let i = from; i < to; ) {
        const end = Math.min(to, i + batch_rows - batch.length)
        for (const [name] of COLUMNS) batch[name].set(columns[name].subarray(i, end), batch.length)
        batch.length += end - i
        i = end
        if (batch.length === batch_rows) await flush()
      }
    },
    async finish() {
      await flush()
      const footer = Footer.encode(new Footer(SCHEMA, undefined, blocks, []))
      const end = Int32Array.of(-1, 0)
      await put([bytesOf(end), footer, bytesOf(Int32Array.of(footer.byteLength)), MAGIC])
      await file.close()
    },
    abort: () => file.close(),
  }
}

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

function arrowType(type: 'f64' | 'u32' | 'u8'): Float64 | Uint32 | Uint8 {
  return type === 'f64' ? new Float64() : type === 'u32' ? new Uint32() : new Uint8()
}

/** A message with its length prefix, padded so that what follows starts at the alignment. */
function encapsulate(message: Uint8Array, position: number): Uint8Array[] {
  const padding = pad(position + 8 + message.byteLength)
  const prefix = Int32Array.of(-1, message.byteLength + padding)
  return [bytesOf(prefix), message, new Uint8Array(padding)]
}

function body(columns: Columns) {
  const regions: BufferRegion[] = []
  const parts: Uint8Array[] = []
  let bytes = 0
  for (const [name, type] of COLUMNS) {
    const column = columns[name]
    const length = columns.length * ELEMENT[type]
    const padding = pad(length)
    regions.push(new BufferRegion(bytes, 0), new BufferRegion(bytes, length))
    parts.push(new Uint8Array(column.buffer, column.byteOffset, length))
    if (padding > 0) parts.push(new Uint8Array(padding))
    bytes += length + padding
  }
  return { regions, parts, bytes }
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
    if (region.offset + header.length * ELEMENT[type] > block.bodyLength)
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

function pad(bytes: number): number {
  return (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer)
}

function sizeOf(parts: readonly Uint8Array[]): number {
  let bytes = 0
  for (const part of parts) bytes += part.byteLength
  return bytes
}

/** A tape file without one of the columns of the tape. */
export function missingColumn(
  file: string,
  column: string,
  found: string | undefined,
  wanted: string,
): TapeError {
  const what = found === undefined ? 'is missing' : `is ${found}, not ${wanted}`
  return new TapeError(
    'tape.column',
    `${file}: column ${column} ${what}`,
    { file, field: column },
    'import the dataset again with this version',
  )
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

function full(file: string): TapeError {
  return new TapeError('tape.write', `${file}: not all bytes were written`, { file }, 'free some disk space')
}
