import type { Book } from '../book/index.ts'
import { size as sizeAt } from '../book/levels.ts'
import { Batch, Chain } from '../hash/index.ts'
import { TwapMean } from '../probability/index.ts'
import type { Machine } from './machine.ts'
import { tableRow } from './output.ts'

/** What a decision came to, beside what the view and the desired orders say. */
export type Outcome = {
  trigger: number
  gate: number
  creates: number
  cancels: number
  refused: number
  live: number
}

/**
 * Leave the row of a decision, and absorb it into the hash chain: everything the strategy was shown and everything that
 * came of it, so that two runs that agree in their chains saw and did the same.
 */
export function decision(m: Machine, outcome: Outcome): void {
  const { state, view, desired } = m
  const { market } = view
  const now = view.time_us
  const row = tableRow(m, m.records.decisions)
  const c = m.records.decisions.columns
  const asset = state.assets[m.asset_of_market[market]!]!
  const { reference } = asset
  const feed = state.feeds[market]!
  const window = state.open_windows[market]!
  c.decision[row] = view.decision
  c.time_us[row] = now
  c.event[row] = state.counts.events
  c.market[row] = market
  c.trigger[row] = outcome.trigger
  c.regime[row] = view.regime
  c.gate[row] = outcome.gate
  c.seconds_left[row] = view.seconds_left
  c.s0[row] = view.s0
  c.s_t[row] = view.s_t
  c.mean[row] = window.twap === null ? Number.NaN : TwapMean.value(window.twap, now)
  c.sigma[row] = view.sigma
  c.q_up[row] = view.q_up
  c.z[row] = view.z
  c.speed[row] = view.speed
  c.cap_up[row] = desired.cap_up
  c.cap_down[row] = desired.cap_down
  c.target_total[row] = desired.target_total
  c.size_scalar[row] = view.size_scalar
  c.best_bid[row] = view.best_bid
  c.best_ask[row] = view.best_ask
  c.bid_size[row] = touchSize(view.book, 1, view.best_bid)
  c.ask_size[row] = touchSize(view.book, 2, view.best_ask)
  c.up_shares[row] = view.up_shares
  c.down_shares[row] = view.down_shares
  c.unpaired[row] = view.unpaired
  c.cash[row] = state.ledger.cash
  c.equity[row] = state.equity.equity
  c.spot_age_us[row] = now - reference.spot_us
  c.settlement_age_us[row] = now - reference.settlement_us
  c.book_age_us[row] = feed.last_us === 0 ? Number.NaN : now - feed.last_us
  c.desired[row] = desired.length
  c.live[row] = outcome.live
  c.creates[row] = outcome.creates
  c.cancels[row] = outcome.cancels
  c.refused[row] = outcome.refused
  c.sigma_naive[row] = asset.naive.sigma
  absorb(m, row)
}

function touchSize(book: Book, side: 1 | 2, price: number): number {
  return price < 0 ? 0 : sizeAt(book, side, price)
}

/** What of a decision is absorbed, in this order; see {@link absorb}. Written anew by every decision. */
const SHAPE = Batch.shapeOf('wnnwwnnnnnnnwnnw')
const absorbed = new Float64Array(SHAPE.length)
const batch = Batch.create()

function absorb(m: Machine, row: number): void {
  const c = m.records.decisions.columns
  const v = absorbed
  v[0] = Chain.Tag.DECISION
  v[1] = c.time_us[row]!
  v[2] = c.event[row]!
  v[3] = c.market[row]!
  v[4] = (c.trigger[row]! << 16) | (c.regime[row]! << 8) | c.gate[row]!
  v[5] = c.s0[row]!
  v[6] = c.s_t[row]!
  v[7] = c.sigma[row]!
  v[8] = c.q_up[row]!
  v[9] = c.cap_up[row]!
  v[10] = c.cap_down[row]!
  v[11] = c.target_total[row]!
  v[12] = (c.best_bid[row]! << 16) ^ c.best_ask[row]!
  v[13] = c.unpaired[row]!
  v[14] = c.cash[row]!
  v[15] = (c.desired[row]! << 24) | (c.creates[row]! << 16) | (c.cancels[row]! << 8) | c.refused[row]!
  Batch.row(batch, m.state.chain.pending, SHAPE, v)
}
