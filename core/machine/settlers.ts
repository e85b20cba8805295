import { Settling, Strike } from '../reference/index.ts'
import type { E8, Micros } from '../units/index.ts'
import { tellMismatch } from './assets.ts'
import type { Machine } from './machine.ts'

/** The series that windows settle by: each window is told the values of its own, and of no other (formulas.md §2). */

/**
 * Take a row of a reference series. Windows are told every value, also one that comes late or is stamped before the last:
 * it may be the very one that a start or an end asks for.
 *
 * @returns whether any window settles by this series
 */
export function onRow(
  m: Machine,
  instrument: number,
  price: E8,
  rest: number,
  local_us: Micros,
  stamp_us: Micros,
  trade: boolean,
): boolean {
  const settler = m.state.settlers[instrument]
  if (settler == null) return false
  for (const market of m.state.active)
    if (m.settlings[market]!.instrument === instrument) tell(m, market, price, rest, stamp_us, trade)
  if (stamp_us < settler.stamp_us) return true
  settler.price = price
  settler.rest = rest
  settler.stamp_us = stamp_us
  settler.local_us = local_us
  settler.trade = trade
  return true
}

/** Tell a window that opens the last value of its series: it may be that of its start. */
export function tellLast(m: Machine, market: number): void {
  const settler = m.state.settlers[m.settlings[market]!.instrument]
  if (settler == null || settler.price < 0) return
  tell(m, market, settler.price, settler.rest, settler.stamp_us, settler.trade)
}

function tell(m: Machine, market: number, price: E8, rest: number, stamp_us: Micros, trade: boolean): void {
  const { strike, settle } = m.state.open_windows[market]!
  const bits = Settling.observe(m.settlings[market]!, strike, settle, price, rest, stamp_us, trade)
  if ((bits & Strike.MISMATCH) !== 0) tellMismatch(m, market)
}
