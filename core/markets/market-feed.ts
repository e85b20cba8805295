import type { Book } from '../book/index.ts'
import type { Micros, Tick } from '../units/index.ts'

/**
 * What the market channel said of one market so far: its one canonical book in Up prices, the tick in force, when the
 * last message came. Shared by the venue's side and ours; only the world that reads the tape writes it.
 */
export type MarketFeed = {
  /** null before the first row and after the market is done. */
  book: Book | null
  tick: Tick
  /** Local time of the last message, changed or not; 0 before any. */
  last_us: Micros
  /** Local time of the last change of the book. */
  changed_us: Micros
  /** bid + ask of the last two-sided book in 1e-4; −1 before any. */
  mid2: number
  /** Local time of {@link mid2}. */
  mid_us: Micros
  /** Messages so far. */
  messages: number
  /** Prints so far. */
  prints: number
  /** What stands at its levels was inferred, not recorded. */
  unsized: boolean
  /** Silence longer than the limit, or a lost feed: from when it was known until the next message. */
  silent: boolean
}

/** The market before its first message. */
export function create(tick: Tick): MarketFeed {
  return {
    book: null,
    tick,
    last_us: 0,
    changed_us: 0,
    mid2: -1,
    mid_us: 0,
    messages: 0,
    prints: 0,
    unsized: false,
    silent: false,
  }
}

/** The mid in 1e-4 as a real number: the last one known where a side is empty; NaN before any. */
export function mid(feed: MarketFeed): number {
  return feed.mid2 < 0 ? Number.NaN : feed.mid2 / 2
}

/** Note the end of a message at `now`. */
export function onMessage(feed: MarketFeed, now: Micros): void {
  feed.last_us = now
  feed.messages++
  const book = feed.book
  if (book !== null && book.best_bid >= 0 && book.best_ask >= 0) {
    feed.mid2 = book.best_bid + book.best_ask
    feed.mid_us = now
  }
}
