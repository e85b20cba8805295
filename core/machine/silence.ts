import { TimeQueue } from '../clock/index.ts'
import { beginSilence as exposeOrders } from '../exchange/exchange.ts'
import type { Micros } from '../units/index.ts'
import { decideMarket } from './decide.ts'
import type { Machine } from './machine.ts'
import { Trigger } from './records.ts'
import { Phase } from './state.ts'
import { Timer } from './timers.ts'

/**
 * Silence of an open market, measured on messages. It becomes known `gap_s` after the last message; under `blackout`
 * nothing is decided from then on but to cancel (formulas.md §10, Gaps).
 */

/** Watch an open market: the timer looks again when it is due and moves on with each message. */
export function watch(m: Machine, market: number, from_us: Micros): void {
  TimeQueue.push(m.state.timers, from_us + m.gap_us, Timer.SILENCE, market, 0, 0, 0, 0)
}

/** The timer is due: it is silence only if no message came since it was set. */
export function onTimer(m: Machine, market: number, now: Micros): void {
  const feed = m.state.feeds[market]!
  if (m.state.phase[market] !== Phase.OPEN || feed.silent || m.ended) return
  const last = lastMessage(m, market)
  if (last + m.gap_us > now) watch(m, market, last)
  else beginSilence(m, market, now)
}

/** The market is known to be silent, or its feed lost. */
export function beginSilence(m: Machine, market: number, now: Micros): void {
  const { state } = m
  const window = state.open_windows[market]!
  state.feeds[market]!.silent = true
  window.silent_from_us = lastMessage(m, market)
  state.counts.gaps++
  if (m.gaps !== 'blackout' || state.phase[market] !== Phase.OPEN) return
  if (m.venue !== null) exposeOrders(m.venue, market)
  decideMarket(m, market, Trigger.GAP)
  void now
}

/** The market spoke again, or its window is over. */
export function endSilence(m: Machine, market: number, now: Micros): void {
  const { state } = m
  const window = state.open_windows[market]!
  state.feeds[market]!.silent = false
  if (window.silent_from_us === 0) return
  state.counts.gap_us += now - window.silent_from_us
  m.onGap(market, window.silent_from_us, now)
  window.silent_from_us = 0
  if (state.phase[market] === Phase.OPEN) watch(m, market, now)
}

function lastMessage(m: Machine, market: number): Micros {
  return Math.max(m.state.feeds[market]!.last_us, m.instruments.markets[market]!.start_us)
}
