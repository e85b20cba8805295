import { type FlatList, type FlatTable, rootTable } from './flat-table.ts'

/** What the metadata of an Arrow file says, as far as tapes need it (Arrow format: Message.fbs, Schema.fbs, File.fbs). */

/** A column: its name and its type, `Float64`, `Uint32`, `Uint8` or another. */
export type ArrowField = { name: string; type: string }
/** Where a record batch lies: its message, behind it its body. */
export type ArrowBlock = { offset: number; metadata: number; body: number }
/** A record batch: rows, and for each column in order its nulls and where in the body its values lie. */
export type ArrowBatch = {
  rows: number
  body: number
  columns: { nulls: number; offset: number; bytes: number }[]
}

/** More columns than any tape has. */
const FIELDS_MAX = 64
const NAME_BYTES_MAX = 256
const BLOCK_BYTES = 24
const NODE_BYTES = 16
/** Types of columns, of messages, and precisions of floats, by their numbers. */
const [TYPE_INT, TYPE_FLOAT, RECORD_BATCH] = [2, 3, 3]
const FLOATS = ['Float16', 'Float32', 'Float64']

/**
 * The footer: columns, and where the batches are.
 *
 * @param blocks_max more batches than the file has room for
 * @throws RangeError for one that is damaged
 */
export function readFooter(
  bytes: Uint8Array,
  blocks_max: number,
): { fields: ArrowField[]; blocks: ArrowBlock[] } {
  const footer = rootTable(bytes)
  const schema = footer.table(1)
  if (schema === null) throw new RangeError('it has no schema')
  if (footer.list(2, BLOCK_BYTES, blocks_max).length > 0) throw new RangeError('it has dictionaries')
  const columns = schema.list(1, 4, FIELDS_MAX)
  const blocks = footer.list(3, BLOCK_BYTES, blocks_max)
  return {
    fields: each(columns, (i) => fieldOf(columns.table(i))),
    blocks: each(blocks, (i) => ({
      offset: blocks.i64(i, 0),
      metadata: blocks.i32(i, 8),
      body: blocks.i64(i, 16),
    })),
  }
}

function fieldOf(field: FlatTable): ArrowField {
  return { name: field.text(0, NAME_BYTES_MAX), type: typeOf(field) }
}

function typeOf(field: FlatTable): string {
  const type = field.table(3)
  if (field.table(4) !== null || type === null) return 'of a dictionary'
  const kind = field.u8(2, 0)
  if (kind === TYPE_INT) return `${type.u8(1, 0) === 0 ? 'Uint' : 'Int'}${type.i32(0, 0)}`
  return kind === TYPE_FLOAT ? (FLOATS[type.i16(0, 0)] ?? 'a float') : 'of no number'
}

/**
 * A message that must be a record batch with these many columns, uncompressed.
 *
 * @throws RangeError for another, or one that is damaged
 */
export function readBatch(bytes: Uint8Array, columns: number): ArrowBatch {
  const message = rootTable(bytes)
  const batch = message.u8(1, 0) === RECORD_BATCH ? message.table(2) : null
  if (batch === null) throw new RangeError('a block is no record batch')
  if (batch.table(3) !== null) throw new RangeError('its batches are compressed')
  const nodes = batch.list(1, NODE_BYTES, FIELDS_MAX)
  const buffers = batch.list(2, NODE_BYTES, 2 * FIELDS_MAX)
  if (nodes.length !== columns || buffers.length !== 2 * columns)
    throw new RangeError('a batch lacks columns')
  const rows = batch.i64(0, 0)
  return {
    rows,
    body: message.i64(3, 0),
    columns: each(nodes, (i) => {
      if (nodes.i64(i, 0) !== rows) throw new RangeError('a column has other rows than its batch')
      return { nulls: nodes.i64(i, 8), offset: buffers.i64(2 * i + 1, 0), bytes: buffers.i64(2 * i + 1, 8) }
    }),
  }
}

function each<T>({ length }: FlatList, of: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => of(index))
}
