import type { DuckDBConnection } from '@duckdb/node-api'
import { literalPath, quote } from '../database.ts'
import { TEXT } from '../limits.ts'
import { shortened } from '../printable.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import { shownNames } from './shown-names.ts'

/** A column of a Parquet file: how SQL reads it, and what was concluded about it. */
export type ParquetColumn = { sql: string; inferred: Inference[] }

/** A column of texts in SQL. How long one is, is asked before it leaves the database. */
export type TextColumn = {
  /** Its length in bytes. */
  bytes: string
  /** The text; NULL where it is longer. */
  upTo(most: number): string
}

/** Columns of a Parquet file by their names, with their types. */
export type ParquetTypes = ReadonlyMap<string, string>

/**
 * The columns of a Parquet file.
 *
 * @param columns names that must be there, in any capitals
 * @throws TapeError `import.file`, `import.column`
 */
export async function describeParquet(
  connection: DuckDBConnection,
  file: string,
  columns: readonly string[],
): Promise<ParquetTypes> {
  const described = await connection
    .runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${literalPath(file)})`)
    .catch((thrown: unknown) => {
      throw new TapeError(
        'import.file',
        `${file}: cannot be read as Parquet: ${shortened((thrown as Error).message, TEXT.quoted)}`,
        { file },
        'give the path of a recorded Parquet file',
        thrown,
      )
    })
  const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]))
  for (const field of columns) {
    if (nameOf(types, field) !== undefined) continue
    throw new TapeError(
      'import.column',
      `${file}: column ${field} is missing; found ${shownNames([...types.keys()])}`,
      { file, field },
      `give a recording with the columns ${columns.join(', ')}`,
    )
  }
  return types
}

/**
 * A column of times as unix seconds, a DOUBLE; NULL for what is none, whatever the type of the column: numbers of s, ms, µs
 * or ns by their magnitude, which most values decide; timestamps with and without a zone; ISO text with a zone.
 *
 * @throws TapeError `import.column` for a type that holds no times, naming it
 */
export async function timeColumn(
  connection: DuckDBConnection,
  file: string,
  types: ParquetTypes,
  field: string,
): Promise<ParquetColumn> {
  const type = types.get(nameOf(types, field)!)!
  const column = identifier(nameOf(types, field)!)
  if (/^TIMESTAMP/.test(type)) return { sql: `epoch_us(${column}) / 1e6`, inferred: zoneTold(field, type) }
  if (type === 'FLOAT')
    throw unusable(
      file,
      field,
      `${type}: near today it goes in steps of 128 s`,
      'write it as DOUBLE, or as TIMESTAMP',
    )
  const number = /^(DOUBLE|DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$)/.test(type)
  if (!number && type !== 'VARCHAR')
    throw unusable(
      file,
      field,
      `${type}, which holds no times`,
      'write it as seconds in DOUBLE, or as TIMESTAMP',
    )
  const value = number ? column : `TRY_CAST(${column} AS DECIMAL(38, 9))`
  const { unit, counts } = await unitOf(connection, file, value)
  const text = number ? 'NULL' : isoSql(column)
  return { sql: `coalesce(${numberSql(value, unit)}, ${text})`, inferred: unitTold(field, unit, counts) }
}

/**
 * A column of texts: of characters, or of bytes in UTF-8, which come as they are.
 *
 * @throws TapeError `import.column` for a type that holds no texts, naming it
 */
export function textColumn(file: string, types: ParquetTypes, field: string): TextColumn {
  const name = nameOf(types, field)!
  const type = types.get(name)!
  if (type === 'BLOB') return bounded(identifier(name), `octet_length(${identifier(name)})`)
  if (type !== 'VARCHAR' && type !== 'JSON' && !type.startsWith('ENUM'))
    throw unusable(file, field, `${type}, which holds no texts`, 'write it as text')
  const text = `${identifier(name)}::VARCHAR`
  return bounded(text, `strlen(${text})`)
}

function bounded(text: string, bytes: string): TextColumn {
  return { bytes, upTo: (most) => `CASE WHEN ${bytes} <= ${most} THEN ${text} END` }
}

/** Seconds of the units that times come in, and the numbers that a time between 2000 and 2100 has in them. */
const UNITS = [
  { name: 'seconds', per_second: 1 },
  { name: 'milliseconds', per_second: 1e3 },
  { name: 'microseconds', per_second: 1e6 },
  { name: 'nanoseconds', per_second: 1e9 },
] as const
type Unit = (typeof UNITS)[number]
const FROM_S = 946_684_800
const UNTIL_S = 4_102_444_800

const isOf = (value: string, { per_second }: Unit) =>
  `(${value} >= ${FROM_S * per_second} AND ${value} < ${UNTIL_S * per_second})`

/** The unit of most of a column's values; seconds where none is a time. */
async function unitOf(connection: DuckDBConnection, file: string, value: string) {
  const counting = UNITS.map((unit) => `count(*) FILTER (${isOf(value, unit)})`)
  const found = await connection
    .runAndReadAll(`SELECT ${counting.join(', ')} FROM read_parquet(${literalPath(file)})`)
    .catch((thrown: unknown) => {
      throw new TapeError(
        'import.file',
        `${file}: cannot be read: ${shortened((thrown as Error).message, TEXT.quoted)}`,
        { file },
        'copy it again from its source',
        thrown,
      )
    })
  const counts = found.getRows()[0]!.map(Number)
  return { unit: UNITS[counts.indexOf(Math.max(...counts))]!, counts }
}

/** To the nearest µs, so that one time is the same in every unit. */
function numberSql(value: string, unit: Unit): string {
  const seconds =
    unit.per_second === 1e9
      ? `((${value})::HUGEINT + 500) // 1000 / 1e6`
      : `(${value})::DOUBLE / ${unit.per_second}`
  return `CASE WHEN ${isOf(value, unit)} THEN ${seconds} END`
}

const ISO = '^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)? ?(Z|[+-]\\d\\d(:?\\d\\d)?)$'

function isoSql(column: string): string {
  return `CASE WHEN regexp_matches(${column}, ${quote(ISO)}) THEN epoch_us(TRY_CAST(${column} AS TIMESTAMPTZ)) / 1e6 END`
}

function unitTold(field: string, unit: Unit, counts: readonly number[]): Inference[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (unit.per_second === 1) return []
  return [
    {
      what: `times of ${field} are in ${unit.name}`,
      how: 'by their magnitude, which must be of a day between 2000 and 2100; usual are seconds. Times in another unit than most are refused',
      agreement: `${counts[UNITS.indexOf(unit)]} of ${total}`,
    },
  ]
}

function zoneTold(field: string, type: string): Inference[] {
  if (type === 'TIMESTAMP WITH TIME ZONE') return []
  return [
    {
      what: `times of ${field} are UTC`,
      how: `its type, ${type}, names no zone: it is taken for UTC`,
      agreement: 'not checkable: no zone is recorded',
    },
  ]
}

/** A name as it stands in the file, found in any capitals. */
function nameOf(types: ParquetTypes, field: string): string | undefined {
  if (types.has(field)) return field
  return [...types.keys()].find((name) => name.toLowerCase() === field.toLowerCase())
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function unusable(file: string, field: string, what: string, fix: string): TapeError {
  return new TapeError(
    'import.column',
    `${file}: column ${field} is ${shortened(what, 120)}`,
    { file, field },
    fix,
  )
}
