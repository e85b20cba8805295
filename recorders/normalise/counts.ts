import { FEED_NAMES, type FeedName } from '../journal/record.ts'
import type { Totals } from './normaliser.ts'

/** Counts of a tape by feed; numbers by place in {@link FEED_NAMES}. */
export type Counts = {
  readonly messages: number[]
  readonly events: number[]
  readonly duplicates: number[]
  /** By `feed.field`. */
  readonly unknown_fields: Map<string, number>
  /** By `feed: reason`. */
  readonly refused: Map<string, { count: number; first: string }>
}

/** As plain data. */
export type CountsState = {
  messages: number[]
  events: number[]
  duplicates: number[]
  unknown_fields: [string, number][]
  refused: [string, { count: number; first: string }][]
}

/** All 0, or as a state says. */
export function createCounts(state?: CountsState): Counts {
  const from = structuredClone(state)
  const zeros = () => FEED_NAMES.map(() => 0)
  return {
    messages: from?.messages ?? zeros(),
    events: from?.events ?? zeros(),
    duplicates: from?.duplicates ?? zeros(),
    unknown_fields: new Map(from?.unknown_fields),
    refused: new Map(from?.refused),
  }
}

/** As plain data. */
export function countsState({ unknown_fields, refused, ...rest }: Counts): CountsState {
  return { ...rest, unknown_fields: [...unknown_fields], refused: [...refused] }
}

/** Place of a feed in the counts; −1 for a name that is none. */
export function feedIndex(feed: string): number {
  return FEED_NAMES.indexOf(feed as FeedName)
}

/** The most different unknown fields and reasons that are told apart. */
const DISTINCT = 1_000

/** Count an unknown field. Beyond a bound of different ones, all others together. */
export function countUnknown(counts: Counts, feed: string, field: string): void {
  let key = `${feed}.${field}`
  if (!counts.unknown_fields.has(key) && counts.unknown_fields.size >= DISTINCT) key = `${feed}.…`
  counts.unknown_fields.set(key, (counts.unknown_fields.get(key) ?? 0) + 1)
}

/** Count something refused; `first` is where, kept of the first. */
export function countRefused(counts: Counts, feed: string, reason: string, first: string): void {
  let key = `${feed}: ${reason}`
  if (!counts.refused.has(key) && counts.refused.size >= DISTINCT) key = `${feed}: …`
  const known = counts.refused.get(key)
  if (known === undefined) counts.refused.set(key, { count: 1, first })
  else known.count++
}

/** The counts by name, feeds without any left out. */
export function totalsOf(counts: Counts): Totals {
  const named = (numbers: readonly number[]) =>
    Object.fromEntries(
      FEED_NAMES.flatMap((name, i) => (numbers[i]! > 0 ? [[name, numbers[i]!] as const] : [])),
    )
  return {
    messages: named(counts.messages),
    events: named(counts.events),
    duplicates: named(counts.duplicates),
    unknown_fields: Object.fromEntries(counts.unknown_fields),
    refused: [...counts.refused].map(([reason, { count, first }]) => ({ reason, count, first })),
  }
}
