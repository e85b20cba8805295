import { ResolutionCode, type Table } from '../machine/records.ts'
import type { E8, Micros, MicroUsdc, Tick } from '../units/index.ts'
import * as Equity from './equity.ts'
import { resolve as resolveHoldings } from './holdings.ts'
import { LedgerError } from './ledger-error.ts'
import * as Pnl from './pnl.ts'
import type { LedgerState } from './state.ts'

/** What is known of each window beside the ledger: how it ended, what was decided, and the ranges that are never in the result. */
export type WindowsState = {
  /** See ResolutionCode: a window is in exactly one class. */
  class: Uint8Array
  /** Times that the venue's word was another than the outcome before it. */
  conflicts: Uint8Array
  /** Real 1e-8 USD, NaN unknown. */
  strike: Float64Array
  final: Float64Array
  decisions: Float64Array
  /** Micro-USDC. */
  rebate_low: Float64Array
  rebate_high: Float64Array
  reward_high: Float64Array
}

/** Sums over windows, micro-USDC. */
export type WindowTotals = {
  total: number
  traded: number
  recorded: number
  settlement: number
  inferred_from_book: number
  unresolved: number
  fills: number
  maker_fills: number
  volume: MicroUsdc
  parts: Pnl.Parts
  gross: MicroUsdc
  unresolved_cost: MicroUsdc
  unresolved_value: MicroUsdc
}

/** No window resolved yet. */
export function create(markets: number): WindowsState {
  return {
    class: new Uint8Array(markets),
    conflicts: new Uint8Array(markets),
    strike: new Float64Array(markets).fill(Number.NaN),
    final: new Float64Array(markets).fill(Number.NaN),
    decisions: new Float64Array(markets),
    rebate_low: new Float64Array(markets),
    rebate_high: new Float64Array(markets),
    reward_high: new Float64Array(markets),
  }
}

/**
 * Note how a window ended, and value what is held at its payout. Better evidence replaces worse (recorded, settlement,
 * inferred from the book, in this order), never the other way; of two words of the venue the later holds.
 *
 * @param code see ResolutionCode, not UNRESOLVED
 * @param final settlement price at the end in 1e-8 USD, NaN unknown
 * @returns whether it took effect
 */
export function resolve(
  state: WindowsState,
  ledger: LedgerState,
  market: number,
  code: number,
  up_payout: Tick,
  final: E8,
  time_us: Micros,
): boolean {
  const known = state.class[market]!
  if (code === ResolutionCode.UNRESOLVED) return false
  if (known !== ResolutionCode.UNRESOLVED && code >= known && code !== ResolutionCode.RECORDED) return false
  resolveHoldings(ledger, market, up_payout, time_us)
  state.class[market] = code
  state.final[market] = final
  return true
}

/**
 * The result of one window as it is counted: of an unresolved one every part is 0 and its result stands apart as
 * `value − cost`, cost being the money that is still in it and value what it holds at the last mid.
 */
export type WindowResult = { parts: Pnl.Parts; unresolved_cost: MicroUsdc; unresolved_value: MicroUsdc }

/** A result to be reused. */
export function createResult(): WindowResult {
  return { parts: Pnl.createParts(), unresolved_cost: 0, unresolved_value: 0 }
}

/**
 * The result of one window.
 *
 * @param out filled and returned
 * @throws LedgerError `pnl.parts` when the parts do not sum to what the window's money says
 */
export function result(
  state: WindowsState,
  ledger: LedgerState,
  market: number,
  out: WindowResult,
): WindowResult {
  const { parts } = out
  Pnl.parts(ledger, market, parts)
  Pnl.assertParts(ledger, market, parts)
  out.unresolved_cost = 0
  out.unresolved_value = 0
  if (state.class[market] === ResolutionCode.UNRESOLVED) {
    out.unresolved_value = ledger.value[market]!
    // Plus 0 because an untouched window would otherwise have cost −0.
    out.unresolved_cost = ledger.now.transferred[market]! - ledger.money[market]! + 0
    parts.spread = parts.pairs = parts.inventory = parts.settlement = parts.fees = parts.net = 0
  }
  return out
}

