import {
  MICRO,
  type MicroShares,
  type Micros,
  type MicroUsdc,
  mulDiv,
  notional,
  ONE,
  type Tick,
} from '../units/index.ts'
import { Gate } from './codes.ts'
import { type Account, global, globalCap, ofMarket } from './exposure.ts'
import type { RiskState } from './risk.ts'
import type { RiskConfig } from './settings.ts'

/** What a gate must know of an order. One object can be reused. */
export type Request = {
  /** 0 up, 1 down. */
  outcome: number
  /** 1 buy, 2 sell. */
  side: number
  price: Tick
  size: MicroShares
  /** Marketable BUY: micro-USDC to spend; else 0. */
  amount: MicroUsdc
  /** Most USDC fee that it may cost. */
  fee: MicroUsdc
  completing: boolean
}

/** A request to be reused. */
export function createRequest(): Request {
  return { outcome: 0, side: 1, price: 0, size: 0, amount: 0, fee: 0, completing: false }
}

/**
 * Pass an order through all gates, in the order of formulas.md §11. HOT.
 *
 * A reduction (what lowers |unpaired|, up to |unpaired|, buys included) passes the gates on lists, quality, exposure,
 * notional, cooldown and sanity. Nothing passes while trading is off, paused or halted, without a good reference or the
 * account's own stream, above the per-trade cap or without the balance.
 *
 * @returns the first gate that refuses, 0 none
 */
export function check(
  risk: RiskState,
  config: RiskConfig,
  account: Account,
  order: Request,
  now: Micros,
): number {
  const whole = order.amount > 0 ? order.amount : notional(order.size, order.price, 'up')
  const added = increase(account, order)
  const grows = added > 0
  const cost = grows ? added : 0
  const shut = switches(risk, config, account)
  if (shut !== Gate.NONE) return shut
  if (grows) {
    const barred = market(risk, config, account)
    if (barred !== Gate.NONE) return barred
    if (ofMarket(account) + cost > config.per_market * MICRO) return Gate.MARKET_EXPOSURE
    if (global(account) + cost > globalCap(config, account)) return Gate.GLOBAL_NOTIONAL
  }
  if (order.side === 1 && whole > config.per_trade * MICRO) return Gate.TRADE_CAP
  if (risk.halted === Gate.DAILY_DRAWDOWN) return Gate.DAILY_DRAWDOWN
  if (grows && now < risk.cooldown_until_us) return Gate.COOLDOWN
  if (grows && isInsane(config, account)) return Gate.SANITY
  return balances(account, order, whole) ? Gate.NONE : Gate.BALANCE
}

/**
 * The gates that do not depend on an order, before a strategy is asked: a decision says once why it does not trade.
 *
 * @returns a gate that {@link stopsAll} if there is one, else the first that lets only reductions pass, else 0
 */
export function standing(risk: RiskState, config: RiskConfig, account: Account, now: Micros): number {
  const shut = switches(risk, config, account)
  if (shut !== Gate.NONE) return shut
  if (risk.halted === Gate.DAILY_DRAWDOWN) return Gate.DAILY_DRAWDOWN
  const barred = market(risk, config, account)
  if (barred !== Gate.NONE) return barred
  if (now < risk.cooldown_until_us) return Gate.COOLDOWN
  return isInsane(config, account) ? Gate.SANITY : Gate.NONE
}

/** Whether a gate stops reductions too, so that everything is to be cancelled. */
export function stopsAll(gate: number): boolean {
  return (
    gate === Gate.MODE ||
    gate === Gate.KILL_SWITCH ||
    gate === Gate.INVARIANT ||
    gate === Gate.FEED_QUALITY ||
    gate === Gate.USER_STREAM ||
    gate === Gate.DAILY_DRAWDOWN
  )
}

/** Cost of the part of an order that does not lower |unpaired|; what a sell leaves unpaired is valued at 1 − price. */
export function increase(account: Account, order: Request): MicroUsdc {
  const grown = order.size - Math.min(order.size, reducible(account, order))
  if (grown === 0) return 0
  if (order.side !== 1) return notional(grown, ONE - order.price, 'up')
  return order.amount > 0 ? mulDiv(order.amount, grown, order.size, 'up') : notional(grown, order.price, 'up')
}

/** Micro-shares that an order like this one may still count as reduction. A completing order comes before quotes. */
function reducible(account: Account, order: Request): MicroShares {
  // Buying Up and selling Down push `unpaired` up.
  const direction = (order.outcome === 0) === (order.side === 1) ? 1 : -1
  if (account.unpaired * direction >= 0) return 0
  const all = Math.abs(account.unpaired)
  return order.completing ? all : Math.max(0, all - account.resting_reductions)
}

function switches(risk: RiskState, config: RiskConfig, account: Account): number {
  if (!config.trading || risk.paused) return Gate.MODE
  if (risk.halted === Gate.KILL_SWITCH || risk.halted === Gate.INVARIANT) return risk.halted
  if (!account.feed_ok) return Gate.FEED_QUALITY
  return risk.user_down ? Gate.USER_STREAM : Gate.NONE
}

function market(risk: RiskState, config: RiskConfig, account: Account): number {
  if (risk.denied[account.market] === 1) return Gate.MARKET_DENIED
  return account.quality < config.min_quality ? Gate.MARKET_QUALITY : Gate.NONE
}

/** The model and the market disagree so much that one of them must be wrong. Unknown values do not disagree. */
function isInsane(config: RiskConfig, account: Account): boolean {
  return Math.abs(account.q_up - account.mid / ONE) > config.max_model_gap
}

function balances(account: Account, order: Request, whole: MicroUsdc): boolean {
  if (order.side === 1) return whole + order.fee <= account.cash_available
  return order.size <= (order.outcome === 0 ? account.up_available : account.down_available)
}
