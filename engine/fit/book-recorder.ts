import { Book } from '../../core/book/index.ts'
import { type Columns, Flag, type Instruments, Kind } from '../../core/events/index.ts'
import { type Micros, SECOND } from '../../core/units/index.ts'

/**
 * A tape as somebody sees it who records nothing but `book` messages, which the venue sends around trades: the form of the
 * public recording. A tape without prints is taken to be such a recording, message by message; of a tape with prints the
 * first whole message of a market after each of its prints is seen, and what changed in between shows as one.
 */
export type BookRecorder = {
  instruments: Instruments
  prints: boolean
  views: (View | undefined)[]
}

/** One market between two recorded books. Prices are canonical (Up), sizes micro-shares. */
export type View = {
  market: number
  start_us: Micros
  end_us: Micros
  book: Book
  /** Touch at the last recorded book, −1 empty; when it was received, NaN before the first. */
  bid: number
  ask: number
  seen_us: Micros
  /** Levels touched since, by key, with their sizes then. */
  before: Map<number, number>
  /** A print since. */
  printed: boolean
  /** Rows of the message in hand touched the book. */
  open: boolean
}

/** Takes a recorded book: `view.book` is the new one, `view.before` what its levels were in the one before. */
export type Take = (view: View, now: Micros) => void

/** Keys of levels: price, and the side above it. */
const SIDE = 16_384
export const keyOf = (side: number, price: number) => side * SIDE + price
export const sideOf = (key: number) => Math.floor(key / SIDE) as 1 | 2
export const priceOf = (key: number) => key % SIDE

/**
 * @param prints the tape has prints
 */
export function create(instruments: Instruments, prints: boolean): BookRecorder {
  return { instruments, prints, views: [] }
}

/** Go over rows in tape order. Only what is received from 1 s before a window to 3 s after it is looked at. */
export function read(recorder: BookRecorder, columns: Columns, take: Take): void {
  const { instruments } = recorder.instruments
  const { kind, instrument, local_us, flags, side, price, size } = columns
  for (let i = 0; i < columns.length; i++) {
    const what = kind[i]!
    if (what !== Kind.LEVEL && what !== Kind.TRADE && what !== Kind.ALIVE && what !== Kind.BOOK_RESET)
      continue
    const token = instruments[instrument[i]!]
    if (token?.kind !== 'token') continue
    const view = viewOf(recorder, token.market)
    if (what === Kind.TRADE) view.printed = true
    else if (what === Kind.BOOK_RESET) Book.clear(view.book)
    else if (what === Kind.LEVEL) {
      const outcome = token.outcome === 'up' ? 0 : 1
      const row_side = side[i] as 1 | 2
      const before = Book.setToken(view.book, outcome, row_side, price[i]!, size[i]!)
      const key = keyOf(Book.canonicalSide(outcome, row_side), Book.canonicalPrice(outcome, price[i]!))
      if (!view.before.has(key)) view.before.set(key, before)
      view.open = true
    }
    if ((flags[i]! & Flag.LAST) === 0) continue
    if (recorder.prints ? view.printed && view.open : true) show(view, local_us[i]!, take)
    view.open = false
  }
}

/** Seconds from the start of the window. */
export function secondsInto(view: View, now: Micros): number {
  return (now - view.start_us) / SECOND
}

function show(view: View, now: Micros, take: Take): void {
  take(view, now)
  view.bid = view.book.best_bid
  view.ask = view.book.best_ask
  view.seen_us = now
  view.printed = false
  view.before.clear()
}

function viewOf(recorder: BookRecorder, market: number): View {
  const known = recorder.views[market]
  if (known !== undefined) return known
  const { start_us, end_us } = recorder.instruments.markets[market]!
  const view: View = {
    market,
    start_us,
    end_us,
    book: Book.create(),
    bid: -1,
    ask: -1,
    seen_us: Number.NaN,
    before: new Map(),
    printed: false,
    open: false,
  }
  recorder.views[market] = view
  return view
}
