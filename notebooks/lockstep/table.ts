import { columns, table as htmlTable } from '../../engine/report/panel.ts'
import type { SqlRow, SqlValue } from '../../recorders/sql/index.ts'
import { onPaper } from './chart.ts'

/** Rows that a table shows where nothing else is said. */
const ROWS_MAX = 30

/**
 * Rows of a query as an HTML table: `display.html(table(rows))`.
 *
 * @param options.limit most rows shown; what is left out is said below
 * @param options.digits decimals of numbers that are not whole; by default up to 6 significant digits
 */
export function table(rows: readonly SqlRow[], options: { limit?: number; digits?: number } = {}): string {
  const { limit = ROWS_MAX, digits } = options
  const names = Object.keys(rows[0] ?? {})
  const heads = columns(
    ...names.map((name) => (rows.some((row) => typeof row[name] === 'number') ? `#${name}` : name)),
  )
  const shown = rows.slice(0, limit).map((row) => names.map((name) => text(row[name]!, digits)))
  const rest = rows.length - shown.length
  const note = rest > 0 ? `<p>${rest} more rows of ${rows.length}</p>` : ''
  return onPaper(rows.length === 0 ? '<p>no rows</p>' : `${htmlTable('rows', heads, shown).html}${note}`)
}

function text(value: SqlValue, digits: number | undefined): string {
  if (value === null) return '–'
  if (typeof value === 'number') return number(value, digits)
  if (value instanceof Date)
    return value
      .toISOString()
      .replace('T', ' ')
      .replace(/\.?0*Z$/, '')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function number(value: number, digits: number | undefined): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  return digits === undefined ? String(Number(value.toPrecision(6))) : value.toFixed(digits)
}
