import { Field, Float64, Schema, Uint8, Uint32 } from 'apache-arrow'
import { COLUMNS } from '../../core/events/index.ts'
import { TapeError } from './errors.ts'

/** What the Arrow form of a tape looks like, for its writer and its reader. */

/** First and last bytes of an Arrow file. */
export const MAGIC = new TextEncoder().encode('ARROW1')
/** Bytes of one value in a column. */
export const ELEMENT_BYTES = { f64: 8, u32: 4, u8: 1 } as const

/** The Arrow type of a column. */
export function arrowType(type: 'f64' | 'u32' | 'u8'): Float64 | Uint32 | Uint8 {
  return type === 'f64' ? new Float64() : type === 'u32' ? new Uint32() : new Uint8()
}

/** The columns of the tape, none of them nullable. */
export const SCHEMA = new Schema(COLUMNS.map(([name, type]) => new Field(name, arrowType(type), false)))

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
