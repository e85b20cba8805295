import * as Book from '../book/module.ts'
import { Flag } from '../events/index.ts'
import { type MicroShares, type Micros, ONE, type Tick } from '../units/index.ts'
import { type Exchange, finishCancel } from './exchange.ts'
import { fill } from './fills.ts'
import * as Marks from './marks.ts'
import * as Queue from './queue.ts'
import { restingModel, type VenueMarket } from './state.ts'
import { Stage } from './venue-orders.ts'

/**
 * Our resting orders at the venue: joining, leaving, and how the tape fills them. Rows of a message only note what they
 * grant; fills happen when the message is whole, so that a book half-way through a message is never acted on.
 */

/** Put an order to rest behind the size displayed at its price. */
export function join(ex: Exchange, slot: number): void {
  const table = ex.state.orders
  const market = table.market[slot]!
  const venue = ex.state.markets[market]!
  const book = ex.feeds[market]!.book
  table.stage[slot] = Stage.RESTING
  table.granted[slot] = 0
  table.vanished[slot] = 0
  table.exposed[slot] = venue.silent ? 1 : 0
  table.ahead[slot] = book === null ? 0 : Book.size(book, table.book_side[slot] as 1 | 2, table.price[slot]!)
  venue.resting.push(slot)
  touch(ex, venue)
}

/** Take an order off. */
export function leave(ex: Exchange, slot: number): void {
  const venue = ex.state.markets[ex.state.orders.market[slot]!]!
  venue.resting.splice(venue.resting.indexOf(slot), 1)
  touch(ex, venue)
}

function touch(ex: Exchange, venue: VenueMarket): void {
  const table = ex.state.orders
  venue.own_bid = -1
  venue.own_ask = ONE + 1
  for (const slot of venue.resting) {
    const price = table.price[slot]!
    if (table.book_side[slot] === 1) venue.own_bid = Math.max(venue.own_bid, price)
    else venue.own_ask = Math.min(venue.own_ask, price)
  }
}

/** A level of the canonical book went from `prev` to `next`. HOT: called for every change. */
export function onLevel(
  ex: Exchange,
  market: number,
  side: 1 | 2,
  price: Tick,
  prev: MicroShares,
  next: MicroShares,
): void {
  const venue = ex.state.markets[market]!
  const printed = venue.printed.price.length === 0 ? 0 : Marks.take(venue.printed, side, price)
  if (venue.consumed.price.length > 0) Marks.take(venue.consumed, side, price)
  if (venue.resting.length === 0 || venue.silent) return
  const model = restingModel(ex.config.fill)
  if (model === 'pessimistic') return
  const table = ex.state.orders
  const shrink = prev - next - printed
  let left = shrink
  for (const slot of venue.resting) {
    if (table.price[slot] !== price || table.book_side[slot] !== side) continue
    const ahead = table.ahead[slot]!
    if (model === 'neutral') {
      table.ahead[slot] = Queue.afterChange(ahead, prev, next, shrink, ex.config.queue_power)
      // Without prints, a level that vanishes from the touch is read as traded through; a smaller one as cancelled.
      if (!ex.prints && next === 0) table.vanished[slot] = Math.max(0, shrink - ahead)
      continue
    }
    const reached = Math.min(left, Math.max(0, shrink - ahead), table.remaining[slot]! - table.granted[slot]!)
    table.ahead[slot] = Math.min(Math.max(0, ahead - Math.max(0, shrink)), next)
    if (reached > 0) {
      table.granted[slot] = table.granted[slot]! + reached
      left -= reached
    }
  }
}

/** A print: `taker` is the canonical side of the aggressor (2 sells Up and hits bids). */
export function onTrade(ex: Exchange, market: number, taker: 1 | 2, price: Tick, size: MicroShares): void {
  const venue = ex.state.markets[market]!
  const side = taker === 2 ? 1 : 2
  Marks.add(venue.printed, side, price, size)
  if (venue.resting.length === 0 || venue.silent) return
  const table = ex.state.orders
  let left = size
  for (const slot of byPriority(ex, venue, side)) {
    const own = table.price[slot]!
    const through = side === 1 ? own > price : own < price
    if (!through && own !== price) return
    const ahead = table.ahead[slot]!
    const reach = through ? left : Math.min(left, Math.max(0, size - ahead))
    if (!through) table.ahead[slot] = Math.max(0, ahead - size)
    const got = Math.min(reach, table.remaining[slot]! - table.granted[slot]!)
    table.granted[slot] = table.granted[slot]! + got
    left -= got
  }
}

