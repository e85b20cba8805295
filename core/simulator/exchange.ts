import * as Book from '../book/module.ts'
import { type MicroShares, ONE, type Tick } from '../units/index.ts'
import * as Accounts from './accounts.ts'
import * as Orders from './orders.ts'

/** The simulator's own little venue for one market: orders, owners, and what the message in the making tells of. */
export type Exchange = {
  orders: Orders.Orders
  accounts: Accounts.Accounts
  /** Tick size in force. */
  tick: Tick
  /** Levels touched since the last message, and prints by level: the first `length` are in use. */
  touched: { side: Uint8Array; price: Uint16Array; length: number }
  prints: { price: Uint16Array; size: Float64Array; length: number }
}

/** More levels than one action can touch. */
const TOUCHED_MAX = 4_096
/** Orders looked at by one action at most. */
const WALK_MAX = 4_096

/**
 * @param owners how many there are
 */
export function create(owners: number): Exchange {
  return {
    orders: Orders.create(),
    accounts: Accounts.create(owners),
    tick: 0,
    touched: { side: new Uint8Array(TOUCHED_MAX), price: new Uint16Array(TOUCHED_MAX), length: 0 },
    prints: { price: new Uint16Array(TOUCHED_MAX), size: new Float64Array(TOUCHED_MAX), length: 0 },
  }
}

/** Open a market: nothing rests, nobody owns anything. */
export function reset(exchange: Exchange, tick: Tick): void {
  Orders.reset(exchange.orders)
  Accounts.reset(exchange.accounts)
  exchange.tick = tick
  forget(exchange)
}

/** The message is sent. */
export function forget(exchange: Exchange): void {
  exchange.touched.length = 0
  exchange.prints.length = 0
}

/**
 * Rest an order, post-only. Whether it sells shares held or buys the other outcome is its owner's choice: shares are sold
 * first, because they are at hand.
 *
 * @param side canonical
 * @returns whether it rests: not where it would cross, lies off the grid, or no place is left
 */
export function post(
  exchange: Exchange,
  owner: number,
  side: Book.BookSide,
  price: Tick,
  size: MicroShares,
): boolean {
  const { orders, accounts, tick } = exchange
  const { book } = orders
  if (price < tick || price > ONE - tick || price % tick !== 0) return false
  if (side === Book.BID ? book.best_ask >= 0 && price >= book.best_ask : price <= book.best_bid) return false
  if (Orders.full(orders)) return false
  const bid = side === Book.BID
  const held = bid ? Accounts.freeDown(accounts, owner) : Accounts.freeUp(accounts, owner)
  const sells = held >= size
  if (sells) reserve(accounts, owner, side, size)
  Orders.rest(orders, side, price, size, owner, sells)
  touch(exchange, side, price)
  return true
}

/** Take `size` off a resting order on its owner's behalf. */
export function cancel(
  exchange: Exchange,
  side: Book.BookSide,
  price: Tick,
  order: number,
  size: MicroShares = exchange.orders.size[order]!,
): void {
  const { orders, accounts } = exchange
  if (orders.sells[order] === 1) reserve(accounts, orders.owner[order]!, side, -size)
  Orders.reduce(orders, side, price, order, size)
  touch(exchange, side, price)
}

/**
 * Take liquidity: buy Up (or sell Down) up to a limit, or sell Up (or buy Down) down to one, best price first and at one
 * price in the order of arrival, always at the resting order's price. What is left over is dropped.
 *
 * @param buys canonical: gets longer Up
 * @param sells gives shares held away; `size` is cut to what is free
 * @returns micro-shares traded
 */
export function take(
  exchange: Exchange,
  taker: number,
  buys: boolean,
  sells: boolean,
  limit: Tick,
  size: MicroShares,
): MicroShares {
  const { orders, accounts } = exchange
  const { book } = orders
  const side = buys ? Book.ASK : Book.BID
  const free = buys ? Accounts.freeDown(accounts, taker) : Accounts.freeUp(accounts, taker)
  let left = sells ? Math.min(size, free) : size
  const wanted = left
  for (let walked = 0; left > 0 && walked < WALK_MAX; walked++) {
    const price = buys ? book.best_ask : book.best_bid
    if (price < 0 || (buys ? price > limit : price < limit)) break
    const order = orders.first[Orders.levelOf(side, price)]!
    const filled = Math.min(left, orders.size[order]!)
    const maker = orders.owner[order]!
    const maker_sells = orders.sells[order] === 1
    if (maker_sells) reserve(accounts, maker, side, -filled)
    Accounts.move(accounts, maker, !buys, maker_sells, price, filled)
    Accounts.move(accounts, taker, buys, sells, price, filled)
    Accounts.count(accounts, maker_sells, sells, filled)
    Orders.reduce(orders, side, price, order, filled)
    touch(exchange, side, price)
    print(exchange, price, filled)
    left -= filled
  }
  return wanted - left
}

/** A resting bid sells Down, a resting ask Up. */
function reserve(accounts: Accounts.Accounts, owner: number, side: Book.BookSide, size: MicroShares): void {
  if (side === Book.BID) accounts.down_reserved[owner]! += size
  else accounts.up_reserved[owner]! += size
}

function touch({ touched }: Exchange, side: Book.BookSide, price: Tick): void {
  const last = touched.length - 1
  if (last >= 0 && touched.price[last] === price && touched.side[last] === side) return
  if (touched.length === TOUCHED_MAX) throw new RangeError('one action touched more levels than there are')
  touched.side[touched.length] = side
  touched.price[touched.length] = price
  touched.length++
}

function print({ prints }: Exchange, price: Tick, size: MicroShares): void {
  const last = prints.length - 1
  if (last >= 0 && prints.price[last] === price) {
    prints.size[last]! += size
    return
  }
  prints.price[prints.length] = price
  prints.size[prints.length] = size
  prints.length++
}
