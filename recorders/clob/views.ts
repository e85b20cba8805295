import { clearBook, createMarketBook, type MarketBook } from './market-book.ts'

/** How a connection sees a market: its book, and which tokens' messages may change it. */
export type MarketView = {
  /** Instrument of the Up token; Down is the next. */
  up: number
  book: MarketBook
  /** By outcome, Up and Down: changes apply after the token's first `book`, and not between a new tick size and the next. */
  live: [up: boolean, down: boolean]
  /** The latest stamp of what changed the book. */
  exch_us: number
}

/** A market as the rows of the tape have told it, and whose view that is. */
export type Told = {
  market: number
  /** Instrument of the Up token; Down is the next. */
  up: number
  view: MarketView
  /** The connection whose messages are differences against the view; −1 none. */
  owner: number
  /** The tape has rows of this book. */
  said: boolean
  /** What the rows say is stale: the next book begins with BOOK_RESET. */
  void: boolean
  /** Tick size in 1e-4; 0 unknown. */
  tick: number
  mismatch: Mismatch
}

/** Messages in a row that state another touch than the book's. */
export type Mismatch = { count: number; since_us: number; asked_us: number }

/** An empty view. */
export function createView(up: number): MarketView {
  return { up, book: createMarketBook(), live: [false, false], exch_us: 0 }
}

/** A market that no row has told of. */
export function createTold(market: number, up: number, tick: number): Told {
  return {
    market,
    up,
    view: createView(up),
    owner: -1,
    said: false,
    void: false,
    tick,
    mismatch: { count: 0, since_us: 0, asked_us: 0 },
  }
}

/** From now on the view is another connection's, which knows nothing yet: what the rows say is stale. */
export function own(told: Told, connection: number): void {
  told.owner = connection
  told.view.live = [false, false]
  told.mismatch.count = 0
  if (told.said) told.void = true
}

/** Nobody listens to the market any longer: its levels are forgotten, but not that the tape had some. */
export function forget(told: Told): void {
  clearBook(told.view.book)
  own(told, -1)
}
