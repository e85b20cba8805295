import { gridIn } from '../exchange/terms.ts'
import { MarketFeed } from '../markets/index.ts'
import { Ledger } from '../portfolio/index.ts'
import { Fair } from '../probability/index.ts'
import { Regime } from '../reference/index.ts'
import { type Micros, SECOND } from '../units/index.ts'
import { inFlight } from './account.ts'
import * as Assets from './assets.ts'
import type { Machine } from './machine.ts'

/** Fill the view of one market as of now. Headroom and cash are the account's, see fillAccount. HOT. */
export function lookAt(m: Machine, market: number, now: Micros): void {
  const { state, view } = m
  const info = m.instruments.markets[market]!
  const feed = state.feeds[market]!
  const terms = m.terms[market]!
  view.time_us = now
  view.decision = state.counts.decisions++
  state.windows.decisions[market] = state.windows.decisions[market]! + 1
  view.market = market
  view.slug = info.slug
  view.start_us = info.start_us
  view.end_us = info.end_us
  view.seconds_left = (info.end_us - now) / SECOND
  view.tick = feed.tick
  view.grid = gridIn(terms, feed.tick)
  view.min_size = terms.min_size
  view.marketable_buy_min = terms.marketable_buy_min
  view.book = feed.book ?? m.empty_book
  view.best_bid = view.book.best_bid
  view.best_ask = view.book.best_ask
  view.mid = MarketFeed.mid(feed)
  view.fee = terms.fee
  const charged = terms.charged_in(now)
  view.fee_in_shares = charged.buy === 'shares'
  view.buy_amount = charged.buy_amount
  lookAtModel(m, market, now)
  view.up_shares = Ledger.shares(state.ledger, market, 0)
  view.down_shares = Ledger.shares(state.ledger, market, 1)
  const unpaired = inFlight(m, market)
  view.unpaired = unpaired.shares
  view.unpaired_cost = unpaired.shares === 0 ? 0 : unpaired.cost / Math.abs(unpaired.shares)
  view.unpaired_since_us = Ledger.unpairedSince(state.ledger, market)
}

function lookAtModel(m: Machine, market: number, now: Micros): void {
  const { view, fair_in, fair_out } = m
  const asset = m.state.assets[m.asset_of_market[market]!]!
  Assets.evaluate(m, market, now)
  view.ready = Assets.isReady(m, market)
  view.s0 = fair_in.s0
  view.s_t = fair_in.st
  view.sigma = fair_in.sigma
  // On a provisional strike or a cold volatility a probability is a number, not a forecast: it is not shown.
  const q = view.ready ? Fair.clampProbability(fair_out.q_up, m.config.probability.q_min) : Number.NaN
  view.q_up = q
  view.z = view.ready ? fair_out.z : Number.NaN
  // Without uncertainty left the probability does not move: no speed rather than an unknown one.
  view.ready = view.ready && !Number.isNaN(q)
  view.speed = !view.ready ? Number.NaN : Number.isNaN(fair_out.speed) ? 0 : fair_out.speed
  view.regime = m.strategy.needs_model ? asset.bits : 0
  view.size_scalar = Regime.scalar(view.regime, m.config.toxicity)
  if (view.ready) m.state.q_up[market] = q
}
