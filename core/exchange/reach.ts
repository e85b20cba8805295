import * as Book from '../book/module.ts'
import type { MicroShares, Micros, Tick } from '../units/index.ts'
import * as Priority from './priority.ts'
import type { Exchange } from './state.ts'

/** How traded shares reach our resting orders. What they are granted is filled when the message is whole. */

/** When a trade happened, as far as the tape tells: the earlier of its two tellings, by both clocks. */
export type Moment = {
  /** The market's message in which it was told first. */
  turn: number
  /** The source's earliest stamp, 0 without. */
  exch_us: Micros
  /** The message in which its level shrank; −1 where it did not yet. */
  shrunk_turn: number
}

/** Whether an order was resting when a trade happened: if not, nothing of it was for that order. */
export function rested(ex: Exchange, slot: number, { turn, exch_us }: Moment): boolean {
  const table = ex.state.orders
  return table.joined_turn[slot]! <= turn && (exch_us === 0 || table.joined_us[slot]! <= exch_us)
}

/**
 * Shares were traded against a canonical side at a price: they go to our orders by price, then time; at better prices than
 * the trade's all of them, at its own price the part beyond what is ahead.
 *
 * An order that joined later gets nothing. Where it joined before the level had shrunk, what was traded is among the shares
 * that it stands behind, and goes from there.
 *
 * @param through whether orders at better prices are reached; without, only those at this very price
 */
export function traded(
  ex: Exchange,
  market: number,
  side: 1 | 2,
  price: Tick,
  size: MicroShares,
  moment: Moment,
  through: boolean,
): void {
  const table = ex.state.orders
  const list = Priority.listOf(ex.state.markets[market]!, side)
  let left = size
  for (let i = 0; i < list.length; i++) {
    const slot = list[i]!
    const own = table.price[slot]!
    if (own === price) left = at(ex, slot, left, moment)
    else if (side === Book.BID ? own < price : own > price) return
    else if (through && rested(ex, slot, moment)) left -= grant(ex, slot, left)
  }
}

/** A level shrank by what was printed before: orders that joined in between stood behind shares that were gone already. */
export function shrankAfter(
  ex: Exchange,
  market: number,
  side: 1 | 2,
  price: Tick,
  size: MicroShares,
  printed: Moment,
): void {
  const table = ex.state.orders
  const list = Priority.listOf(ex.state.markets[market]!, side)
  for (let i = 0; i < list.length; i++) {
    const slot = list[i]!
    if (table.price[slot] === price && !rested(ex, slot, printed)) step(ex, slot, size)
  }
}

/** `size` was traded at an order's price: first what is ahead of it, then the order. Returns what goes on behind it. */
export function reach(ex: Exchange, slot: number, size: MicroShares): MicroShares {
  const ahead = ex.state.orders.ahead[slot]!
  step(ex, slot, size)
  return size - grant(ex, slot, Math.max(0, size - ahead))
}

/** Promise an order what it still wants of `size`. Returns how much that is. */
export function grant(ex: Exchange, slot: number, size: MicroShares): MicroShares {
  const table = ex.state.orders
  const granted = Math.min(size, table.remaining[slot]! - table.granted[slot]!)
  if (granted <= 0) return 0
  table.granted[slot] = table.granted[slot]! + granted
  ex.state.markets[table.market[slot]!]!.granting = true
  return granted
}

function at(ex: Exchange, slot: number, size: MicroShares, moment: Moment): MicroShares {
  if (rested(ex, slot, moment)) return reach(ex, slot, size)
  if (ex.state.orders.joined_turn[slot]! <= moment.shrunk_turn) step(ex, slot, size)
  return size
}

function step(ex: Exchange, slot: number, size: MicroShares): void {
  const table = ex.state.orders
  table.ahead[slot] = Math.max(0, table.ahead[slot]! - size)
}
