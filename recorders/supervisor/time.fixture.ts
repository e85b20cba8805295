import { createClock } from './clock.ts'
import type { Timers } from './contract.ts'

/** Time that stands still until it is moved. */
export type ManualTime = Timers & {
  /** Let so much time pass: what is due runs in order of its time, at its time. */
  advance(ms: number): void
  /** Move the wall clock alone. */
  stepWall(ms: number): void
  /** Timers that wait. */
  readonly waiting: number
  /** ms until each of them. */
  due(): number[]
  readonly clock: ReturnType<typeof createClock>
}

const EPOCH_US = 1_790_000_000_000_000

/** Timers and clocks that a test moves. */
export function manualTime(): ManualTime {
  let now = 1_000
  let wall_ms = 0
  let made = 0
  let timers: { at: number; order: number; act: () => void }[] = []
  // Each reading of the wall is a little later, as the anchor waits for it to move.
  let readings = 0
  const clock = createClock({
    wall: () => EPOCH_US + (now + wall_ms) * 1_000 + (readings++ === 0 ? -1 : 0),
    mono: () => now * 1_000,
  })
  return {
    clock,
    now_ms: () => now,
    after(delay_ms, act) {
      const timer = { at: now + Math.max(0, delay_ms), order: made++, act }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    advance(ms) {
      const until = now + ms
      for (;;) {
        let next = timers[0]
        for (const one of timers)
          if (one.at < next!.at || (one.at === next!.at && one.order < next!.order)) next = one
        if (next === undefined || next.at > until) break
        timers = timers.filter((one) => one !== next)
        now = Math.max(now, next.at)
        next.act()
      }
      now = until
    },
    stepWall(ms) {
      wall_ms += ms
    },
    due: () => timers.map(({ at }) => at - now),
    get waiting() {
      return timers.length
    },
  }
}
