import { ASK, BID, type Book, create, setUnhashed } from '../../book/module.ts'
import { Side } from '../../events/index.ts'
import type { Tick } from '../../units/index.ts'
import { Message, type Messages, push } from './messages.ts'
import type { Orders } from './orders.ts'
import { frontAfter, isReached } from './queue.ts'
import { createResting, type Resting, rest, withdraw } from './resting.ts'

/**
 * The exchange of the compatibility mode: resting orders fill in full or not at all, by queue position. Its own orders
 * are not in its book, and a trade changes no level: the stream's own level rows do.
 */
export type CompatExchange = {
  readonly book: Book
  readonly resting: Resting
  readonly orders: Orders
  readonly answers: Messages
  readonly response_latency: number
  /** Time of the row or request at hand: a field and not an argument, because a call would box it. */
  now: number
}

/** An exchange with an empty book. */
export function createExchange(orders: Orders, answers: Messages, response_latency: number): CompatExchange {
  return { book: create(), resting: createResting(), orders, answers, response_latency, now: 0 }
}

/**
 * A bid level was set: sells that the best bid has risen to fill. (Only a rise can reach one: a sell rests
 * only above the best bid.) HOT.
 */
export function onBid(ex: CompatExchange, price: Tick, size: number): void {
  const { book, resting } = ex
  const before = setUnhashed(book, BID, price, size)
  const first = resting.buys[price]!
  if (first !== 0) requeue(ex.orders, first, before, size)
  while (resting.lowest_sell >= 0 && resting.lowest_sell <= book.best_bid) {
    fill(ex, resting.sells[resting.lowest_sell]! - 1)
  }
}

/** An ask level was set: the mirror of {@link onBid}. HOT. */
export function onAsk(ex: CompatExchange, price: Tick, size: number): void {
  const { book, resting } = ex
  const before = setUnhashed(book, ASK, price, size)
  const first = resting.sells[price]!
  if (first !== 0) requeue(ex.orders, first, before, size)
  while (book.best_ask >= 0 && resting.highest_buy >= book.best_ask) {
    fill(ex, resting.buys[resting.highest_buy]! - 1)
  }
}

/** Somebody traded; `taker` is the buyer or the seller who crossed the spread. HOT. */
export function onTrade(ex: CompatExchange, taker: number, price: Tick, size: number): void {
  const { resting } = ex
  if (taker === Side.BUY) {
    while (resting.lowest_sell >= 0 && resting.lowest_sell < price) {
      fill(ex, resting.sells[resting.lowest_sell]! - 1)
    }
    if (resting.sells[price] !== 0) consume(ex, resting.sells[price]!, size)
  } else {
    while (resting.highest_buy > price) fill(ex, resting.buys[resting.highest_buy]! - 1)
    if (resting.buys[price] !== 0) consume(ex, resting.buys[price]!, size)
  }
}

/** A post-only order arrives: it rests behind what is shown, or expires if it would cross. */
export function onNew(ex: CompatExchange, slot: number): void {
  const { book, orders } = ex
  const price = orders.price[slot]!
  const buy = orders.side[slot] === BID
  const crosses = buy
    ? book.best_ask >= 0 && price >= book.best_ask
    : book.best_bid >= 0 && price <= book.best_bid
  if (crosses) {
    answer(ex, slot, Message.EXPIRED)
    return
  }
  orders.front[slot] = (buy ? book.bid_sizes : book.ask_sizes)[price]!
  rest(ex.resting, orders, slot)
  answer(ex, slot, Message.ACCEPTED)
}

/** A cancel arrives. */
export function onCancel(ex: CompatExchange, slot: number): void {
  const resting = ex.orders.resting[slot] === 1
  if (resting) withdraw(ex.resting, ex.orders, slot)
  answer(ex, slot, resting ? Message.CANCELLED : Message.CANCEL_REJECTED)
}

function requeue(orders: Orders, first: number, before: number, after: number): void {
  for (let at = first; at !== 0; at = orders.next[at - 1]!) {
    const slot = at - 1
    orders.front[slot] = frontAfter(orders.front[slot]!, orders.traded[slot]!, before, after)
    orders.traded[slot] = 0
  }
}

function consume(ex: CompatExchange, first: number, size: number): void {
  const orders = ex.orders
  let at = first
  while (at !== 0) {
    const slot = at - 1
    at = orders.next[slot]!
    orders.front[slot] = orders.front[slot]! - size
    orders.traded[slot] = orders.traded[slot]! + size
    if (isReached(orders.front[slot]!)) fill(ex, slot)
  }
}

function fill(ex: CompatExchange, slot: number): void {
  withdraw(ex.resting, ex.orders, slot)
  ex.orders.under_way[slot] = ex.orders.under_way[slot]! + 1
  answer(ex, slot, Message.FILLED)
}

function answer(ex: CompatExchange, slot: number, kind: number): void {
  push(ex.answers, ex.now + ex.response_latency, slot, kind)
}
