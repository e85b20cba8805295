import type { MicroShares, Micros } from '../units/index.ts'
import { MICRO } from '../units/index.ts'
import type { MergePlan, OperationsState, PortfolioConfig } from './operations.ts'
import { begin as beginOperation, failing, gasOf, rateLimited, Stop } from './operations.ts'
import type { LedgerState } from './state.ts'

/**
 * When pairs are turned back into cash (formulas.md §6): confirmed ones only, from the wallet mode's threshold on, one
 * operation a market at a time. With gas of our own also at most so many operations a minute and never above the gas cap.
 */

/**
 * Decide on merging in one market now.
 *
 * @param reserved_up micro-shares of Up that open sells may take; those are not merged
 * @param reserved_down the same of Down
 * @returns a plan that the next call overwrites; {@link begin} it when the intent goes out
 */
export function plan(
  state: OperationsState,
  ledger: LedgerState,
  config: PortfolioConfig,
  market: number,
  now_us: Micros,
  reserved_up: MicroShares = 0,
  reserved_down: MicroShares = 0,
): MergePlan {
  const out = state.merge_plan
  const pairs = Math.min(
    ledger.confirmed[2 * market]! - reserved_up,
    ledger.confirmed[2 * market + 1]! - reserved_down,
  )
  const gasless = config.wallet_mode === 'gasless'
  const threshold = gasless ? config.merge_threshold_gasless : config.merge_threshold_eoa
  out.pairs = 0
  out.gas = gasOf(state, config)
  if (ledger.payout[market]! >= 0) out.stop = Stop.RESOLVED
  else if (state.merging[market]! > 0) out.stop = Stop.PENDING
  else if (pairs < Math.round(threshold * MICRO)) out.stop = Stop.NOTHING
  else if (failing(state, config, now_us)) out.stop = Stop.FAILING
  else if (out.gas > Math.round(config.gas_cap_usdc * MICRO)) out.stop = Stop.GAS
  else if (rateLimited(state, config, now_us)) out.stop = Stop.RATE
  else {
    out.stop = Stop.NONE
    out.pairs = pairs
  }
  return out
}

/** A merge was asked for. */
export function begin(state: OperationsState, market: number, pairs: MicroShares, now_us: Micros): void {
  state.merging[market] = pairs
  beginOperation(state, now_us)
}

/** The merge of a market is done; its booking is the ledger's. */
export function done(state: OperationsState, market: number): void {
  state.merging[market] = 0
  state.failures = 0
}

/** The merge of a market failed: nothing was booked. After too many in a row merging pauses. */
export function failed(state: OperationsState, market: number, now_us: Micros): void {
  state.merging[market] = 0
  state.failures++
  state.failed_us = now_us
}
