import { OrderStatus } from '../machine/records.ts'
import type { MicroShares, Micros, MicroUsdc } from '../units/index.ts'
import { close, find, isOpen, type OrdersState, setStatus } from './orders.ts'
import { OrdersError } from './orders-error.ts'
import { add, isTaking, remove } from './reserved.ts'

/**
 * The life of an order as answers tell it (formulas.md §7):
 * sent → live | delayed | rejected | unknown → partly filled → filled | cancelled | expired.
 *
 * Answers of a live venue come over two channels and can overtake each other, so a fill may be heard of before the
 * acceptance, and late fills of an order already reported cancelled or expired count. Everything else out of order is an
 * {@link OrdersError} `orders.transition`. Each function returns the order's slot.
 */

/** A set of statuses. */
function bit(...statuses: number[]): number {
  return statuses.reduce((bits, status) => bits | (1 << status), 0)
}

const { SENT, LIVE, DELAYED, PARTIAL, FILLED, CANCELLED, REJECTED, EXPIRED, UNKNOWN } = OrderStatus
const OPEN = bit(SENT, LIVE, DELAYED, PARTIAL, UNKNOWN)
const UNANSWERED = bit(SENT, DELAYED, UNKNOWN)
const NOT_HELD = bit(SENT, UNKNOWN)
const IS_UNKNOWN = bit(UNKNOWN)
const IS_FILLED = bit(FILLED)
const CANCELLABLE = bit(LIVE, PARTIAL)
const TAKEN_OFF = bit(CANCELLED, EXPIRED)
const HEARD_OF = OPEN | IS_FILLED | TAKEN_OFF

/** A rest of a money order under the venue's two decimals is no rest. */
const CENT: MicroUsdc = 10_000

/** The order rests on the venue's book. */
export function accepted(orders: OrdersState, number: number, now: Micros): number {
  const slot = locate(orders, number)
  const first = orders.accepted_us[slot] === 0
  const expected = first ? HEARD_OF : IS_UNKNOWN
  if (!is(orders, slot, expected)) refuse(orders, slot, 'accepted')
  if (first) orders.accepted_us[slot] = now
  if (is(orders, slot, UNANSWERED)) setStatus(orders, slot, orders.filled[slot]! > 0 ? PARTIAL : LIVE)
  return slot
}

/** The order was refused: nothing of it was ever filled. `code` is a RejectCode. */
export function rejected(orders: OrdersState, number: number, code: number, now: Micros): number {
  const slot = locate(orders, number)
  if (!is(orders, slot, UNANSWERED) || orders.filled[slot]! > 0) refuse(orders, slot, 'rejected')
  orders.reason[slot] = code
  close(orders, slot, REJECTED, now)
  return slot
}

/** The venue holds the order: neither a fill nor a refusal, and no cancel works. */
export function delayed(orders: OrdersState, number: number): number {
  const slot = locate(orders, number)
  if (!is(orders, slot, NOT_HELD)) refuse(orders, slot, 'delayed')
  setStatus(orders, slot, DELAYED)
  return slot
}

/**
 * A fill was matched. Of an order already reported cancelled or expired it is counted and the status stays.
 *
 * @param size gross micro-shares, > 0
 * @param money micro-USDC paid or received, before fees
 */
export function filled(
  orders: OrdersState,
  number: number,
  size: MicroShares,
  money: MicroUsdc,
  now: Micros,
): number {
  const slot = locate(orders, number)
  const live = is(orders, slot, OPEN)
  if (!live && !is(orders, slot, TAKEN_OFF)) refuse(orders, slot, 'filled')
  if (!(size > 0) || exceeds(orders, slot, size, money))
    throw new OrdersError(
      'orders.overfill',
      number,
      `a fill of ${size} micro-shares is more than is left of it`,
    )
  if (live) remove(orders, slot)
  orders.filled[slot] = orders.filled[slot]! + size
  orders.spent[slot] = orders.spent[slot]! + money
  orders.fills[slot] = orders.fills[slot]! + 1
  if (!live) return slot
  add(orders, slot)
  if (isFilled(orders, slot)) close(orders, slot, FILLED, now)
  else setStatus(orders, slot, PARTIAL)
  return slot
}

