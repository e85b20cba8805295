import { cpus, totalmem } from 'node:os'
import { type BenchOptions, type Entry, loadNow, type Outcome } from './entry.ts'
import type { TapeFacts } from './tapes.ts'

/** What `bench --json` prints. The first figures are medians; null where their case was not asked for. */
export type Report = {
  /** Level rows into books. */
  book_events_per_s: number | null
  /** Replay of the made tape with the market maker and pessimistic queue fills. */
  full_events_per_s: number | null
  /** The same on the shipped recording, repeated. */
  shipped_events_per_s: number | null
  /** Compatibility mode at its slowest period, 1 ms; the others are in `entries`. */
  oracle_events_per_s: number | null
  tape_rows_per_s: number | null
  peak_rss_mb: number | null
  cold: {
    page_cache: 'warm'
    load_s: number
    replay_events_per_s: number
    backtest_s: number
  } | null
  tapes: (TapeFacts & { decisions_per_1000_events: number | null; orders_per_1000_events: number | null })[]
  entries: Entry[]
  machine: { cpu: string; cores: number; memory_mb: number; node: string; platform: string; load: number }
  measured: { at: string; events: number; runs: number }
}

/** Put the outcomes of all cases together. */
export function reportOf(outcomes: readonly Outcome[], { events, runs }: BenchOptions): Report {
  const entries = outcomes.flatMap((outcome) => outcome.entries)
  const of = (name: string) => entries.find((one) => one.name === name)?.median ?? null
  const load_s = of('cold_load')
  const [cpu] = cpus()
  return {
    book_events_per_s: of('book'),
    full_events_per_s: of('full'),
    shipped_events_per_s: of('shipped'),
    oracle_events_per_s: of('oracle_1ms'),
    tape_rows_per_s: of('tape'),
    peak_rss_mb: of('memory'),
    cold:
      load_s === null
        ? null
        : {
            page_cache: 'warm',
            load_s,
            replay_events_per_s: of('cold_replay')!,
            backtest_s: of('cold_backtest')!,
          },
    tapes: tapesOf(outcomes, entries),
    entries,
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memory_mb: Math.round(totalmem() / 1024 / 1024),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      load: loadNow(),
    },
    measured: { at: new Date().toISOString(), events, runs },
  }
}

/** Each tape once, with what a replay of it had to do. */
function tapesOf(outcomes: readonly Outcome[], entries: readonly Entry[]): Report['tapes'] {
  const tapes = new Map(outcomes.flatMap((outcome) => outcome.tapes).map((facts) => [facts.name, facts]))
  return [...tapes.values()].map((facts) => {
    const replay = entries.find((one) => one.tape === facts.name && 'decisions' in one.result)
    const per_1000 = (name: string) =>
      replay === undefined ? null : Math.round((1e5 * Number(replay.result[name])) / facts.events) / 100
    return {
      ...facts,
      decisions_per_1000_events: per_1000('decisions'),
      orders_per_1000_events: per_1000('orders'),
    }
  })
}
