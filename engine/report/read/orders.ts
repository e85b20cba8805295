import { OrderStatus, Tif } from '../../../core/machine/records.ts'
import { MS, SECOND } from '../../../core/units/index.ts'
import type { Ending, EndingName, Lifetimes } from '../data.ts'
import { type RunTables, real } from './tables.ts'

/** Lower bounds of the lifetime bins. */
const BOUNDS_US = [
  0,
  100 * MS,
  250 * MS,
  500 * MS,
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  60 * SECOND,
  300 * SECOND,
]
/** The order in which endings are shown. */
const ENDINGS: readonly EndingName[] = [
  'filled',
  'partly filled',
  'cancelled',
  'expired',
  'failed',
  'open at the end',
]

const ENDING = `CASE
  WHEN status = ${OrderStatus.FILLED} THEN 0
  WHEN status IN (${OrderStatus.CANCELLED}, ${OrderStatus.EXPIRED}) AND filled > 0 THEN 1
  WHEN status = ${OrderStatus.CANCELLED} THEN 2
  WHEN status = ${OrderStatus.EXPIRED} THEN 3
  WHEN status = ${OrderStatus.OPEN_AT_END} OR done_us = 0 THEN 5
  ELSE 4 END`

/** How long resting orders (GTC, GTD) lived, from acceptance to their end. */
export async function readLifetimes(tables: RunTables): Promise<Lifetimes> {
  const resting = `FROM orders WHERE tif IN (${Tif.GTC}, ${Tif.GTD})`
  const [totals] = await tables.rows<{ orders: number; rejected: number; unanswered: number }>(`
    SELECT count(*) FILTER (accepted_us > 0)::DOUBLE AS orders,
           count(*) FILTER (accepted_us = 0 AND status = ${OrderStatus.REJECTED})::DOUBLE AS rejected,
           count(*) FILTER (accepted_us = 0 AND status <> ${OrderStatus.REJECTED})::DOUBLE AS unanswered
    ${resting}`)
  const lived = `(SELECT ${ENDING} AS ending, done_us - accepted_us AS life ${resting} AND accepted_us > 0)`
  const medians = await tables.rows<{ ending: number; n: number; median: number | null }>(`
    SELECT ending, count(*)::DOUBLE AS n, quantile_cont(life, 0.5) FILTER (ending <> 5) AS median
    FROM ${lived} GROUP BY ending`)
  const bin = `CASE ${BOUNDS_US.map((_, i) => i)
    .reverse()
    .map((i) => `WHEN life >= ${BOUNDS_US[i]} THEN ${i}`)
    .join(' ')} ELSE 0 END`
  const counts = await tables.rows<{ ending: number; bin: number; n: number }>(
    `SELECT ending, (${bin})::DOUBLE AS bin, count(*)::DOUBLE AS n FROM ${lived} WHERE ending <> 5 GROUP BY ALL`,
  )
  const endings: Ending[] = []
  for (const [code, name] of ENDINGS.entries()) {
    const row = medians.find((m) => m.ending === code)
    if (row === undefined) continue
    const ending: Ending = {
      name,
      n: row.n,
      median_us: real(row.median),
      counts: BOUNDS_US.map(() => 0),
    }
    for (const c of counts) if (c.ending === code) ending.counts[c.bin] = c.n
    endings.push(ending)
  }
  return { ...totals!, bounds_us: BOUNDS_US, endings }
}
