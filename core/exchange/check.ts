import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import { type Micros, type MicroUsdc, notional, onGrid } from '../units/index.ts'
import * as Account from './account.ts'
import type { Exchange } from './state.ts'
import * as Sweep from './sweep.ts'
import { gridIn } from './terms.ts'

/** Sizes of limit orders and amounts of marketable buys have two decimals (protocol.md §1.6). */
const CENT = 10_000

// Written anew by every check.
const sweep = Sweep.create()

/**
 * What the venue says to an order when it arrives, and again at the end of a hold, when market, tick and balance may have
 * changed: a {@link RejectCode}, NONE for fine. The order reserves nothing yet (protocol.md §3.2, §3.4, §3.5).
 *
 * @param arrives false at the end of a hold
 */
export function check(ex: Exchange, slot: number, now: Micros, arrives: boolean): RejectCode {
  const refused = form(ex, slot, now, arrives)
  if (refused !== RejectCode.NONE) return refused
  const table = ex.state.orders
  const crosses = Sweep.isMarketable(ex, slot)
  if (table.post_only[slot] === 1 && crosses) return RejectCode.CROSSES
  if (table.side[slot] === 2) {
    const free = Account.freeShares(ex.state.markets[table.market[slot]!]!, table.outcome[slot]!)
    return free < Account.need(ex, slot) ? RejectCode.BALANCE : RejectCode.NONE
  }
  if (crosses || isTaking(ex, slot)) {
    const least = ex.terms[table.market[slot]!]!.marketable_buy_min
    if (Account.need(ex, slot) < least) return RejectCode.MARKETABLE_MIN
  }
  return Account.freeCash(ex.state) < cashNeeded(ex, slot, now) ? RejectCode.BALANCE : RejectCode.NONE
}

/** FAK and FOK: never rests. */
export function isTaking(ex: Exchange, slot: number): boolean {
  const tif = ex.state.orders.tif[slot]
  return tif === Tif.FAK || tif === Tif.FOK
}

/** What can be said of an order without looking at the book or the account. */
function form(ex: Exchange, slot: number, now: Micros, arrives: boolean): RejectCode {
  const table = ex.state.orders
  const market = table.market[slot]!
  const { book, tick } = ex.feeds[market]!
  const price = table.price[slot]!
  if (ex.state.markets[market]!.closed) return RejectCode.MARKET_CLOSED
  if (book === null) return RejectCode.NO_BOOK
  const grid = gridIn(ex.terms[market]!, tick)
  if (price < grid.lowest || price > grid.highest) return RejectCode.PRICE_RANGE
  if (!onGrid(grid, price)) return RejectCode.TICK
  const by_money = table.by_money[slot] === 1
  if ((by_money ? table.amount[slot]! : table.size[slot]!) % CENT !== 0) return RejectCode.DECIMALS
  if (!by_money && table.size[slot]! < leastSize(ex, slot)) return RejectCode.MIN_SIZE
  if (table.tif[slot] === Tif.GTD) {
    const life = arrives ? ex.config.gtd_min_life_us : 1
    if (table.expire_us[slot]! < now + life) return RejectCode.EXPIRATION
  }
  return RejectCode.NONE
}

/** The market's minimum is for orders that may rest; a marketable one has to be something at all. */
function leastSize(ex: Exchange, slot: number): number {
  return isTaking(ex, slot) ? 1 : ex.terms[ex.state.orders.market[slot]!]!.min_size
}

/**
 * What a buy may take from the account: all of it at its limit, or what it trades now and the rest at its limit where
 * rounding makes that more; and the USDC fees of what it trades now.
 */
function cashNeeded(ex: Exchange, slot: number, now: Micros): MicroUsdc {
  const table = ex.state.orders
  const whole = Account.need(ex, slot)
  Sweep.plan(ex, slot, now, sweep)
  const limit = Account.tokenPrice(table.outcome[slot]!, table.price[slot]!)
  const rest = table.by_money[slot] === 1 ? sweep.left : notional(sweep.left, limit, 'up')
  return Math.max(whole, sweep.cash + rest) + sweep.fee_usdc
}
