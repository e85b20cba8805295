import { DuckDBInstance } from '@duckdb/node-api'
import { type Columns, Flag, type Instruments, Kind, Side } from '../../core/events/index.ts'
import { formatDecimal, ONE } from '../../core/units/index.ts'

/** Made-up recordings for the tests of importers, and the plainest possible reader of books from a tape. */

/** One row of a recording of book messages. */
export type Recorded = { recv_s: number | null; slug: string | null; raw: string | null }
/** One side of a book: price in ticks to size in micro-shares. */
export type BookSide = ReadonlyMap<number, number>
/** A book as a message states it. */
export type Book = { bids: BookSide; asks: BookSide }

/** Start of the first made-up window, unix seconds. */
export const START_S = 1_776_254_400

/** Slug of the made-up window `index`. */
export function slugAt(index: number): string {
  return `btc-updown-5m-${START_S + 300 * index}`
}

/** Token `token` of window `index`. */
export function tokenAt(index: number, token: number): string {
  return String(1_000 + 10 * index + token)
}

/** A `book` message's text as the venue writes it: bids rise, asks fall. */
export function bookText(
  index: number,
  token: number,
  { bids, asks }: Book,
  exch_ms: number,
  extra: Record<string, unknown> = {},
): string {
  const side = (levels: BookSide) =>
    [...levels]
      .sort(([a], [b]) => a - b)
      .map(([price, size]) => ({ price: formatDecimal(price, 4), size: formatDecimal(size, 6) }))
  return JSON.stringify({
    market: `0x${String(index).padStart(64, '0')}`,
    asset_id: tokenAt(index, token),
    bids: side(bids),
    asks: side(asks).reverse(),
    hash: 'ab',
    timestamp: String(exch_ms),
    event_type: 'book',
    ...extra,
  })
}

/** Write a recording's rows to Parquet as they are, under the given column names. */
export async function writeRecording(
  file: string,
  rows: readonly Recorded[],
  names: readonly string[] = ['recv_s', 'slug', 'raw'],
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`CREATE TABLE t (${names[0]} DOUBLE, ${names[1]} VARCHAR, ${names[2]} VARCHAR)`)
  const appender = await connection.createAppender('t')
  for (const { recv_s, slug, raw } of rows) {
    if (recv_s === null) appender.appendNull()
    else appender.appendDouble(recv_s)
    if (slug === null) appender.appendNull()
    else appender.appendVarchar(slug)
    if (raw === null) appender.appendNull()
    else appender.appendVarchar(raw)
    appender.endRow()
  }
  appender.closeSync()
  await connection.run(`COPY t TO '${file}' (FORMAT parquet)`)
  instance.closeSync()
}

/** One message of a tape: its rows and the whole book of its token after them. */
export type Replayed = {
  local_us: number
  exch_us: number
  token_id: string
  rows: { kind: number; side: number; price: number; size: number; flags: number }[]
  book: Book
}

/** Replay the books of a tape the plain way: one map a side and market, complements mirrored; other feeds are skipped. */
export async function* replayBooks(
  chunks: AsyncIterable<Columns>,
  { instruments }: Instruments,
): AsyncGenerator<Replayed> {
  const books: { bids: Map<number, number>; asks: Map<number, number> }[] = []
  const first: number[] = []
  let rows: Replayed['rows'] = []
  let group: number | undefined
  for await (const columns of chunks) {
    for (let i = 0; i < columns.length; i++) {
      const at = columns.instrument[i]!
      const instrument = instruments[at]
      if (instrument?.kind !== 'token') continue
      const { market } = instrument
      first[market] ??= at
      books[market] ??= { bids: new Map(), asks: new Map() }
      const book = books[market]
      const mirrored = first[market] !== at
      const local_us = columns.local_us[i]!
      group ??= local_us
      if (group !== local_us) throw new Error(`a group is torn at ${local_us}`)
      const kind = columns.kind[i]!
      const [side, price, size] = [columns.side[i]!, columns.price[i]!, columns.size[i]!]
      rows.push({ kind, side, price, size, flags: columns.flags[i]! })
      if (kind === Kind.LEVEL) {
        const target = (side === Side.BID) !== mirrored ? book.bids : book.asks
        const place = mirrored ? ONE - price : price
        if (size === 0) target.delete(place)
        else target.set(place, size)
      }
      if ((columns.flags[i]! & Flag.LAST) === 0) continue
      yield {
        local_us,
        exch_us: columns.exch_us[i]!,
        token_id: instrument.token_id,
        rows,
        book: mirrored ? { bids: turned(book.asks), asks: turned(book.bids) } : book,
      }
      rows = []
      group = undefined
    }
  }
}

function turned(side: BookSide): BookSide {
  return new Map([...side].map(([price, size]) => [ONE - price, size]))
}
