import * as Book from '../book/module.ts'
import { Flag } from '../events/index.ts'
import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import type { Micros } from '../units/index.ts'
import { isTaking } from './check.ts'
import * as Display from './display.ts'
import * as Ending from './ending.ts'
import { fill } from './fills.ts'
import type { Exchange } from './state.ts'
import * as Sweep from './sweep.ts'

// Written anew by every match.
const sweep = Sweep.create()

/**
 * Match an order that passed its checks, and answer what came of it: fills as taker, then the end of a FAK or FOK. A FOK
 * that cannot be filled whole is not filled at all.
 *
 * @returns true when the order, or what is left of it, is to join the book; otherwise it has ended
 */
export function match(ex: Exchange, slot: number, now: Micros): boolean {
  const table = ex.state.orders
  const fok = table.tif[slot] === Tif.FOK
  Sweep.plan(ex, slot, now, sweep)
  const trades = sweep.count > 0 && !(fok && sweep.left > 0)
  if (trades) take(ex, slot, now)
  if (isTaking(ex, slot)) {
    if (trades) Ending.cancelled(ex, slot, now)
    else Ending.rejected(ex, slot, fok ? RejectCode.FOK_UNFILLED : RejectCode.FAK_NO_MATCH, now)
    return false
  }
  if (table.remaining[slot] === 0) {
    Ending.filled(ex, slot)
    return false
  }
  if (ex.config.fill === 'bbo') forgo(ex, slot)
  return true
}

/** Trade what was planned. What a level displayed stays taken, see debits.ts. */
function take(ex: Exchange, slot: number, now: Micros): void {
  const table = ex.state.orders
  const market = table.market[slot]!
  const side = Sweep.opposite(table.book_side[slot]!)
  const flags = sweep.beyond_display ? Flag.BEYOND_DISPLAY : 0
  for (let i = 0; i < sweep.count; i++) {
    if (!sweep.beyond_display) Display.took(ex, market, side, sweep.level[i]!, sweep.size[i]!)
    fill(ex, slot, sweep.price[i]!, sweep.size[i]!, flags, now)
  }
}

/**
 * What `bbo` would not fill, because the slipped price is beyond the limit or the touch was too small, comes to rest across
 * the book. The depth it did not get as a taker, for the slippage and the fee, is not there for it as a maker either.
 */
function forgo(ex: Exchange, slot: number): void {
  const table = ex.state.orders
  const market = table.market[slot]!
  const { book } = ex.feeds[market]!
  if (book === null || !Sweep.isMarketable(ex, slot)) return
  const side = Sweep.opposite(table.book_side[slot]!)
  for (
    let at = Book.best(book, side);
    at >= 0 && Sweep.within(ex, slot, at);
    at = Book.next(book, side, at)
  ) {
    Display.giveUp(ex, market, side, at)
  }
}
