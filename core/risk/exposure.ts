import type { Headroom } from '../strategies/strategy.ts'
import { MICRO, type MicroShares, type MicroUsdc, mulDiv, type Probability } from '../units/index.ts'
import type { RiskConfig } from './settings.ts'

/** What risk must know of the account and of one market. Filled anew for every decision and after every order of it. */
export type Account = {
  market: number
  /** Signed, Up positive; in-flight marketable buys counted as bought. */
  unpaired: MicroShares
  /** All-in cost of those unpaired shares. */
  unpaired_cost: MicroUsdc
  /** What this market's resting buys reserve; marketable ones in flight are in `unpaired_cost`. */
  resting_buys: MicroUsdc
  /** Micro-shares of this market's resting orders that would lower |unpaired|: buys of the light outcome, sells of the heavy one. */
  resting_reductions: MicroShares
  /** Cost of all shares held in all markets, pairs included. */
  held_cost: MicroUsdc
  /** What all open buys of all markets reserve. */
  reserved: MicroUsdc
  /** Cash that no open buy reserves. */
  cash_available: MicroUsdc
  /** Shares of this market that no open sell or merge reserves. */
  up_available: MicroShares
  down_available: MicroShares
  equity: MicroUsdc
  /** Model and Up mid in 1e-4; NaN unknown. */
  q_up: Probability
  mid: number
  /** 0 to 1; NaN without a score. */
  quality: number
  /** The reference this strategy needs is good. */
  feed_ok: boolean
}

/** An account that holds nothing. */
export function createAccount(): Account {
  return {
    market: 0,
    unpaired: 0,
    unpaired_cost: 0,
    resting_buys: 0,
    resting_reductions: 0,
    held_cost: 0,
    reserved: 0,
    cash_available: 0,
    up_available: 0,
    down_available: 0,
    equity: 0,
    q_up: Number.NaN,
    mid: Number.NaN,
    quality: Number.NaN,
    feed_ok: true,
  }
}

/** Exposure of the account's market: cost of unpaired shares, orders in flight included, and of open buys. */
export function ofMarket(account: Account): MicroUsdc {
  return account.unpaired_cost + account.resting_buys
}

/** Cost of all shares held and of all open buys: what leverage and the global cap are about. */
export function global(account: Account): MicroUsdc {
  return account.held_cost + account.reserved
}

/** Highest {@link global} allowed. */
export function globalCap(config: RiskConfig, account: Account): MicroUsdc {
  return Math.min(config.global * MICRO, Math.floor(Math.max(0, account.equity) * config.max_leverage))
}

/**
 * What may be added to a market's resting buys, those that stand taken off first: a decision states all it wants anew.
 * Values may be negative: nothing. HOT: writes into `out`.
 */
export function headroom(config: RiskConfig, account: Account, out: Headroom): void {
  out.per_trade = Math.floor(config.per_trade * MICRO)
  out.market = Math.floor(config.per_market * MICRO) - account.unpaired_cost
  out.global = Math.floor(globalCap(config, account)) - global(account) + account.resting_buys
  out.cash = account.cash_available + account.resting_buys
}

/** Unpaired shares (signed, Up positive) and what they cost. */
export type Unpaired = { shares: MicroShares; cost: MicroUsdc }

/**
 * Count shares that are being bought as bought. What they pair costs nothing any more; of a lot that is split the cost is
 * split with it, rounded up. HOT: changes `unpaired`.
 *
 * @param outcome 0 up, 1 down
 */
export function project(unpaired: Unpaired, outcome: number, shares: MicroShares, cost: MicroUsdc): void {
  if (shares === 0) return
  const before = unpaired.shares
  const after = before + (outcome === 0 ? shares : -shares)
  const opposite = before !== 0 && before > 0 !== (outcome === 0)
  if (!opposite) unpaired.cost += cost
  else if (after === 0) unpaired.cost = 0
  else if (after > 0 === before > 0)
    unpaired.cost = mulDiv(unpaired.cost, Math.abs(after), Math.abs(before), 'up')
  else unpaired.cost = mulDiv(cost, Math.abs(after), shares, 'up')
  unpaired.shares = after
}
