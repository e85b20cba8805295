import { Chain, Mix } from '../hash/index.ts'
import { Ledger } from '../portfolio/index.ts'
import { Gate, Invariants } from '../risk/index.ts'
import { ONE, type Tick } from '../units/index.ts'
import type { Machine } from './machine.ts'
import { tableRow } from './output.ts'
import { RiskEvent } from './records.ts'
import { NO_MARKET, riskEvent } from './risk-rows.ts'

// Written anew by every check.
const facts: Invariants.Facts = { residual: 0, least_shares: 0, price: 0, notional: 0 }

/**
 * Write the ledger's last entry to its table and the hash chain, and hold the account to its invariants.
 *
 * @param price of the fill that moved it, in ticks; a move without a price passes any valid one
 */
export function recordLedger(m: Machine, price: Tick = ONE / 2): void {
  const { last } = m.state.ledger
  const row = tableRow(m, m.records.ledger)
  const { columns } = m.records.ledger
  columns.entry[row] = last.entry
  columns.time_us[row] = last.time_us
  columns.kind[row] = last.kind
  columns.market[row] = last.market
  columns.outcome[row] = last.outcome
  columns.shares[row] = last.shares
  columns.cash[row] = last.cash
  columns.fee[row] = last.fee
  columns.ref[row] = last.ref
  columns.balance[row] = last.balance
  const mix = m.state.chain.pending
  Mix.word(mix, Chain.Tag.LEDGER)
  Mix.word(mix, (last.kind << 8) | last.outcome)
  Mix.word(mix, last.market)
  Mix.number(mix, last.shares)
  Mix.number(mix, last.cash)
  Mix.number(mix, last.fee)
  Mix.number(mix, last.balance)
  holdInvariants(m, price)
}

/** The critical invariants (formulas.md §11): a broken one halts trading until an operator's RESET, and says so once. */
function holdInvariants(m: Machine, price: Tick): void {
  const { ledger, orders, risk } = m.state
  facts.residual = Ledger.residual(ledger)
  facts.least_shares = Ledger.short(ledger) ? -1 : 0
  facts.price = price
  facts.notional = ledger.exposure_total + ledger.pairs_total + orders.reserved_total
  const halted = risk.halted
  const broken = Invariants.verify(risk, m.config.risk, facts, m.state.now_us)
  if (broken === Invariants.Broken.NONE || halted === Gate.INVARIANT) return
  m.state.counts.risk_halts++
  riskEvent(m, RiskEvent.INVARIANT, NO_MARKET, Gate.INVARIANT, broken, 0)
}
