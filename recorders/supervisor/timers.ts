import { performance } from 'node:perf_hooks'
import { after } from '../long-timer.ts'
import type { Timers } from './contract.ts'

/** The process's own time: its monotonic clock, the one of {@link Receipt.mono_us}, and its timers. */
export function processTimers(): Timers {
  return {
    now_ms: () => performance.now(),
    after: (delay_ms, act) => after(delay_ms, act),
  }
}
