import { type MicroShares, type MicroUsdc, notional, ONE, type Tick } from '../units/index.ts'
import type { Exchange, ExchangeState, VenueMarket } from './state.ts'

/**
 * The account at the venue: cash and shares, what open orders reserve of them, and what is pending. A fill takes at once
 * what it takes; what it brings (the shares of a buy, the proceeds of a sell) is pending until it is confirmed and
 * pays for nothing before, as the venue refuses to sell shares that have not settled (protocol.md §12). So a fill that
 * fails can always be taken back, and neither cash nor shares are ever negative.
 */

/** A canonical price in the token's own terms; the mapping is its own inverse. */
export function tokenPrice(outcome: number, price: Tick): Tick {
  return outcome === 0 ? price : ONE - price
}

/** Micro-USDC that a new order may use. */
export function freeCash(state: ExchangeState): MicroUsdc {
  return state.cash - state.cash_reserved - state.cash_pending
}

/** Micro-shares of an outcome that a new sell or a merge may use. */
export function freeShares(venue: VenueMarket, outcome: number): MicroShares {
  return venue.held[outcome]! - venue.reserved[outcome]! - venue.pending[outcome]!
}

/** What an order may still use up, fees not counted: micro-USDC of a buy (at its limit), micro-shares of a sell. */
export function need(ex: Exchange, slot: number): MicroUsdc | MicroShares {
  const table = ex.state.orders
  if (table.side[slot] === 2) return table.remaining[slot]!
  if (table.by_money[slot] === 1) return table.amount[slot]!
  return notional(table.remaining[slot]!, tokenPrice(table.outcome[slot]!, table.price[slot]!), 'up')
}

/** Reserve what an order needs now. */
export function reserve(ex: Exchange, slot: number): void {
  setReserved(ex, slot, need(ex, slot))
}

/** Free what an order still reserves. */
export function unreserve(ex: Exchange, slot: number): void {
  setReserved(ex, slot, 0)
}

/** The most that a buy can pay: what it reserved, and what is free. Nothing while a redemption taken back left a debt. */
export function affordable(ex: Exchange, slot: number): MicroUsdc {
  return Math.max(0, ex.state.orders.reserved[slot]! + freeCash(ex.state))
}

/**
 * Book a buy's fill. Rounding each trade up on its own may cost up to one micro-USDC more than was reserved for it; that
 * comes from free cash, and where there is none the rest of the order reserves so much less.
 *
 * @param shares that arrive, net of a fee in shares
 * @param cash paid, a fee in USDC included
 */
export function bought(ex: Exchange, slot: number, shares: MicroShares, cash: MicroUsdc): void {
  const { state } = ex
  const table = state.orders
  const outcome = table.outcome[slot]!
  const venue = state.markets[table.market[slot]!]!
  const left = Math.max(0, affordable(ex, slot) - cash)
  state.cash -= cash
  venue.held[outcome] = venue.held[outcome]! + shares
  venue.pending[outcome] = venue.pending[outcome]! + shares
  setReserved(ex, slot, Math.min(need(ex, slot), left))
}

/**
 * Book a sell's fill.
 *
 * @param shares that leave
 * @param cash received, less a fee in USDC; below 0 where a fee that is rounded to a cent is more than the sale brings
 */
export function sold(ex: Exchange, slot: number, shares: MicroShares, cash: MicroUsdc): void {
  const { state } = ex
  const table = state.orders
  const outcome = table.outcome[slot]!
  const venue = state.markets[table.market[slot]!]!
  venue.held[outcome] = venue.held[outcome]! - shares
  state.cash += cash
  state.cash_pending += Math.max(0, cash)
  setReserved(ex, slot, need(ex, slot))
}

/**
 * A fill is confirmed, or failed and taken back.
 *
 * @param shares what the fill did to the account's shares, signed
 * @param cash what it did to its cash, signed
 */
export function settled(
  ex: Exchange,
  market: number,
  outcome: 0 | 1,
  shares: MicroShares,
  cash: MicroUsdc,
  failed: boolean,
): void {
  const { state } = ex
  const venue = state.markets[market]!
  // A sale moves at least one micro-share; the fee of a buy may have taken all of its.
  if (shares >= 0) venue.pending[outcome] = venue.pending[outcome] - shares
  else state.cash_pending -= Math.max(0, cash)
  if (!failed) return
  venue.held[outcome] = venue.held[outcome] - shares
  state.cash -= cash
}

function setReserved(ex: Exchange, slot: number, amount: number): void {
  const { state } = ex
  const table = state.orders
  const change = amount - table.reserved[slot]!
  table.reserved[slot] = amount
  if (table.side[slot] === 1) {
    state.cash_reserved += change
    return
  }
  const { reserved } = state.markets[table.market[slot]!]!
  const outcome = table.outcome[slot]!
  reserved[outcome] = reserved[outcome]! + change
}
