import { Chain, Mix } from '../hash/index.ts'
import type { Machine } from './machine.ts'
import { tableRow } from './output.ts'

/** `market` of a row that concerns none. */
export const NO_MARKET = 0xffffffff

/** Write what an operator would be told to its table and the hash chain. `kind` see RiskEvent. */
export function riskEvent(
  m: Machine,
  kind: number,
  market: number,
  gate: number,
  value: number,
  limit: number,
): void {
  const row = tableRow(m, m.records.risk_events)
  const { columns } = m.records.risk_events
  columns.time_us[row] = m.state.now_us
  columns.kind[row] = kind
  columns.market[row] = market
  columns.gate[row] = gate
  columns.value[row] = value
  columns.limit[row] = limit
  const mix = m.state.chain.pending
  Mix.word(mix, Chain.Tag.HALT)
  Mix.number(mix, m.state.now_us)
  Mix.word(mix, (kind << 8) | gate)
  Mix.word(mix, market)
  Mix.number(mix, value)
}
