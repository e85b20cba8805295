import { Flag, Kind } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { Out } from '../feeds/feed.ts'
import type { BookMessage } from './book-message.ts'
import { clearBook, eachLevel, type MarketBook, replaceBook, setLevel } from './market-book.ts'
import type { MarketView, Told } from './views.ts'

/** Rows of what changes in a market's book. Each function leaves the group open: the message's end closes it. */

/**
 * A token's whole book: what it changes, or, where the tape has no book or a stale one, all of it as a snapshot.
 *
 * @param outcome 0 up, 1 down: the message's token
 * @returns rows made
 */
export function tellBook(out: Out, told: Told, outcome: number, message: BookMessage): number {
  const { view } = told
  const instrument = told.up + outcome
  const { exch_us } = message
  let rows = tellTick(out, told, instrument, message.tick, exch_us)
  let flags = 0
  if (told.void) {
    flags = Flag.SNAPSHOT
    clearBook(view.book)
    out.row(Kind.BOOK_RESET, instrument, 0, 0, 0, exch_us, flags)
    rows++
  } else if (!told.said) flags = Flag.SNAPSHOT
  replaceBook(view.book, outcome, message.bids, message.asks, (side, price, size) => {
    out.row(Kind.LEVEL, instrument, side, price, size, exch_us, flags)
    rows++
  })
  if (rows === 0) out.row(Kind.ALIVE, instrument, 0, 0, 0, exch_us, flags)
  told.said = true
  told.void = false
  take(view, outcome, exch_us)
  return rows
}

/** A token's whole book in a view that makes no rows. */
export function takeBook(view: MarketView, outcome: number, message: BookMessage): void {
  replaceBook(view.book, outcome, message.bids, message.asks, nowhere)
  take(view, outcome, message.exch_us)
}

function take(view: MarketView, outcome: number, exch_us: Micros): void {
  view.live[outcome as 0 | 1] = true
  if (exch_us > view.exch_us) view.exch_us = exch_us
}
const nowhere = () => {}

/**
 * One changed level of a token. HOT.
 *
 * @returns whether it changed the market's book, and so made a row
 */
export function tellLevel(
  out: Out,
  told: Told,
  outcome: number,
  side: number,
  price: number,
  size: number,
  exch_us: Micros,
): boolean {
  const { view } = told
  if (exch_us > view.exch_us) view.exch_us = exch_us
  if (!setLevel(view.book, outcome, side, price, size)) return false
  out.row(Kind.LEVEL, told.up + outcome, side, price, size, exch_us, 0)
  return true
}

/** The market's tick size is now this, if it is stated and new; the number of rows made. */
export function tellTick(out: Out, told: Told, instrument: number, tick: number, exch_us: Micros): number {
  if (tick === 0 || tick === told.tick) return 0
  told.tick = tick
  out.row(Kind.TICK_SIZE, instrument, 0, tick, 0, exch_us, 0)
  return 1
}

/**
 * Another connection's view takes the place of the one told: rows say the difference.
 *
 * @returns rows made
 */
export function tellView(out: Out, told: Told, view: MarketView, connection: number): number {
  const outcome = view.book.token === 1 ? 1 : 0
  const { bids, asks } = view.book
  const side = ({ prices, sizes }: MarketBook['bids']) => ({
    length: prices.length,
    prices: Float64Array.from(prices),
    sizes: Float64Array.from(sizes),
  })
  const rows = tellBook(out, told, outcome, {
    condition_id: '',
    token_id: '',
    exch_us: view.exch_us,
    tick: 0,
    bids: side(bids),
    asks: side(asks),
  })
  told.view.live = [...view.live]
  told.view.exch_us = view.exch_us
  told.owner = connection
  told.mismatch.count = 0
  return rows
}

/** All of the book again, at the beginning of a tape. */
export function restateBook(out: Out, told: Told, listed_tick: number): void {
  const { view } = told
  const outcome = view.book.token === 1 ? 1 : 0
  const instrument = told.up + outcome
  const { exch_us } = view
  let rows = 0
  if (told.tick !== 0 && told.tick !== listed_tick) {
    out.row(Kind.TICK_SIZE, instrument, 0, told.tick, 0, exch_us, Flag.SNAPSHOT)
    rows++
  }
  eachLevel(view.book, (side, price, size) => {
    out.row(Kind.LEVEL, instrument, side, price, size, exch_us, Flag.SNAPSHOT)
    rows++
  })
  if (rows === 0) out.row(Kind.ALIVE, instrument, 0, 0, 0, exch_us, Flag.SNAPSHOT)
}
