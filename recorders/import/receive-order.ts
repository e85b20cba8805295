import { basename } from 'node:path'
import { DuckDBBlobValue, type DuckDBConnection, type DuckDBDataChunk } from '@duckdb/node-api'
import { type Database, literalPath, openDatabase } from '../database.ts'
import { foreign } from '../foreign.ts'
import { COUNT, FILE_BYTES, TEXT } from '../limits.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import { describeParquet, type TextColumn, textColumn, timeColumn } from './parquet-columns.ts'

/** One recorded row: when it was received (unix seconds), of which market, and the message as it came. */
export type RawRow = {
  recv_s: number
  slug: string | null
  raw: string | null
  /** The message is longer than any is, and was not read. */
  too_long: boolean
  file: string
  row: number
}

/** A recording opened for reading in the order of reception. */
export type Recording = {
  /** Rows of all files. */
  readonly rows: number
  /** Places where a file goes back in time: pieces beyond one per file. */
  readonly steps_back: number
  /** Rows without a usable receive time, by files, and the first of each; they are in no piece. */
  readonly untimed: readonly { file: string; row: number; count: number }[]
  /** What was concluded of the columns. */
  readonly inferred: readonly Inference[]
  /** Rows in receive order, at most some thousand and some megabytes at a time; equal times in the order of files and rows. */
  read(): AsyncGenerator<RawRow[]>
  close(): void
}

/** How the columns of a file are read. */
type Layout = { file: string; time: string; slug: TextColumn; raw: TextColumn }
/** Rows from one to another, in which time does not go back. `longest`: bytes of their longest message that is read. */
type Piece = { layout: Layout; from: number; to: number; first_s: number; longest: number }
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
 * @throws TapeError `import.file`, `import.column`, `import.disorder`; ForeignError `import.file` for a damaged one
 */
