import { type Bits, createBits, highestBelow, lowestAbove, mark, unmark } from '../../book/bits.ts'
import { BID } from '../../book/module.ts'
import { ONE, type Tick } from '../../units/index.ts'
import type { Orders } from './orders.ts'

/** Our orders as they rest at the exchange: by side and price, at each price from the oldest to the youngest. */
export type Resting = {
  /** Slot + 1 of the oldest order at a price, 0 for none. */
  readonly buys: Int32Array
  readonly sells: Int32Array
  readonly buy_bits: Bits
  readonly sell_bits: Bits
  /** −1 with none. */
  highest_buy: Tick
  lowest_sell: Tick
}

/** No order anywhere. */
export function createResting(): Resting {
  return {
    buys: new Int32Array(ONE + 1),
    sells: new Int32Array(ONE + 1),
    buy_bits: createBits(),
    sell_bits: createBits(),
    highest_buy: -1,
    lowest_sell: -1,
  }
}

/** Put an order behind the others at its price. */
export function rest(resting: Resting, orders: Orders, slot: number): void {
  const price = orders.price[slot]!
  const buy = orders.side[slot] === BID
  const first = buy ? resting.buys : resting.sells
  orders.resting[slot] = 1
  orders.next[slot] = 0
  let at = first[price]!
  if (at === 0) {
    first[price] = slot + 1
    mark(buy ? resting.buy_bits : resting.sell_bits, price)
    if (buy) {
      if (price > resting.highest_buy) resting.highest_buy = price
    } else if (resting.lowest_sell < 0 || price < resting.lowest_sell) resting.lowest_sell = price
    return
  }
  while (orders.next[at - 1] !== 0) at = orders.next[at - 1]!
  orders.next[at - 1] = slot + 1
}

/** Take a resting order away. */
export function withdraw(resting: Resting, orders: Orders, slot: number): void {
  const price = orders.price[slot]!
  const buy = orders.side[slot] === BID
  const first = buy ? resting.buys : resting.sells
  const after = orders.next[slot]!
  orders.resting[slot] = 0
  if (first[price] !== slot + 1) {
    let at = first[price]!
    while (orders.next[at - 1] !== slot + 1) at = orders.next[at - 1]!
    orders.next[at - 1] = after
    return
  }
  first[price] = after
  if (after !== 0) return
  unmark(buy ? resting.buy_bits : resting.sell_bits, price)
  if (buy) {
    if (price === resting.highest_buy) resting.highest_buy = highestBelow(resting.buy_bits, price)
  } else if (price === resting.lowest_sell) resting.lowest_sell = lowestAbove(resting.sell_bits, price)
}
