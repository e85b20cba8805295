import { MarketFeed } from '../markets/index.ts'
import { Diff, Life, Limiter, Orders } from '../orders/index.ts'
import { Equity, Ledger } from '../portfolio/index.ts'
import { Gate, Gates, Risk } from '../risk/index.ts'
import { failedStrategy, resetDesired, standAside } from '../strategies/strategy.ts'
import { formatIso, type Micros } from '../units/index.ts'
import { fillAccount } from './account.ts'
import { markDirty } from './dirty.ts'
import { recordEquity } from './finish.ts'
import * as Intent from './intent.ts'
import { mergePairs } from './inventory.ts'
import { lookAt } from './look.ts'
import type { Machine } from './machine.ts'
import { openOrder, requestOf } from './new-order.ts'
import { IntentKind, RiskEvent } from './records.ts'
import { riskEvent } from './risk-rows.ts'
import { Phase } from './state.ts'
import * as Trace from './trace.ts'

const outcome: Trace.Outcome = { trigger: 0, gate: 0, creates: 0, cancels: 0, refused: 0, live: 0 }

/**
 * Decide on one market now: show it to the strategy, compare what it wants with what is live, pass every new order through
 * the gates, and leave a row that says what was seen and what came of it. HOT: allocates nothing.
 *
 * @param trigger why now; see Trigger
 */
export function decideMarket(m: Machine, market: number, trigger: number): void {
  const { state, desired } = m
  if (state.phase[market] !== Phase.OPEN || m.left_out[market] === 1) return
  if (m.group.inside) {
    m.group.deferred.push(market, trigger)
    return
  }
  const now = state.now_us
  state.dirty[market] = 0
  markEquity(m, market, now)
  lookAt(m, market, now)
  fillAccount(m, market)
  resetDesired(desired)
  const gate = ask(m, market, now)
  const plan = Diff.decide(m.differ, state.orders, state.limiter, m.view, desired)
  for (let i = 0; i < plan.cancels; i++) cancel(m, plan.cancel[i]!, m.view.decision, now)
  outcome.refused = 0
  outcome.creates = 0
  let refused_by: number = Gate.NONE
  for (let i = 0; i < plan.creates; i++) {
    const refusal = create(m, market, plan.create[i]!, now)
    if (refusal === Gate.NONE) outcome.creates++
    else {
      outcome.refused++
      if (refused_by === Gate.NONE) refused_by = refusal
    }
  }
  state.refused_by[market] = refused_by
  Limiter.spend(state.limiter, outcome.creates, plan.cancels)
  mergePairs(m, market, now)
  outcome.trigger = trigger
  outcome.cancels = plan.cancels
  outcome.live = state.orders.count[market]!
  // The row names what stopped the decision: standing aside, a gate's refusal, or what the plan waits for.
  const idle = outcome.creates === 0 && plan.kept === 0
  outcome.gate =
    desired.gate !== Gate.NONE
      ? desired.gate
      : refused_by !== Gate.NONE
        ? refused_by
        : idle
          ? plan.gate || gate
          : 0
  Trace.decision(m, outcome)
  if (m.probe !== null) m.probe(m, outcome)
  if (plan.gate === Gate.RATE_LIMIT) markDirty(m, market)
}

/** Decide on every open market of an asset, lowest index first. */
export function decideAsset(m: Machine, asset: number, trigger: number): void {
  for (const market of m.state.active)
    if (m.asset_of_market[market] === asset) decideMarket(m, market, trigger)
}

/** Decide on every open market. */
export function decideAll(m: Machine, trigger: number): void {
  for (const market of m.state.active) decideMarket(m, market, trigger)
}

/** Ask the strategy, unless something stops it before. @returns the standing gate, 0 for none */
function ask(m: Machine, market: number, now: Micros): number {
  const { state, desired } = m
  if (state.feeds[market]!.silent && m.gaps === 'blackout') {
    standAside(desired, Gate.GAP)
    return Gate.GAP
  }
  const gate = Gates.standing(state.risk, m.config.risk, m.account, now)
  if (Gates.stopsAll(gate)) standAside(desired, gate)
  else if (state.feeds[market]!.book === null) standAside(desired, Gate.NO_BOOK)
  else consult(m, now)
  return gate
}

/** What the author's code throws is the author's, and says where and when it was asked. */
function consult(m: Machine, now: Micros): void {
  try {
    m.strategy.on(m.state.strategy, m.view, m.desired)
  } catch (thrown) {
    throw failedStrategy(m.strategy.name, `${m.view.slug} at ${formatIso(now)}`, thrown)
  }
}

function cancel(m: Machine, number: number, decision: number, now: Micros): void {
  const slot = Life.cancelSent(m.state.orders, number, now)
  Intent.ofOrder(m, IntentKind.CANCEL, slot, decision, now)
}

/** Pass one desired order through the gates and send it. @returns the gate that refused, 0 sent */
function create(m: Machine, market: number, row: number, now: Micros): number {
  const { state, request } = m
  requestOf(m, row)
  const gate = Gates.check(state.risk, m.config.risk, m.account, request, now)
  if (gate !== Gate.NONE) {
    // A refusal is written when it begins; while it lasts, the count in each decision's row says so.
    if (state.refused_by[market] === gate) return gate
    const { desired, view } = m
    Intent.refused(
      m,
      gate,
      view.decision,
      market,
      request.outcome,
      request.side,
      desired.level[row]!,
      request.price,
      request.size,
      now,
    )
    return gate
  }
  const number = openOrder(m, market, row, now)
  Intent.ofOrder(m, IntentKind.CREATE, Orders.find(state.orders, number), m.view.decision, now)
  state.counts.orders++
  fillAccount(m, market)
  return Gate.NONE
}

/** Mark the market at its mid, the account at all its markets, and look at the day's drawdown. */
function markEquity(m: Machine, market: number, now: Micros): void {
  const { state } = m
  Ledger.mark(state.ledger, market, MarketFeed.mid(state.feeds[market]!))
  if (Equity.mark(state.equity, state.ledger, now)) recordEquity(m)
  const breached = Risk.onDrawdown(state.risk, m.config.risk, state.equity.day_drawdown, now)
  if (breached === Gate.NONE) return
  state.counts.risk_halts++
  riskEvent(
    m,
    RiskEvent.HALT,
    market,
    breached,
    state.equity.day_drawdown,
    m.config.risk.daily_drawdown * 1e6,
  )
}
