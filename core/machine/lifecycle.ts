import { TimeQueue } from '../clock/index.ts'
import { scheduleClose } from '../exchange/exchange.ts'
import { TwapMean } from '../probability/index.ts'
import { Settle, Strike } from '../reference/index.ts'
import { MINUTE, type Micros, SECOND } from '../units/index.ts'
import { decideMarket } from './decide.ts'
import type { Machine } from './machine.ts'
import { sampleMarkout } from './open-fills.ts'
import { Trigger } from './records.ts'
import { resolveFromKnown, resolveUnknown } from './resolve.ts'
import * as Settlers from './settlers.ts'
import * as Silence from './silence.ts'
import { Phase } from './state.ts'
import { Timer } from './timers.ts'

/** Set the timers of every window at the start of a run. */
export function schedule(m: Machine): void {
  m.instruments.markets.forEach(({ start_us }, market) => {
    TimeQueue.push(m.state.timers, start_us, Timer.OPEN, market, 0, 0, 0, 0)
  })
}

/** Handle the earliest timer, at its due time. */
export function fireTimer(m: Machine, now: Micros): void {
  const queue = m.state.timers
  const at = TimeQueue.pop(queue)
  const kind = queue.kind[at]!
  const market = queue.market[at]!
  const order = queue.order[at]!
  const x = queue.x[at]!
  if (kind === Timer.SILENCE) Silence.onTimer(m, market, now)
  else if (kind === Timer.MARKOUT) sampleMarkout(m, order, x)
  else if (kind === Timer.OPEN) open(m, market, now)
  else if (kind === Timer.CUTOFF) cutoff(m, market)
  else if (kind === Timer.END) end(m, market, now)
  else if (kind === Timer.SETTLE) resolveUnknown(m, market, now)
}

function open(m: Machine, market: number, now: Micros): void {
  const { state } = m
  // The venue spoke of its outcome before it began.
  if (state.phase[market] === Phase.RESOLVED) return
  const { start_us, end_us, series } = m.instruments.markets[market]!
  const settlement = m.settlements[market]!
  const settling = m.settlings[market]!
  const { reference } = state.assets[m.asset_of_market[market]!]!
  state.phase[market] = Phase.OPEN
  state.open_windows[market] = {
    strike: Strike.create(settling.max_age_us, reference.strike_tolerance_bps, settling.strike_from),
    settle: Settle.create(settling.max_age_us),
    twap:
      settlement.kind === 'twap'
        ? TwapMean.create(end_us - settlement.lookback_s * SECOND, end_us, reference.stale_us)
        : null,
    silent_from_us: 0,
  }
  let at = state.active.length
  while (at > 0 && state.active[at - 1]! > market) at--
  state.active.splice(at, 0, market)
  Settlers.tellLast(m, market)
  const twap = state.open_windows[market]!.twap
  if (twap !== null && reference.spot_e8 > 0)
    TwapMean.update(twap, reference.spot_e8, reference.spot_stamp_us)
  const wait = Math.max(
    m.settle_wait_us,
    series === '1h' || series === '1d' ? 30 * MINUTE : 0,
    m.bars_wait_us,
  )
  TimeQueue.push(state.timers, Math.max(end_us - m.cutoff_us, now), Timer.CUTOFF, market, 0, 0, 0, 0)
  TimeQueue.push(state.timers, end_us, Timer.END, market, 0, 0, 0, 0)
  TimeQueue.push(state.timers, end_us + wait, Timer.SETTLE, market, 0, 0, 0, 0)
  Silence.watch(m, market, start_us)
  if (m.venue !== null) scheduleClose(m.venue, market, end_us)
}

/** Orders are due to leave: decided on at once, whether or not anything changed. */
function cutoff(m: Machine, market: number): void {
  if (m.state.phase[market] === Phase.OPEN) decideMarket(m, market, Trigger.CUTOFF)
}

function end(m: Machine, market: number, now: Micros): void {
  const { state } = m
  if (state.phase[market] !== Phase.OPEN) return
  if (state.feeds[market]!.silent) Silence.endSilence(m, market, now)
  state.phase[market] = Phase.ENDED
  state.dirty[market] = 0
  resolveFromKnown(m, market, now)
}