export async function openRecording(files: readonly string[], signal?: AbortSignal): Promise<Recording> {
  const database = await openDatabase()
  const { connection } = database
  const pieces: Piece[] = []
  const untimed: { file: string; row: number; count: number }[] = []
  const inferred: Inference[] = []
  let rows = 0
  try {
    for (const file of files) {
      const types = await describeParquet(connection, file, COLUMNS)
      const time = await timeColumn(connection, file, types, 'recv_s')
      const [slug, raw] = [textColumn(file, types, 'slug'), textColumn(file, types, 'raw')]
      inferred.push(...time.inferred.filter(({ what }) => inferred.every((one) => one.what !== what)))
      const layout = { file, time: time.sql, slug, raw }
      rows += await scan(connection, layout, pieces, untimed, signal).catch(damaged(file))
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

/** Find the pieces of one file in which time does not go back, and how long their messages are. */
async function scan(
  connection: DuckDBConnection,
  layout: Layout,
  pieces: Piece[],
  untimed: { file: string; row: number; count: number }[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { file, time: sql, raw } = layout
  const length = `CASE WHEN ${raw.bytes} <= ${TEXT.frame_bytes} THEN ${raw.bytes} ELSE 0 END`
  const result = await connection.stream(
    `SELECT (${sql})::DOUBLE, (${length})::DOUBLE FROM read_parquet(${literalPath(file)})`,
  )
  let row = 0
  let last = Number.NaN
  let piece: Piece | undefined
  let without: (typeof untimed)[number] | undefined
  for (;;) {
    signal?.throwIfAborted()
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return row
    const [times, lengths] = [chunk.getColumnVector(0), chunk.getColumnVector(1)]
    for (let i = 0; i < chunk.rowCount; i++, row++) {
      const time = times.getItem(i)
      if (typeof time !== 'number' || !usable(time)) {
        if (without === undefined) {
          without = { file: basename(file), row, count: 0 }
          untimed.push(without)
        }
        without.count++
        continue
      }
      if (piece === undefined || time < last) {
        if (pieces.length === COUNT.pieces)
          throw disorder(file, row, `time goes back more than ${COUNT.pieces} times`)
        piece = { layout, from: row, to: row, first_s: time, longest: 0 }
        pieces.push(piece)
      }
      piece.to = row
      piece.longest = Math.max(piece.longest, lengths.getItem(i) as number)
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
  let bytes = 0
  let opened = 0
  try {
    for (;;) {
      // A piece is opened when the time reached is its own, so that few are open at once.
      while (
        opened < waiting.length &&
        (active.length === 0 || pieces[waiting[opened]!]!.first_s <= earliest(active).head.recv_s)
      ) {
        if (active.length === OPEN_PIECES) {
          const { layout, from } = pieces[waiting[opened]!]!
          throw disorder(
            layout.file,
            from,
            `more than ${OPEN_PIECES} pieces of the recording overlap in time`,
          )
        }
        const piece = waiting[opened++]!
        const cursor = await openPiece(database, pieces[piece]!)
        const head = await cursor.next()
        if (head === undefined) cursor.close()
        else active.push({ piece, head, cursor })
      }
      if (active.length === 0) break
      const now = earliest(active)
      batch.push(now.head)
      bytes += now.head.raw?.length ?? 0
      if (batch.length === BATCH_ROWS || bytes >= FILE_BYTES.texts) {
        yield batch
        batch = []
        bytes = 0
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

/** Rows of a chunk that the database gives at once. */
const CHUNK_ROWS = 2_048

/**
 * Reads the rows of a piece. The database copies every text of a chunk, also one that the file holds once and two thousand rows
 * refer to: where messages are long, it is asked for few rows at a time.
 */
async function openPiece(database: Database, { layout, from, to, longest }: Piece): Promise<Cursor> {
  const connection = await database.connect()
  const { file, time, slug, raw } = layout
  const name = basename(file)
  const few = Math.max(1, Math.floor(FILE_BYTES.texts / Math.max(1, longest)))
  const step = few < CHUNK_ROWS / 8 ? few : to - from + 1
  let next = from
  let result: Awaited<ReturnType<typeof ask>> | null = null
  let rows: RawRow[] = []
  let at = 0

  async function ask() {
    const last = Math.min(to, next + step - 1)
    const found = await connection.stream(
      `SELECT file_row_number::DOUBLE, (${time})::DOUBLE, ${slug.upTo(TEXT.name)}, ${raw.upTo(TEXT.frame_bytes)}, ${raw.bytes} > ${TEXT.frame_bytes}
       FROM read_parquet(${literalPath(file)}, file_row_number = true) WHERE file_row_number BETWEEN ${next} AND ${last}`,
    )
    next = last + 1
    return found
  }

  async function fetch(): Promise<DuckDBDataChunk | null> {
    for (;;) {
      if (result === null) {
        if (next > to) return null
        result = await ask()
      }
      const chunk = await result.fetchChunk()
      if (chunk !== null && chunk.rowCount > 0) return chunk
      result = null
    }
  }

  return {
    close: () => connection.closeSync(),
    async next() {
      while (at === rows.length) {
        const chunk = await fetch().catch(damaged(file))
        if (chunk === null) return undefined
        rows = rowsOf(chunk, name)
        at = 0
      }
      return rows[at++]
    },
  }
}

function rowsOf(chunk: DuckDBDataChunk, file: string): RawRow[] {
  const [row, recv, slug, raw, long] = [0, 1, 2, 3, 4].map((i) => chunk.getColumnVector(i))
  const rows: RawRow[] = []
  for (let i = 0; i < chunk.rowCount; i++) {
    const recv_s = recv!.getItem(i)
    if (typeof recv_s !== 'number' || !usable(recv_s)) continue
    rows.push({
      recv_s,
      slug: textOf(slug!.getItem(i)),
      raw: textOf(raw!.getItem(i)),
      too_long: long!.getItem(i) === true,
      file,
      row: row!.getItem(i) as number,
    })
  }
  return rows
}

const decoder = new TextDecoder()

/** A text, or bytes that are one in UTF-8. */
function textOf(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value
  return value instanceof DuckDBBlobValue ? decoder.decode(value.bytes) : null
}

function disorder(file: string, row: number, what: string): TapeError {
  return new TapeError(
    'import.disorder',
    `${file}: row ${row}: ${what}`,
    { file, field: 'recv_s', row },
    'sort the files by recv_s',
  )
}

/** What the database says of a file that it cannot read to its end. */
function damaged(file: string): (thrown: unknown) => never {
  return (thrown) => {
    throw foreign(thrown, { code: 'import.file', file, fix: 'copy it again from its source' })
  }
}
