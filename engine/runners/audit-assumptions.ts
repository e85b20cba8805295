import type { FillModel } from '../../core/exchange/settings.ts'

/**
 * What a row of an audit's table assumes of fills, as settings of the exchange, from what is worst for us to what is best. A
 * fill model stands for queues and for depth that we took together. Where a dataset holds the touch alone there is neither, and
 * the rows are prices: two ticks lost on the touch, one, none.
 */
export type Assumption = { fill: FillModel; slip_bps?: number }

const QUEUES: readonly Assumption[] = [
  { fill: 'queue-pessimistic' },
  { fill: 'queue-neutral' },
  { fill: 'queue-optimistic' },
]
/** Ticks are whole, so that 10 bps is one tick at any price; 200 bps is two above 0.50 and one below. */
const SLIPS: readonly Assumption[] = [
  { fill: 'bbo', slip_bps: 200 },
  { fill: 'bbo', slip_bps: 10 },
  { fill: 'bbo', slip_bps: 0 },
]

/** Latencies of the table in ms, each to the venue and back. */
export const LATENCIES_MS = [0, 50, 100, 250, 500, 1_000] as const

/** The rows of a table over data with whole books, or with the touch alone. */
export function rowsFor(book: 'full' | 'touch'): readonly Assumption[] {
  return book === 'full' ? QUEUES : SLIPS
}
