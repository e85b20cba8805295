import { Tif } from '../machine/records.ts'
import { type MicroShares, type MicroUsdc, mulDiv, notional } from '../units/index.ts'
import type { OrdersState } from './orders.ts'

/**
 * What open orders reserve, kept by addition and subtraction. An order's part is taken off before a change and added
 * after it, so that the sums are at every moment those of the rows.
 */

/** An order that never rests: fill and kill, or fill or kill. */
export function isTaking(orders: OrdersState, slot: number): boolean {
  return orders.tif[slot]! >= Tif.FAK
}

/** Micro-shares not filled yet; of a marketable BUY, which states money, at most. */
export function rest(orders: OrdersState, slot: number): MicroShares {
  return Math.max(0, orders.size[slot]! - orders.filled[slot]!)
}

/** Micro-USDC that an order reserves, its fees included; 0 for a sell. */
export function reserve(orders: OrdersState, slot: number): MicroUsdc {
  if (orders.side[slot] !== 1) return 0
  const amount = orders.amount[slot]!
  const fees = orders.fee_reserve[slot]!
  if (amount > 0) {
    const left = Math.max(0, amount - orders.spent[slot]!)
    return left + (fees === 0 ? 0 : mulDiv(fees, left, amount, 'up'))
  }
  const left = rest(orders, slot)
  const cost = notional(left, orders.price[slot]!, 'up')
  return cost + (fees === 0 ? 0 : mulDiv(fees, left, orders.size[slot]!, 'up'))
}

/** Add what an order reserves now. */
export function add(orders: OrdersState, slot: number): void {
  shift(orders, slot, 1)
}

/** Take off what an order reserves now. */
export function remove(orders: OrdersState, slot: number): void {
  shift(orders, slot, -1)
}

function shift(orders: OrdersState, slot: number, sign: 1 | -1): void {
  const market = orders.market[slot]!
  const token = 2 * market + orders.outcome[slot]!
  const shares = sign * rest(orders, slot)
  if (orders.side[slot] !== 1) {
    orders.selling[token] = orders.selling[token]! + shares
    return
  }
  const money = sign * reserve(orders, slot)
  orders.reserved[market] = orders.reserved[market]! + money
  orders.reserved_total += money
  if (isTaking(orders, slot)) {
    orders.taking[token] = orders.taking[token]! + shares
    orders.taking_cost[token] = orders.taking_cost[token]! + money
  } else orders.buying[token] = orders.buying[token]! + shares
}
