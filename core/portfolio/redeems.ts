import type { Micros } from '../units/index.ts'
import { ONE, SECOND } from '../units/index.ts'
import type { OperationsState, PortfolioConfig, RedeemPlan } from './operations.ts'
import { begin as beginOperation, gasOf, rateLimited, Stop } from './operations.ts'
import type { LedgerState } from './state.ts'

/**
 * When resolved shares are turned into their payout: both outcomes in one operation, the losing one at 0. Fills that are
 * not confirmed are waited for, so that one operation does, but not for longer than `redeem_wait_s`.
 */

/**
 * Decide on redeeming in one market now.
 *
 * @returns a plan that the next call overwrites; {@link begin} it when the intent goes out
 */
export function plan(
  state: OperationsState,
  ledger: LedgerState,
  config: PortfolioConfig,
  market: number,
  now_us: Micros,
): RedeemPlan {
  const out = state.redeem_plan
  const payout = ledger.payout[market]!
  const up = Math.max(0, ledger.confirmed[2 * market]!)
  const down = Math.max(0, ledger.confirmed[2 * market + 1]!)
  const moves = ledger.moves[market]
  const open = moves !== null && moves !== undefined && moves.length > 0
  const pays = (payout > 0 && up > 0) || (payout < ONE && down > 0)
  out.up = 0
  out.down = 0
  // Only what pays is worth an operation; worthless shares are written off in the books alone.
  out.on_chain = pays
  out.gas = pays ? gasOf(state, config) : 0
  if (state.redeeming[market] === 1 || state.merging[market]! > 0) out.stop = Stop.PENDING
  else if (payout < 0 || (up === 0 && down === 0)) out.stop = Stop.NOTHING
  else if (open && now_us - ledger.resolved_us[market]! < config.redeem_wait_s * SECOND)
    out.stop = Stop.UNCONFIRMED
  else if (pays && rateLimited(state, config, now_us)) out.stop = Stop.RATE
  else {
    out.stop = Stop.NONE
    out.up = up
    out.down = down
  }
  return out
}

/**
 * A redemption was asked for.
 *
 * @param on_chain as the plan says: what is only written off does not count as an operation
 */
export function begin(state: OperationsState, market: number, now_us: Micros, on_chain = true): void {
  state.redeeming[market] = 1
  if (on_chain) beginOperation(state, now_us)
}

/** The redemption of a market ended, done or failed: what is left can be planned again. */
export function ended(state: OperationsState, market: number): void {
  state.redeeming[market] = 0
}
