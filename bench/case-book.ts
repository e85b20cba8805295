import { Book } from '../core/book/index.ts'
import { Kind } from '../core/events/index.ts'
import { ONE } from '../core/units/index.ts'
import { type BenchOptions, entry, loadNow, type Outcome } from './entry.ts'
import { measure } from './figure.ts'
import { madeTape } from './tapes.ts'

/**
 * The book alone: every level row of the made tape, from the reader's columns into one book per market, prices of the Down
 * token mirrored, hash kept. Reading is left out of the time; rows of other kinds are not counted.
 */
export async function bookCase({ events, runs, dir }: BenchOptions): Promise<Outcome> {
  const load_before = loadNow()
  const { tape, facts } = await madeTape(dir, events)
  const { markets, instruments } = tape.instruments
  const market_of = Int32Array.from(instruments, (one) => (one.kind === 'token' ? one.market : -1))
  const down = Uint8Array.from(instruments, (one) => (one.kind === 'token' && one.outcome === 'down' ? 1 : 0))
  const { units: _, ...figure } = await measure(runs, async (watch) => {
    // As in a replay, a book is made when its market begins; only then does it take memory.
    const books: (Book | null)[] = markets.map(() => null)
    let levels = 0
    for await (const { kind, instrument, side, price, size, length } of tape.read()) {
      watch.start()
      for (let row = 0; row < length; row++) {
        if (kind[row] !== Kind.LEVEL) continue
        const token = instrument[row]!
        const market = market_of[token]!
        const book = books[market] ?? Book.create()
        books[market] = book
        const mirrored = down[token] === 1
        const bid = (side[row] === Book.BID) !== mirrored
        Book.set(book, bid ? Book.BID : Book.ASK, mirrored ? ONE - price[row]! : price[row]!, size[row]!)
        levels++
      }
      watch.stop()
    }
    let hash = 0
    for (const book of books)
      if (book !== null) hash = (Math.imul(hash, 31) + (book.hash_lo ^ book.hash_hi)) | 0
    return { units: levels, result: { levels, books_hash: hash } }
  })
  return {
    entries: [
      entry({
        name: 'book',
        what: 'level rows into books, hash kept, reading not counted',
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
