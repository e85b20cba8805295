import { Chain, Mix } from '../hash/index.ts'
import type { Machine } from './machine.ts'
import { tableRow } from './output.ts'

/** Write the ledger's last entry to its table and the hash chain, and hold the books to their identities. */
export function recordLedger(m: Machine): void {
  const { last } = m.state.ledger
  const row = tableRow(m, 'ledger')
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
  m.checkBooks()
}
