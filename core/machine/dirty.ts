import type { Micros } from '../units/index.ts'
import type { Machine } from './machine.ts'
import { Phase } from './state.ts'

/** Note that an input of a market's decision changed: it is decided on at the next quote tick. HOT. */
export function markDirty(m: Machine, market: number): void {
  const { state } = m
  if (state.dirty[market] === 1 || state.phase[market] !== Phase.OPEN) return
  state.dirty[market] = 1
  state.dirty_list.push(market)
  if (state.tick_due_us === Number.POSITIVE_INFINITY)
    state.tick_due_us = nextTick(state.now_us, m.quote_interval_us)
}

/** The first quote tick after `now`: ticks lie on multiples of the interval, whatever the tape. */
export function nextTick(now: Micros, interval_us: Micros): Micros {
  return (Math.floor(now / interval_us) + 1) * interval_us
}

/** Markets to decide now, lowest index first; the list is empty afterwards and `into` is reused. */
export function takeDirty(m: Machine, into: number[]): void {
  const { state } = m
  // Emptied by pops: setting a length of 0 gives the array's room back, to be asked for again by the next push.
  while (into.length > 0) into.pop()
  for (const market of state.dirty_list) {
    if (state.dirty[market] === 0) continue
    state.dirty[market] = 0
    let at = into.push(market) - 1
    while (at > 0 && into[at - 1]! > market) {
      into[at] = into[at - 1]!
      at--
    }
    into[at] = market
  }
  while (state.dirty_list.length > 0) state.dirty_list.pop()
  state.tick_due_us = Number.POSITIVE_INFINITY
}
