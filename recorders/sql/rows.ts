import type { JS } from '@duckdb/node-api'

/** A value of a row. Instants are dates (of whole milliseconds); whole numbers are numbers as far as those are exact. */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | null
  | SqlValue[]
  | { [key: string]: SqlValue }
/** A row, by column. */
export type SqlRow = { [column: string]: SqlValue }

/** Values as JavaScript has them: a count is a number and not a bigint, which no chart and no JSON can take. */
export function plain(value: JS): SqlValue {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Date || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(plain)
  return plainRow(value)
}

/** {@link plain} for each column of a row. */
export function plainRow(row: Readonly<Record<string, JS>>): SqlRow {
  const out: SqlRow = {}
  for (const column of Object.keys(row)) out[column] = plain(row[column]!)
  return out
}
