import type { Table } from '../machine/records.ts'
import type { Micros, MicroUsdc } from '../units/index.ts'
import { DAY } from '../units/index.ts'
import { LedgerError } from './ledger-error.ts'
import type { LedgerState } from './state.ts'

/**
 * Equity over time and how far it fell from its peak. Capital that comes or goes (deposits, withdrawals, transfers) is no
 * gain or loss: `result`, peaks and drawdowns are of equity less that capital. Rewards, rebates and gas are in equity.
 */
export type EquityState = {
  time_us: Micros
  equity: MicroUsdc
  /** Equity less capital. */
  result: MicroUsdc
  /** Its highest so far, from 0 at the start, and of the UTC day, from the last mark of the day before. */
  peak: MicroUsdc
  day: number
  day_peak: MicroUsdc
  /** ≥ 0: present fall from the peak, the deepest so far, and the present fall from the peak of the UTC day. */
  drawdown: MicroUsdc
  max_drawdown: MicroUsdc
  day_drawdown: MicroUsdc
}

/** The equity of a ledger that holds its capital and nothing else. */
export function create(initial_cash: MicroUsdc): EquityState {
  return {
    time_us: 0,
    equity: initial_cash,
    result: 0,
    peak: 0,
    day: -1,
    day_peak: 0,
    drawdown: 0,
    max_drawdown: 0,
    day_drawdown: 0,
  }
}

/** Capital put in from outside less taken out, micro-USDC, shares at their value when they moved. */
export function capital(ledger: LedgerState): MicroUsdc {
  return ledger.totals.deposits - ledger.totals.withdrawals + ledger.transferred_total
}

/**
 * Take the equity of the ledger as it is marked now.
 *
 * @param time_us never before the last mark's
 * @returns whether equity changed since the last mark
 */
export function mark(state: EquityState, ledger: LedgerState, time_us: Micros): boolean {
  const equity = ledger.cash + ledger.value_total
  const result = equity - capital(ledger)
  const day = Math.floor(time_us / DAY)
  const changed = equity !== state.equity
  if (day !== state.day) {
    state.day = day
    state.day_peak = state.result
  }
  state.time_us = time_us
  state.equity = equity
  state.result = result
  state.peak = Math.max(state.peak, result)
  state.day_peak = Math.max(state.day_peak, result)
  state.drawdown = state.peak - result
  state.day_drawdown = state.day_peak - result
  state.max_drawdown = Math.max(state.max_drawdown, state.drawdown)
  return changed
}

/** Write the last mark into the `equity` table. */
export function record(state: EquityState, ledger: LedgerState, table: Table<'equity'>): void {
  const at = table.length
  if (at >= table.capacity)
    throw new LedgerError(
      'equity.table_full',
      'length',
      at,
      `a table that is drained before ${table.capacity} rows`,
    )
  const { columns } = table
  columns.time_us[at] = state.time_us
  columns.cash[at] = ledger.cash
  columns.inventory[at] = ledger.value_total
  columns.equity[at] = state.equity
  columns.drawdown[at] = state.drawdown
  columns.exposure[at] = ledger.exposure_total
  table.length = at + 1
}