/** A cancel is about to be sent. */
export function cancelSent(orders: OrdersState, number: number, now: Micros): number {
  const slot = locate(orders, number)
  if (!canCancel(orders, slot)) refuse(orders, slot, 'cancel sent')
  orders.cancel_pending[slot] = 1
  orders.cancel_us[slot] = now
  return slot
}

/** Whether a cancel can be sent: the order rests and no cancel is on its way. */
export function canCancel(orders: OrdersState, slot: number): boolean {
  return is(orders, slot, CANCELLABLE) && orders.cancel_pending[slot] === 0 && !isTaking(orders, slot)
}

/**
 * What was left of the order is cancelled. Every marketable order ends so: one by money that spent all but less than a
 * cent is filled, and of one that filled whole already this says nothing new.
 */
export function cancelled(orders: OrdersState, number: number, now: Micros): number {
  const slot = locate(orders, number)
  if (!is(orders, slot, OPEN | IS_FILLED)) refuse(orders, slot, 'cancelled')
  orders.cancel_pending[slot] = 0
  if (is(orders, slot, OPEN)) close(orders, slot, isSpent(orders, slot) ? FILLED : CANCELLED, now)
  return slot
}

/** A cancel was refused; `code` says why. The order goes on, or is done already. */
export function cancelRejected(orders: OrdersState, number: number, code: number): number {
  const slot = locate(orders, number)
  if (isOpen(orders, slot) && orders.cancel_pending[slot] === 0) refuse(orders, slot, 'cancel refused')
  orders.cancel_pending[slot] = 0
  orders.reason[slot] = code
  return slot
}

/** The order's time ran out, or its market closed. */
export function expired(orders: OrdersState, number: number, now: Micros): number {
  const slot = locate(orders, number)
  if (!is(orders, slot, OPEN)) refuse(orders, slot, 'expired')
  close(orders, slot, EXPIRED, now)
  return slot
}

/** What became of the order is not known: its market is frozen until any other answer says. */
export function lost(orders: OrdersState, number: number): number {
  const slot = locate(orders, number)
  if (!is(orders, slot, OPEN)) refuse(orders, slot, 'lost')
  orders.cancel_pending[slot] = 0
  setStatus(orders, slot, UNKNOWN)
  return slot
}

function isFilled(orders: OrdersState, slot: number): boolean {
  const amount = orders.amount[slot]!
  return amount > 0 ? orders.spent[slot]! >= amount : orders.filled[slot]! >= orders.size[slot]!
}

function isSpent(orders: OrdersState, slot: number): boolean {
  const amount = orders.amount[slot]!
  return amount > 0 && orders.fills[slot]! > 0 && amount - orders.spent[slot]! < CENT
}

/** A money order may buy more shares than it named, at better prices, but spends no more: a micro-USDC a fill for rounding. */
function exceeds(orders: OrdersState, slot: number, size: MicroShares, money: MicroUsdc): boolean {
  const amount = orders.amount[slot]!
  if (amount > 0) return orders.spent[slot]! + money > amount + orders.fills[slot]! + 1
  return orders.filled[slot]! + size > orders.size[slot]!
}

function is(orders: OrdersState, slot: number, bits: number): boolean {
  return ((bits >>> orders.status[slot]!) & 1) === 1
}

function locate(orders: OrdersState, number: number): number {
  const slot = find(orders, number)
  if (slot < 0)
    throw new OrdersError(
      'orders.unknown',
      number,
      'is not in the table; it was never opened, or is long done',
    )
  return slot
}

function refuse(orders: OrdersState, slot: number, event: string): never {
  const status = orders.status[slot]!
  const name = NAMES.find((key) => OrderStatus[key] === status)
  throw new OrdersError('orders.transition', orders.number[slot]!, `"${event}" cannot follow ${name}`)
}

const NAMES = [
  'SENT',
  'LIVE',
  'DELAYED',
  'PARTIAL',
  'FILLED',
  'CANCELLED',
  'REJECTED',
  'EXPIRED',
  'UNKNOWN',
] as const
