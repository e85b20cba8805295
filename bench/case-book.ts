import { Book } from '../core/book/index.ts'
import { allocate, COLUMNS, type Columns, Kind } from '../core/events/index.ts'
import { ONE } from '../core/units/index.ts'
import type { Tape } from '../engine/runners/tape.ts'
import { type BenchOptions, entry, loadNow, type Outcome } from './entry.ts'
import { measure } from './figure.ts'
import { madeTape } from './tapes.ts'

/** Rows that are held in memory for this case, 52 bytes each; of a longer tape the first so many. */
const ROWS_MAX = 20_000_000

/**
 * The book alone: every level row of the made tape, from columns that lie in memory into one book per market, prices of
 * the Down token mirrored, hash kept. Rows of other kinds are passed over and not counted.
 */
export async function bookCase({ events, runs, dir }: BenchOptions): Promise<Outcome> {
  const load_before = loadNow()
  const { tape, facts } = await madeTape(dir, events)
  const columns = await inMemory(tape)
  const { markets, instruments } = tape.instruments
  const market_of = Int32Array.from(instruments, (one) => (one.kind === 'token' ? one.market : -1))
  const down = Uint8Array.from(instruments, (one) => (one.kind === 'token' && one.outcome === 'down' ? 1 : 0))
  const { units: _, ...figure } = await measure(runs, (watch) => {
    watch.start()
    // As in a replay, a book is made with its market's first level.
    const books: (Book | null)[] = markets.map(() => null)
    const levels = apply(columns, books, market_of, down)
    watch.stop()
    const hash = books.reduce((sum, book) => (Math.imul(sum, 31) + hashOf(book)) | 0, 0)
    return { units: levels, result: { levels, books_hash: hash } }
  })
  return {
    entries: [
      entry({
        name: 'book',
        what: 'level rows that lie in memory into books, hash kept',
        unit: 'events/s',
        ...figure,
        bound: { value: 20_000_000, is: 'at_least' },
        tape: facts.name,
        load_before,
      }),
    ],
    tapes: [facts],
  }
}

function apply(columns: Columns, books: (Book | null)[], market_of: Int32Array, down: Uint8Array): number {
  const { kind, instrument, side, price, size, length } = columns
  let levels = 0
  for (let row = 0; row < length; row++) {
    if (kind[row] !== Kind.LEVEL) continue
    const token = instrument[row]!
    const market = market_of[token]!
    let book = books[market]!
    if (book === null) {
      book = Book.create()
      books[market] = book
    }
    const mirrored = down[token] === 1
    const bid = (side[row] === Book.BID) !== mirrored
    Book.set(book, bid ? Book.BID : Book.ASK, mirrored ? ONE - price[row]! : price[row]!, size[row]!)
    levels++
  }
  return levels
}

async function inMemory(tape: Tape): Promise<Columns> {
  const all = allocate(Math.min(tape.rows, ROWS_MAX))
  for await (const columns of tape.read()) {
    const rows = Math.min(columns.length, ROWS_MAX - all.length)
    for (const [name] of COLUMNS) all[name].set(columns[name].subarray(0, rows), all.length)
    all.length += rows
    if (all.length === ROWS_MAX) break
  }
  return all
}

function hashOf(book: Book | null): number {
  return book === null ? 0 : book.hash_lo ^ book.hash_hi
}
