import { loadavg } from 'node:os'
import type { TapeFacts } from './tapes.ts'

/** How much is measured, and where tapes are kept. */
export type BenchOptions = { events: number; runs: number; dir: string }

/** A bound of the design, and the side on which it is met. */
export type Bound = { value: number; is: 'at_least' | 'at_most' }

/** One line of the result. */
export type Entry = {
  name: string
  /** What was done, in a few words. */
  what: string
  unit: 'events/s' | 'rows/s' | 'MiB' | 's' | 'ns'
  runs: number
  median: number
  min: number
  max: number
  /** By processor time of the measuring thread; null where that says nothing. */
  cpu_median: number | null
  bound: Bound | null
  /** Median over bound; at most 1 is good for what must stay below. */
  ratio: number | null
  met: boolean | null
  /** Name of the tape, null without. */
  tape: string | null
  /** Load of the machine (one minute's average) before and after. */
  load: [number, number]
  /** What came out of every run alike. */
  result: Record<string, unknown>
}

/** What a case leaves. */
export type Outcome = { entries: Entry[]; tapes: TapeFacts[] }

/** What an entry is made of besides its bound's verdict. */
export type Measured = Omit<Entry, 'ratio' | 'met' | 'load'> & { load_before: number }

/** Load of the machine now, to two decimals. */
export function loadNow(): number {
  return Math.round(loadavg()[0]! * 100) / 100
}

/** An entry with its ratio to the bound. */
export function entry({ load_before, ...measured }: Measured): Entry {
  const { bound, median } = measured
  const ratio = bound === null ? null : Math.round((median / bound.value) * 1000) / 1000
  return {
    ...measured,
    ratio,
    met: bound === null ? null : bound.is === 'at_least' ? median >= bound.value : median <= bound.value,
    load: [load_before, loadNow()],
  }
}
