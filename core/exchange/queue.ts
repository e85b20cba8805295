import * as Book from '../book/module.ts'
import type { MicroShares, Micros } from '../units/index.ts'
import type { Exchange } from './state.ts'

/** Where an order stands in the queue at its price: shares of others ahead of it. */

/** To the back: behind all that the book shows at the order's price, and later than all that was told of it. */
export function joinBack(ex: Exchange, slot: number, now: Micros): void {
  const table = ex.state.orders
  const { book } = ex.feeds[table.market[slot]!]!
  const side = table.book_side[slot]! as Book.BookSide
  table.joined_us[slot] = now
  table.joined_turn[slot] = ex.state.markets[table.market[slot]!]!.turn
  table.ahead[slot] = book === null ? 0 : Book.size(book, side, table.price[slot]!)
}

/**
 * Shares ahead after our level went from `prev` to `next`, by the power-probability queue: of a cancelled quantity `c` the
 * part behind us is `p = 1 − (front/(front + back))^n`, the rest came from ahead; and nobody stands behind more than is left,
 * which is also what the rule's correction for cancellations that the part behind cannot hold comes to. In whole
 * micro-shares, rounded up: never better than the rule. Source: formulas.md §10.
 *
 * @param front shares ahead before, ≥ 0
 * @param prev size of the level before, > 0
 * @param next size of the level now, ≥ 0
 * @param c the decrease beyond the prints since the level's last change; negative when the level grew
 * @param power n, a whole number
 */
export function afterChange(
  front: MicroShares,
  prev: MicroShares,
  next: MicroShares,
  c: MicroShares,
  power: number,
): MicroShares {
  if (c <= 0) return Math.min(front, next)
  const share = front / prev
  let ahead = 1
  for (let i = 0; i < power; i++) ahead *= share
  const behind = 1 - ahead
  const estimate = front - (1 - behind) * c
  return Math.max(0, Math.min(Math.ceil(estimate), next))
}
