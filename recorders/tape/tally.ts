import { type Columns, Flag, type Instruments, Kind, type Resolution } from '../../core/events/index.ts'
import type { Manifest } from './manifest.ts'

const NAMES = new Map<number, string>(Object.entries(Kind).map(([name, kind]) => [kind, name]))
const KINDS = new Map<string, number>(Object.entries(Kind))

/** What a manifest counts of rows, as they come. */
export type Tally = {
  readonly rows: number
  /** Count rows `from` to `to`, which follow those before. */
  add(columns: Columns, from: number, to: number): void
  /** The manifest's figures of all rows so far; there must be one. */
  figures(instruments: Instruments): Pick<Manifest, 'counts' | 'time_range' | 'series' | 'assets'>
}

/** A tally of no rows, or one that goes on where a manifest's ended. */
export function createTally(before?: Pick<Manifest, 'counts' | 'time_range'>): Tally {
  const kinds: Record<number, number> = {}
  let rows = before?.counts.rows ?? 0
  let messages = before?.counts.messages ?? 0
  let from_us = before?.time_range.from_us ?? 0
  let to_us = before?.time_range.to_us ?? 0
  for (const name of Object.keys(before?.counts.kinds ?? {})) {
    const kind = KINDS.get(name)
    if (kind !== undefined) kinds[kind] = before!.counts.kinds[name]!
  }
  return {
    get rows() {
      return rows
    },
    add(columns, from, to) {
      if (to <= from) return
      if (rows === 0) from_us = columns.local_us[from]!
      to_us = columns.local_us[to - 1]!
      rows += to - from
      for (let i = from; i < to; i++) {
        const kind = columns.kind[i]!
        kinds[kind] = (kinds[kind] ?? 0) + 1
        messages += columns.flags[i]! & Flag.LAST
      }
    },
    figures(instruments) {
      const named: Record<string, number> = {}
      for (const [kind, name] of NAMES) if (kinds[kind] !== undefined) named[name] = kinds[kind]
      return {
        ...subjects(instruments),
        time_range: { from: iso(from_us), to: iso(to_us), from_us, to_us },
        counts: {
          rows,
          messages,
          markets: instruments.markets.length,
          instruments: instruments.instruments.length,
          kinds: named,
        },
      }
    },
  }
}

/** How many windows have an outcome, by where it is from. */
export function countWindows(total: number, resolutions: readonly Resolution[]): Manifest['windows'] {
  const windows = { total, recorded: 0, settlement: 0, inferred_from_book: 0, unresolved: total }
  for (const { class: from } of resolutions) {
    if (from === 'unresolved') continue
    windows[from]++
    windows.unresolved--
  }
  return windows
}

/** `total` windows of the class that all those counted are of; null where they are of several. */
export function uniformWindows(windows: Manifest['windows'], total: number): Manifest['windows'] | null {
  for (const one of ['recorded', 'settlement', 'inferred_from_book', 'unresolved'] as const)
    if (windows[one] === windows.total)
      return { total, recorded: 0, settlement: 0, inferred_from_book: 0, unresolved: 0, [one]: total }
  return null
}

/** Series and assets that a dataset is about. */
export function subjects({ markets, instruments }: Instruments): Pick<Manifest, 'series' | 'assets'> {
  const assets = [...markets, ...instruments.filter((one) => one.kind === 'series')].map(({ asset }) => asset)
  return {
    series: [...new Set(markets.map(({ series }) => series))].sort(),
    assets: [...new Set(assets)].sort(),
  }
}

function iso(us: number): string {
  return new Date(us / 1_000).toISOString()
}
