import * as Book from '../book/module.ts'
import { Flag, Kind } from '../events/index.ts'
import { RejectCode } from '../risk/codes.ts'
import type { Micros, Tick } from '../units/index.ts'
import { answer } from './answers.ts'
import * as Ending from './ending.ts'
import { fill } from './fills.ts'
import * as Queue from './queue.ts'
import type { Exchange } from './state.ts'
import { Stage, Waits } from './venue-orders.ts'

/**
 * Gaps by the `blackout` policy (formulas.md §10, Gaps): nobody knows what happened, so the worst that the next book allows
 * did. Orders that rested when the gap began, or came to rest in it, are exposed; their cancels and expiries wait. At the
 * first book after it a crossed one is filled whole, any other goes to the back of its queue, and what waited takes
 * effect. Where no book comes the outcome stands in for it.
 */

/** What a message brought while silent, bits; RESET stays until levels follow. */
export const Heard = { LEVEL: 1, PRINT: 2, RESET: 4 } as const

/** The market is silent, by the `blackout` policy: whatever rests there is exposed. */
export function begin(ex: Exchange, market: number): void {
  const venue = ex.state.markets[market]!
  if (ex.config.gaps !== 'blackout' || venue.silent) return
  venue.silent = true
  venue.heard = 0
}

/**
 * A message after a gap is whole, and there is a book. Prints alone are no book, nor is a reset that no levels followed yet.
 *
 * @returns whether the gap is over
 */
export function endByBook(ex: Exchange, market: number, now: Micros): boolean {
  const venue = ex.state.markets[market]!
  const book = ex.feeds[market]!.book!
  const { heard } = venue
  const isBook = heard === 0 || (heard & Heard.LEVEL) !== 0
  venue.heard = isBook ? 0 : heard & Heard.RESET
  if (!isBook) return false
  settle(ex, market, now, (side, price) =>
    side === Book.BID ? book.best_ask >= 0 && book.best_ask <= price : book.best_bid >= price,
  )
  return true
}

/**
 * No book came: the outcome is the only one there is. A bid above what a share paid, and an ask below it, were crossed.
 *
 * @param up_payout of one Up share in ticks, −1 when it stays unknown: then nothing is known to have crossed
 */
export function endByOutcome(ex: Exchange, market: number, up_payout: Tick, now: Micros): void {
  settle(ex, market, now, (side, price) => {
    if (up_payout < 0) return false
    return side === Book.BID ? price > up_payout : price < up_payout
  })
}

function settle(
  ex: Exchange,
  market: number,
  now: Micros,
  crossed: (side: number, price: Tick) => boolean,
): void {
  const { state } = ex
  const table = state.orders
  const venue = state.markets[market]!
  venue.silent = false
  for (const slot of [...venue.bids, ...venue.asks]) {
    const waits = table.waits[slot]!
    const order = table.number[slot]!
    const price = table.price[slot]!
    table.waits[slot] = Waits.NOTHING
    if (crossed(table.book_side[slot]!, price))
      fill(ex, slot, price, table.remaining[slot]!, Flag.MAKER | Flag.GAP_FILL, now)
    if (table.stage[slot] === Stage.FREE) {
      // Filled whole: the cancel came too late, and is answered as such.
      if (waits === Waits.CANCEL)
        answer(ex, Kind.CANCEL_REJECTED, market, order, RejectCode.CANCEL_MATCHED, 0, 0, now)
      continue
    }
    Queue.joinBack(ex, slot, now)
    if (waits === Waits.EXPIRY) Ending.expired(ex, slot, now)
    else if (waits === Waits.CANCEL || venue.closed) Ending.cancelled(ex, slot, now)
  }
}
