import { Book } from '../../core/book/index.ts'
import { ONE } from '../../core/units/index.ts'
import { secondsInto, type View } from './book-recorder.ts'

/** What the recorded books of one window say second by second; NaN where nothing was heard for long. */
export type WindowPath = {
  market: number
  length_s: number
  /** By whole second from the start: twice the mid in 1e-4, ask minus bid in 1e-4. NaN also where a side is empty. */
  mid2: Float64Array
  /** The same, an empty side taken for the end of the range: what the book says of a window that is all but decided. */
  held2: Float64Array
  spread: Float64Array
  /** Shares at the touch, both sides' mean, and within five cents of it. */
  touch: Float64Array
  near: Float64Array
  /** 1 where a side is empty, 0 where not, NaN unknown. */
  empty: Float64Array
  /** Books received in each second. */
  books: Float64Array
  /** Next second to be filled. */
  next: number
}

/** A book older than this tells nothing about now. */
const STALE_S = 5
/** Depth is summed this far from the touch, touch included. */
const NEAR = 500
const MICRO = 1e6

/** Nothing heard yet. */
export function create(market: number, length_s: number): WindowPath {
  const seconds = () => new Float64Array(length_s + 1).fill(Number.NaN)
  return {
    market,
    length_s,
    mid2: seconds(),
    held2: seconds(),
    spread: seconds(),
    touch: seconds(),
    near: seconds(),
    empty: seconds(),
    books: new Float64Array(length_s + 1),
    next: 0,
  }
}

/**
 * A new book arrived: the seconds since the one before show that one.
 *
 * @param view as it stands before the new book: `bid`, `ask` and `seen_us` are of the one before; levels that changed are
 *   turned back by `sizeBefore`
 */
export function fillTo(path: WindowPath, view: View, now: number, last: Shown): void {
  const into = secondsInto(view, now)
  const seen = secondsInto(view, view.seen_us)
  for (; path.next <= path.length_s && path.next < into; path.next++) {
    if (Number.isNaN(seen) || path.next - seen > STALE_S) continue
    path.empty[path.next] = view.bid < 0 || view.ask < 0 ? 1 : 0
    path.held2[path.next] = Math.max(view.bid, 0) + (view.ask < 0 ? ONE : view.ask)
    if (view.bid < 0 || view.ask < 0) continue
    path.mid2[path.next] = view.bid + view.ask
    path.spread[path.next] = view.ask - view.bid
    path.touch[path.next] = last.touch
    path.near[path.next] = last.near
  }
  const second = Math.floor(into)
  if (second >= 0 && second <= path.length_s) path.books[second]!++
}

/** Depth of the book shown last. */
export type Shown = { touch: number; near: number }

/** Depth of the book now, in shares, the mean of both sides. */
export function show(book: Book, out: Shown): void {
  if (book.best_bid < 0 || book.best_ask < 0) return
  const bid = Book.size(book, Book.BID, book.best_bid)
  const ask = Book.size(book, Book.ASK, book.best_ask)
  out.touch = (bid + ask) / 2 / MICRO
  const bids = Book.depth(book, Book.BID, Math.max(0, book.best_bid - NEAR + 1), book.best_bid)
  const asks = Book.depth(book, Book.ASK, book.best_ask, Math.min(ONE, book.best_ask + NEAR - 1))
  out.near = (bids + asks) / 2 / MICRO
}
