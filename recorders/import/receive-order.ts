import { basename } from 'node:path'
import { DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api'
import { type Database, literalPath, openDatabase } from '../database.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import { describeParquet, textColumn, timeColumn } from './parquet-columns.ts'

/** One recorded row: when it was received (unix seconds), of which market, and the message as it came. */
export type RawRow = { recv_s: number; slug: string | null; raw: string | null; file: string; row: number }

/** A recording opened for reading in the order of reception. */
export type Recording = {
  /** Rows of all files. */
  readonly rows: number
  /** Places where a file goes back in time: pieces beyond one per file. */
  readonly steps_back: number
  /** Rows without a usable receive time; they are in no piece. */
  readonly untimed: readonly { file: string; row: number }[]
  /** What was concluded of the columns. */
  readonly inferred: readonly Inference[]
  /** Rows in receive order, some thousand at a time; equal times in the order of files and rows. */
  read(): AsyncGenerator<RawRow[]>
  close(): void
}

/** How the columns of a file are read. */
type Layout = { file: string; time: string; slug: string; raw: string }
type Piece = { layout: Layout; from: number; to: number; first_s: number }
type Cursor = { next(): Promise<RawRow | undefined>; close(): void }
type Active = { piece: number; head: RawRow; cursor: Cursor }

/** Pieces that may overlap in time at one moment: each holds a part of a file in memory. */
const OPEN_PIECES = 32
const BATCH_ROWS = 1_024
const COLUMNS = ['recv_s', 'slug', 'raw']

/**
 * Open Parquet files with columns `recv_s`, `slug`, `raw`. Files may be grouped by market or token: each is split where
 * its times go back, and the pieces are merged while they are read, so memory does not grow with the recording.
 *
 * @throws TapeError `import.file`, `import.column`, `import.disorder`
 */
export async function openRecording(files: readonly string[]): Promise<Recording> {
  const database = await openDatabase()
  const { connection } = database
  const pieces: Piece[] = []
  const untimed: { file: string; row: number }[] = []
  const inferred: Inference[] = []
  let rows = 0
  try {
    for (const file of files) {
      const types = await describeParquet(connection, file, COLUMNS)
      const time = await timeColumn(connection, file, types, 'recv_s')
      const [slug, raw] = [textColumn(file, types, 'slug'), textColumn(file, types, 'raw')]
      inferred.push(...time.inferred.filter(({ what }) => inferred.every((one) => one.what !== what)))
      rows += await scan(connection, { file, time: time.sql, slug, raw }, pieces, untimed)
    }
  } catch (thrown) {
    database.close()
    throw thrown
  }
  const filled = new Set(pieces.map(({ layout }) => layout.file)).size
  return {
    rows,
    untimed,
    inferred,
    steps_back: pieces.length - filled,
    read: () => merge(database, pieces),
    close: database.close,
  }
}

/** Find the pieces of one file in which time does not go back. Reads one small column. */
async function scan(
  connection: DuckDBConnection,
  layout: Layout,
  pieces: Piece[],
  untimed: { file: string; row: number }[],
): Promise<number> {
  const { file, time: sql } = layout
  const result = await connection.stream(`SELECT (${sql})::DOUBLE FROM read_parquet(${literalPath(file)})`)
  let row = 0
  let last = Number.NaN
  let piece: Piece | undefined
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return row
    const times = chunk.getColumnVector(0)
    for (let i = 0; i < chunk.rowCount; i++, row++) {
      const time = times.getItem(i)
      if (typeof time !== 'number' || !usable(time)) {
        untimed.push({ file: basename(file), row })
        continue
      }
      if (piece === undefined || time < last) {
        piece = { layout, from: row, to: row, first_s: time }
        pieces.push(piece)
      }
      piece.to = row
      last = time
    }
  }
}

/** A receive time that becomes safe µs. */
function usable(recv_s: number): boolean {
  return recv_s > 0 && recv_s < 4e9
}

async function* merge(database: Database, pieces: readonly Piece[]): AsyncGenerator<RawRow[]> {
  const waiting = pieces.map((_, index) => index)
  waiting.sort((a, b) => pieces[a]!.first_s - pieces[b]!.first_s || a - b)
  const active: Active[] = []
  let batch: RawRow[] = []
  let opened = 0
  try {
    for (;;) {
      // A piece is opened when the time reached is its own, so that few are open at once.
      while (
        opened < waiting.length &&
        (active.length === 0 || pieces[waiting[opened]!]!.first_s <= earliest(active).head.recv_s)
      ) {
        if (active.length === OPEN_PIECES) throw disorder(pieces[waiting[opened]!]!)
        const piece = waiting[opened++]!
        const cursor = await openPiece(database, pieces[piece]!)
        const head = await cursor.next()
        if (head === undefined) cursor.close()
        else active.push({ piece, head, cursor })
      }
      if (active.length === 0) break
      const now = earliest(active)
      batch.push(now.head)
      if (batch.length === BATCH_ROWS) {
        yield batch
        batch = []
      }
      const head = await now.cursor.next()
      if (head !== undefined) now.head = head
      else {
        now.cursor.close()
        active.splice(active.indexOf(now), 1)
      }
    }
    if (batch.length > 0) yield batch
  } finally {
    for (const { cursor } of active) cursor.close()
  }
}

function earliest(active: readonly Active[]): Active {
  let best = active[0]!
  for (let i = 1; i < active.length; i++) {
    const other = active[i]!
    const order = other.head.recv_s - best.head.recv_s || other.piece - best.piece
    if (order < 0) best = other
  }
  return best
}

async function openPiece(database: Database, { layout, from, to }: Piece): Promise<Cursor> {
  const connection = await database.connect()
  const { file, time, slug: slugSql, raw: rawSql } = layout
  const name = basename(file)
  const result = await connection.stream(
    `SELECT file_row_number::DOUBLE, (${time})::DOUBLE, ${slugSql}, ${rawSql}
     FROM read_parquet(${literalPath(file)}, file_row_number = true) WHERE file_row_number BETWEEN ${from} AND ${to}`,
  )
  let rows: RawRow[] = []
  let at = 0
  return {
    close: () => connection.closeSync(),
    async next() {
      while (at === rows.length) {
        const chunk = await result.fetchChunk()
        if (chunk === null || chunk.rowCount === 0) return undefined
        const [row, recv, slug, raw] = [0, 1, 2, 3].map((i) => chunk.getColumnVector(i))
        rows = []
        at = 0
        for (let i = 0; i < chunk.rowCount; i++) {
          const recv_s = recv!.getItem(i)
          if (typeof recv_s !== 'number' || !usable(recv_s)) continue
          rows.push({
            recv_s,
            slug: textOf(slug!.getItem(i)),
            raw: textOf(raw!.getItem(i)),
            file: name,
            row: row!.getItem(i) as number,
          })
        }
      }
      return rows[at++]
    },
  }
}

const decoder = new TextDecoder()

/** A text, or bytes that are one in UTF-8. */
function textOf(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value
  return value instanceof DuckDBBlobValue ? decoder.decode(value.bytes) : null
}

function disorder({ layout: { file }, from }: Piece): TapeError {
  return new TapeError(
    'import.disorder',
    `${file}: row ${from}: more than ${OPEN_PIECES} pieces of the recording overlap in time`,
    { file, field: 'recv_s', row: from },
    'sort the files by recv_s',
  )
}
