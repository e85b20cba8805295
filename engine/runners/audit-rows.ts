import type { FillModel } from '../../core/exchange/settings.ts'
import type { Cell } from '../report/index.ts'

/**
 * The rows of an audit's table: what is assumed of fills, from the assumption that is worst for us to the one that is best.
 * Each stands for queues and for depth that we took together. Where a dataset holds the touch alone there is neither, and the
 * rows are prices: nothing lost on the touch, one tick, two.
 */
export type Row = { fill: string; slip_bps?: number | undefined }
/** A row as settings of the exchange. */
type Assumption = { fill: FillModel; slip_bps?: number }

const QUEUES: readonly Assumption[] = [
  { fill: 'queue-pessimistic' },
  { fill: 'queue-neutral' },
  { fill: 'queue-optimistic' },
]
/** Ticks are whole, so that 10 bps is one tick at any price; 200 bps is two from 0.50 up and one below. */
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

/** The rows that a table has, in the order of its cells. */
export function rowsIn(cells: readonly Cell[]): Row[] {
  const rows: Row[] = []
  for (const cell of cells) if (!rows.some((row) => isIn(cell, row))) rows.push(cell)
  return rows.map(({ fill, slip_bps }) => ({ fill, ...(slip_bps !== undefined && { slip_bps }) }))
}

/** A cell stands in a row. */
export function isIn(cell: Row, row: Row): boolean {
  return cell.fill === row.fill && cell.slip_bps === row.slip_bps
}

const NAMES: Readonly<Record<string, string>> = {
  'queue-pessimistic': 'pessimistic',
  'queue-neutral': 'neutral',
  'queue-optimistic': 'optimistic',
}
const SLIP_NAMES: Readonly<Record<number, string>> = { 0: 'no', 10: 'one tick of', 200: 'two ticks of' }

/** A row's name before {@link rowKind}: `pessimistic`, `one tick of`. */
export function rowName({ fill, slip_bps }: Row): string {
  if (slip_bps === undefined) return NAMES[fill] ?? fill
  return SLIP_NAMES[slip_bps] ?? `${slip_bps} bps of`
}

/** What the rows are kinds of. */
export function rowKind({ slip_bps }: Row): 'fills' | 'slippage' {
  return slip_bps === undefined ? 'fills' : 'slippage'
}

/** A row's name alone: `pessimistic`, `one tick`. */
export function rowTitle(row: Row): string {
  return row.slip_bps === 0 ? 'no slippage' : rowName(row).replace(/ of$/, '')
}

/** Groups of rows that came out the same at every latency, to the last figure; rows that are like no other are in none. */
export function sameRows(cells: readonly Cell[]): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of rowsIn(cells)) {
    const results = cells
      .filter((cell) => isIn(cell, row))
      .sort((a, b) => a.latency_ms - b.latency_ms)
      .map((cell) => [cell.net_pnl_usdc, cell.fills, cell.volume_usdc, cell.unresolved_usdc])
    const key = JSON.stringify(results)
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].filter((rows) => rows.length > 1)
}

/** `a`, `a and b`, `a, b and c`. */
export function joined(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
