import { OrderStatus, Tif } from '../machine/records.ts'
import { TAKER_LEVEL } from '../strategies/strategy.ts'
import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import { OrdersError } from './orders-error.ts'
import { add, isTaking, remove } from './reserved.ts'

/**
 * Every order that may still be open, as plain columns. Order number `n` lives in slot `n mod capacity`; a number whose
 * slot is still taken is skipped, so that a look-up is one remainder. A done order keeps its row until its slot is taken
 * again, so that late evidence of a fill still finds it. Each market's open orders are linked in order of their numbers.
 */
export type OrdersState = {
  readonly capacity: number
  /** The next number to try; numbers start at 1 and only rise. */
  next: number
  /** Open orders over all markets. */
  open: number
  /** 0: the slot was never used. */
  readonly number: Float64Array
  readonly decision: Float64Array
  readonly market: Uint32Array
  readonly outcome: Uint8Array
  readonly side: Uint8Array
  readonly level: Uint8Array
  readonly price: Float64Array
  readonly size: Float64Array
  readonly filled: Float64Array
  /** Marketable BUY: micro-USDC to spend, and spent; else 0. */
  readonly amount: Float64Array
  readonly spent: Float64Array
  /** Fills so far. */
  readonly fills: Uint32Array
  /** Most USDC that its fees may take. */
  readonly fee_reserve: Float64Array
  /** What rounding to cents took too much so far, see core/fees/cents.ts; only in runs with a market that rounds so. */
  readonly overpaid?: Float64Array
  readonly tif: Uint8Array
  readonly post_only: Uint8Array
  readonly completing: Uint8Array
  readonly expire_us: Float64Array
  readonly key_hi: Uint32Array
  readonly key_lo: Uint32Array
  readonly intended_us: Float64Array
  /** 0 never. */
  readonly accepted_us: Float64Array
  /** 0 still open. */
  readonly done_us: Float64Array
  /** See machine OrderStatus. */
  readonly status: Uint8Array
  /** RejectCode of a rejection or of the last refused cancel. */
  readonly reason: Uint8Array
  /** A cancel was asked for and not answered. */
  readonly cancel_pending: Uint8Array
  /** When the last cancel was asked for, 0 never. */
  readonly cancel_us: Float64Array
  /** Neighbours in the market's list, −1 at its ends. */
  readonly before: Int32Array
  readonly after: Int32Array
  /** By market: first and last open order, how many, how many of unknown outcome. */
  readonly first: Int32Array
  readonly last: Int32Array
  readonly count: Int32Array
  readonly unknown: Int32Array
  /** By market: micro-USDC that open buys reserve, fees included. */
  readonly reserved: Float64Array
  /** By token (2·market + outcome): micro-shares that resting buys may still buy. */
  readonly buying: Float64Array
  /** By token: micro-shares that marketable buys in flight may buy, and the micro-USDC they reserve. */
  readonly taking: Float64Array
  readonly taking_cost: Float64Array
  /** By token: micro-shares that open sells may still sell. */
  readonly selling: Float64Array
  /** Sum of `reserved`. */
  reserved_total: MicroUsdc
}

/** What an order is opened with. One object can be reused. */
export type Draft = {
  market: number
  outcome: number
  side: number
  level: number
  price: Tick
  size: MicroShares
  amount: MicroUsdc
  fee_reserve: MicroUsdc
  tif: number
  post_only: boolean
  completing: boolean
  expire_us: Micros
  decision: number
  key_hi: number
  key_lo: number
}

/**
 * An empty table.
 *
 * @param cents balances of some market are in whole cents
 */
export function create(markets: number, capacity: number, cents = false): OrdersState {
  const reals = () => new Float64Array(capacity)
  const bytes = () => new Uint8Array(capacity)
  const words = () => new Uint32Array(capacity)
  return {
    capacity,
    next: 1,
    open: 0,
    number: reals(),
    decision: reals(),
    market: words(),
    outcome: bytes(),
    side: bytes(),
    level: bytes(),
    price: reals(),
    size: reals(),
    filled: reals(),
    amount: reals(),
    spent: reals(),
    fills: words(),
    fee_reserve: reals(),
    ...(cents && { overpaid: reals() }),
    tif: bytes(),
    post_only: bytes(),
    completing: bytes(),
    expire_us: reals(),
    key_hi: words(),
    key_lo: words(),
    intended_us: reals(),
    accepted_us: reals(),
    done_us: reals(),
    status: bytes(),
    reason: bytes(),
    cancel_pending: bytes(),
    cancel_us: reals(),
    before: new Int32Array(capacity).fill(-1),
    after: new Int32Array(capacity).fill(-1),
    first: new Int32Array(markets).fill(-1),
    last: new Int32Array(markets).fill(-1),
    count: new Int32Array(markets),
    unknown: new Int32Array(markets),
    reserved: new Float64Array(markets),
    buying: new Float64Array(2 * markets),
    taking: new Float64Array(2 * markets),
    taking_cost: new Float64Array(2 * markets),
    selling: new Float64Array(2 * markets),
    reserved_total: 0,
  }
}

