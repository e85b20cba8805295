import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { printable } from '../../recorders/printable.ts'

/** Values of a result as text. Instants are UTC and end in Z; whole numbers have all their digits. */

/** µs since the epoch of any of DuckDB's timestamps; null for other values and for ±infinity. */
export function microsOf(value: DuckDBValue): bigint | null {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return value.isFinite ? value.micros : null
  }
  if (infinityOf(value) !== null) return null
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1_000n
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1_000n
  return null
}

/** `infinity` or `-infinity` where a date or an instant is that; null for any other value. */
export function infinityOf(value: DuckDBValue): string | null {
  if (value instanceof DuckDBDateValue) return value.isFinite ? null : signed(value.days)
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return value.isFinite ? null : signed(value.micros)
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.isFinite ? null : signed(value.millis)
  if (value instanceof DuckDBTimestampSecondsValue) return value.isFinite ? null : signed(value.seconds)
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.isFinite ? null : signed(value.nanos)
  return null
}

function signed(value: number | bigint): string {
  return value < 0 ? '-infinity' : 'infinity'
}

/** A value as text without quotes; NULL is the empty text. */
export function textOf(value: DuckDBValue): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return Object.is(value, -0) ? '0' : String(value)
  const micros = microsOf(value)
  if (micros !== null) return isoOf(micros)
  const infinity = infinityOf(value)
  if (infinity !== null) return infinity
  return isNested(value) ? jsonOf(value) : value instanceof DuckDBBlobValue ? hexOf(value) : String(value)
}

/**
 * A value as JSON. Numbers are written with all their digits, above 2^53 too; what JSON has no number for (NaN, infinity)
 * is text, and so is everything that JSON has no word for.
 */
export function jsonOf(value: DuckDBValue): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof DuckDBDecimalValue) return value.toString()
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(jsonOf).join(',')}]`
  }
  if (value instanceof DuckDBStructValue) {
    const entries = Object.entries(value.entries).map(
      ([name, one]) => `${JSON.stringify(name)}:${jsonOf(one)}`,
    )
    return `{${entries.join(',')}}`
  }
  if (value instanceof DuckDBMapValue) {
    return `[${value.entries.map((entry) => `{"key":${jsonOf(entry.key)},"value":${jsonOf(entry.value)}}`).join(',')}]`
  }
  return JSON.stringify(textOf(value))
}

/** A value for people: a real number with the digits that matter, a decimal with all that it has. */
export function shownOf(value: DuckDBValue): string {
  if (value === null) return '–'
  if (typeof value === 'number') return shownNumber(value)
  if (value instanceof DuckDBDecimalValue) return value.toString()
  const micros = typeof value === 'object' ? microsOf(value) : null
  const text = micros === null ? textOf(value) : isoOf(micros).replace('T', ' ').replace('Z', '')
  return printable(text)
}

function shownNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value)
  const rounded = Number(value.toFixed(6))
  return Math.abs(value) < 1e-3 ? String(Number(value.toPrecision(4))) : String(rounded)
}

/** An instant with all six digits of its µs, so that texts sort as times do. */
function isoOf(micros: bigint): string {
  const second = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n)
  const rest = micros - second * 1_000_000n
  const date = new Date(Number(second) * 1_000)
  if (Number.isNaN(date.getTime())) return String(micros)
  return `${date.toISOString().slice(0, -5)}.${String(rest).padStart(6, '0')}Z`
}

function isNested(value: object): boolean {
  return (
    value instanceof DuckDBListValue ||
    value instanceof DuckDBArrayValue ||
    value instanceof DuckDBStructValue ||
    value instanceof DuckDBMapValue
  )
}

function hexOf(value: DuckDBBlobValue): string {
  return Buffer.from(value.bytes).toString('hex')
}
