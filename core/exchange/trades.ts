import * as Book from '../book/module.ts'
import { TimeQueue } from '../clock/index.ts'
import type { MicroShares, Micros, Tick } from '../units/index.ts'
import { Advance } from './config.ts'
import * as Priority from './priority.ts'
import * as Queue from './queue.ts'
import * as Reach from './reach.ts'
import { Request } from './requests.ts'
import type { Exchange, VenueMarket } from './state.ts'
import * as Told from './told.ts'

/**
 * Trades of a recording that has prints (formulas.md §10). Each is told twice, by its level and by its print, in whichever
 * order, within `match_ms`; share by share the two are set against each other, at one level, oldest first. A print is
 * trade the moment it is heard. A level that shrank by more than was printed waits for the rest of its prints; what nothing
 * was printed for is cancellation: nothing to the pessimistic queue, shared by the neutral one, trade to the optimistic.
 */

// Written anew for every trade.
const moment: Reach.Moment = { turn: 0, exch_us: 0, shrunk_turn: -1 }

/** A level shrank. HOT: called for every decrease of a tape with prints. */
export function onShrunk(
  ex: Exchange,
  market: number,
  side: 1 | 2,
  price: Tick,
  before: MicroShares,
  after: MicroShares,
  exch_us: Micros,
  now: Micros,
): void {
  const venue = ex.state.markets[market]!
  const { told } = venue
  Told.forget(told, now - ex.config.match_us)
  let left = before - after
  if (told.print_us + ex.config.match_us >= now) left = setAgainstPrints(ex, market, side, price, left)
  if (left === 0) return
  const { SHRUNK } = Told.What
  Told.push(told, SHRUNK, side, price, left, now, exch_us, venue.turn, before, after)
  if (ex.config.advance !== Advance.PESSIMISTIC && hasOrderAt(ex, venue, side, price))
    TimeQueue.push(ex.state.requests, now + ex.config.match_us + 1, Request.UNMATCHED, market, 0, 0, 0, 0)
}

/** Set what a level shrank by against prints before it. Returns what is left. */
function setAgainstPrints(
  ex: Exchange,
  market: number,
  side: 1 | 2,
  price: Tick,
  size: MicroShares,
): MicroShares {
  const { told, silent } = ex.state.markets[market]!
  const { PRINTED } = Told.What
  let left = size
  for (
    let at = Told.find(told, told.first, PRINTED, side, price);
    at >= 0 && left > 0;
    at = Told.find(told, at + 1, PRINTED, side, price)
  ) {
    const matched = set(told, at, left)
    left -= matched
    if (silent) continue
    when(told.turn[at]!, told.exch_us[at]!, -1)
    Reach.shrankAfter(ex, market, side, price, matched, moment)
  }
  return left
}

/**
 * A print: what was traded reaches our orders that rested when it was traded.
 *
 * @param side canonical side that was traded against
 */
export function onPrint(
  ex: Exchange,
  market: number,
  side: 1 | 2,
  price: Tick,
  size: MicroShares,
  exch_us: Micros,
  now: Micros,
): void {
  const venue = ex.state.markets[market]!
  const { told } = venue
  Told.forget(told, now - ex.config.match_us)
  let left = size
  for (
    let at = Told.find(told, told.first, Told.What.SHRUNK, side, price);
    at >= 0 && left > 0;
    at = Told.find(told, at + 1, Told.What.SHRUNK, side, price)
  ) {
    const matched = set(told, at, left)
    left -= matched
    if (venue.silent) continue
    const turn = told.turn[at]!
    when(turn, earlier(told.exch_us[at]!, exch_us), turn)
    Reach.traded(ex, market, side, price, matched, moment, true)
  }
  if (left === 0) return
  const turn = turnOf(ex, venue, now)
  if (!venue.silent) {
    when(turn, exch_us, -1)
    Reach.traded(ex, market, side, price, left, moment, true)
  }
  const { book } = ex.feeds[market]!
  // Where no level stands there is none to shrink.
  if (book !== null && Book.size(book, side, price) > 0)
    Told.push(told, Told.What.PRINTED, side, price, left, now, exch_us, turn, 0, 0)
}

/** Time is over for what a level shrank by and nothing was printed for. */
export function onUnmatched(ex: Exchange, market: number, now: Micros): void {
  const { told, silent } = ex.state.markets[market]!
  for (let at = told.first; at < told.end && told.us[at]! + ex.config.match_us < now; at++) {
    const left = told.left[at]!
    if (told.what[at] !== Told.What.SHRUNK || left === 0) continue
    told.left[at] = 0
    if (!silent) cancelled(ex, market, told, at, left)
  }
}

function cancelled(ex: Exchange, market: number, told: Told.Told, at: number, left: MicroShares): void {
  const side = told.side[at]! as 1 | 2
  const price = told.price[at]!
  const turn = told.turn[at]!
  if (ex.config.advance === Advance.OPTIMISTIC) {
    when(turn, told.exch_us[at]!, turn)
    Reach.traded(ex, market, side, price, left, moment, false)
    return
  }
  const table = ex.state.orders
  const list = Priority.listOf(ex.state.markets[market]!, side)
  for (let i = 0; i < list.length; i++) {
    const slot = list[i]!
    if (table.price[slot] !== price || table.joined_turn[slot]! > turn) continue
    const ahead = table.ahead[slot]!
    const { queue_power } = ex.config
    table.ahead[slot] = Queue.afterChange(ahead, told.before[at]!, told.after[at]!, left, queue_power)
  }
}

/** Set up to `size` against what was told. Returns how much that is. */
function set(told: Told.Told, at: number, size: MicroShares): MicroShares {
  const matched = Math.min(size, told.left[at]!)
  told.left[at] = told.left[at]! - matched
  return matched
}

/**
 * The message in which an unmatched print's trade was told first: its own, but just after a reset, whose book was without
 * the traded shares already, that of the reset.
 */
function turnOf(ex: Exchange, venue: VenueMarket, now: Micros): number {
  return venue.reset_turn >= 0 && now - venue.reset_us <= ex.config.match_us ? venue.reset_turn : venue.turn
}

function hasOrderAt(ex: Exchange, venue: VenueMarket, side: 1 | 2, price: Tick): boolean {
  const list = Priority.listOf(venue, side)
  for (let i = 0; i < list.length; i++) if (ex.state.orders.price[list[i]!] === price) return true
  return false
}

function when(turn: number, exch_us: Micros, shrunk_turn: number): void {
  moment.turn = turn
  moment.exch_us = exch_us
  moment.shrunk_turn = shrunk_turn
}

/** The earlier of two stamps, of which either may be missing. */
function earlier(a: Micros, b: Micros): Micros {
  return a === 0 || b === 0 ? a + b : Math.min(a, b)
}