/** A draft to be reused. */
export function createDraft(): Draft {
  return {
    market: 0,
    outcome: 0,
    side: 1,
    level: 0,
    price: 0,
    size: 0,
    amount: 0,
    fee_reserve: 0,
    tif: Tif.GTC,
    post_only: true,
    completing: false,
    expire_us: 0,
    decision: -1,
    key_hi: 0,
    key_lo: 0,
  }
}

/**
 * Enter an order that is about to be sent. HOT.
 *
 * @returns its number
 * @throws OrdersError `orders.full` when every slot is taken; `orders.draft` for sizes or prices that cannot be
 */
export function open(orders: OrdersState, draft: Draft, now: Micros): number {
  if (orders.open >= orders.capacity)
    throw new OrdersError(
      'orders.full',
      orders.next,
      `all ${orders.capacity} slots are open; raise orders.capacity`,
    )
  if (!(draft.size > 0) || !(draft.price > 0) || draft.market >= orders.first.length)
    throw new OrdersError(
      'orders.draft',
      orders.next,
      `size ${draft.size} at ${draft.price} in market ${draft.market}`,
    )
  let number = orders.next
  // Bounded by capacity: at least one slot is free.
  while (isOpen(orders, number % orders.capacity)) number++
  orders.next = number + 1
  const slot = number % orders.capacity
  write(orders, slot, number, draft, now)
  link(orders, slot)
  add(orders, slot)
  return number
}

function write(orders: OrdersState, slot: number, number: number, draft: Draft, now: Micros): void {
  orders.number[slot] = number
  orders.decision[slot] = draft.decision
  orders.market[slot] = draft.market
  orders.outcome[slot] = draft.outcome
  orders.side[slot] = draft.side
  orders.level[slot] = draft.level
  orders.price[slot] = draft.price
  orders.size[slot] = draft.size
  orders.filled[slot] = 0
  orders.amount[slot] = draft.amount
  orders.spent[slot] = 0
  orders.fills[slot] = 0
  orders.fee_reserve[slot] = draft.fee_reserve
  if (orders.overpaid !== undefined) orders.overpaid[slot] = 0
  orders.tif[slot] = draft.tif
  orders.post_only[slot] = draft.post_only ? 1 : 0
  orders.completing[slot] = draft.completing ? 1 : 0
  orders.expire_us[slot] = draft.expire_us
  orders.key_hi[slot] = draft.key_hi
  orders.key_lo[slot] = draft.key_lo
  orders.intended_us[slot] = now
  orders.accepted_us[slot] = 0
  orders.done_us[slot] = 0
  orders.status[slot] = OrderStatus.SENT
  orders.reason[slot] = 0
  orders.cancel_pending[slot] = 0
  orders.cancel_us[slot] = 0
}

/** The slot of an order, −1 when it is not (or no longer) in the table. */
export function find(orders: OrdersState, number: number): number {
  const slot = number % orders.capacity
  return number > 0 && orders.number[slot] === number ? slot : -1
}

/** Whether the order in a slot may still be open at the venue. */
export function isOpen(orders: OrdersState, slot: number): boolean {
  return orders.number[slot] !== 0 && orders.done_us[slot] === 0
}

/** Places in one market: (outcome, side, level). */
export const PLACES = 4 * (TAKER_LEVEL + 1)

/** The place of an order as a number; at most one order is open or in flight at each. */
export function placeKey(outcome: number, side: number, level: number): number {
  return ((outcome << 1) | (side - 1)) * (TAKER_LEVEL + 1) + level
}

/** The place of the order in a slot. */
export function placeOf(orders: OrdersState, slot: number): number {
  return placeKey(orders.outcome[slot]!, orders.side[slot]!, orders.level[slot]!)
}

/** Whether the order in a slot is a resting bid that the pair rule counts. */
export function isQuote(orders: OrdersState, slot: number): boolean {
  return orders.side[slot] === 1 && orders.completing[slot] === 0 && !isTaking(orders, slot)
}

/** Take an order out of what is open; its row stays for late evidence. */
export function close(orders: OrdersState, slot: number, status: number, now: Micros): void {
  remove(orders, slot)
  unlink(orders, slot)
  setStatus(orders, slot, status)
  orders.done_us[slot] = now
}

/** Set a status and keep the count of unknown ones. */
export function setStatus(orders: OrdersState, slot: number, status: number): void {
  const market = orders.market[slot]!
  const change =
    (status === OrderStatus.UNKNOWN ? 1 : 0) - (orders.status[slot] === OrderStatus.UNKNOWN ? 1 : 0)
  orders.unknown[market] = orders.unknown[market]! + change
  orders.status[slot] = status
}

function link(orders: OrdersState, slot: number): void {
  const market = orders.market[slot]!
  const last = orders.last[market]!
  orders.before[slot] = last
  orders.after[slot] = -1
  if (last < 0) orders.first[market] = slot
  else orders.after[last] = slot
  orders.last[market] = slot
  orders.count[market] = orders.count[market]! + 1
  orders.open++
}

function unlink(orders: OrdersState, slot: number): void {
  const market = orders.market[slot]!
  const before = orders.before[slot]!
  const after = orders.after[slot]!
  if (before < 0) orders.first[market] = after
  else orders.after[before] = after
  if (after < 0) orders.last[market] = before
  else orders.before[after] = before
  orders.count[market] = orders.count[market]! - 1
  orders.open--
}
