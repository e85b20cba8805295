import * as Book from '../book/module.ts'
import { Kind } from '../events/index.ts'
import { Fees } from '../fees/index.ts'
import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import {
  type MicroShares,
  type Micros,
  type MicroUsdc,
  mulDiv,
  notional,
  ONE,
  type Tick,
} from '../units/index.ts'
import * as Account from './account.ts'
import { answer, type Exchange, remove } from './exchange.ts'
import { fill } from './fills.ts'
import * as Marks from './marks.ts'

const fee = Fees.createOut()
/** Limit orders state sizes, marketable buys amounts, with two decimals (protocol §1.6). */
const CENT = 10_000

/** What the venue says to an order when it arrives, and again at the end of a hold: a {@link RejectCode}, 0 for fine. */
export function check(ex: Exchange, slot: number, now: Micros): number {
  const table = ex.state.orders
  const market = table.market[slot]!
  const tick = ex.feeds[market]!.tick
  const terms = ex.terms[market]!
  const price = table.price[slot]!
  const by_money = table.by_money[slot] === 1
  if (ex.state.markets[market]!.closed) return RejectCode.MARKET_CLOSED
  if (price < tick || price > ONE - tick) return RejectCode.PRICE_RANGE
  if (price % tick !== 0) return RejectCode.TICK
  if ((by_money ? table.amount[slot]! : table.size[slot]!) % CENT !== 0) return RejectCode.DECIMALS
  if (!by_money && table.size[slot]! < terms.min_size) return RejectCode.MIN_SIZE
  if (table.tif[slot] === Tif.GTD && table.expire_us[slot]! <= now) return RejectCode.EXPIRATION
  const crosses = isMarketable(ex, slot)
  if (table.post_only[slot] === 1 && crosses) return RejectCode.CROSSES
  if (table.side[slot] === 2) {
    const free = Account.freeShares(ex.state.markets[market]!, table.outcome[slot]!)
    return free < table.remaining[slot]! ? RejectCode.BALANCE : RejectCode.NONE
  }
  const need = Account.need(ex, slot)
  if (crosses && need < terms.marketable_buy_min) return RejectCode.MARKETABLE_MIN
  return ex.state.cash - ex.state.cash_reserved < need + (crosses ? feeOnTop(ex, slot, need, now) : 0)
    ? RejectCode.BALANCE
    : RejectCode.NONE
}

/** The USDC fee that a marketable buy may add to what it spends. */
function feeOnTop(ex: Exchange, slot: number, need: MicroUsdc, now: Micros): MicroUsdc {
  const table = ex.state.orders
  const terms = ex.terms[table.market[slot]!]!
  const charged = terms.charged_in(now)
  if (charged.buy !== 'usdc') return 0
  const price = Account.tokenPrice(table.outcome[slot]!, table.price[slot]!)
  Fees.taker(terms.fee, charged.buy, charged.buy_amount, 1, price, mulDiv(need, ONE, price, 'down'), fee)
  return fee.fee_usdc
}

/** Whether the order would trade with the book as it is. */
export function isMarketable(ex: Exchange, slot: number): boolean {
  const table = ex.state.orders
  const book = ex.feeds[table.market[slot]!]!.book
  if (book === null) return false
  if (table.book_side[slot] === 1) return book.best_ask >= 0 && book.best_ask <= table.price[slot]!
  return book.best_bid >= 0 && book.best_bid >= table.price[slot]!
}

/**
 * Match an order that passed its checks, and answer what came of it.
 *
 * @returns true when (the rest of) it joins the book; otherwise it has left the table
 */
export function match(ex: Exchange, slot: number, now: Micros): boolean {
  const table = ex.state.orders
  const market = table.market[slot]!
  const order = table.number[slot]!
  const tif = table.tif[slot]!
  const takes = tif === Tif.FAK || tif === Tif.FOK
  const blind = ex.state.markets[market]!.silent
  const before = table.remaining[slot]!
  if (!blind && isMarketable(ex, slot)) {
    if (tif !== Tif.FOK || fillsWhole(ex, slot)) {
      if (ex.config.fill === 'bbo') fillAtTouch(ex, slot, now)
      else walk(ex, slot, now)
    }
  }
  const rest = table.remaining[slot]!
  if (!takes && rest > 0) return true
  if (takes && rest === before) {
    answer(
      ex,
      Kind.ORDER_REJECTED,
      market,
      order,
      tif === Tif.FOK ? RejectCode.FOK_UNFILLED : RejectCode.FAK_NO_MATCH,
      0,
      0,
      now,
    )
  } else if (takes) answer(ex, Kind.ORDER_CANCELLED, market, order, rest, table.amount[slot]!, 0, now)
  remove(ex, slot)
  return false
}

