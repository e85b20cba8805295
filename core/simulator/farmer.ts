import * as Book from '../book/module.ts'
import type { Rng } from '../random/index.ts'
import { MICRO, type Micros, ONE, SECOND, type Tick } from '../units/index.ts'
import * as Accounts from './accounts.ts'
import * as Channel from './channel.ts'
import * as Draw from './draws.ts'
import * as Exchange from './exchange.ts'
import * as Fitted from './fitted.ts'
import * as Orders from './orders.ts'
import * as Pit from './pit.ts'

/**
 * One owner bids thousands of shares at the first cents of both outcomes before the start, where they are hardly ever hit, and
 * takes most of it away soon after: seen in every recorded window.
 */

const CENT: Tick = 100
/** The withdrawals begin so long after the start, and take so long on the mean. */
const STAYS_S = 8
const LEAVES_S = 20

/** Rest the orders, and draw when each is cut. */
export function open(pit: Pit.Pit, rng: Rng.Rng): void {
  Fitted.FARMED.forEach(([before], i) => {
    const price = (i + 1) * CENT
    Exchange.post(pit.exchange, Pit.FARMER, Book.BID, price, before * MICRO)
    Exchange.post(pit.exchange, Pit.FARMER, Book.ASK, ONE - price, before * MICRO)
  })
  for (let i = 0; i < pit.farmed_due.length; i++)
    pit.farmed_due[i] = pit.start_us + (STAYS_S + Draw.exponential(rng, LEAVES_S)) * SECOND
}

/** Cut the orders whose time has come. */
export function withdraw(pit: Pit.Pit, now: Micros): void {
  const { farmed_due } = pit
  for (let i = 0; i < farmed_due.length; i++) {
    if (farmed_due[i]! > now) continue
    farmed_due[i] = Number.POSITIVE_INFINITY
    const at = i % Fitted.FARMED.length
    const price = (at + 1) * CENT
    const [before, after] = Fitted.FARMED[at]!
    if (i < Fitted.FARMED.length) cut(pit, Book.BID, price, before - after)
    else cut(pit, Book.ASK, ONE - price, before - after)
    Channel.priceChange(pit.channel, now)
  }
}

/** What the farmer leaves in the end at a price of its own side, in shares. */
export function staysAt(price: Tick): number {
  return Fitted.FARMED[price / CENT - 1]?.[1] ?? 0
}

function cut({ exchange }: Pit.Pit, side: Book.BookSide, price: Tick, shares: number): void {
  const { orders } = exchange
  for (let order = orders.first[Orders.levelOf(side, price)]!; order >= 0; order = orders.next[order]!) {
    if (orders.owner[order] !== Pit.FARMER) continue
    const away = Math.min(shares * MICRO, orders.size[order]! - Accounts.LOT)
    if (away > 0) Exchange.cancel(exchange, side, price, order, away)
    return
  }
}
