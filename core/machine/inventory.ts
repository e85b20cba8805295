import { Merges, Operations, Redeems, Stop } from '../portfolio/index.ts'
import { Gate } from '../risk/index.ts'
import { type Micros, ONE, type Tick } from '../units/index.ts'
import * as Intent from './intent.ts'
import type { Machine } from './machine.ts'
import { IntentKind, RiskEvent } from './records.ts'
import { riskEvent } from './risk-rows.ts'

/** Merge completed pairs of a market where that is worth an operation. */
export function mergePairs(m: Machine, market: number, now: Micros): void {
  const { state } = m
  const up = state.orders.selling[2 * market]!
  const down = state.orders.selling[2 * market + 1]!
  const plan = Merges.plan(state.operations, state.ledger, m.config.portfolio, market, now, up, down)
  const paused = Operations.pauses(plan.stop) ? plan.stop : Stop.NONE
  if (paused !== state.merges_paused) {
    state.merges_paused = paused
    if (paused !== Stop.NONE) riskEvent(m, RiskEvent.MERGES_PAUSED, market, Gate.NONE, paused, 0)
  }
  if (plan.stop !== Stop.NONE) return
  Merges.begin(state.operations, market, plan.pairs, now)
  state.operation_gas[market] = plan.gas
  Intent.operation(m, IntentKind.MERGE, market, 2, plan.pairs, 0, now)
}

/** Redeem what a resolved market still holds, both outcomes in one operation; asked again at every confirmation. */
export function redeemConfirmed(m: Machine, market: number, now: Micros): void {
  const { state } = m
  const plan = Redeems.plan(state.operations, state.ledger, m.config.portfolio, market, now)
  if (plan.stop !== Stop.NONE) return
  Redeems.begin(state.operations, market, now, plan.on_chain)
  state.operation_gas[market] = plan.gas
  const payout = state.ledger.payout[market]!
  state.redeem_answers[market] = (plan.up > 0 ? 1 : 0) + (plan.down > 0 ? 1 : 0)
  if (plan.up > 0) Intent.operation(m, IntentKind.REDEEM, market, 0, plan.up, payout, now)
  if (plan.down > 0) Intent.operation(m, IntentKind.REDEEM, market, 1, plan.down, downPayout(payout), now)
}

/** What one Down share pays. */
export function downPayout(up_payout: Tick): Tick {
  return ONE - up_payout
}
