import { basename } from 'node:path'
import { Feed, Flag, Kind, type ReferenceProfile } from '../../core/events/index.ts'
import { type E8, MINUTE, type Micros, SECOND } from '../../core/units/index.ts'
import type { Inference } from '../tape/index.ts'
import { exact } from './exact.ts'
import type { Refusals } from './refusals.ts'
import type { RowSink } from './row-sink.ts'
import { columnOf, openTable, readRows } from './text-file.ts'
import { createTimeColumn } from './time-column.ts'
import type { SettlementSeries } from './windows.ts'

/** Name of the series that the prices at the ends of the bars become. */
export const FIVE_MINUTE_SERIES = 'binance-5m'
/** Length of a bar. */
export const BAR_US: Micros = 5 * MINUTE

/** What these bars are worth as a reference: they settle windows and drive no model. */
export const FIVE_MINUTE_PROFILE: ReferenceProfile = {
  name: 'binance-5m-bars',
  settlement: FIVE_MINUTE_SERIES,
  spot: null,
  fast: [],
  bar_s: BAR_US / SECOND,
  stale_ms: 375_000,
  min_venues: 0,
  notes: [
    'Binance prices at the ends of five-minute bars stand in for Chainlink spot, which these windows settled by: in near-ties the two can disagree.',
    'There is no spot series: no model, and no strategy that needs one.',
  ],
  overrides: {},
}

/** The bars of a file: the series, and how often a bar opens where the one before it closed. */
export type FiveMinuteBars = {
  /** As its columns call it. */
  asset: string
  rows: number
  series: SettlementSeries
  joined: number
  joints: number
  inferred: Inference[]
}

/**
 * Read five-minute windows with the price at their open and close: CSV with `timestamp` (start), and `btc_open` and
 * `btc_close` or those of another asset, in any order. The series has one value at each boundary: the close of the bar that ends
 * there, else the open of the bar that begins there.
 *
 * @throws TapeError `import.file`, `import.column`
 */
export async function readFiveMinuteBars(file: string, refusals: Refusals): Promise<FiveMinuteBars> {
  const head = await openTable(file, ['timestamp'])
  const asset = head.header.map((name) => /^([a-z0-9]{2,10})_open$/i.exec(name)?.[1]).find(Boolean) ?? 'btc'
  const table = await openTable(file, ['timestamp', `${asset}_open`, `${asset}_close`])
  const [time, open, close] = ['timestamp', `${asset}_open`, `${asset}_close`].map((name) =>
    columnOf(table, name),
  )
  const times = createTimeColumn(file, 'timestamp', 's')
  for await (const rows of readRows(table)) for (const { cells } of rows) times.look(cells[time!])
  const bars = new Map<Micros, { open: E8; close: E8 }>()
  for await (const rows of readRows(table)) {
    for (const { row, cells } of rows) {
      const read = times.read(cells[time!])
      const start_us = typeof read === 'string' ? Number.NaN : read
      const bar = { open: exact(cells[open!], 8), close: exact(cells[close!], 8) }
      const fault =
        start_us % BAR_US !== 0
          ? 'a start that is not on a whole five minutes'
          : !(bar.open > 0 && bar.close > 0)
            ? 'an open or close that is not a decimal of 1e-8 above 0'
            : bars.has(start_us)
              ? 'a window stated twice'
              : undefined
      if (fault === undefined) bars.set(start_us, bar)
      else refusals.add(fault, basename(file), row)
    }
  }
  return { asset: asset.toLowerCase(), rows: table.rows, ...seriesOf(bars), inferred: times.inferred() }
}

/** Puts the values onto the tape as they become known, each at its stamp. */
export function createBarRows(
  { stamps_us, prices }: SettlementSeries,
  from_us: Micros,
  instrument: number,
  sink: RowSink,
): { until(local_us: Micros): void } {
  let next = 0
  while (next < stamps_us.length && stamps_us[next]! < from_us) next++
  return {
    until(local_us) {
      for (; next < stamps_us.length && stamps_us[next]! <= local_us; next++) {
        const stamp_us = stamps_us[next]!
        sink.push(stamp_us, stamp_us, Kind.ORACLE, Feed.BINANCE, instrument, 0, prices[next]!, 0, Flag.LAST)
      }
    },
  }
}

function seriesOf(
  bars: ReadonlyMap<Micros, { open: E8; close: E8 }>,
): Pick<FiveMinuteBars, 'series' | 'joined' | 'joints'> {
  const values = new Map<Micros, E8>()
  for (const [start_us, bar] of bars) values.set(start_us, bar.open)
  let joined = 0
  let joints = 0
  for (const [start_us, { close }] of bars) {
    const next = bars.get(start_us + BAR_US)
    if (next !== undefined) joints++
    if (next?.open === close) joined++
    values.set(start_us + BAR_US, close)
  }
  const stamps_us = [...values.keys()].sort((a, b) => a - b)
  return {
    series: { stamps_us, prices: stamps_us.map((stamp) => values.get(stamp)!), reach_us: BAR_US },
    joined,
    joints,
  }
}