/** Walk the displayed levels up to the limit, less what we used up before. */
function walk(ex: Exchange, slot: number, now: Micros): void {
  const table = ex.state.orders
  const market = table.market[slot]!
  const book = ex.feeds[market]!.book!
  const venue = ex.state.markets[market]!
  const opposite = table.book_side[slot] === 1 ? Book.ASK : Book.BID
  const by_money = table.by_money[slot] === 1
  for (
    let at = Book.best(book, opposite);
    at >= 0 && within(ex, slot, at);
    at = Book.next(book, opposite, at)
  ) {
    const shown = Book.size(book, opposite, at) - Marks.sizeAt(venue.consumed, opposite, at)
    const take = Math.min(shown, wanted(ex, slot, at))
    if (take <= 0) {
      if (shown > 0) return
      continue
    }
    Marks.add(venue.consumed, opposite, at, take)
    fill(ex, slot, at, take, 0, now)
    if (by_money ? table.amount[slot]! === 0 : table.remaining[slot]! === 0) return
  }
}

/** Shares still wanted at a canonical price: of an order by money, what the rest of the money buys there. */
function wanted(ex: Exchange, slot: number, at: Tick): MicroShares {
  const table = ex.state.orders
  if (table.by_money[slot] === 0) return table.remaining[slot]!
  return mulDiv(table.amount[slot]!, ONE, Account.tokenPrice(table.outcome[slot]!, at), 'down')
}

function within(ex: Exchange, slot: number, at: Tick): boolean {
  const limit = ex.state.orders.price[slot]!
  return ex.state.orders.book_side[slot] === 1 ? at <= limit : at >= limit
}

/** Whether displayed depth within the limit covers a fill-or-kill order. */
function fillsWhole(ex: Exchange, slot: number): boolean {
  if (ex.config.fill === 'bbo') return true
  const table = ex.state.orders
  const market = table.market[slot]!
  const book = ex.feeds[market]!.book!
  const venue = ex.state.markets[market]!
  const opposite = table.book_side[slot] === 1 ? Book.ASK : Book.BID
  const by_money = table.by_money[slot] === 1
  let left = by_money ? table.amount[slot]! : table.remaining[slot]!
  for (
    let at = Book.best(book, opposite);
    at >= 0 && within(ex, slot, at);
    at = Book.next(book, opposite, at)
  ) {
    const shown = Book.size(book, opposite, at) - Marks.sizeAt(venue.consumed, opposite, at)
    left -= by_money ? notional(shown, Account.tokenPrice(table.outcome[slot]!, at), 'up') : shown
    if (left <= 0) return true
  }
  return false
}

/**
 * The bbo model: the whole order at the touch, slipped against us to the adverse tick, inside [δ, 1 − δ]; beyond the
 * limit there is no fill.
 */
function fillAtTouch(ex: Exchange, slot: number, now: Micros): void {
  const table = ex.state.orders
  const feed = ex.feeds[table.market[slot]!]!
  const buys = table.side[slot] === 1
  const touch = table.book_side[slot] === 1 ? feed.book!.best_ask : feed.book!.best_bid
  const price = slipped(Account.tokenPrice(table.outcome[slot]!, touch), feed.tick, ex.config.slip_bps, buys)
  const at = Account.tokenPrice(table.outcome[slot]!, price)
  if (!within(ex, slot, at)) return
  const size = wanted(ex, slot, at)
  if (size > 0) fill(ex, slot, at, size, 0, now)
}

/** A token price worsened by `bps` and rounded to the adverse tick. */
export function slipped(price: Tick, tick: Tick, bps: number, buys: boolean): Tick {
  const moved = buys ? (price * (10_000 + bps)) / 10_000 : (price * (10_000 - bps)) / 10_000
  // Half a millionth of a tick forgives the division's last bit, so that a price on the grid stays there.
  const ticks = buys ? Math.ceil(moved / tick - 1e-9) : Math.floor(moved / tick + 1e-9)
  return Math.min(Math.max(ticks * tick, tick), ONE - tick)
}
