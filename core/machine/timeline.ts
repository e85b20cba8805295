import { TimeQueue } from '../clock/index.ts'
import { type Columns, Flag } from '../events/index.ts'
import type { Micros } from '../units/index.ts'
import * as Assets from './assets.ts'
import { decideAsset, decideMarket } from './decide.ts'
import { takeDirty } from './dirty.ts'
import type * as Intents from './intents.ts'
import { fireTimer } from './lifecycle.ts'
import type { Machine } from './machine.ts'
import { Trigger } from './records.ts'
import { applyRows, endMessage } from './rows.ts'

/**
 * Advance a machine by one row: what time alone made due before it, then the row, then, if it ends its message, what follows
 * from it. This is the whole contract between the core and a session that feeds it (simulation drives the same parts from
 * its clock, see world.ts).
 *
 * @param columns plain typed arrays; nothing of them is kept
 * @returns the intents of this step, good until the next call, which forgets them
 */
export function advance(m: Machine, columns: Columns, row: number): Intents.Intents {
  const now = columns.local_us[row]!
  m.intents.length = 0
  for (let due = nextDue(m); due <= now; due = nextDue(m)) {
    m.state.now_us = due
    fireDue(m, due)
  }
  m.state.now_us = now
  applyRows(m, columns, row, row + 1, now)
  m.state.counts.events++
  if ((columns.flags[row]! & Flag.LAST) !== 0) endMessage(m, now)
  return m.intents
}

/** When the earliest timer, regime change or quote tick is due; Infinity for none. */
export function nextDue(m: Machine): Micros {
  return Math.min(TimeQueue.next(m.state.timers), m.state.tick_due_us, regimeDue(m))
}

/** Handle one thing that is due by time alone: set timers first, then regimes, then the quote tick. */
export function fireDue(m: Machine, now: Micros): void {
  const { state } = m
  if (TimeQueue.next(state.timers) <= now) fireTimer(m, now)
  else if (regimeDue(m) <= now) {
    for (let asset = 0; asset < state.assets.length; asset++) {
      if (state.assets[asset]!.regime_due_us > now) continue
      if (Assets.updateRegime(m, asset, now)) decideAsset(m, asset, Trigger.REGIME)
    }
  } else {
    takeDirty(m, m.deciding)
    for (const market of m.deciding) decideMarket(m, market, Trigger.TICK)
  }
}

function regimeDue(m: Machine): Micros {
  let due = Number.POSITIVE_INFINITY
  for (const asset of m.state.assets) if (asset.regime_due_us < due) due = asset.regime_due_us
  return due
}
