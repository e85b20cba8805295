import { ONE } from '../../../core/units/index.ts'
import type { Path, PathFill } from '../data.ts'
import { type RunTables, real } from './tables.ts'

/** Windows whose path goes into the page; those with most fills come first. */
export const PATHS_MAX = 200
/** Points of all paths together, and the most that one of them gets. */
const POINTS_BUDGET = 12_000
const POINTS_PER_PATH = 300
/** Fills drawn on one path. */
export const FILLS_PER_PATH = 300

type Extent = { market: number; from_us: number; to_us: number; n: number; fills: number }
type Bucket = {
  market: number
  bucket: number
  bid: number | null
  ask: number | null
  low: number | null
  high: number | null
  q: number | null
}
type FillRow = {
  market: number
  nth: number
  matched_us: number
  price: number
  size: number
  outcome: number
  side: number
  maker: number
  gap_fill: number
  failed_us: number
}

/** The price path of each window as its decisions saw it, with its fills, in market order. */
export async function readPaths(tables: RunTables): Promise<{ paths: Path[]; left_out: number }> {
  const extents = await tables.rows<Extent>(`
    WITH filled AS (
      SELECT market, count(*)::DOUBLE AS fills, min(matched_us) AS first_us, max(matched_us) AS last_us
      FROM fills GROUP BY market)
    SELECT d.market, min(least(d.time_us, m.start_us, coalesce(f.first_us, d.time_us))) AS from_us,
           max(greatest(d.time_us, m.end_us, coalesce(f.last_us, d.time_us))) AS to_us,
           count(*)::DOUBLE AS n, coalesce(any_value(f.fills), 0) AS fills
    FROM decisions d JOIN markets m USING (market) LEFT JOIN filled f USING (market)
    GROUP BY d.market ORDER BY fills DESC, d.market`)
  const chosen = extents.slice(0, PATHS_MAX).sort((a, b) => a.market - b.market)
  const points = Math.min(POINTS_PER_PATH, Math.floor(POINTS_BUDGET / Math.max(1, chosen.length)))
  const paths = new Map<number, Path>()
  for (const extent of chosen) paths.set(extent.market, empty(extent, points))
  if (paths.size > 0) {
    for (const row of await tables.rows<Bucket>(bucketQuery([...paths.values()])))
      push(paths.get(row.market)!, row)
    for (const row of await tables.rows<FillRow>(fillQuery([...paths.keys()])))
      pushFill(paths.get(row.market)!, row)
  }
  return { paths: [...paths.values()], left_out: extents.length - chosen.length }
}

function empty(extent: Extent, points: number): Path {
  return {
    market: extent.market,
    from_us: extent.from_us,
    to_us: extent.to_us,
    step_us: Math.max(1, Math.ceil((extent.to_us - extent.from_us) / points)),
    rows: extent.n,
    bucket: [],
    bid: [],
    ask: [],
    low: [],
    high: [],
    q: [],
    fills: [],
    fills_left_out: Math.max(0, extent.fills - FILLS_PER_PATH),
  }
}

function bucketQuery(paths: Path[]): string {
  const list = paths.map((p) => `(${p.market}, ${p.from_us}, ${p.step_us})`)
  return `
    WITH chosen(market, from_us, step_us) AS (VALUES ${list.join(', ')})
    SELECT market, floor((time_us - from_us) / step_us) AS bucket,
           arg_max(best_bid, decision) AS bid, arg_max(best_ask, decision) AS ask,
           min(best_bid) FILTER (best_bid >= 0) AS low, max(best_ask) FILTER (best_ask >= 0) AS high,
           round(arg_max(q_up, decision) * ${ONE}) AS q
    FROM decisions JOIN chosen USING (market)
    GROUP BY market, bucket ORDER BY market, bucket`
}

function fillQuery(markets: number[]): string {
  return `
    SELECT * FROM (
      SELECT market, row_number() OVER (PARTITION BY market ORDER BY matched_us, fill)::DOUBLE AS nth,
             matched_us, price, size, outcome, side, maker, gap_fill, failed_us
      FROM fills WHERE market IN (${markets.join(', ')}))
    WHERE nth <= ${FILLS_PER_PATH} ORDER BY market, nth`
}

function push(path: Path, row: Bucket): void {
  path.bucket.push(row.bucket)
  path.bid.push(row.bid ?? -1)
  path.ask.push(row.ask ?? -1)
  path.low.push(row.low ?? -1)
  path.high.push(row.high ?? -1)
  path.q.push(row.q ?? -1)
}

function pushFill(path: Path, row: FillRow): void {
  const fill: PathFill = {
    time_us: real(row.matched_us),
    price: row.price,
    size: row.size,
    outcome: row.outcome,
    side: row.side,
    maker: row.maker === 1,
    gap_fill: row.gap_fill === 1,
    failed: row.failed_us > 0,
  }
  path.fills.push(fill)
}
