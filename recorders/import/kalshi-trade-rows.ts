import { basename } from 'node:path'
import type { Market, Outcome } from '../../core/events/index.ts'
import {
  MICRO,
  type MicroShares,
  type Micros,
  ONE,
  parseIso,
  SECOND,
  type Tick,
} from '../../core/units/index.ts'
import { kalshiMarket, readKalshiPrint } from '../kalshi/index.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import { nearest } from './exact.ts'
import { arrange, type InTime } from './in-time.ts'
import type { Refusals } from './refusals.ts'
import { columnOf, lengthOf, openTable, readRows, type TextRow, type TextTable } from './text-file.ts'
import { createTimeColumn, stampOf, type TimeColumn } from './time-column.ts'

/** A trade of a market: what its taker bought, at which price of that outcome. */
export type KalshiTrade = {
  /** When it was made, the venue's own time. */
  local_us: Micros
  market: Market
  outcome: Outcome
  price: Tick
  size: MicroShares
}

/** Files of trades as one stream each, and how far they were read. */
export type KalshiTradeFiles = {
  readonly rows: number
  readonly rows_read: number
  /** How the rows of the files lie. */
  inferred(): Inference[]
  /** Trades of each file in the order of time. */
  streams: readonly AsyncGenerator<KalshiTrade>[]
}

const COLUMNS = ['ticker', 'trade_id', 'ts', 'yes_price', 'count', 'taker_side', 'raw_json'] as const
/** Trades of one second are held to be put in order: more of them is no recording of a market. */
const SECOND_ROWS_MAX = 100_000

/**
 * Open files of trades: CSV with `ticker, trade_id, ts, yes_price, count, taker_side, raw_json`, one market a file, in any
 * order; as a rule by rising seconds, and within a second the newest first, as the venue lists them.
 *
 * @throws TapeError `import.file`, `import.column`, `import.order`
 */
export async function openKalshiTrades(
  files: readonly string[],
  refusals: Refusals,
): Promise<KalshiTradeFiles> {
  const opened: TradeFile[] = []
  for (const file of [...files].sort()) opened.push(await openTradeFile(file))
  const state = { rows_read: 0 }
  return {
    rows: opened.reduce((sum, { rows }) => sum + rows.rows, 0),
    get rows_read() {
      return state.rows_read
    },
    inferred: () => opened.flatMap(({ rows, times }) => [...rows.inferred(), ...times.inferred()]),
    streams: opened.map((one) => tradesOf(one, refusals, state)),
  }
}

type TradeFile = {
  table: TextTable
  rows: InTime<TextRow>
  times: TimeColumn
  /** Of two trades of one time, that which comes first as the rows are read is the newer one. */
  newest_first: boolean
}

async function openTradeFile(file: string): Promise<TradeFile> {
  const table = await openTable(file, COLUMNS)
  const [time, json] = [columnOf(table, 'ts'), columnOf(table, 'raw_json')]
  const times = createTimeColumn(file, 'ts', 's')
  const within = { up: 0, down: 0 }
  let before: Micros = Number.NaN
  const rows = await arrange<TextRow>({
    file,
    by: 'ts',
    read: () => readRows(table),
    look({ cells }) {
      times.look(cells[time])
      // The order inside a second, by the venue's own times.
      const us = timeOf(/"created_time"\s*:\s*"([^"]*)"/.exec(cells[json] ?? '')?.[1])
      if (Math.floor(us / SECOND) === Math.floor(before / SECOND)) {
        if (us > before) within.up++
        else if (us < before) within.down++
      }
      before = us
    },
    timeOf: ({ cells }) => Math.floor(stampOf(cells[time]) / SECOND),
    weightOf: lengthOf,
    late: 'sort',
  })
  const newest_first = rows.turned ? within.up > within.down : within.down >= within.up
  return { table, rows, times, newest_first }
}

async function* tradesOf(
  { table, rows, times, newest_first }: TradeFile,
  refusals: Refusals,
  state: { rows_read: number },
): AsyncGenerator<KalshiTrade> {
  const name = basename(table.file)
  const reader = createReader(table, times)
  /** Trades of one second, and their numbers. */
  const held: KalshiTrade[] = []
  const ids = new Set<string>()
  let second = Number.NEGATIVE_INFINITY
  for await (const some of rows.read()) {
    for (const { row, cells } of some) {
      state.rows_read++
      const read = reader(cells)
      if (typeof read === 'string') refusals.add(read, name, row)
      else if (read.second < second) refusals.add('of a second before that of a row ahead of it', name, row)
      else if (read.second === second && ids.has(read.id)) refusals.pass('a trade stated twice', name, row)
      else {
        if (read.second > second) {
          yield* inOrder(held, newest_first)
          held.length = 0
          ids.clear()
          second = read.second
        }
        if (held.length >= SECOND_ROWS_MAX) throw tooMany(table.file, row)
        held.push(read.trade)
        ids.add(read.id)
      }
    }
  }
  yield* inOrder(held, newest_first)
}

/** Trades of a second by time; those of one time the other way round than listed, where the newest are listed first. */
function inOrder(held: KalshiTrade[], newest_first: boolean): KalshiTrade[] {
  if (newest_first) held.reverse()
  return held.sort((a, b) => a.local_us - b.local_us)
}

function tooMany(file: string, row: number): TapeError {
  return new TapeError(
    'import.second',
    `${file}: more than ${SECOND_ROWS_MAX} trades of one second`,
    { file, row, field: 'ts' },
    'give files of trades as the venue lists them',
  )
}

type Read = { trade: KalshiTrade; second: number; id: string }

/** Reads a row; a text says why it is refused. The venue's own object is what counts, and the cells must agree with it. */
function createReader(table: TextTable, times: TimeColumn): (cells: readonly string[]) => Read | string {
  const [ticker, id, ts, yes, count, taker, json] = COLUMNS.map((name) => columnOf(table, name))
  let market: Market | undefined
  return (cells) => {
    if (cells.length !== table.header.length) return 'another number of cells than the header'
    const raw = parse(cells[json!]!)
    if (raw === undefined) return 'raw_json is no JSON object'
    if (raw.ticker !== cells[ticker!] || raw.trade_id !== cells[id!] || raw.taker_side !== cells[taker!])
      return 'cells that contradict raw_json'
    const local_us = timeOf(raw.created_time)
    if (Number.isNaN(local_us)) return 'a created_time that is none'
    if (market?.slug !== raw.ticker) market = kalshiMarket(String(raw.ticker), local_us)
    if (market === undefined) return 'no ticker of a 15-minute market'
    if (local_us >= market.end_us) return 'a trade after the close of its market'
    const second = Math.floor(local_us / SECOND)
    const print = readKalshiPrint(raw)
    if (typeof print === 'string') return print
    const { outcome, price, size } = print
    const up = outcome === 'up' ? price : ONE - price
    const stated_us = times.read(cells[ts!])
    if (typeof stated_us === 'string') return stated_us
    // Floats, as a recorder prints them: the decimals are in the object.
    const same =
      Math.floor(stated_us / SECOND) === second &&
      nearest(numberOf(cells[yes!]!), ONE) === up &&
      nearest(numberOf(cells[count!]!), MICRO) === size
    if (!same) return 'cells that contradict raw_json'
    return { trade: { local_us, market, outcome, price, size }, second, id: cells[id!]! }
  }
}

function numberOf(text: string): number {
  return /^\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const raw: unknown = JSON.parse(text)
    return typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function timeOf(value: unknown): Micros {
  try {
    return parseIso(typeof value === 'string' ? value : '')
  } catch {
    return Number.NaN
  }
}
