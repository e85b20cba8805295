import { ONE } from '../../../core/units/index.ts'
import type { Horizon, Markouts } from '../data.ts'
import { clusteredMean, niceAtLeast } from '../statistics.ts'
import { type RunTables, real } from './tables.ts'

/** Horizons in seconds; 0 is the edge at the fill: mid before it against its price. */
const HORIZONS = [0, 1, 5, 10, 30] as const
/** Bins on each side of zero. */
const HALF_BINS = 16

type Summary = {
  n: number
  weighted: number | null
  p5: number | null
  p25: number | null
  median: number | null
  p75: number | null
  p95: number | null
  positive: number | null
}

/** Markouts of every maker fill that did not fail, fills granted after a gap included. */
export async function readMarkouts(tables: RunTables): Promise<Markouts> {
  const [totals] = await tables.rows<{ fills: number; failed: number | null; gap_fills: number | null }>(`
    SELECT count(*) FILTER (failed_us = 0)::DOUBLE AS fills, count(*) FILTER (failed_us > 0)::DOUBLE AS failed,
           count(*) FILTER (failed_us = 0 AND gap_fill = 1)::DOUBLE AS gap_fills
    FROM fills WHERE maker = 1`)
  const values = `(${HORIZONS.map(horizonQuery).join(' UNION ALL ')})`
  const [spread] = await tables.rows<{ reach: number | null }>(
    `SELECT quantile_cont(abs(x), 0.98) AS reach FROM ${values}`,
  )
  const bin = niceAtLeast(Math.max(real(spread!.reach) || 0, HALF_BINS) / HALF_BINS)
  const bound = bin * HALF_BINS
  const horizons: Horizon[] = []
  for (const seconds of HORIZONS) {
    horizons.push(await readHorizon(tables, seconds, totals!.fills, bin))
  }
  return {
    fills: totals!.fills,
    failed: totals!.failed ?? 0,
    gap_fills: totals!.gap_fills ?? 0,
    bin,
    bound,
    horizons,
  }
}

async function readHorizon(
  tables: RunTables,
  seconds: (typeof HORIZONS)[number],
  fills: number,
  bin: number,
): Promise<Horizon> {
  const from = `(${horizonQuery(seconds)}) WHERE x IS NOT NULL`
  const [s] = await tables.rows<Summary>(`
    SELECT count(*)::DOUBLE AS n, sum(x * size) / sum(size) AS weighted,
           quantile_cont(x, 0.05) AS p5, quantile_cont(x, 0.25) AS p25, quantile_cont(x, 0.5) AS median,
           quantile_cont(x, 0.75) AS p75, quantile_cont(x, 0.95) AS p95, count(*) FILTER (x > 0)::DOUBLE AS positive
    FROM ${from}`)
  const clusters = await tables.rows<{ n: number; sum: number }>(
    `SELECT count(*)::DOUBLE AS n, sum(x) AS sum FROM ${from} GROUP BY market ORDER BY market`,
  )
  const counted = await tables.rows<{ bin: number; n: number }>(`
    SELECT least(greatest(floor(x / ${bin}), ${-HALF_BINS}), ${HALF_BINS - 1}) AS bin, count(*)::DOUBLE AS n
    FROM ${from} GROUP BY bin`)
  const bins = new Array<number>(2 * HALF_BINS).fill(0)
  for (const row of counted) bins[row.bin + HALF_BINS] = row.n
  const { mean, se } = clusteredMean(clusters)
  return {
    seconds,
    n: s!.n,
    missing: fills - s!.n,
    mean,
    se,
    clusters: clusters.length,
    weighted_mean: real(s!.weighted),
    p5: real(s!.p5),
    p25: real(s!.p25),
    median: real(s!.median),
    p75: real(s!.p75),
    p95: real(s!.p95),
    positive: s!.positive ?? 0,
    bins,
  }
}

/** `market, size, x` of every maker fill; x towards us, in ticks. */
function horizonQuery(seconds: (typeof HORIZONS)[number]): string {
  const edge = `CASE side WHEN 1 THEN 1 ELSE -1 END * (CASE outcome WHEN 0 THEN mid ELSE ${ONE} - mid END - price)`
  const x = seconds === 0 ? edge : `markout_${seconds}s`
  return `SELECT market, size, ${x} AS x FROM fills WHERE maker = 1 AND failed_us = 0`
}
