import { clear } from '../book/book.ts'
import { isUndecided, overrule as overruleAtVenue, resolve as resolveAtVenue } from '../exchange/exchange.ts'
import { Chain, Mix } from '../hash/index.ts'
import { MarketFeed } from '../markets/index.ts'
import { Equity, Windows } from '../portfolio/index.ts'
import { Boundary, Settle } from '../reference/index.ts'
import { Gate } from '../risk/index.ts'
import { type Micros, ONE, type Tick } from '../units/index.ts'
import { decideMarket } from './decide.ts'
import { recordEquity } from './finish.ts'
import { redeemConfirmed } from './inventory.ts'
import type { Machine } from './machine.ts'
import { ResolutionCode, RiskEvent, Trigger } from './records.ts'
import { riskEvent } from './risk-rows.ts'
import { Phase, type WindowState } from './state.ts'

/**
 * Take the settlement series' verdict on an ended window, where there is one. Orders that a gap left undecided are filled or
 * not by the outcome, and that could not be taken back: there the venue's own word is waited for, as long as for any.
 */
export function resolveFromKnown(m: Machine, market: number, now: Micros): void {
  if (m.state.phase[market] !== Phase.ENDED) return
  if (m.venue !== null && isUndecided(m.venue, market)) return
  const payout = verdict(m, market)
  if (payout >= 0) resolve(m, market, payout, ResolutionCode.SETTLEMENT, now)
}

function verdict(m: Machine, market: number): Tick {
  const { settle, strike } = m.state.open_windows[market]!
  return Settle.upPayout(settle, strike, m.settlements[market]!.tie)
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

/**
 * The venue did not tell: the series decides where it can, then the last mid where it is near 0 or 1, else the window stays
 * unresolved, until the venue tells after all.
 */
export function resolveUnknown(m: Machine, market: number, now: Micros): void {
  const { state } = m
  if (state.phase[market] !== Phase.ENDED) return
  const payout = verdict(m, market)
  if (payout >= 0) {
    resolve(m, market, payout, ResolutionCode.SETTLEMENT, now)
    return
  }
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
  if (state.phase[market] === Phase.RESOLVED) return
  // Of a window that has not opened nothing is known but what the venue says.
  const window = state.open_windows[market] ?? null
  if (window !== null && window.strike.price >= 0) state.windows.strike[market] = window.strike.s0
  absorb(m, market, payout, code)
  if (payout >= 0) Windows.resolve(state.windows, state.ledger, market, code, payout, finalOf(window), now)
  if (m.venue !== null) resolveAtVenue(m.venue, market, payout, now)
  state.phase[market] = Phase.RESOLVED
  state.dirty[market] = 0
  const at = state.active.indexOf(market)
  if (at >= 0) state.active.splice(at, 1)
  if (window !== null) window.twap = null
  releaseBook(m, market)
  if (payout >= 0) redeemConfirmed(m, market, now)
  // An outcome frees capital and changes equity: the other markets look again at once.
  for (const other of state.active.slice()) decideMarket(m, other, Trigger.RESOLUTION)
}

/**
 * The venue's word on a window that is resolved: it holds, whatever was concluded before and whenever it comes, also
 * against an earlier word of its own, which a dispute may turn. A redemption by another outcome is taken back, and what is
 * held is redeemed anew.
 *
 * @param payout of one Up share in ticks
 */
export function overrule(m: Machine, market: number, payout: Tick, now: Micros): void {
  const { state } = m
  const { windows, ledger } = state
  const before = ledger.payout[market]!
  if (before === payout && windows.class[market] === ResolutionCode.RECORDED) return
  absorb(m, market, payout, ResolutionCode.RECORDED)
  const final = finalOf(state.open_windows[market] ?? null)
  Windows.resolve(windows, ledger, market, ResolutionCode.RECORDED, payout, final, now)
  // The same outcome on better evidence.
  if (before === payout) return
  if (before >= 0) {
    state.counts.conflicts++
    windows.conflicts[market] = Math.min(255, windows.conflicts[market]! + 1)
    riskEvent(m, RiskEvent.RESOLUTION_CONFLICT, market, Gate.NONE, payout, before)
  }
  if (m.venue !== null) overruleAtVenue(m.venue, market, payout, now)
  redeemConfirmed(m, market, now)
  if (Equity.mark(state.equity, ledger, now)) recordEquity(m)
  for (const other of state.active.slice()) decideMarket(m, other, Trigger.RESOLUTION)
}

function absorb(m: Machine, market: number, payout: Tick, code: number): void {
  const { pending } = m.state.chain
  Mix.word(pending, Chain.Tag.RESOLUTION)
  Mix.number(pending, market)
  Mix.number(pending, payout)
  Mix.number(pending, code)
}

function finalOf(window: WindowState | null): number {
  if (window === null || !window.settle.final) return Number.NaN
  const { price, rest } = window.settle.boundary
  return Boundary.real(price, rest)
}

function releaseBook(m: Machine, market: number): void {
  const feed = m.state.feeds[market]!
  if (feed.book === null) return
  clear(feed.book)
  m.spare_books.push(feed.book)
  feed.book = null
}
