import { cpus, loadavg, totalmem } from 'node:os'
import type { Match } from './match.ts'

/** Everything that a comparison found, as it is printed with --json and kept in measured.json. */
export type Measured = {
  /** ISO, to the minute. */
  at: string
  machine: { processor: string; cores: number; memory_gib: number; pinned_to: number | null }
  /** Averages over 1, 5 and 15 minutes before anything was started: the load of others. */
  load_before: readonly number[]
  runs: number
  /** How the event file becomes hftbacktest's; null where that side did not play. */
  conversion: { events: number; convert_s: number; peak_rss_kib: number } | null
  matches: Match[]
  /** Sides that could not play, and why. */
  absent: readonly { side: string; why: string }[]
}

/** The machine, before the work begins. */
export function machineNow(pinned_to: number | null): Pick<Measured, 'at' | 'machine' | 'load_before'> {
  return {
    at: `${new Date().toISOString().slice(0, 16)}Z`,
    machine: {
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memory_gib: Math.round(totalmem() / 2 ** 30),
      pinned_to,
    },
    load_before: loadavg().map((load) => Math.round(load * 100) / 100),
  }
}
