import { setImmediate } from 'node:timers/promises'
import {
  DuckDBDateValue,
  type DuckDBDecimalType,
  DuckDBDecimalValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import {
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow'
import { SqlError } from '../../recorders/sql/index.ts'
import type { Rows } from './rows.ts'
import { infinityOf, microsOf, textOf } from './values.ts'

/** Rows of a record batch. */
const BATCH_ROWS = 32_768
/** A double holds any decimal of so many digits. */
const EXACT_DIGITS = 15
const INT64_MAX = 2n ** 63n - 1n
const NOTHING = Symbol('nothing')

/** How a column goes into Arrow: its type there, and its values as the buffers want them. */
type Form = { type: DataType; data(values: readonly DuckDBValue[], name: string): Buffers }
type Buffers = { data: ArrayBufferView; valueOffsets?: Int32Array }

/**
 * The bytes of an Arrow IPC file: instants are µs UTC, whole numbers int32 or int64, reals and decimals of up to 15 digits
 * doubles, longer decimals decimal128, and what Arrow's readers do not all know (lists, intervals, …) is text. Memory holds
 * one record batch.
 *
 * @throws SqlError `sql.range` for a whole number beyond 64 bits, and for an infinite date or instant
 */
export async function* arrow(rows: Rows): AsyncGenerator<Uint8Array> {
  const forms = rows.types.map(formOf)
  const schema = new Schema(rows.names.map((name, i) => new Field(name, forms[i]!.type, true)))
  const writer = new RecordBatchFileWriter()
  writer.reset(undefined, schema)
  const bytes = writer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  let next = bytes.next()
  // The writer keeps what it made until it is fetched: after each batch all of it is.
  async function* made(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const got = await Promise.race([next, setImmediate(NOTHING)])
      if (got === NOTHING || got.done === true) return
      yield got.value as Uint8Array
      next = bytes.next()
    }
  }
  let waiting: DuckDBValue[][] = []
  for await (const batch of rows.batches()) {
    waiting = waiting.concat(batch)
    if (waiting.length < BATCH_ROWS) continue
    writer.write(batchOf(schema, forms, waiting))
    waiting = []
    yield* made()
  }
  if (waiting.length > 0) writer.write(batchOf(schema, forms, waiting))
  writer.finish()
  for (; ; next = bytes.next()) {
    const { value, done } = await next
    if (done === true) return
    yield value as Uint8Array
  }
}

function batchOf(schema: Schema, forms: readonly Form[], rows: readonly DuckDBValue[][]): RecordBatch {
  const length = rows.length
  const children = forms.map(({ type, data }, i) => {
    const values = rows.map((row) => row[i]!)
    const { nullBitmap, nullCount } = validity(values)
    return makeData({ type, length, nullCount, nullBitmap, ...data(values, schema.fields[i]!.name) } as never)
  })
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
  )
}

function validity(values: readonly DuckDBValue[]): { nullBitmap: Uint8Array; nullCount: number } {
  const nullBitmap = new Uint8Array(((values.length + 63) >> 6) << 3)
  let nullCount = 0
  values.forEach((value, i) => {
    if (value === null) nullCount++
    else nullBitmap[i >> 3]! |= 1 << (i & 7)
  })
  return { nullBitmap, nullCount }
}

function formOf(type: DuckDBType): Form {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { type: new Bool(), data: (values) => ({ data: bits(values) }) }
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
      return { type: new Int32(), data: (values) => ({ data: Int32Array.from(values, Number) }) }
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return { type: new Int64(), data: (values, name) => ({ data: longs(values, wholeOf(name)) }) }
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType
      if (width > EXACT_DIGITS) return { type: new Decimal(scale, width), data: decimals }
      return { type: new Float64(), data: (values) => ({ data: Float64Array.from(values, realOf) }) }
    }
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return { type: new Float64(), data: (values) => ({ data: Float64Array.from(values, realOf) }) }
    case DuckDBTypeId.DATE:
      return {
        type: new DateDay(),
        data: (values, name) => ({ data: Int32Array.from(values, (value) => daysOf(finite(value, name))) }),
      }
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return {
        type: new TimestampMicrosecond('UTC'),
        data: (values, name) => ({ data: longs(values, (value) => microsOf(finite(value, name))!) }),
      }
    default:
      return { type: new Utf8(), data: texts }
  }
}

function longs(values: readonly DuckDBValue[], long: (value: DuckDBValue) => bigint): BigInt64Array {
  return BigInt64Array.from(values, (value) => (value === null ? 0n : long(value)))
}

function wholeOf(name: string): (value: DuckDBValue) => bigint {
  return (value) => {
    const whole = BigInt(value as number | bigint)
    if (whole <= INT64_MAX && whole >= -INT64_MAX - 1n) return whole
    throw new SqlError(
      'sql.range',
      `column ${name} holds ${whole}, which 64 bits cannot`,
      'cast the column to VARCHAR or DOUBLE in the query',
    )
  }
}

/** Arrow has no infinite instants: a reader would take them for one of this era. */
function finite(value: DuckDBValue, name: string): DuckDBValue {
  const infinity = infinityOf(value)
  if (infinity === null) return value
  throw new SqlError(
    'sql.range',
    `column ${name} holds ${infinity}, which Arrow has no value for`,
    'leave the row out, or cast the column to VARCHAR in the query',
  )
}

/** Numbers of 128 bits, lowest word first. */
function decimals(values: readonly DuckDBValue[]): Buffers {
  const words = new BigUint64Array(2 * values.length)
  values.forEach((value, i) => {
    if (!(value instanceof DuckDBDecimalValue)) return
    words[2 * i] = BigInt.asUintN(64, value.value)
    words[2 * i + 1] = BigInt.asUintN(64, value.value >> 64n)
  })
  return { data: new Uint32Array(words.buffer) }
}

function realOf(value: DuckDBValue): number {
  return value instanceof DuckDBDecimalValue ? value.toDouble() : Number(value)
}

function daysOf(value: DuckDBValue): number {
  return value instanceof DuckDBDateValue ? value.days : 0
}

function bits(values: readonly DuckDBValue[]): Uint8Array {
  const data = new Uint8Array(((values.length + 63) >> 6) << 3)
  values.forEach((value, i) => {
    if (value === true) data[i >> 3]! |= 1 << (i & 7)
  })
  return data
}

function texts(values: readonly DuckDBValue[]): Buffers {
  const encoded = values.map((value) => Buffer.from(textOf(value), 'utf8'))
  const valueOffsets = new Int32Array(values.length + 1)
  encoded.forEach((bytes, i) => {
    valueOffsets[i + 1] = valueOffsets[i]! + bytes.length
  })
  return { data: Buffer.concat(encoded), valueOffsets }
}
