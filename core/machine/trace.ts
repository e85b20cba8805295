import type { Book } from '../book/index.ts'
import { size as sizeAt } from '../book/levels.ts'
import { Chain, Mix } from '../hash/index.ts'
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
  const row = tableRow(m, 'decisions')
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
  absorb(m, row)
}

function touchSize(book: Book, side: 1 | 2, price: number): number {
  return price < 0 ? 0 : sizeAt(book, side, price)
}

function absorb(m: Machine, row: number): void {
  const mix = m.state.chain.pending
  const c = m.records.decisions.columns
  Mix.word(mix, Chain.Tag.DECISION)
  Mix.number(mix, c.time_us[row]!)
  Mix.number(mix, c.event[row]!)
  Mix.word(mix, c.market[row]!)
  Mix.word(mix, (c.trigger[row]! << 16) | (c.regime[row]! << 8) | c.gate[row]!)
  Mix.number(mix, c.s0[row]!)
  Mix.number(mix, c.s_t[row]!)
  Mix.number(mix, c.sigma[row]!)
  Mix.number(mix, c.q_up[row]!)
  Mix.number(mix, c.cap_up[row]!)
  Mix.number(mix, c.cap_down[row]!)
  Mix.number(mix, c.target_total[row]!)
  Mix.word(mix, (c.best_bid[row]! << 16) ^ c.best_ask[row]!)
  Mix.number(mix, c.unpaired[row]!)
  Mix.number(mix, c.cash[row]!)
  Mix.word(mix, (c.desired[row]! << 24) | (c.creates[row]! << 16) | (c.cancels[row]! << 8) | c.refused[row]!)
}
