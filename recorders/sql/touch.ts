import { DOUBLE, type DuckDBConnection, VARCHAR } from '@duckdb/node-api'
import { Book, type BookSide, type OutcomeIndex } from '../../core/book/index.ts'
import { type Columns, Flag, Kind } from '../../core/events/index.ts'
import { MINUTE, type Micros } from '../../core/units/index.ts'
import type { Dataset } from '../tape/index.ts'
import { appendRows } from './append.ts'
import { type Named, rowsOf } from './raw.ts'

/**
 * The touch of every market, from the book that the core itself trades on: one pass over the tape, because no query can
 * tell a book from its changes as surely as the book can.
 */

/**
 * How long after a window's end its book is still followed; without end where its first change is later already: then the clock
 * of the recording is not that of the markets, as with a sandbox.
 */
const AFTER_US = 10 * MINUTE
const COLUMN_TYPES = [VARCHAR, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE]

type Touch = { book: Book; bid: number; bid_size: number; ask: number; ask_size: number }

/** The empty table that {@link loadTouch} fills. */
export async function createTouch(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    'CREATE TABLE raw.touch (dataset VARCHAR, "row" DOUBLE, local_us DOUBLE, market DOUBLE, bid DOUBLE, bid_size DOUBLE, ask DOUBLE, ask_size DOUBLE)',
  )
}

/** Fill `raw.touch`: a row for each message after which a market's best price or its size is another. */
export async function loadTouch(
  connection: DuckDBConnection,
  datasets: readonly Named[],
  signal?: AbortSignal,
): Promise<void> {
  await appendRows(connection, 'touch', COLUMN_TYPES, async (add) => {
    for (const { name, dataset } of datasets) {
      await followBooks(
        dataset,
        (row, local_us, market, touch) => {
          add([name, row, local_us, market, touch.bid, touch.bid_size, touch.ask, touch.ask_size])
        },
        signal,
      )
    }
  })
}

type Tell = (row: number, local_us: number, market: number, touch: Touch) => void

async function followBooks(dataset: Dataset, tell: Tell, signal?: AbortSignal): Promise<void> {
  const { markets, instruments } = dataset.instruments
  const market_of = instruments.map((one) => (one.kind === 'token' ? one.market : -1))
  const outcome_of = instruments.map((one) => (one.kind === 'token' && one.outcome === 'down' ? 1 : 0))
  const touches = new Map<number, Touch>()
  const spare: Touch[] = []
  const group = new Set<number>()
  const until_us: number[] = []
  const follow = (market: number, now: Micros) => {
    release(touches, spare, until_us, now)
    const touch = spare.pop() ?? { book: Book.create(), bid: 0, bid_size: 0, ask: 0, ask_size: 0 }
    Object.assign(touch, { bid: -1, bid_size: 0, ask: -1, ask_size: 0 })
    touches.set(market, touch)
    return touch
  }
  let first = 0
  for await (const columns of rowsOf(dataset)) {
    signal?.throwIfAborted()
    for (let row = 0; row < columns.length; row++) {
      const kind = columns.kind[row]!
      const of_book = kind === Kind.LEVEL || kind === Kind.BOOK_RESET
      const market = of_book ? (market_of[columns.instrument[row]!] ?? -1) : -1
      const local_us = columns.local_us[row]!
      if (market >= 0 && until_us[market] === undefined) {
        const over_us = markets[market]!.end_us + AFTER_US
        until_us[market] = local_us > over_us ? Number.POSITIVE_INFINITY : over_us
      }
      if (market >= 0 && local_us <= until_us[market]!) {
        const touch = touches.get(market) ?? follow(market, local_us)
        if (apply(touch.book, columns, row, outcome_of[columns.instrument[row]!] as OutcomeIndex))
          group.add(market)
      }
      if ((columns.flags[row]! & Flag.LAST) === 0 || group.size === 0) continue
      for (const changed of group) {
        const touch = touches.get(changed)
        if (touch !== undefined && moved(touch)) tell(first + row, local_us, changed, touch)
      }
      group.clear()
    }
    first += columns.length
  }
}

/** Whether the row may have changed the book. */
function apply(book: Book, columns: Columns, row: number, outcome: OutcomeIndex): boolean {
  const kind = columns.kind[row]!
  if (kind === Kind.LEVEL) {
    const size = columns.size[row]!
    const side = columns.side[row]! as BookSide
    return Book.setToken(book, outcome, side, columns.price[row]!, size) !== size
  }
  if (kind === Kind.BOOK_RESET) Book.clear(book)
  return kind === Kind.BOOK_RESET
}

/** Take the book's touch over; whether it is another. */
function moved(touch: Touch): boolean {
  const { book } = touch
  const bid = book.best_bid
  const ask = book.best_ask
  const bid_size = bid < 0 ? 0 : book.bid_sizes[bid]!
  const ask_size = ask < 0 ? 0 : book.ask_sizes[ask]!
  if (bid === touch.bid && ask === touch.ask && bid_size === touch.bid_size && ask_size === touch.ask_size)
    return false
  Object.assign(touch, { bid, bid_size, ask, ask_size })
  return true
}

/** Books of windows that are over are used again: memory does not grow with the tape. */
function release(
  touches: Map<number, Touch>,
  spare: Touch[],
  until_us: readonly number[],
  now: Micros,
): void {
  for (const [market, touch] of touches) {
    if (now <= until_us[market]!) continue
    Book.clear(touch.book)
    spare.push(touch)
    touches.delete(market)
  }
}