/** Sums over all windows, for the end of a run. */
export function totals(state: WindowsState, ledger: LedgerState): WindowTotals {
  const sum: WindowTotals = {
    total: ledger.markets,
    traded: 0,
    recorded: 0,
    settlement: 0,
    inferred_from_book: 0,
    unresolved: 0,
    fills: 0,
    maker_fills: 0,
    volume: 0,
    parts: Pnl.createParts(),
    gross: 0,
    unresolved_cost: 0,
    unresolved_value: 0,
  }
  const one = createResult()
  for (let market = 0; market < ledger.markets; market++) {
    result(state, ledger, market, one)
    sum.parts.spread += one.parts.spread
    sum.parts.pairs += one.parts.pairs
    sum.parts.inventory += one.parts.inventory
    sum.parts.settlement += one.parts.settlement
    sum.parts.fees += one.parts.fees
    sum.parts.net += one.parts.net
    sum.unresolved_cost += one.unresolved_cost
    sum.unresolved_value += one.unresolved_value
    sum.fills += ledger.now.fills[market]!
    sum.maker_fills += ledger.now.maker_fills[market]!
    sum.volume += ledger.now.volume[market]!
    if (ledger.now.fills[market]! > 0) sum.traded++
    const code = state.class[market]!
    if (code === ResolutionCode.RECORDED) sum.recorded++
    else if (code === ResolutionCode.SETTLEMENT) sum.settlement++
    else if (code === ResolutionCode.INFERRED_FROM_BOOK) sum.inferred_from_book++
    else sum.unresolved++
  }
  sum.gross = sum.parts.net + sum.parts.fees
  return sum
}

/**
 * Hold the sums over windows against the ledger: equity less capital = net + unresolved value − cost + rewards + rebates − gas.
 *
 * @throws LedgerError `windows.equity` when they differ by a micro-USDC
 */
export function assertBalanced(ledger: LedgerState, sum: WindowTotals): void {
  const change = ledger.cash + ledger.value_total - Equity.capital(ledger)
  const outside = ledger.totals.rewards + ledger.totals.rebates - ledger.totals.gas
  const expected = sum.parts.net + sum.unresolved_value - sum.unresolved_cost + outside
  if (change !== expected)
    throw new LedgerError(
      'windows.equity',
      'change of equity',
      change,
      `the ${expected} that the windows sum to`,
    )
}

/** Write one window's row into the `windows` table. */
export function record(
  state: WindowsState,
  ledger: LedgerState,
  market: number,
  table: Table<'windows'>,
): void {
  const at = table.length
  if (at >= table.capacity)
    throw new LedgerError(
      'windows.table_full',
      'length',
      at,
      `a table that is drained before ${table.capacity} rows`,
    )
  const { columns } = table
  const { parts, unresolved_cost, unresolved_value } = result(state, ledger, market, createResult())
  columns.market[at] = market
  columns.class[at] = state.class[market]!
  columns.up_payout[at] = ledger.payout[market]!
  columns.strike[at] = state.strike[market]!
  columns.final[at] = state.final[market]!
  columns.decisions[at] = state.decisions[market]!
  columns.fills[at] = ledger.now.fills[market]!
  columns.maker_fills[at] = ledger.now.maker_fills[market]!
  columns.volume[at] = ledger.now.volume[market]!
  columns.spread[at] = parts.spread
  columns.pairs[at] = parts.pairs
  columns.inventory[at] = parts.inventory
  columns.settlement[at] = parts.settlement
  columns.fees[at] = parts.fees
  columns.net[at] = parts.net
  columns.unresolved_cost[at] = unresolved_cost
  columns.unresolved_value[at] = unresolved_value
  columns.rebate_low[at] = state.rebate_low[market]!
  columns.rebate_high[at] = state.rebate_high[market]!
  columns.reward_high[at] = state.reward_high[market]!
  columns.max_unpaired[at] = ledger.now.max_unpaired[market]!
  table.length = at + 1
}
