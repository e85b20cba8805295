import { LedgerKind } from '../../../core/machine/records.ts'
import type { Equity, EquityPoint, InventoryPoint, Series } from '../data.ts'
import { type RunTables, real } from './tables.ts'

/** Most points of a line: more would be finer than the page's pixels. */
export const POINTS_MAX = 560

/** Equity over time: last, lowest and highest value and deepest drawdown of each bucket, exact. */
export async function readEquity(tables: RunTables): Promise<Equity> {
  const { rows, step } = await buckets(tables, 'equity')
  const points = await tables.rows<EquityPoint>(`
    SELECT max(time_us) AS time_us, arg_max(equity, "row") AS last, min(equity) AS low, max(equity) AS high,
           max(drawdown) AS drawdown, max(exposure) AS exposure
    FROM equity GROUP BY ${bucketOf('equity', step)} ORDER BY time_us`)
  const [first] = await tables.rows<{ start: number | null }>(`
    SELECT coalesce(
      (SELECT arg_min(balance - cash, "row") FROM ledger WHERE kind <> ${LedgerKind.DEPOSIT}),
      (SELECT arg_min(equity, "row") FROM equity)) AS start`)
  return { rows, bucket_us: step, points, start: real(first!.start) }
}

/**
 * Shares held over time, from the ledger: every move of shares counts, redemption included. Entries that move both
 * outcomes (a split or a merge) count on both sides.
 */
export async function readInventory(tables: RunTables): Promise<Series<InventoryPoint>> {
  const { rows, step } = await buckets(tables, 'ledger')
  const both = `kind IN (${LedgerKind.SPLIT}, ${LedgerKind.MERGE}) AND outcome = 2`
  const points = await tables.rows<InventoryPoint>(`
    WITH moves AS (
      SELECT "row", time_us,
             CASE WHEN outcome = 0 OR (${both}) THEN shares ELSE 0 END AS up,
             CASE WHEN outcome = 1 OR (${both}) THEN shares ELSE 0 END AS down
      FROM ledger),
    held AS (
      SELECT "row", time_us, sum(up) OVER w AS up, sum(down) OVER w AS down
      FROM moves WINDOW w AS (ORDER BY "row"))
    SELECT max(time_us) AS time_us, arg_max(up, "row") AS up, arg_max(down, "row") AS down,
           min(up - down) AS low, max(up - down) AS high
    FROM held GROUP BY ${bucketOf('ledger', step)} ORDER BY time_us`)
  return { rows, bucket_us: step, points }
}

/** How many rows a table has, and the bucket that keeps them under {@link POINTS_MAX}; 0: each row its own. */
async function buckets(
  tables: RunTables,
  name: 'equity' | 'ledger',
): Promise<{ rows: number; step: number }> {
  const [range] = await tables.rows<{ n: number; from_us: number | null; to_us: number | null }>(
    `SELECT count(*)::DOUBLE AS n, min(time_us) AS from_us, max(time_us) AS to_us FROM ${name}`,
  )
  const n = range!.n
  if (n <= POINTS_MAX) return { rows: n, step: 0 }
  return { rows: n, step: Math.floor((real(range!.to_us) - real(range!.from_us)) / POINTS_MAX) + 1 }
}

function bucketOf(name: 'equity' | 'ledger', step: number): string {
  return step === 0 ? '"row"' : `floor((time_us - (SELECT min(time_us) FROM ${name})) / ${step})`
}
