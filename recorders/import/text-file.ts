import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { reasonOf, TapeError } from '../tape/index.ts'

/** A table of plain cells, checked and counted once before anything is made of it. */
export type TextTable = {
  file: string
  /** Names of the columns, as its first line states them. */
  header: string[]
  /** Lines with anything in them, the header left out. */
  rows: number
}

/** A line of a file: its number, from 0 for the first row of a table or the first line of other files, and its text. */
export type TextLine = { row: number; text: string }

/** No line of a recording is near this long: a file without line ends must not fill the memory. */
const LINE_MAX = 4 * 1024 * 1024

/**
 * Lines of a text file, plain or gzipped, some thousand at a time and in constant memory. Empty lines are passed over.
 *
 * @throws TapeError `import.file` for a file that cannot be read, is no text, or whose compressed data is broken or cut off
 */
export async function* readLines(file: string): AsyncGenerator<TextLine[]> {
  let rest = ''
  let row = 0
  const lines = (text: string[]) => {
    const found: TextLine[] = []
    for (const one of text) {
      const trimmed = one.endsWith('\r') ? one.slice(0, -1) : one
      if (trimmed !== '') found.push({ row, text: row === 0 ? trimmed.replace(/^\uFEFF/, '') : trimmed })
      row++
    }
    return found
  }
  for await (const chunk of readText(file)) {
    const pieces = chunk.split('\n')
    pieces[0] = rest + pieces[0]!
    rest = pieces.pop()!
    if (rest.length > LINE_MAX) throw unreadable(file, 'is no text in lines', 'give a recording of this kind')
    const found = lines(pieces)
    if (found.length > 0) yield found
  }
  const last = lines([rest])
  if (last.length > 0) yield last
}

/**
 * Read a table through: it must have these columns; others may stand beside them, in any order.
 *
 * @throws TapeError `import.file` as {@link readLines}, and for an empty file; `import.column`, naming file and column
 */
export async function openTable(file: string, columns: readonly string[]): Promise<TextTable> {
  let header: string[] | undefined
  let rows = 0
  for await (const lines of readLines(file)) {
    rows += lines.length
    if (header !== undefined) continue
    header = lines[0]!.text.split(',').map((name) => name.trim())
    rows--
    for (const field of columns) columnOf({ file, header }, field)
  }
  if (header === undefined) throw unreadable(file, 'is empty', 'give the path of a recorded file')
  return { file, header, rows }
}

/** Rows of a table: number and cells. Cells are split at commas; quotes have no meaning. */
export async function* readRows(table: TextTable): AsyncGenerator<{ row: number; cells: string[] }[]> {
  let first = true
  for await (const lines of readLines(table.file)) {
    const rows = lines.map(({ row, text }) => ({ row: row - 1, cells: text.split(',') }))
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
export function columnOf({ file, header }: Pick<TextTable, 'file' | 'header'>, field: string): number {
  const place = header.indexOf(field)
  if (place >= 0) return place
  throw new TapeError(
    'import.column',
    `${file}: column ${field} is missing; found ${header.join(', ')}`,
    { file, field },
    'give a recording of this kind, as it was made',
  )
}

/**
 * Text of a file, plain or gzipped, piece by piece.
 *
 * @throws TapeError `import.file` for a file that cannot be read, or whose compressed data is broken or cut off
 */
export async function* readText(file: string): AsyncGenerator<string> {
  let text: Readable | undefined
  try {
    const gzipped = await isGzip(file)
    const bytes = createReadStream(file)
    text = bytes
    if (gzipped) {
      const unzip = createGunzip()
      bytes.on('error', (error) => unzip.destroy(error))
      text = bytes.pipe(unzip)
    }
    text.setEncoding('utf8')
    for await (const chunk of text) yield chunk as string
  } catch (thrown) {
    const cut = (thrown as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
    throw unreadable(
      file,
      cut ? 'is cut off: its compressed data ends too early' : `cannot be read: ${reasonOf(thrown)}`,
      cut ? 'copy it again from its source' : 'check the path, or copy the file again from its source',
      thrown,
    )
  } finally {
    text?.destroy()
  }
}

/** Whether a file begins as gzip does; its name says nothing. */
async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}

function unreadable(file: string, what: string, fix: string, cause?: unknown): TapeError {
  return new TapeError('import.file', `${file}: ${what}`, { file }, fix, cause)
}
