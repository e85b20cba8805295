import { clear } from '../book/book.ts'
import { resolve as resolveAtVenue } from '../exchange/exchange.ts'
import { Chain, Mix } from '../hash/index.ts'
import { MarketFeed } from '../markets/index.ts'
import { Windows } from '../portfolio/index.ts'
import { Boundary, Settle } from '../reference/index.ts'
import { type Micros, ONE, type Tick } from '../units/index.ts'
import { decideMarket } from './decide.ts'
import { redeemConfirmed } from './inventory.ts'
import type { Machine } from './machine.ts'
import { ResolutionCode, Trigger } from './records.ts'
import { Phase, type WindowState } from './state.ts'

/** Take the settlement series' verdict on an ended window, where there is one. */
export function resolveFromKnown(m: Machine, market: number, now: Micros): void {
  const { state } = m
  if (state.phase[market] !== Phase.ENDED) return
  const { settle, strike } = state.open_windows[market]!
  const payout = Settle.upPayout(settle, strike, m.settlements[market]!.tie)
  if (payout >= 0) resolve(m, market, payout, ResolutionCode.SETTLEMENT, now)
}

/** The settlement series spoke: ended windows of the asset may have their verdict. */
export function resolveAsset(m: Machine, asset: number, now: Micros): void {
  const { active } = m.state
  // From the end, because a window that is resolved leaves the list.
  for (let i = active.length - 1; i >= 0; i--) {
    const market = active[i]
    if (market !== undefined && m.asset_of_market[market] === asset) resolveFromKnown(m, market, now)
  }
}

/** Nobody told: the last mid decides where it is near 0 or 1, else the window stays unresolved. */
export function resolveUnknown(m: Machine, market: number, now: Micros): void {
  const { state } = m
  if (state.phase[market] !== Phase.ENDED) return
  const feed = state.feeds[market]!
  const late = feed.mid_us >= m.instruments.markets[market]!.end_us - m.settle_band_window_us
  const mid = MarketFeed.mid(feed)
  if (late && mid >= ONE - m.settle_band) resolve(m, market, ONE, ResolutionCode.INFERRED_FROM_BOOK, now)
  else if (late && mid <= m.settle_band) resolve(m, market, 0, ResolutionCode.INFERRED_FROM_BOOK, now)
  else resolve(m, market, -1, ResolutionCode.UNRESOLVED, now)
}

/**
 * A window has its outcome: what rests leaves, what is held is worth its payout and is redeemed.
 *
 * @param payout of one Up share in ticks, −1 for unresolved
 */
export function resolve(m: Machine, market: number, payout: Tick, code: number, now: Micros): void {
  const { state } = m
  if (state.phase[market] === Phase.RESOLVED || state.phase[market] === Phase.WAITING) return
  const window = state.open_windows[market]!
  if (window.strike.price >= 0) state.windows.strike[market] = window.strike.s0
  Mix.word(state.chain.pending, Chain.Tag.RESOLUTION)
  Mix.number(state.chain.pending, market)
  Mix.number(state.chain.pending, payout)
  Mix.number(state.chain.pending, code)
  if (payout >= 0) Windows.resolve(state.windows, state.ledger, market, code, payout, finalOf(window), now)
  if (m.venue !== null) resolveAtVenue(m.venue, market, payout, now)
  state.phase[market] = Phase.RESOLVED
  state.dirty[market] = 0
  const at = state.active.indexOf(market)
  if (at >= 0) state.active.splice(at, 1)
  window.twap = null
  releaseBook(m, market)
  if (payout >= 0) redeemConfirmed(m, market, now)
  // An outcome frees capital and changes equity: the other markets look again at once.
  for (const other of state.active.slice()) decideMarket(m, other, Trigger.RESOLUTION)
}

function finalOf({ settle }: WindowState): number {
  const { boundary } = settle
  return settle.final ? Boundary.real(boundary.price, boundary.rest) : Number.NaN
}

function releaseBook(m: Machine, market: number): void {
  const feed = m.state.feeds[market]!
  if (feed.book === null) return
  clear(feed.book)
  m.spare_books.push(feed.book)
  feed.book = null
}
