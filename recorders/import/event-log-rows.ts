import { basename } from 'node:path'
import { type Market, type Outcome, Side } from '../../core/events/index.ts'
import { HOUR, type MicroShares, type Micros, MS, ONE, SECOND, type Tick } from '../../core/units/index.ts'
import { exact } from './exact.ts'
import { arrange, type InTime } from './in-time.ts'
import type { Refusals } from './refusals.ts'
import { columnOf, lengthOf, openTable, readRows, type TextRow, type TextTable } from './text-file.ts'
import { createTimeColumn, readClock, stampOf, type TimeColumn } from './time-column.ts'
import { labelledMarket } from './window-label.ts'

/** What a row of a log says. */
export type LogEvent =
  | { kind: 'open' }
  | { kind: 'trade'; side: number; price: Tick; size: MicroShares }
  /** `exch_us`: when the venue changed it, 0 unknown. */
  | { kind: 'tick'; before: Tick; after: Tick; exch_us: Micros }
  | { kind: 'resolved'; wins: boolean }

/** A row of a log: an event of a token, or without one the loss of the connection. */
export type LogRow = {
  kind: 'log'
  local_us: Micros
  market: Market
  about: { token_id: string; outcome: Outcome; event: LogEvent } | null
  file: string
  row: number
}

/** What was met on the way. */
export type LogReading = { rows_read: number; levels: number; levels_astray: number }

/** Columns of a log that are read. */
export const LOG_COLUMNS = [
  'event_slug',
  'timestamp_ms',
  'timestamp_iso',
  'event_type',
  'price',
  'size',
  'side',
  'token_id',
  'is_winning_token',
  'outcome',
  'time_since_ticker_change_ms',
  'old_tick_size',
  'new_tick_size',
] as const

/** Rows of a log that are good, in their order, which is that of reception. */
export async function* readLog(
  { table, rows: ordered, times }: LogFile,
  refusals: Refusals,
  reading: LogReading,
): AsyncGenerator<LogRow> {
  const file = basename(table.file)
  const read = createReader(table, times, reading)
  let last_us = Number.NEGATIVE_INFINITY
  for await (const some of ordered.read()) {
    for (const { row, cells } of some) {
      reading.rows_read++
      const found = read(cells)
      const fault =
        typeof found === 'string'
          ? found
          : found.local_us < last_us
            ? 'received before the row ahead of it'
            : undefined
      if (fault === LEVEL) refusals.pass(fault, file, row)
      else if (fault !== undefined) refusals.add(fault, file, row)
      else if (typeof found !== 'string') {
        last_us = found.local_us
        yield { kind: 'log', ...found, file, row }
      }
    }
  }
}

type Read = Pick<LogRow, 'local_us' | 'market' | 'about'>
type Cells = Readonly<Record<(typeof LOG_COLUMNS)[number], string>>

function createReader(
  table: TextTable,
  times: TimeColumn,
  reading: LogReading,
): (cells: readonly string[]) => Read | string {
  const places = LOG_COLUMNS.map((name) => [name, columnOf(table, name)] as const)
  const markets = marketsByLabel()
  return (row) => {
    if (row.length !== table.header.length) return 'another number of cells than the header'
    const cells = Object.fromEntries(places.map(([name, place]) => [name, row[place]!])) as Cells
    const local_us = times.read(cells.timestamp_ms)
    if (typeof local_us === 'string') return local_us
    const same_second = secondOf(cells.timestamp_iso) === Math.floor(local_us / SECOND)
    const { event_type } = cells
    if (event_type === 'bid' || event_type === 'ask') {
      reading.levels++
      if (!same_second) reading.levels_astray++
      return LEVEL
    }
    if (!same_second) return 'timestamp_ms and timestamp_iso are not one time'
    const market = markets(cells.event_slug, local_us)
    if (market === undefined) return 'a label that names no window near its time'
    if (event_type === 'error') return { local_us, market, about: null }
    const { token_id } = cells
    if (!/^\d{20,78}$/.test(token_id)) return 'a token_id that is none, or that was read as a number'
    const outcome = cells.outcome === 'Up' ? 'up' : cells.outcome === 'Down' ? 'down' : undefined
    if (outcome === undefined) return 'an outcome other than Up and Down'
    const event = readEvent(event_type, cells, local_us)
    return typeof event === 'string' ? event : { local_us, market, about: { token_id, outcome, event } }
  }
}

/** Finds windows by label; of those it remembers it takes one again while a row is near it. */
function marketsByLabel(): (label: string, near_us: Micros) => Market | undefined {
  const known = new Map<string, Market>()
  return (label, near_us) => {
    const before = known.get(label)
    if (before !== undefined && Math.abs(near_us - before.start_us) < HOUR) return before
    const market = labelledMarket(label, near_us)
    if (market === undefined) return undefined
    if (before?.slug === market.slug) return before
    known.set(label, market)
    return market
  }
}

function readEvent(type: string, cells: Cells, local_us: Micros): LogEvent | string {
  if (type === 'market_open') return { kind: 'open' }
  if (type === 'last_trade_price') {
    const [price, size] = [exact(cells.price, 4), exact(cells.size, 6)]
    if (!(price > 0 && price < ONE)) return 'a price that is not a decimal of 1e-4 inside (0, 1)'
    if (!(size > 0)) return 'a size that is not a decimal of 1e-6 above 0'
    if (cells.side !== 'BUY' && cells.side !== 'SELL') return 'a side other than BUY and SELL'
    return { kind: 'trade', side: cells.side === 'BUY' ? Side.BUY : Side.SELL, price, size }
  }
  if (type === 'tick_size_change') {
    const [before, after] = [exact(cells.old_tick_size, 4), exact(cells.new_tick_size, 4)]
    if (![before, after].every((tick) => tick > 0 && ONE % tick === 0)) return 'a tick size that is none'
    const since = cells.time_since_ticker_change_ms
    const exch_us = /^\d{1,7}$/.test(since) ? local_us - Number(since) * MS : 0
    return { kind: 'tick', before, after, exch_us }
  }
  if (type === 'market_resolved') {
    const wins = cells.is_winning_token
    return wins === 'true' || wins === 'false'
      ? { kind: 'resolved', wins: wins === 'true' }
      : 'nothing says who won'
  }
  return 'an event of another type'
}

/** Seconds since the epoch of a time without zone that is UTC; NaN for anything else. */
function secondOf(text: string): number {
  return Math.floor(readClock(text) / SECOND)
}

const LEVEL = 'a level that grew: those that shrank are not in the log, and no book follows from it'

/** A log opened for reading in the order of reception. */
export type LogFile = { table: TextTable; rows: InTime<TextRow>; times: TimeColumn }

/**
 * Open a log, its rows in any order. Levels have the venue's times and not those of reception: they order nothing.
 *
 * @throws TapeError `import.file`, `import.column`, `import.order`
 */
export async function openLog(file: string): Promise<LogFile> {
  const table = await openTable(file, LOG_COLUMNS)
  const [time, type] = [columnOf(table, 'timestamp_ms'), columnOf(table, 'event_type')]
  const times = createTimeColumn(file, 'timestamp_ms', 'ms')
  const isLevel = ({ cells }: TextRow) => cells[type] === 'bid' || cells[type] === 'ask'
  const rows = await arrange<TextRow>({
    file,
    by: 'timestamp_ms',
    read: () => readRows(table),
    look: ({ cells }) => times.look(cells[time]),
    timeOf: (row) => (isLevel(row) ? Number.NaN : stampOf(row.cells[time])),
    weightOf: lengthOf,
    late: 'sort',
  })
  return { table, rows, times }
}
