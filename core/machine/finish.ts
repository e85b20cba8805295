import { Equity, Windows } from '../portfolio/index.ts'
import type { Machine } from './machine.ts'
import * as OpenFills from './open-fills.ts'
import { writeOrder } from './order-rows.ts'
import { roomIn } from './output.ts'
import { resolveUnknown } from './resolve.ts'
import { endSilence } from './silence.ts'
import { Phase } from './state.ts'

/**
 * The run is over: windows that ended get the class their evidence allows, windows that did not end stay unresolved, and
 * the tables get their last rows. The books must balance to the micro-USDC.
 */
export function finish(m: Machine): void {
  const { state } = m
  for (const market of state.active.slice()) {
    if (state.feeds[market]!.silent) endSilence(m, market, state.now_us)
    if (state.phase[market] === Phase.ENDED) resolveUnknown(m, market, state.now_us)
  }
  m.intents.length = 0
  OpenFills.flush(m)
  for (let market = 0; market < m.instruments.markets.length; market++) {
    for (let slot = state.orders.first[market]!; slot >= 0; slot = state.orders.after[slot]!)
      writeOrder(m, slot)
  }
  Equity.mark(state.equity, state.ledger, state.now_us)
  recordEquity(m)
  Windows.assertBalanced(state.ledger, Windows.totals(state.windows, state.ledger))
  m.checkBooks()
  for (let market = 0; market < m.instruments.markets.length; market++) writeWindow(m, market)
}

/** Write the present equity to its table. */
export function recordEquity(m: Machine): void {
  Equity.record(m.state.equity, m.state.ledger, roomIn(m, m.records.equity))
}

function writeWindow(m: Machine, market: number): void {
  Windows.record(m.state.windows, m.state.ledger, market, roomIn(m, m.records.windows))
}
