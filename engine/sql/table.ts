import { type DuckDBType, DuckDBTypeId, type DuckDBValue } from '@duckdb/node-api'
import pc from 'picocolors'
import { printable } from '../../recorders/printable.ts'
import type { Rows } from './rows.ts'
import { shownOf } from './values.ts'

/** How a table is drawn. */
export type TableStyle = {
  /** Characters of a line; Infinity where nothing has to fit. */
  width: number
  color: boolean
}

/** Rows that are looked at for the widths of the columns. */
const LOOKED_ROWS = 1_000
/** Texts are cut down to this before columns are left out. */
const TEXT_MIN = 8
const GAP = '  '

const NUMBERS: readonly DuckDBTypeId[] = [
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
]

const TIMES: readonly DuckDBTypeId[] = [
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
]

/** `whole`: a number or an instant, which means nothing when it is cut. */
type Column = { at: number; name: string; width: number; number: boolean; whole: boolean }

/**
 * Lines under a head that fit the terminal: texts are cut, and where that is not enough columns are left out and counted.
 * Numbers stand at the right; they and instants are never cut. Widths are those of the first thousand rows, so that a long table streams.
 */
export async function* table(rows: Rows, style: TableStyle): AsyncGenerator<string> {
  const colors = pc.createColors(style.color)
  let columns: Column[] | null = null
  let waiting: string[][] = []
  const flush = () => {
    const known = columns === null
    columns ??= layout(rows.names.map(printable), rows.types, waiting, style.width)
    const lines = waiting.map((row) => line(columns!, (column) => row[column.at]!))
    if (known) lines.unshift(colors.bold(line(columns, ({ name }) => name)))
    waiting = []
    return lines.map((text) => `${text}\n`).join('')
  }
  for await (const batch of rows.batches()) {
    for (const row of batch) waiting.push(row.map((value: DuckDBValue) => shownOf(value)))
    if (waiting.length >= LOOKED_ROWS) yield flush()
  }
  if (waiting.length > 0 || columns === null) yield flush()
  const left = rows.names.length - columns!.length
  if (left > 0) yield colors.dim(`${left} more ${left === 1 ? 'column does' : 'columns do'} not fit\n`)
}

function layout(
  names: readonly string[],
  types: readonly DuckDBType[],
  rows: readonly string[][],
  width: number,
): Column[] {
  const columns = names.map((name, at): Column => {
    const longest = rows.reduce((max, row) => Math.max(max, lengthOf(row[at]!)), lengthOf(name))
    const { typeId } = types[at]!
    const number = NUMBERS.includes(typeId)
    return { at, name, width: longest, number, whole: number || TIMES.includes(typeId) }
  })
  const total = () => columns.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length)
  while (total() > width) {
    const longest = columns
      .filter((column) => !column.whole && column.width > TEXT_MIN)
      .sort((a, b) => b.width - a.width)[0]
    if (longest !== undefined) longest.width = Math.max(TEXT_MIN, longest.width - (total() - width))
    else if (columns.length > 1) columns.pop()
    else break
  }
  return columns
}

function line(columns: readonly Column[], textAt: (column: Column) => string): string {
  return columns
    .map((column) => {
      const text = textAt(column)
      const length = lengthOf(text)
      if (length > column.width && !column.whole) return `${[...text].slice(0, column.width - 1).join('')}…`
      const blanks = ' '.repeat(Math.max(0, column.width - length))
      return column.number ? blanks + text : text + blanks
    })
    .join(GAP)
    .trimEnd()
}

function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}
