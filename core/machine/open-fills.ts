import { TimeQueue } from '../clock/index.ts'
import { MarketFeed } from '../markets/index.ts'
import { type Micros, ONE, SECOND } from '../units/index.ts'
import type { Machine } from './machine.ts'
import { tableRow } from './output.ts'
import type { OpenFill } from './state.ts'
import { MARKOUT_S, Timer } from './timers.ts'

/** Rows of the fills table that are not complete: their life on chain and their markouts are still to come. */

/** Follow a new fill. */
export function follow(m: Machine, fill: OpenFill, now: Micros): void {
  m.state.open_fills.push(fill)
  MARKOUT_S.forEach((seconds, x) => {
    TimeQueue.push(m.state.timers, now + seconds * SECOND, Timer.MARKOUT, fill.market, fill.fill, x, 0, 0)
  })
}

/** Sample the mid for one horizon of a fill: how far it moved towards us, in the fill's own token. */
export function sampleMarkout(m: Machine, number: number, horizon: number): void {
  const fill = find(m, number)
  if (fill === null) return
  fill.sampled++
  const book = m.state.feeds[fill.market]!.book
  // Only a book that is there, two-sided and heard of lately is a mid; a market that fell silent has none.
  if (book !== null && book.best_bid >= 0 && book.best_ask >= 0 && !m.state.feeds[fill.market]!.silent) {
    const up = MarketFeed.mid(m.state.feeds[fill.market]!)
    const own = fill.outcome === 0 ? up : ONE - up
    fill.markouts[horizon] = fill.side === 1 ? own - fill.price : fill.price - own
  }
  finishIfDone(m, fill)
}

/** The fill numbered `number`, null when its row is written. */
export function find(m: Machine, number: number): OpenFill | null {
  for (const fill of m.state.open_fills) if (fill.fill === number) return fill
  return null
}

/** Write the row once nothing more can be learned. */
export function finishIfDone(m: Machine, fill: OpenFill): void {
  if (fill.sampled < MARKOUT_S.length || (fill.confirmed_us === 0 && fill.failed_us === 0)) return
  m.state.open_fills.splice(m.state.open_fills.indexOf(fill), 1)
  write(m, fill)
}

/** The run ends: write what is left as it is. */
export function flush(m: Machine): void {
  for (const fill of m.state.open_fills) write(m, fill)
  m.state.open_fills.length = 0
}

function write(m: Machine, fill: OpenFill): void {
  const row = tableRow(m, m.records.fills)
  const { columns } = m.records.fills
  columns.fill[row] = fill.fill
  columns.order[row] = fill.order
  columns.decision[row] = fill.decision
  columns.market[row] = fill.market
  columns.outcome[row] = fill.outcome
  columns.side[row] = fill.side
  columns.price[row] = fill.price
  columns.size[row] = fill.size
  columns.fee_shares[row] = fill.fee_shares
  columns.amount[row] = fill.amount
  columns.fee_usdc[row] = fill.fee_usdc
  columns.fee_value[row] = fill.fee_value
  columns.maker[row] = fill.maker
  columns.gap_fill[row] = fill.gap_fill
  columns.beyond_display[row] = fill.beyond_display
  columns.matched_us[row] = fill.matched_us
  columns.mined_us[row] = fill.mined_us
  columns.confirmed_us[row] = fill.confirmed_us
  columns.failed_us[row] = fill.failed_us
  columns.q_up[row] = fill.q_up
  columns.mid[row] = fill.mid
  columns.markout_1s[row] = fill.markouts[0]!
  columns.markout_5s[row] = fill.markouts[1]!
  columns.markout_10s[row] = fill.markouts[2]!
  columns.markout_30s[row] = fill.markouts[3]!
}
