import { MarketFeed } from '../markets/index.ts'
import { Ledger } from '../portfolio/index.ts'
import { Exposure } from '../risk/index.ts'
import { hasGoodReference } from './assets.ts'
import type { Machine } from './machine.ts'

const projected: Exposure.Unpaired = { shares: 0, cost: 0 }

/** Unpaired shares of a market and their cost, marketable buys in flight counted as bought. Reused by the next call. */
export function inFlight(m: Machine, market: number): Exposure.Unpaired {
  const { ledger, orders } = m.state
  projected.shares = Ledger.unpaired(ledger, market)
  projected.cost = Ledger.exposure(ledger, market)
  for (let outcome = 0; outcome < 2; outcome++) {
    const token = 2 * market + outcome
    Exposure.project(projected, outcome, orders.taking[token]!, orders.taking_cost[token]!)
  }
  return projected
}

/** Fill what risk must know of the account and of this market, and the view's headroom. HOT. */
export function fillAccount(m: Machine, market: number): void {
  const { state, account, view } = m
  const { ledger, orders } = state
  const unpaired = inFlight(m, market)
  account.market = market
  account.unpaired = unpaired.shares
  account.unpaired_cost = unpaired.cost
  account.resting_buys =
    orders.reserved[market]! - orders.taking_cost[2 * market]! - orders.taking_cost[2 * market + 1]!
  account.resting_reductions = restingReductions(m, market, unpaired.shares)
  // A completed pair counts with the 1 USDC that it is worth: at least what it cost, or it was no pair worth having.
  account.held_cost = ledger.exposure_total + ledger.pairs_total
  account.reserved = orders.reserved_total
  account.cash_available = ledger.cash - state.cash_pending - orders.reserved_total
  const merging = state.operations.merging[market]!
  account.up_available = Ledger.confirmedShares(ledger, market, 0) - orders.selling[2 * market]! - merging
  account.down_available =
    Ledger.confirmedShares(ledger, market, 1) - orders.selling[2 * market + 1]! - merging
  account.equity = state.equity.equity
  account.q_up = view.ready ? view.q_up : Number.NaN
  account.mid = MarketFeed.mid(state.feeds[market]!)
  account.quality = Number.NaN
  const { reference } = state.assets[m.asset_of_market[market]!]!
  account.feed_ok = !m.strategy.needs_model || Number.isNaN(reference.spot_us) || hasGoodReference(reference)
  view.cash_available = account.cash_available
  Exposure.headroom(m.config.risk, account, view.headroom)
}

/** Micro-shares of resting orders that would lower |unpaired|: buys of the light outcome, sells of the heavy one. */
function restingReductions(m: Machine, market: number, unpaired: number): number {
  if (unpaired === 0) return 0
  const { orders } = m.state
  const light = 2 * market + (unpaired > 0 ? 1 : 0)
  const heavy = 2 * market + (unpaired > 0 ? 0 : 1)
  return orders.buying[light]! + orders.selling[heavy]!
}
