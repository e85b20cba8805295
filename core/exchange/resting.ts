import * as Book from '../book/module.ts'
import { Flag } from '../events/index.ts'
import type { MicroShares, Micros, Tick } from '../units/index.ts'
import { Advance } from './config.ts'
import * as Display from './display.ts'
import { fill } from './fills.ts'
import * as Priority from './priority.ts'
import * as Queue from './queue.ts'
import * as Reach from './reach.ts'
import * as Silence from './silence.ts'
import type { Exchange, VenueMarket } from './state.ts'
import * as Sweep from './sweep.ts'
import * as Trades from './trades.ts'
import { Stage } from './venue-orders.ts'

/**
 * Our resting orders at the venue: how they join a queue and how the tape fills them (formulas.md §10). Rows of a message
 * only note what they grant; fills happen when the message is whole, so that a book half-way through a message is never
 * acted on.
 *
 * Queues are those of others: the tape does not know of us, so its sizes never hold ours, and what reaches several orders
 * of ours at one price goes to them in turn. Own orders on both sides never meet each other.
 *
 * - Pessimistic: an order joins the back and advances by prints at its price alone, never by a shrinking level.
 * - Neutral: a level that shrinks by more than is printed shrinks by cancellations, some of them ahead of us. Without
 *   prints, a level that is gone after a whole message, the touch behind it, was traded through.
 * - Optimistic: whatever leaves a level at our price was traded.
 *
 * How prints and shrinking levels of one trade find each other is in trades.ts.
 */

/** Put an order to rest behind the size displayed at its price. */
export function join(ex: Exchange, slot: number, now: Micros): void {
  ex.state.orders.stage[slot] = Stage.RESTING
  Queue.joinBack(ex, slot, now)
  Priority.insert(ex.state, slot)
}

/**
 * Whether {@link onLevel} would do anything for a market as it stands. It can be asked once for the levels of a message:
 * only prints, resets and what follows a whole message change the answer. HOT.
 */
export function listens(ex: Exchange, market: number): boolean {
  const venue = ex.state.markets[market]!
  return ex.prints || ex.config.advance !== Advance.PESSIMISTIC || venue.silent
}

/**
 * A level of the canonical book went from `prev` to `next`, which differ. HOT: called for every change; allocates nothing.
 *
 * @param exch_us the source's own stamp, 0 without
 */
export function onLevel(
  ex: Exchange,
  market: number,
  side: 1 | 2,
  price: Tick,
  prev: MicroShares,
  next: MicroShares,
  exch_us: Micros,
  now: Micros,
): void {
  const venue = ex.state.markets[market]!
  if (venue.silent) venue.heard |= Silence.Heard.LEVEL
  if (ex.prints) {
    if (next < prev) Trades.onShrunk(ex, market, side, price, prev, next, exch_us, now)
    return
  }
  if (ex.config.advance === Advance.PESSIMISTIC || venue.silent) return
  const list = Priority.listOf(venue, side)
  if (list.length === 0) return
  if (ex.config.advance === Advance.NEUTRAL) cancelledAhead(ex, venue, list, price, prev, next)
  else tradedAway(ex, list, price, prev - next, next)
}

/** Neutral, without prints: a decrease is cancellation, shared between those ahead and those behind. */
function cancelledAhead(
  ex: Exchange,
  venue: VenueMarket,
  list: readonly number[],
  price: Tick,
  prev: MicroShares,
  next: MicroShares,
): void {
  const table = ex.state.orders
  const cancelled = prev - next
  let left = Math.max(0, cancelled)
  for (let i = 0; i < list.length; i++) {
    const slot = list[i]!
    if (table.price[slot] !== price) continue
    const ahead = table.ahead[slot]!
    if (next === 0) {
      // Whether it was traded is known when the message is whole: only a touch that moved behind us says so.
      table.vanished[slot] = Math.min(Math.max(0, left - ahead), table.remaining[slot]!)
      left -= table.vanished[slot]!
      venue.granting = true
    }
    table.ahead[slot] = Queue.afterChange(ahead, prev, next, cancelled, ex.config.queue_power)
  }
}

/** Optimistic, without prints: a decrease is trade, for those ahead first, then for us. */
function tradedAway(
  ex: Exchange,
  list: readonly number[],
  price: Tick,
  decrease: MicroShares,
  next: MicroShares,
): void {
  const table = ex.state.orders
  let left = Math.max(0, decrease)
  for (let i = 0; i < list.length; i++) {
    const slot = list[i]!
    if (table.price[slot] !== price) continue
    left = Reach.reach(ex, slot, left)
    table.ahead[slot] = Math.min(table.ahead[slot]!, next)
  }
}

