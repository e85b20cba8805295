import type { BookSide } from '../../book/index.ts'
import type { Tick } from '../../units/index.ts'

/**
 * All orders alive, a slot each, as columns. One table serves both ends of the wire, but each end reads only its own
 * columns: the exchange `front`, `traded`, `next`, `resting`; the strategy `status` and `cancelling`.
 */
export type Orders = {
  readonly side: Uint8Array
  readonly price: Int32Array
  readonly size: Float64Array
  /** Quantity ahead of the order in its level's queue; may end below 0. */
  readonly front: Float64Array
  /** Quantity traded at its price since the level's last change. */
  readonly traded: Float64Array
  /** Slot + 1 of the next younger order at its price, 0 for none. */
  readonly next: Int32Array
  /** 1 while it rests at the exchange. */
  readonly resting: Uint8Array
  /** What the strategy knows, see {@link Status}. */
  readonly status: Uint8Array
  /** 1 from the strategy's cancel until its answer. */
  readonly cancelling: Uint8Array
  /** Messages about it under way, requests and answers: a slot is used again only when there is none. */
  readonly under_way: Uint8Array
  /** Slots of orders that the strategy has not seen finished. */
  readonly live: Int32Array
  live_count: number
  readonly free: Int32Array
  free_count: number
}

/** An order as the strategy knows it. */
export const Status = { NONE: 0, SENT: 1, RESTING: 2, FINISHED: 3 } as const

/** A table with room for `capacity` orders. */
export function createOrders(capacity: number): Orders {
  return {
    side: new Uint8Array(capacity),
    price: new Int32Array(capacity),
    size: new Float64Array(capacity),
    front: new Float64Array(capacity),
    traded: new Float64Array(capacity),
    next: new Int32Array(capacity),
    resting: new Uint8Array(capacity),
    status: new Uint8Array(capacity),
    cancelling: new Uint8Array(capacity),
    under_way: new Uint8Array(capacity),
    live: new Int32Array(capacity),
    live_count: 0,
    free: Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i),
    free_count: capacity,
  }
}

/**
 * Take a slot for an order that is being sent.
 *
 * @throws OrdersError `compat.orders` when all slots are taken
 */
export function open(orders: Orders, side: BookSide, price: Tick, size: number): number {
  if (orders.free_count === 0) throw new OrdersError(orders.free.length)
  const slot = orders.free[--orders.free_count]!
  orders.side[slot] = side
  orders.price[slot] = price
  orders.size[slot] = size
  orders.front[slot] = 0
  orders.traded[slot] = 0
  orders.next[slot] = 0
  orders.resting[slot] = 0
  orders.status[slot] = Status.SENT
  orders.cancelling[slot] = 0
  orders.under_way[slot] = 1
  orders.live[orders.live_count++] = slot
  return slot
}

/** The strategy has seen the end of an order: it is live no longer. */
export function finish(orders: Orders, slot: number): void {
  orders.status[slot] = Status.FINISHED
  const live = orders.live
  const last = orders.live_count - 1
  for (let i = 0; i <= last; i++) {
    if (live[i] !== slot) continue
    live[i] = live[last]!
    orders.live_count = last
    return
  }
}

/** An answer about the order has arrived: with the last one of a finished order its slot is free again. */
export function arrived(orders: Orders, slot: number): void {
  const left = orders.under_way[slot]! - 1
  orders.under_way[slot] = left
  if (left > 0 || orders.status[slot] !== Status.FINISHED) return
  orders.status[slot] = Status.NONE
  orders.free[orders.free_count++] = slot
}

/** More orders at once than the mode has room for. */
export class OrdersError extends Error {
  readonly code = 'compat.orders'
  readonly field = 'orders_max'
  readonly fix = 'raise orders_max'
  constructor(capacity: number) {
    super(`more than ${capacity} orders are alive or under way at once; raise orders_max`)
    this.name = 'Compat.OrdersError'
  }
}
