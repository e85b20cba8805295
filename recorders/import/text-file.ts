import { TEXT } from '../limits.ts'
import { TapeError } from '../tape/index.ts'
import { createCellReader } from './csv-cells.ts'
import { shownNames } from './shown-names.ts'
import { readText, unreadable } from './text-bytes.ts'

/** A table (CSV), checked and counted once before anything is made of it. */
export type TextTable = {
  file: string
  /** Names of the columns, as its first row states them. */
  header: string[]
  /** Rows with anything in them, the header left out. */
  rows: number
}

/** A line of a file: its number, from 0, and its text. */
export type TextLine = { row: number; text: string }

/** A row of a table: its number is that of the line in which it begins, from 0, the header left out. Without cells: broken quotes. */
export type TextRow = { row: number; cells: readonly string[] }

/**
 * Lines of a text file, plain or compressed, some thousand at a time and in constant memory. Empty lines are passed over.
 *
 * @throws TapeError `import.file` for a file that cannot be read, is no text, or whose compressed data is broken or cut off
 */
export async function* readLines(file: string): AsyncGenerator<TextLine[]> {
  for await (const lines of everyLine(file)) {
    const found = lines.filter(({ text }) => text !== '')
    if (found.length > 0) yield found
  }
}

/**
 * Read a table through: it must have these columns; others may stand beside them, in any order. Cells and names may be
 * quoted (RFC 4180); a name is found in other capitals too.
 *
 * @throws TapeError `import.file` as {@link readLines}, and for an empty file; `import.column`, naming file and column
 */
export async function openTable(file: string, columns: readonly string[]): Promise<TextTable> {
  let header: string[] | undefined
  let rows = 0
  for await (const found of everyRow(file)) {
    rows += found.length
    if (header !== undefined) continue
    header = found[0]!.cells.map((name) => name.trim())
    rows--
    assertColumns({ file, header }, columns)
  }
  if (header === undefined) throw unreadable(file, 'is empty', 'give the path of a recorded file')
  return { file, header, rows }
}

/** Rows of a table, the header left out. */
export async function* readRows({ file }: Pick<TextTable, 'file'>): AsyncGenerator<TextRow[]> {
  let first = true
  for await (const rows of everyRow(file)) {
    if (first) rows.shift()
    first = false
    if (rows.length > 0) yield rows
  }
}

/**
 * Place of a column.
 *
 * @throws TapeError `import.column`
 */
export function columnOf(table: Pick<TextTable, 'file' | 'header'>, field: string): number {
  const places = placesOf(table.header, field)
  if (places.length !== 1) assertColumns(table, [field])
  return places[0]!
}

/** Characters of a row. */
export function lengthOf({ cells }: TextRow): number {
  let sum = 0
  for (const cell of cells) sum += cell.length
  return sum
}

/** Whether a table has a column. */
export function hasColumn({ header }: Pick<TextTable, 'header'>, field: string): boolean {
  return placesOf(header, field).length > 0
}

/** Where a name stands: as it is written, else in other capitals. */
function placesOf(header: readonly string[], field: string): number[] {
  const places = (same: (name: string) => boolean) => header.flatMap((name, i) => (same(name) ? [i] : []))
  const exact = places((name) => name === field)
  const wanted = field.toLowerCase()
  return exact.length > 0 ? exact : places((name) => name.toLowerCase() === wanted)
}

function assertColumns(
  { file, header }: Pick<TextTable, 'file' | 'header'>,
  columns: readonly string[],
): void {
  const missing = columns.filter((field) => placesOf(header, field).length === 0)
  const twice = columns.find((field) => placesOf(header, field).length > 1)
  const field = missing[0] ?? twice
  if (field === undefined) return
  const what =
    missing.length === 0
      ? `column ${field} is there twice`
      : missing.length === columns.length && columns.length > 1
        ? `its first line names none of the columns ${columns.join(', ')}: is it a header?`
        : `column ${field} is missing`
  throw new TapeError(
    'import.column',
    `${file}: ${what}; found ${shownNames(header)}`,
    { file, field },
    `give a table whose first line names its columns, divided by commas, ${columns.join(', ')} among them`,
  )
}

/** Rows of a table, the header too: `row` of that is −1. */
async function* everyRow(file: string): AsyncGenerator<TextRow[]> {
  const reader = createCellReader()
  /** Where the row at hand begins, and how many lines the header has and what is before it. */
  let begin = 0
  let above = 0
  for await (const lines of everyLine(file)) {
    const found: TextRow[] = []
    for (const { row, text } of lines) {
      if (reader.held === 0) {
        if (text === '') continue
        begin = row
      }
      const cells = reader.take(text)
      if (cells === 'open') {
        if (reader.held > TEXT.line) throw unclosed(file, begin)
        continue
      }
      if (above === 0) above = row + 1
      found.push({ row: begin - above, cells: cells === 'bad' ? [] : cells })
    }
    if (found.length > 0) yield found
  }
  if (reader.held > 0) throw unclosed(file, begin)
}

function unclosed(file: string, line: number): TapeError {
  return new TapeError(
    'import.quotes',
    `${file}: the quoted cell that begins in line ${line + 1} is never closed`,
    { file, row: line },
    'copy the file again from its source, or mend that line',
  )
}

/** Every line, empty ones too. */
async function* everyLine(file: string): AsyncGenerator<TextLine[]> {
  let rest = ''
  let row = 0
  const lines = (texts: string[]): TextLine[] =>
    texts.map((text) => ({ row: row++, text: text.endsWith('\r') ? text.slice(0, -1) : text }))
  for await (const chunk of readText(file)) {
    const pieces = chunk.split('\n')
    pieces[0] = rest + pieces[0]!
    rest = pieces.pop()!
    if (rest.length > TEXT.line)
      throw unreadable(file, 'is no text in lines', 'give a recording of this kind')
    if (pieces.length > 0) yield lines(pieces)
  }
  if (rest !== '') yield lines([rest])
}