/**
 * A print: what was traded reaches our orders.
 *
 * @param taker canonical side of the aggressor: 2 sells Up and hits bids
 * @param exch_us the source's own stamp, 0 without
 */
export function onTrade(
  ex: Exchange,
  market: number,
  taker: 1 | 2,
  price: Tick,
  size: MicroShares,
  exch_us: Micros,
  now: Micros,
): void {
  const venue = ex.state.markets[market]!
  if (venue.silent) venue.heard |= Silence.Heard.PRINT
  if (venue.reached && !venue.closed) venue.printed_shares += size
  Trades.onPrint(ex, market, Sweep.opposite(taker), price, size, exch_us, now)
}

/**
 * The book is void, and by `blackout` what rests is exposed until the next book. What was traded before stays traded.
 */
export function onReset(ex: Exchange, market: number, now: Micros): void {
  const venue = ex.state.markets[market]!
  const { vanished } = ex.state.orders
  Display.onReset(ex, market)
  venue.reset_us = now
  venue.reset_turn = venue.turn
  for (const slot of venue.bids) vanished[slot] = 0
  for (const slot of venue.asks) vanished[slot] = 0
  Silence.begin(ex, market)
  if (venue.silent) venue.heard = Silence.Heard.RESET
}

/** A message is whole: fill what its rows granted, then what it left crossed. HOT while nothing of ours rests. */
export function onMessage(ex: Exchange, market: number, now: Micros): void {
  const venue = ex.state.markets[market]!
  const { book } = ex.feeds[market]!
  venue.turn++
  if (book === null) return
  Display.onMessage(ex, market, book)
  if (venue.granting) fillAllGranted(ex, venue, book, now)
  if (venue.silent && !Silence.endByBook(ex, market, now)) return
  if (book.best_ask >= 0 && Priority.bestBid(ex.state, venue) >= book.best_ask)
    fillCrossed(ex, market, book, Book.BID, now)
  if (book.best_bid >= 0 && Priority.bestAsk(ex.state, venue) <= book.best_bid)
    fillCrossed(ex, market, book, Book.ASK, now)
}

function fillAllGranted(ex: Exchange, venue: VenueMarket, book: Book.Book, now: Micros): void {
  venue.granting = false
  fillGranted(ex, venue.bids, book, now)
  fillGranted(ex, venue.asks, book, now)
}

function fillGranted(ex: Exchange, list: readonly number[], book: Book.Book, now: Micros): void {
  const table = ex.state.orders
  let i = 0
  while (i < list.length) {
    const slot = list[i]!
    const size = table.granted[slot]! + (isBehind(ex, slot, book) ? table.vanished[slot]! : 0)
    table.granted[slot] = 0
    table.vanished[slot] = 0
    if (size > 0) fill(ex, slot, table.price[slot]!, Math.min(size, table.remaining[slot]!), Flag.MAKER, now)
    // An order filled whole has left the list.
    if (list[i] === slot) i++
  }
}

/** Whether the touch of an order's own side is behind its price. */
function isBehind(ex: Exchange, slot: number, book: Book.Book): boolean {
  const table = ex.state.orders
  const price = table.price[slot]!
  if (table.book_side[slot] === Book.BID) return book.best_bid < price
  return book.best_ask < 0 || book.best_ask > price
}

/**
 * The other side stands at or through our prices: fill at our own, for at most the size displayed there, each displayed
 * share used once.
 */
function fillCrossed(ex: Exchange, market: number, book: Book.Book, side: 1 | 2, now: Micros): void {
  const list = Priority.listOf(ex.state.markets[market]!, side)
  const against = Sweep.opposite(side)
  let i = 0
  while (i < list.length) {
    const slot = list[i]!
    for (
      let at = Book.best(book, against);
      at >= 0 && list[i] === slot && Sweep.within(ex, slot, at);
      at = Book.next(book, against, at)
    ) {
      const most = Math.min(Display.toMakers(ex, market, against, at), ex.state.orders.remaining[slot]!)
      if (most === 0) continue
      const size = fill(ex, slot, ex.state.orders.price[slot]!, most, Flag.MAKER, now)
      if (size > 0) Display.took(ex, market, against, at, size)
    }
    if (list[i] === slot) i++
  }
}

/** Time is over for what a level shrank by and nothing was printed for; what follows from it is filled at once. */
export function onUnmatched(ex: Exchange, market: number, now: Micros): void {
  Trades.onUnmatched(ex, market, now)
  const venue = ex.state.markets[market]!
  const { book } = ex.feeds[market]!
  if (venue.granting && book !== null) fillAllGranted(ex, venue, book, now)
}
