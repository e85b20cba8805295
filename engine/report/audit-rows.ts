import type { Cell } from './audit-file.ts'

/** A row of an audit's table: one assumption on fills, over all latencies. */
export type Row = { fill: string; slip_bps?: number | undefined }

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
