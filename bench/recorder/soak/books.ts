import * as Book from '../../../core/book/module.ts'
import { Kind } from '../../../core/events/index.ts'
import { MICRO, ONE } from '../../../core/units/index.ts'
import { openRecording } from '../../../recorders/recording/index.ts'
import { type Dataset, readColumns } from '../../../recorders/tape/index.ts'

/** Books of a recording held against those of the venue. */
export type BooksCompared = {
  /** Tokens of which the venue shows a book. */
  tokens: number
  /** Of these, those whose best prices and sizes are the venue's, and those whose levels all are. */
  tops: number
  whole: number
}

/** Levels as the venue writes them: best last. */
type Summary = { bids: Level[]; asks: Level[] }
type Level = { price: string; size: string }

/** Compare the books at the end of a recording, which may still be written, with those that a venue answers. */
export async function compareBooks(dir: string, rest: string): Promise<BooksCompared> {
  const recording = await openRecording(dir)
  const compared: BooksCompared = { tokens: 0, tops: 0, whole: 0 }
  try {
    const datasets = [...recording.days, ...recording.tails]
    const books = await booksOf(datasets)
    for (const instrument of datasets.at(-1)?.instruments.instruments ?? []) {
      if (instrument.kind !== 'token') continue
      const answer = await fetch(`${rest}/book?token_id=${instrument.token_id}`)
      if (!answer.ok) continue
      const summary = (await answer.json()) as Summary
      const outcome = instrument.outcome === 'up' ? 0 : 1
      const book = books.get(instrument.market) ?? Book.create()
      const bids = sideIs(book, outcome, Book.BID, summary.bids)
      const asks = sideIs(book, outcome, Book.ASK, summary.asks)
      compared.tokens++
      if (bids.top && asks.top) compared.tops++
      if (bids.whole && asks.whole) compared.whole++
    }
  } finally {
    await recording.close()
  }
  return compared
}

/** By market. */
async function booksOf(datasets: readonly Dataset[]): Promise<Map<number, Book.Book>> {
  const books = new Map<number, Book.Book>()
  for (const dataset of datasets) {
    const { instruments } = dataset.instruments
    for await (const columns of readColumns(dataset, { cache: false })) {
      for (let i = 0; i < columns.length; i++) {
        const kind = columns.kind[i]
        if (kind !== Kind.LEVEL && kind !== Kind.BOOK_RESET) continue
        const one = instruments[columns.instrument[i]!]
        if (one?.kind !== 'token') continue
        const book = books.get(one.market) ?? Book.create()
        books.set(one.market, book)
        if (kind === Kind.BOOK_RESET) Book.clear(book)
        else {
          const outcome = one.outcome === 'up' ? 0 : 1
          Book.setToken(book, outcome, columns.side[i] as Book.BookSide, columns.price[i]!, columns.size[i]!)
        }
      }
    }
  }
  return books
}

function sideIs(
  book: Book.Book,
  outcome: 0 | 1,
  side: Book.BookSide,
  stated: readonly Level[],
): { top: boolean; whole: boolean } {
  const own = Book.levels(book, Book.canonicalSide(outcome, side)).map(
    ([price, size]) => `${Book.canonicalPrice(outcome, price)} ${size}`,
  )
  const theirs = stated.map(
    ({ price, size }) => `${Math.round(Number(price) * ONE)} ${Math.round(Number(size) * MICRO)}`,
  )
  theirs.reverse()
  return { top: own[0] === theirs[0], whole: own.join() === theirs.join() }
}
