import { Kind } from '../events/index.ts'
import type { RejectCode } from '../risk/codes.ts'
import type { Micros } from '../units/index.ts'
import * as Account from './account.ts'
import { answer } from './answers.ts'
import * as Priority from './priority.ts'
import type { Exchange } from './state.ts'
import * as VenueOrders from './venue-orders.ts'
import { Stage } from './venue-orders.ts'

/**
 * How an order ends, each in exactly one way:
 * - refused: ORDER_REJECTED, and nothing of it was filled;
 * - FAK and FOK that traded: ORDER_CANCELLED after their fills, also when nothing is left;
 * - GTC and GTD: ORDER_CANCELLED or ORDER_EXPIRED with what is left, or the fill that completes their size, with no answer
 *   after it.
 * An order that has ended reserves nothing and its number is not known any more.
 */

/** The venue refuses it. */
export function rejected(ex: Exchange, slot: number, code: RejectCode, now: Micros): void {
  const table = ex.state.orders
  answer(ex, Kind.ORDER_REJECTED, table.market[slot]!, table.number[slot]!, code, 0, 0, now)
  leave(ex, slot)
}

/** What is left of it is cancelled. */
export function cancelled(ex: Exchange, slot: number, now: Micros): void {
  withRest(ex, slot, Kind.ORDER_CANCELLED, now)
}

/** Its time is over. */
export function expired(ex: Exchange, slot: number, now: Micros): void {
  withRest(ex, slot, Kind.ORDER_EXPIRED, now)
}

/** Its last fill said it all. */
export function filled(ex: Exchange, slot: number): void {
  leave(ex, slot)
}

function withRest(ex: Exchange, slot: number, kind: number, now: Micros): void {
  const table = ex.state.orders
  const shares = table.by_money[slot] === 1 ? 0 : table.remaining[slot]!
  answer(ex, kind, table.market[slot]!, table.number[slot]!, shares, table.amount[slot]!, 0, now)
  leave(ex, slot)
}

function leave(ex: Exchange, slot: number): void {
  const { state } = ex
  if (state.orders.stage[slot] === Stage.RESTING) Priority.remove(state, slot)
  Account.unreserve(ex, slot)
  VenueOrders.release(state.orders, slot)
}
