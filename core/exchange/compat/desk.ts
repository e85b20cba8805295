import { BID, type Book, type BookSide, create } from '../../book/module.ts'
import type { Tick } from '../../units/index.ts'
import { Message, type Messages, push } from './messages.ts'
import { arrived, finish, type Orders, open, Status } from './orders.ts'

/** Our end of the wire: the book as we see it, late; what we hold as far as we have heard; and our requests. */
export type Desk = {
  readonly book: Book
  readonly orders: Orders
  readonly requests: Messages
  readonly entry_latency: number
  now: number
  /** In units, and in units · 1e-4 USD; both change when the answer about a fill arrives. Fees are left out. */
  position: number
  cash: number
  trades: number
}

/** A desk that holds nothing. */
export function createDesk(orders: Orders, requests: Messages, entry_latency: number): Desk {
  return { book: create(), orders, requests, entry_latency, now: 0, position: 0, cash: 0, trades: 0 }
}

/** Send a post-only order. */
export function submit(desk: Desk, side: BookSide, price: Tick, size: number): void {
  const slot = open(desk.orders, side, price, size)
  push(desk.requests, desk.now + desk.entry_latency, slot, Message.NEW)
}

/** Ask to cancel a resting order; once, until it is answered. */
export function cancel(desk: Desk, slot: number): void {
  desk.orders.cancelling[slot] = 1
  desk.orders.under_way[slot] = desk.orders.under_way[slot]! + 1
  push(desk.requests, desk.now + desk.entry_latency, slot, Message.CANCEL)
}

/** An answer of the exchange arrives. */
export function onAnswer(desk: Desk, slot: number, kind: number): void {
  const orders = desk.orders
  switch (kind) {
    case Message.ACCEPTED:
      // The fill of an order never overtakes its acceptance: the wire keeps the order.
      orders.status[slot] = Status.RESTING
      break
    case Message.FILLED: {
      const size = orders.size[slot]!
      const signed = orders.side[slot] === BID ? size : -size
      desk.position += signed
      desk.cash -= signed * orders.price[slot]!
      desk.trades++
      finish(orders, slot)
      break
    }
    case Message.CANCEL_REJECTED:
      // The order's end came by the same wire, earlier.
      break
    default:
      finish(orders, slot)
  }
  arrived(orders, slot)
}
