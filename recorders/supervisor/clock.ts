import { performance } from 'node:perf_hooks'
import type { Micros } from '../../core/units/index.ts'
import type { Receipt } from '../journal/record.ts'
import type { Clock, Sink, Timers } from './contract.ts'

/** Where the time comes from. */
export type ClockReadings = {
  /** Wall clock, µs since the epoch; may be stepped. */
  wall(): Micros
  /** Monotonic clock, µs since the process began. */
  mono(): Micros
}

/** A clock that also knows how far the wall has moved from where it was anchored. */
export type AnchoredClock = Clock & {
  /** Wall clock minus this clock, µs: 0 at the anchor. */
  drift_us(): Micros
  /** Go on from a later time: for a recording whose end is ahead of the wall. Never goes back. */
  goOnFrom(wall_us: Micros): void
}

const SPIN_US = 2_000

/** The process's clocks. */
export function processReadings(): ClockReadings {
  return { wall: () => Date.now() * 1_000, mono: () => performance.now() * 1_000 }
}

/**
 * The timeline's clock: the monotonic clock, anchored to the wall once. It never decreases, whatever happens to the wall.
 *
 * The wall is read in whole ms: the anchor waits for its next ms, at most 2 ms, so that both clocks agree to some µs.
 */
export function createClock(readings: ClockReadings): AnchoredClock {
  const begun = readings.mono()
  const first = readings.wall()
  let wall = first
  while (wall === first && readings.mono() - begun < SPIN_US) wall = readings.wall()
  let anchor = Math.round(wall - readings.mono())
  let last = 0
  const mono = (): Micros => {
    const now = Math.floor(readings.mono())
    if (now > last) last = now
    return last
  }
  return {
    receipt() {
      const mono_us = mono()
      return { wall_us: anchor + mono_us, mono_us }
    },
    stamp(into: Receipt) {
      const mono_us = mono()
      into.wall_us = anchor + mono_us
      into.mono_us = mono_us
    },
    drift_us: () => Math.round(readings.wall() - anchor - readings.mono()),
    goOnFrom(wall_us) {
      anchor = Math.max(anchor, wall_us - mono())
    },
  }
}

/**
 * Look each second whether the wall clock was stepped against the timeline's clock, and note it. Slow drift that adds up to a
 * step is noted as one.
 *
 * @param step_ms smallest step that is noted
 * @returns ends the watch
 */
export function watchClock(clock: AnchoredClock, timers: Timers, sink: Sink, step_ms: number): () => void {
  let known = clock.drift_us()
  let forget = timers.after(1_000, look)
  function look(): void {
    const moved_us = clock.drift_us() - known
    if (Math.abs(moved_us) > step_ms * 1_000) {
      known += moved_us
      sink({ type: 'note', ...clock.receipt(), note: { note: 'clock_step', moved_us } })
    }
    forget = timers.after(1_000, look)
  }
  return () => forget()
}
