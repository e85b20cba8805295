import { performance } from 'node:perf_hooks'
import type { Timers } from './contract.ts'

// Node's own bound: a longer delay would fire at once.
const DELAY_MAX_MS = 2_147_483_647

/** The process's own time: its monotonic clock, the one of {@link Receipt.mono_us}, and its timers. */
export function processTimers(): Timers {
  return {
    now_ms: () => performance.now(),
    after(delay_ms, act) {
      const timer = setTimeout(act, Math.min(Math.max(delay_ms, 0), DELAY_MAX_MS))
      return () => clearTimeout(timer)
    },
  }
}
