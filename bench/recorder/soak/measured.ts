import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import type { DiskOutcome } from './disk.ts'
import type { FaultOutcome } from './faults.ts'
import type { Kills } from './kills.ts'

/** Everything that `npm run soak` found, as it is printed with --json and kept in measured.json. */
export type Measured = {
  /** ISO, to the minute. */
  at: string
  machine: { processor: string; cores: number; memory_gib: number }
  /** Averages over 1, 5 and 15 minutes before anything was started: the load of others. */
  load_before: readonly number[]
  kills: Kills | null
  faults: FaultOutcome[] | null
  disk: (DiskOutcome | { what: string; skipped: string })[] | null
  cut: FaultOutcome[] | null
}

/** The machine, before the work begins. */
export function machineNow(): Pick<Measured, 'at' | 'machine' | 'load_before'> {
  return {
    at: `${new Date().toISOString().slice(0, 16)}Z`,
    machine: {
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memory_gib: Math.round(totalmem() / 2 ** 30),
    },
    load_before: loadavg().map((load) => Math.round(load * 100) / 100),
  }
}

/** What was kept with --keep. */
export function readMeasured(): Measured {
  return JSON.parse(readFileSync(MEASURED, 'utf8')) as Measured
}

/** Where figures are kept. */
export const MEASURED = new URL('./measured.json', import.meta.url)

/** What ought not to be, in words; empty: all is well. */
export function complaints({ kills, faults, disk, cut }: Measured): string[] {
  const found = [...(kills?.wrong ?? [])]
  kills?.kills.forEach(({ beyond, lost_us, late_us, timer_us }, i) => {
    if (beyond) found.push(`kill ${i + 1}: lost ${lost_us} µs, late ${late_us} µs, timers ${timer_us} µs`)
  })
  for (const { name, uncovered, rows, rows_again, books } of [...(faults ?? []), ...(cut ?? [])]) {
    for (const one of uncovered) found.push(`${name}: ${one}`)
    if (rows !== rows_again) found.push(`${name}: ${rows} rows, ${rows_again} when they are made again`)
    if (books.whole < books.tokens)
      found.push(`${name}: ${books.whole} of ${books.tokens} books are the venue's`)
  }
  for (const one of disk ?? []) {
    if ('skipped' in one) continue
    for (const missing of one.uncovered) found.push(`${one.what}: ${missing}`)
    // What was dropped last on a socket that the venue then closed shows in no number.
    const holes = one.given_up > 0 ? Math.max(one.holes, one.dropped) : one.holes
    if (holes !== one.dropped || one.dropped !== one.dropped_told)
      found.push(
        `${one.what}: ${one.holes} frames are missing, ${one.dropped} counted, ${one.dropped_told} told`,
      )
    if (one.rows !== one.rows_again) found.push(`${one.what}: rows differ when they are made again`)
    if (one.books.whole < one.books.tokens) found.push(`${one.what}: books are not the venue's`)
  }
  return found
}
