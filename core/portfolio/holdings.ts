import type { Table } from '../machine/records.ts'
import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import { ONE } from '../units/index.ts'
import { assertMarket, revalue, settle } from './booking.ts'
import { assertPayout } from './flows.ts'
import { LedgerError } from './ledger-error.ts'
import type { LedgerState } from './state.ts'
import { halfTicks } from './valuation.ts'

/** What is held, what it cost and what it is worth. Nothing here books a move. */

/** Held micro-shares of an outcome, fills that are not yet confirmed included. */
export function shares(state: LedgerState, market: number, outcome: number): MicroShares {
  return state.now.held[2 * market + outcome]!
}

/** Micro-shares of an outcome that can be merged or redeemed. */
export function confirmedShares(state: LedgerState, market: number, outcome: number): MicroShares {
  return state.confirmed[2 * market + outcome]!
}

/** Up less Down, micro-shares. */
export function unpaired(state: LedgerState, market: number): MicroShares {
  return state.now.unpaired[market]!
}

/**
 * What one unpaired share cost, in real USDC, all fees included, first in first paired; 0 when paired. A fee in shares is in it
 * because the cost is spread over the shares that were kept: `p / (1 − f)`.
 */
export function unpairedCost(state: LedgerState, market: number): number {
  const u = Math.abs(state.now.unpaired[market]!)
  return u === 0 ? 0 : state.now.cost[market]! / u
}

/** Since when there are more of one outcome than of the other, with the present sign; 0 when paired. */
export function unpairedSince(state: LedgerState, market: number): Micros {
  return state.now.since_us[market]!
}

/** Largest |Up − Down| so far. */
export function maxUnpaired(state: LedgerState, market: number): MicroShares {
  return state.now.max_unpaired[market]!
}

/** All-in cost of the unpaired shares of a market, micro-USDC: its exposure without orders (formulas.md §11). */
export function exposure(state: LedgerState, market: number): MicroUsdc {
  return state.exposure[market]!
}

/** Completed pairs held in a market, micro-pairs. */
export function pairs(state: LedgerState, market: number): MicroShares {
  return state.pairs[market]!
}

/**
 * Note the Up mid of a market: held shares are valued at it. A side that is empty leaves the last one: call with NaN or not
 * at all. After the resolution it changes nothing.
 *
 * @param mid in ticks inside (0, 1 USDC), halves allowed; anything else leaves the last one
 */
export function mark(state: LedgerState, market: number, mid: number): void {
  if (!(mid > 0 && mid < ONE) || state.payout[market]! >= 0) return
  const half_ticks = halfTicks(mid)
  if (state.mid[market] === half_ticks) return
  state.mid[market] = half_ticks
  revalue(state, market)
}

/**
 * Note how a market was resolved: what is held is worth its payout from now. A later, better class of evidence may say it again.
 *
 * @param up_payout of one Up share in ticks: 10000, 0, or 5000
 */
export function resolve(state: LedgerState, market: number, up_payout: Tick, time_us: Micros): void {
  assertMarket(state, market)
  assertPayout(up_payout)
  state.payout[market] = up_payout
  state.resolved_us[market] = time_us
  if (state.moves[market] === null) revalue(state, market)
  else settle(state, market)
}

/** Cash and the value of everything held, micro-USDC. */
export function equity(state: LedgerState): MicroUsdc {
  return state.cash + state.value_total
}

/** Write the last entry into the `ledger` table. */
export function record(state: LedgerState, table: Table<'ledger'>): void {
  const at = table.length
  if (at >= table.capacity)
    throw new LedgerError(
      'ledger.table_full',
      'length',
      at,
      `a table that is drained before ${table.capacity} rows`,
    )
  const { columns } = table
  const last = state.last
  columns.entry[at] = last.entry
  columns.time_us[at] = last.time_us
  columns.kind[at] = last.kind
  columns.market[at] = last.market
  columns.outcome[at] = last.outcome
  columns.shares[at] = last.shares
  columns.cash[at] = last.cash
  columns.fee[at] = last.fee
  columns.ref[at] = last.ref
  columns.balance[at] = last.balance
  table.length = at + 1
}
