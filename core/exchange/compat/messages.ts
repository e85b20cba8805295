/**
 * A wire of constant latency: messages leave in the order in which they were sent, so a ring is enough. Plain data.
 */
export type Messages = {
  readonly time: Float64Array
  readonly order: Int32Array
  readonly kind: Uint8Array
  /** Messages taken off and put on so far; the ring's places are these modulo its length. */
  taken: number
  sent: number
}

/** Kinds of messages: requests to the exchange, then its answers. */
export const Message = {
  NEW: 1,
  CANCEL: 2,
  ACCEPTED: 3,
  EXPIRED: 4,
  FILLED: 5,
  CANCELLED: 6,
  CANCEL_REJECTED: 7,
} as const

/**
 * An empty wire for messages about `orders` orders, with places for twice as many: an order has at most one request
 * under way, and two answers (its fill between its acceptance or the refusal of its cancel).
 */
export function createMessages(orders: number): Messages {
  let places = 2
  while (places < 2 * orders) places *= 2
  return {
    time: new Float64Array(places),
    order: new Int32Array(places),
    kind: new Uint8Array(places),
    taken: 0,
    sent: 0,
  }
}

/**
 * Put a message on the wire, to arrive at `time`; never before the one put on last. HOT.
 *
 * @throws WireError `compat.wire` when all places are taken
 */
export function push(wire: Messages, time: number, order: number, kind: number): void {
  if (((wire.sent - wire.taken) | 0) >= wire.time.length) throw new WireError(wire.time.length)
  const at = wire.sent & (wire.time.length - 1)
  wire.time[at] = time
  wire.order[at] = order
  wire.kind[at] = kind
  wire.sent = (wire.sent + 1) | 0
}

/** When the next message arrives, Infinity with none under way. HOT. */
export function dueAt(wire: Messages): number {
  return wire.taken === wire.sent ? Number.POSITIVE_INFINITY : wire.time[wire.taken & (wire.time.length - 1)]!
}

/** Takes the earliest message off the wire; its columns stay readable at the returned place. HOT. */
export function take(wire: Messages): number {
  const at = wire.taken & (wire.time.length - 1)
  wire.taken = (wire.taken + 1) | 0
  return at
}

/** More messages under way than orders can have caused. */
export class WireError extends Error {
  readonly code = 'compat.wire'
  readonly fix = 'report it: the orders of this mode cannot fill the wire'
  constructor(places: number) {
    super(`more than ${places} messages are under way on one wire`)
    this.name = 'Compat.WireError'
  }
}
