/** The venue's table of one account's orders: columns by slot, slots reused. Plain data. */
export type VenueOrders = {
  /** Slots in use or free below this one. */
  used: number
  free: number[]
  number: Float64Array
  market: Uint32Array
  /** 0 up, 1 down. */
  outcome: Uint8Array
  /** 1 buy, 2 sell, of the token. */
  side: Uint8Array
  /** Canonical side: 1 an Up bid, 2 an Up ask. */
  book_side: Uint8Array
  /** Canonical price. */
  price: Float64Array
  size: Float64Array
  /** Shares still wanted; of an order by money what it named at first, and without meaning after. */
  remaining: Float64Array
  /** Marketable BUY by money: what is left to spend, micro-USDC; 0 for an order by shares. */
  amount: Float64Array
  /** 1 for an order by money, also when all is spent. */
  by_money: Uint8Array
  tif: Uint8Array
  post_only: Uint8Array
  /** GTD: when it leaves the book; else 0. */
  expire_us: Float64Array
  /** See {@link Stage}. */
  stage: Uint8Array
  /** When it came to rest, or last went to the back of its queue: the time, and the market's message by number. */
  joined_us: Float64Array
  joined_turn: Float64Array
  /** Shares of others ahead of us at our price. */
  ahead: Float64Array
  /** Micro-shares that rows of the present message granted; filled when it is whole. */
  granted: Float64Array
  /** Micro-shares beyond what was ahead, of a level that the present message emptied. */
  vanished: Float64Array
  /** What waits for the first book after a gap: see {@link Waits}. */
  waits: Uint8Array
  /** Reserved micro-USDC (buy) or micro-shares (sell). */
  reserved: Float64Array
  /** What rounding to cents took too much so far, see core/fees/cents.ts; only in runs with a market that rounds so. */
  overpaid?: Float64Array
}

/** Where an order is at the venue. */
export const Stage = { FREE: 0, TRAVELLING: 1, HELD: 2, RESTING: 3 } as const

/** What is to become of an order that a gap exposed, once a book is seen again. */
export const Waits = { NOTHING: 0, CANCEL: 1, EXPIRY: 2 } as const

/** Orders that one account may have open or on the way. */
export const VENUE_ORDERS_MAX = 4_096

const FLOATS = [
  'number',
  'price',
  'size',
  'remaining',
  'amount',
  'expire_us',
  'joined_us',
  'joined_turn',
  'ahead',
  'reserved',
  'granted',
  'vanished',
] as const
const BYTES = ['outcome', 'side', 'book_side', 'by_money', 'tif', 'post_only', 'stage', 'waits'] as const

/**
 * An empty table.
 *
 * @param cents balances of some market are in whole cents
 */
export function create(cents = false, capacity = 32): VenueOrders {
  // Made in one go: an object that is given its keys one by one becomes a hash table, and every access a search.
  return {
    used: 0,
    free: [],
    market: new Uint32Array(capacity),
    ...Object.fromEntries(FLOATS.map((name) => [name, new Float64Array(capacity)])),
    ...Object.fromEntries(BYTES.map((name) => [name, new Uint8Array(capacity)])),
    ...(cents && { overpaid: new Float64Array(capacity) }),
  } as unknown as VenueOrders
}

/**
 * A slot for a new order, on its way to the venue; what it says is left to the caller.
 *
 * @throws VenueOrdersError beyond {@link VENUE_ORDERS_MAX} open orders; the table is unchanged
 */
export function take(table: VenueOrders, number: number): number {
  if (table.free.length === 0 && table.used === table.number.length) grow(table)
  const slot = table.free.pop() ?? table.used++
  table.number[slot] = number
  table.stage[slot] = Stage.TRAVELLING
  table.joined_us[slot] = 0
  table.joined_turn[slot] = 0
  table.ahead[slot] = 0
  table.granted[slot] = 0
  table.vanished[slot] = 0
  table.waits[slot] = Waits.NOTHING
  table.reserved[slot] = 0
  if (table.overpaid !== undefined) table.overpaid[slot] = 0
  return slot
}

/** Give a slot back. */
export function release(table: VenueOrders, slot: number): void {
  table.stage[slot] = Stage.FREE
  table.free.push(slot)
}

/** Slot of the order numbered `number`, −1 when it is gone. A walk: an account has tens of orders open, not thousands. */
export function find(table: VenueOrders, number: number): number {
  for (let slot = 0; slot < table.used; slot++) {
    if (table.number[slot] === number && table.stage[slot] !== Stage.FREE) return slot
  }
  return -1
}

function grow(table: VenueOrders): void {
  const capacity = table.number.length * 2
  if (capacity > VENUE_ORDERS_MAX) throw new VenueOrdersError()
  const bigger = create(table.overpaid !== undefined, capacity)
  bigger.market.set(table.market)
  table.market = bigger.market
  for (const name of FLOATS) {
    bigger[name].set(table[name])
    table[name] = bigger[name]
  }
  for (const name of BYTES) {
    bigger[name].set(table[name])
    table[name] = bigger[name]
  }
  if (table.overpaid === undefined) return
  bigger.overpaid!.set(table.overpaid)
  table.overpaid = bigger.overpaid!
}

/** More orders than the table's stated limit. */
export class VenueOrdersError extends Error {
  readonly code = 'exchange.orders_full'
  readonly fix = 'cancel some first'
  constructor() {
    super(`more than ${VENUE_ORDERS_MAX} orders are open or on their way`)
    this.name = 'VenueOrders.VenueOrdersError'
  }
}