/** A message is whole: fill what its rows granted, then what it left crossed. */
export function onMessage(ex: Exchange, market: number, now: Micros): void {
  const venue = ex.state.markets[market]!
  if (venue.silent) endSilence(ex, market, now)
  if (venue.resting.length === 0) return
  const book = ex.feeds[market]!.book!
  if (restingModel(ex.config.fill) !== 'pessimistic' || ex.prints) fillGranted(ex, venue, book, now)
  if (venue.own_bid >= book.best_ask && book.best_ask >= 0) fillCrossed(ex, venue, book, 1, now)
  if (venue.own_ask <= book.best_bid) fillCrossed(ex, venue, book, 2, now)
}

function fillGranted(ex: Exchange, venue: VenueMarket, book: Book.Book, now: Micros): void {
  const table = ex.state.orders
  for (let i = 0; i < venue.resting.length; i++) {
    const slot = venue.resting[i]!
    let size = table.granted[slot]!
    table.granted[slot] = 0
    if (table.vanished[slot]! > 0) {
      const side = table.book_side[slot]
      const gone =
        side === 1
          ? book.best_bid < table.price[slot]!
          : book.best_ask < 0 || book.best_ask > table.price[slot]!
      if (gone) size += table.vanished[slot]!
      table.vanished[slot] = 0
    }
    size = Math.min(size, table.remaining[slot]!)
    if (size <= 0) continue
    const whole = size === table.remaining[slot]!
    fill(ex, slot, table.price[slot]!, size, Flag.MAKER, now)
    if (whole) i--
  }
}

/**
 * The other side stands at or through our price: fill at our own price, for at most the size displayed there, each
 * displayed share used once until its level changes.
 */
function fillCrossed(ex: Exchange, venue: VenueMarket, book: Book.Book, side: 1 | 2, now: Micros): void {
  const table = ex.state.orders
  const opposite = side === 1 ? Book.ASK : Book.BID
  for (const slot of byPriority(ex, venue, side)) {
    const limit = table.price[slot]!
    for (let at = Book.best(book, opposite); at >= 0; at = Book.next(book, opposite, at)) {
      if (side === 1 ? at > limit : at < limit) break
      const shown = Book.size(book, opposite, at) - Marks.sizeAt(venue.consumed, opposite, at)
      const take = Math.min(shown, table.remaining[slot]!)
      if (take <= 0) continue
      Marks.add(venue.consumed, opposite, at, take)
      const whole = take === table.remaining[slot]!
      fill(ex, slot, limit, take, Flag.MAKER, now)
      if (whole) break
    }
  }
}

/** Slots of one side, best price first, then first come. A copy: fills change the list. */
function byPriority(ex: Exchange, venue: VenueMarket, side: 1 | 2): number[] {
  const table = ex.state.orders
  const slots: number[] = []
  for (const slot of venue.resting) {
    if (table.book_side[slot] !== side) continue
    let at = slots.length
    while (at > 0 && better(table.price[slot]!, table.price[slots[at - 1]!]!, side)) at--
    slots.splice(at, 0, slot)
  }
  return slots
}

function better(a: Tick, b: Tick, side: 1 | 2): boolean {
  return side === 1 ? a > b : a < b
}

/** The first book after a gap: a crossed order is filled whole, any other goes to the back of its queue. */
function endSilence(ex: Exchange, market: number, now: Micros): void {
  const book = ex.feeds[market]!.book!
  settleExposed(ex, market, now, (side, price) =>
    side === 1 ? book.best_ask >= 0 && book.best_ask <= price : book.best_bid >= price,
  )
}

/** No book came after the gap: the outcome stands in for it. */
export function endSilenceByOutcome(ex: Exchange, market: number, up_payout: Tick, now: Micros): void {
  settleExposed(ex, market, now, (side) => (side === 1 ? up_payout === 0 : up_payout === ONE))
}

function settleExposed(
  ex: Exchange,
  market: number,
  now: Micros,
  crossed: (side: number, price: Tick) => boolean,
): void {
  const table = ex.state.orders
  const venue = ex.state.markets[market]!
  const book = ex.feeds[market]!.book
  venue.silent = false
  for (const slot of venue.resting.slice()) {
    if (table.exposed[slot] === 0) continue
    table.exposed[slot] = 0
    const side = table.book_side[slot]! as 1 | 2
    const price = table.price[slot]!
    if (crossed(side, price)) fill(ex, slot, price, table.remaining[slot]!, Flag.MAKER | Flag.GAP_FILL, now)
    else {
      table.ahead[slot] = book === null ? 0 : Book.size(book, side, price)
      if (table.cancel_waits[slot] === 1) finishCancel(ex, slot, now)
    }
  }
}
