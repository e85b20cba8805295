import { Book } from '../book/index.ts'
import { Tif } from '../machine/records.ts'
import { Gate } from '../risk/codes.ts'
import type { Desired } from '../strategies/strategy.ts'
import { floorPrice, ONE, type Tick } from '../units/index.ts'
import type { Differ } from './diff.ts'
import { isQuote, type OrdersState, placeKey } from './orders.ts'
import { Place } from './plan.ts'
import { isTaking } from './reserved.ts'

/** Our own prices in one market, those on their way in and out included. */
type Own = {
  /** Highest canonical bid and lowest canonical ask of ours; −1 and ONE + 1 for none. */
  bid: Tick
  ask: Tick
  /** Highest quotes by outcome, −ONE none. */
  up: Tick
  down: Tick
  /** Completing bids by outcome: 1 where one is open. */
  up_completing: boolean
  down_completing: boolean
}

// Written anew by every call.
const own: Own = { bid: -1, ask: ONE + 1, up: -ONE, down: -ONE, up_completing: false, down_completing: false }

/**
 * Plan the orders that can go now: their place is free, they cannot trade with an order of ours (Up and Down bids that
 * together cost 1 or more would), they hold the pair rule with every quote still standing, and there is room.
 *
 * @param room most orders that may be sent
 */
export function place(
  differ: Differ,
  orders: OrdersState,
  market: number,
  desired: Desired,
  room: number,
): void {
  const { plan } = differ
  const target = floorPrice(desired.target_total)
  let looked = false
  for (let row = 0; row < desired.length; row++) {
    const outcome = desired.outcome[row]!
    const side = desired.side[row]!
    const price = desired.price[row]!
    const quote = side === Book.BID && desired.completing[row] === 0 && desired.tif[row]! < Tif.FAK
    const taken = differ.taken[placeKey(outcome, side, desired.level[row]!)]!
    if (taken === Place.KEPT) continue
    if (!looked) look(orders, market)
    looked = true
    let gate: number = Gate.NONE
    let waits = taken !== Place.FREE
    if (!waits && meetsOwn(outcome, side, price)) {
      waits = true
      gate = Gate.SELF_CROSS
    }
    if (!waits && quote && price + (outcome === 0 ? own.down : own.up) > target) waits = true
    // Both would complete the same shares.
    if (!waits && desired.completing[row] === 1 && desired.tif[row]! >= Tif.FAK)
      waits = outcome === 0 ? own.up_completing : own.down_completing
    if (!waits && plan.creates >= room) {
      waits = true
      gate = Gate.RATE_LIMIT
    }
    if (waits) {
      plan.waiting++
      if (plan.gate === Gate.NONE) plan.gate = gate
      continue
    }
    plan.create[plan.creates++] = row
    note(outcome, side, price, quote, false)
  }
}

/** Gather our own prices from every open order of a market. */
function look(orders: OrdersState, market: number): void {
  own.bid = -1
  own.ask = ONE + 1
  own.up = -ONE
  own.down = -ONE
  own.up_completing = false
  own.down_completing = false
  for (let slot = orders.first[market]!; slot >= 0; slot = orders.after[slot]!) {
    const completing = orders.completing[slot] === 1 && !isTaking(orders, slot)
    note(orders.outcome[slot]!, orders.side[slot]!, orders.price[slot]!, isQuote(orders, slot), completing)
  }
}

function note(outcome: number, side: number, price: Tick, quote: boolean, completing: boolean): void {
  const at = outcome === 0 ? price : ONE - price
  if ((outcome === 0) === (side === Book.BID)) own.bid = Math.max(own.bid, at)
  else own.ask = Math.min(own.ask, at)
  if (outcome === 0) {
    if (quote) own.up = Math.max(own.up, price)
    if (completing) own.up_completing = true
  } else {
    if (quote) own.down = Math.max(own.down, price)
    if (completing) own.down_completing = true
  }
}

/** Whether an order could trade with one of ours, in the one canonical book. */
function meetsOwn(outcome: number, side: number, price: Tick): boolean {
  const at = outcome === 0 ? price : ONE - price
  return (outcome === 0) === (side === Book.BID) ? at >= own.ask : at <= own.bid
}
