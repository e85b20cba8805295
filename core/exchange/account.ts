import type { OutcomeIndex } from '../book/token.ts'
import { TimeQueue } from '../clock/index.ts'
import { Flag, Kind } from '../events/index.ts'
import { Rng } from '../random/index.ts'
import {
  type MicroShares,
  type Micros,
  type MicroUsdc,
  mulDiv,
  notional,
  ONE,
  type Tick,
} from '../units/index.ts'
import { answer, type Exchange, Request } from './exchange.ts'
import type { VenueMarket } from './state.ts'

/** Micro-shares of an outcome that no open sell has reserved. */
export function freeShares(venue: VenueMarket, outcome: number): MicroShares {
  return outcome === 0 ? venue.up_shares - venue.up_reserved : venue.down_shares - venue.down_reserved
}

/** Micro-USDC that an order needs from the account; its fee, where it is charged in USDC on top, not counted. */
export function need(ex: Exchange, slot: number): MicroUsdc {
  const table = ex.state.orders
  const price = tokenPrice(table.outcome[slot]!, table.price[slot]!)
  return table.by_money[slot] === 1 ? table.amount[slot]! : notional(table.remaining[slot]!, price, 'up')
}

/** Reserve what an order may use up. */
export function reserve(ex: Exchange, slot: number): void {
  const { state } = ex
  const table = state.orders
  const amount = table.side[slot] === 1 ? need(ex, slot) : table.remaining[slot]!
  table.reserved[slot] = amount
  shift(ex, slot, amount)
}

/** Free what an order still reserves. */
export function unreserve(ex: Exchange, slot: number): void {
  const table = ex.state.orders
  shift(ex, slot, -table.reserved[slot]!)
  table.reserved[slot] = 0
}

function shift(ex: Exchange, slot: number, amount: number): void {
  const { state } = ex
  const table = state.orders
  if (table.side[slot] === 1) {
    state.cash_reserved += amount
    return
  }
  const venue = state.markets[table.market[slot]!]!
  if (table.outcome[slot] === 0) venue.up_reserved += amount
  else venue.down_reserved += amount
}

/** Book a fill: cash, shares and what the order still reserves. */
export function settle(
  ex: Exchange,
  slot: number,
  outcome: OutcomeIndex,
  side: 1 | 2,
  size: MicroShares,
  cash: MicroUsdc,
  fee: number,
  flags: number,
): void {
  const { state } = ex
  const table = state.orders
  const in_shares = (flags & Flag.FEE_IN_SHARES) !== 0
  const venue = state.markets[table.market[slot]!]!
  const shares = side === 1 ? size - (in_shares ? fee : 0) : -size
  state.cash += (side === 1 ? -cash : cash) - (in_shares ? 0 : fee)
  if (outcome === 0) venue.up_shares += shares
  else venue.down_shares += shares
  const release = Math.min(table.reserved[slot]!, side === 1 ? releaseOfBuy(ex, slot, size, cash) : size)
  table.reserved[slot] = table.reserved[slot]! - release
  shift(ex, slot, -release)
}

/** A buy by shares keeps reserved what its rest costs at its limit; a buy by money what it has not spent. */
function releaseOfBuy(ex: Exchange, slot: number, size: MicroShares, cash: MicroUsdc): MicroUsdc {
  const table = ex.state.orders
  if (table.by_money[slot] === 1) return cash
  const price = tokenPrice(table.outcome[slot]!, table.price[slot]!)
  return table.reserved[slot]! - notional(table.remaining[slot]! - size, price, 'up')
}

/** Take a failed fill back: signed micro-shares and micro-USDC. */
export function reverse(
  ex: Exchange,
  market: number,
  shares: MicroShares,
  cash: MicroUsdc,
  outcome: number,
): void {
  const venue = ex.state.markets[market]!
  ex.state.cash += cash
  if (outcome === 0) venue.up_shares += shares
  else venue.down_shares += shares
}

/** A merge request reaches the venue; the shares leave now, the USDC comes after the merge latency. */
export function mergeArrives(ex: Exchange, market: number, pairs: MicroShares, now: Micros): void {
  const { state, config } = ex
  const venue = state.markets[market]!
  const fails =
    config.merge_fail_probability > 0 && Rng.uniform(state.fate_rng) < config.merge_fail_probability
  const short = freeShares(venue, 0) < pairs || freeShares(venue, 1) < pairs
  if (!fails && !short) {
    venue.up_shares -= pairs
    venue.down_shares -= pairs
  }
  TimeQueue.push(
    state.requests,
    now + config.merge_us,
    Request.MERGE_DONE,
    market,
    0,
    pairs,
    0,
    fails || short ? 1 : 0,
  )
}

/** The merge is done or has failed. */
export function mergeDone(
  ex: Exchange,
  market: number,
  pairs: MicroShares,
  failed: number,
  now: Micros,
): void {
  if (failed === 0) ex.state.cash += pairs
  answer(ex, Kind.MERGED, market, 0, failed, pairs, 0, now)
}

/** Resolved shares are paid out. */
export function redeemDone(
  ex: Exchange,
  market: number,
  outcome: OutcomeIndex,
  shares: MicroShares,
  payout: Tick,
  now: Micros,
): void {
  const venue = ex.state.markets[market]!
  if (outcome === 0) venue.up_shares -= shares
  else venue.down_shares -= shares
  ex.state.cash += mulDiv(shares, payout, ONE, 'down')
  answer(ex, Kind.REDEEMED, market, 0, payout, shares, outcome, now)
}

/** A canonical price as the token's own. */
export function tokenPrice(outcome: number, book_price: Tick): Tick {
  return outcome === 0 ? book_price : ONE - book_price
}
