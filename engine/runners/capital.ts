import type { Table, TableName } from '../../core/machine/records.ts'
import { formatIso, MICRO, type Micros, type MicroUsdc } from '../../core/units/index.ts'

/** What became of the money that a run began with. */
export type Capital = {
  /** When equity fell below what can still trade, and never rose again; null where that did not happen. */
  ruined_at: string | null
  lowest_cash_usdc: number
  lowest_equity_usdc: number
}

/** Part of the start below which an account is ruined, and the least that a marketable order may be worth. */
const RUINED_PART = 0.01
const LEAST_ORDER_USDC = 1

/** An account that began with enough has too little left. */
export function isRuined(initial_cash_usdc: number, equity: MicroUsdc): boolean {
  const ruin = ruinOf(initial_cash_usdc)
  return equity < ruin && initial_cash_usdc * MICRO >= ruin
}

/** Equity below which nothing can be traded that matters, in micro-USDC. */
export function ruinOf(initial_cash_usdc: number): MicroUsdc {
  return Math.round(Math.max(RUINED_PART * initial_cash_usdc, LEAST_ORDER_USDC) * MICRO)
}

/** Follows cash and equity through a run's tables as they are drained. */
export type CapitalWatch = { observe(table: Table<TableName>): void; capital(): Capital }

/** A watch over an account that begins with this much cash. */
export function watchCapital(initial_cash_usdc: number): CapitalWatch {
  const start = Math.round(initial_cash_usdc * MICRO)
  const ruin = ruinOf(initial_cash_usdc)
  let cash = start
  let equity = start
  let below_us: Micros | null = null
  return {
    observe(table) {
      if (table.name === 'ledger') {
        const { balance } = (table as Table<'ledger'>).columns
        for (let row = 0; row < table.length; row++) cash = Math.min(cash, balance[row]!)
      } else if (table.name === 'equity') {
        const { columns } = table as Table<'equity'>
        for (let row = 0; row < table.length; row++) {
          const now = columns.equity[row]!
          equity = Math.min(equity, now)
          below_us = now >= ruin ? null : (below_us ?? columns.time_us[row]!)
        }
      }
    },
    capital: () => ({
      ruined_at: below_us === null || start < ruin ? null : formatIso(below_us),
      lowest_cash_usdc: cash / MICRO,
      lowest_equity_usdc: equity / MICRO,
    }),
  }
}
