import { basename } from 'node:path'
import type { ReferenceProfile } from '../../core/events/index.ts'
import { type E8, MINUTE, type Micros } from '../../core/units/index.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import { exact } from './exact.ts'
import type { Refusals } from './refusals.ts'
import { columnOf, hasColumn, openTable, readRows } from './text-file.ts'
import { createTimeColumn } from './time-column.ts'
import type { SettlementSeries } from './windows.ts'

/** Name of the series that the closes become. */
export const KLINE_SERIES = 'binance-perp-1m'

/** What these bars are worth as a reference, said to whoever reads a report. */
export function klineProfile(asset: string): ReferenceProfile {
  return {
    name: 'perp-1m-bars',
    settlement: KLINE_SERIES,
    spot: KLINE_SERIES,
    fast: [],
    bar_s: 60,
    stale_ms: 75_000,
    min_venues: 1,
    notes: [
      `One-minute closes of the Binance ${asset.toUpperCase()}USDT perpetual stand in for Chainlink spot, which these windows settled by. Their basis is unknown; in near-ties the two can disagree.`,
      'Each close is known at the end of its minute: the model is up to 60 s behind the market it is compared with.',
      'There is no fast series: FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE are off.',
    ],
    overrides: { 'volatility.half_life_s': 300, 'volatility.warmup_s': 180, 'volatility.max_dt_s': 600 },
  }
}

/** Profile of a recording without any reference. */
export const NO_REFERENCE: ReferenceProfile = {
  name: 'none',
  settlement: null,
  spot: null,
  fast: [],
  bar_s: 0,
  stale_ms: 0,
  min_venues: 0,
  notes: ['The recording has no reference price: no strike, no model, no settlement.'],
  overrides: {},
}

/** One-minute bars: rows of the file, the closes, whose they are, and what was concluded of the file. */
export type Klines = {
  file: string
  rows: number
  series: SettlementSeries
  asset: string
  inferred: Inference[]
}

/** Bars are held in memory: so many are two years of minutes, and more are no file of these. */
const BARS_MAX = 2_000_000

/**
 * Read one-minute bars from CSV (`open_time_ms`, or `open_time` as Binance calls it, and `close` among the columns named in
 * its first line), in any order, as a series of closes, each stamped with the end of its minute, when it became known.
 * Whose they are the name of the file says, such as `ethusdt-perp-1m.csv`.
 *
 * @param otherwise asset of the recording, for a name that says none
 * @throws TapeError `import.file`, `import.column`, `import.klines`
 */
export async function readKlines(
  file: string,
  refusals: Refusals,
  otherwise: () => Promise<string>,
): Promise<Klines> {
  const head = await openTable(file, ['close'])
  const time = ['open_time_ms', 'open_time'].find((name) => hasColumn(head, name)) ?? 'open_time_ms'
  const table = await openTable(file, [time, 'close'])
  if (table.rows > BARS_MAX) throw tooMany(file, table.rows)
  const [open, close] = [columnOf(table, time), columnOf(table, 'close')]
  const times = createTimeColumn(file, time, 'ms')
  for await (const rows of readRows(table)) for (const { cells } of rows) times.look(cells[open])
  const bars = new Map<Micros, E8>()
  for await (const rows of readRows(table)) {
    for (const { row, cells } of rows) {
      const stamp = endOf(times.read(cells[open]))
      const price = exact(cells[close], 8)
      const known = bars.get(stamp)
      if (Number.isNaN(stamp)) refusals.add('an open time that is not a whole minute', basename(file), row)
      else if (!(price > 0))
        refusals.add('a close that is not a decimal of 1e-8 above 0', basename(file), row)
      else if (known === price) refusals.pass('a bar stated twice', basename(file), row)
      else if (known !== undefined) refusals.add('another close for one minute', basename(file), row)
      else bars.set(stamp, price)
    }
  }
  const named = /^([a-z]{2,10}?)(?:usdt|usdc|fdusd|usd)(?![a-z])/i.exec(basename(file))?.[1]?.toLowerCase()
  const stamps_us = [...bars.keys()].sort((a, b) => a - b)
  const prices = stamps_us.map((stamp) => bars.get(stamp)!)
  return {
    file,
    rows: table.rows,
    series: { stamps_us, prices, reach_us: MINUTE },
    asset: named ?? (await otherwise()),
    inferred: times.inferred(),
  }
}

/** The end of a minute that begins at a time; NaN for what does not begin one. */
function endOf(open: Micros | string): Micros {
  return typeof open === 'number' && open % MINUTE === 0 ? open + MINUTE : Number.NaN
}

function tooMany(file: string, rows: number): TapeError {
  return new TapeError(
    'import.klines',
    `${file}: ${rows} bars are more than ${BARS_MAX}`,
    { file },
    'give bars of one minute, of the days of the recording',
  )
}
