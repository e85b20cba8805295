import type { Headroom } from '../strategies/strategy.ts'
import { type MicroShares, type MicroUsdc, mulDiv, notional, ONE, type Tick } from '../units/index.ts'

/** The venue's size step: two decimals of a share, whatever the tick (protocol.md §1.6). */
export const LOT: MicroShares = 10_000

/**
 * What is left of every limit while the orders of one decision are sized, best ones first. An order that lowers
 * |unpaired| is a reduction: limits on exposure and notional do not cut it, the per-trade cap and cash do
 * (formulas.md §11).
 */
export type Budget = {
  per_trade: MicroUsdc
  market: MicroUsdc
  global: MicroUsdc
  cash: MicroUsdc
  /** Shares of the light side that still reduce. */
  reduction: MicroShares
}

/** Nothing left. */
export function create(): Budget {
  return { per_trade: 0, market: 0, global: 0, cash: 0, reduction: 0 }
}

/** Start a decision. */
export function open(budget: Budget, headroom: Headroom, unpaired: MicroShares): void {
  budget.per_trade = headroom.per_trade
  budget.market = headroom.market
  budget.global = headroom.global
  budget.cash = headroom.cash
  budget.reduction = Math.abs(unpaired)
}

/** More micro-shares than any order has, and no fewer than can be counted exactly. */
const MOST: MicroShares = 9e15

/** Micro-shares at `price` that `money` buys, rounded down; 0 for no money, {@link MOST} where it is no bound at all. */
export function affordable(money: MicroUsdc, price: Tick): MicroShares {
  if (money <= 0) return 0
  return money >= price * (MOST / ONE) ? MOST : mulDiv(money, ONE, price, 'down')
}

/** Whole lots of a size, rounded down. */
export function floorLot(size: MicroShares): MicroShares {
  return Math.floor(size / LOT) * LOT
}

/**
 * The largest buy of at most `size`, in whole lots, that every limit allows. HOT.
 *
 * @param light the outcome is the light side
 */
export function cut(budget: Budget, size: MicroShares, price: Tick, light: boolean): MicroShares {
  const always = Math.min(budget.per_trade, budget.cash)
  const most = covers(always, size, price) ? size : Math.min(size, affordable(always, price))
  const free = light ? budget.reduction : 0
  if (most <= free) return floorLot(most)
  const growing = Math.min(budget.market, budget.global)
  if (covers(growing, most - free, price)) return floorLot(most)
  return floorLot(Math.min(most, free + affordable(growing, price)))
}

/** Whether money surely buys a size: the usual case, told without an exact division. */
function covers(money: MicroUsdc, size: MicroShares, price: Tick): boolean {
  return (size * price) / ONE + 1 < money
}

/** Take an order off what is left. */
export function spend(budget: Budget, size: MicroShares, price: Tick, light: boolean): void {
  const cost = notional(size, price, 'up')
  budget.market -= cost
  budget.global -= cost
  budget.cash -= cost
  if (light) budget.reduction = Math.max(0, budget.reduction - size)
}
