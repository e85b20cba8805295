import { Message } from 'apache-arrow'
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { BufferRegion, FieldNode, RecordBatch } from 'apache-arrow/ipc/metadata/message'
import { allocate, COLUMNS, type Columns } from '../../core/events/index.ts'
import { openToWrite } from '../files/index.ts'
import { ELEMENT_BYTES, MAGIC, SCHEMA } from './arrow-schema.ts'
import { TapeError } from './errors.ts'

/**
 * Writes standard Arrow IPC files of tape rows. Metadata is encoded by the Arrow library; bodies are the columns
 * themselves, written as they lie in memory.
 */

/** Rows of a record batch: 1.7 MB, small enough to stay in a core's cache while it is replayed. */
export const BATCH_ROWS = 32_768

/** Bodies and buffers start at multiples of it, so that views need no copy and mapped files are aligned too. */
const ALIGNMENT = 64

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
  const file = await openToWrite(path)
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
    const length = columns.length * ELEMENT_BYTES[type]
    const padding = pad(length)
    regions.push(new BufferRegion(bytes, 0), new BufferRegion(bytes, length))
    parts.push(new Uint8Array(column.buffer, column.byteOffset, length))
    if (padding > 0) parts.push(new Uint8Array(padding))
    bytes += length + padding
  }
  return { regions, parts, bytes }
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

function full(file: string): TapeError {
  return new TapeError('tape.write', `${file}: not all bytes were written`, { file }, 'free some disk space')
}
