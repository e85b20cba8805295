import type { MicroUsdc } from '../units/index.ts'
import { residualShares } from './booking.ts'
import type { LedgerState } from './state.ts'

export { residualShares }

/** The two identities of the ledger (formulas.md §12). All are O(1), so that they can be checked after every event. */

/**
 * Cash less what came and went: `deposits − withdrawals + rewards + rebates − cost of buys + proceeds of sells − fees −
 * splits + merges + redemptions − gas`, net of failed fills. 0 as long as the ledger is right.
 */
export function residualMoney(state: LedgerState): MicroUsdc {
  const t = state.totals
  const expected =
    t.deposits -
    t.withdrawals +
    t.rewards +
    t.rebates -
    t.bought +
    t.sold -
    t.fees -
    t.splits +
    t.merges +
    t.redemptions -
    t.gas
  return state.cash - expected
}

/** Both identities over all markets in millionths, and the agreement of the lots with what is held: `ledger_residual_micro`, must be 0. */
export function residual(state: LedgerState): number {
  return Math.abs(residualMoney(state)) + state.residual_total
}

/** Whether any token is held in a negative amount: a sale was heard of without its shares, or their fill failed. Trading must halt. */
export function short(state: LedgerState): boolean {
  return state.short_total > 0
}
