import { basename } from 'node:path'
import type { Market, Outcome } from '../../core/events/index.ts'
import { type MicroShares, type Micros, ONE, parseIso, SECOND, type Tick } from '../../core/units/index.ts'
import { kalshiMarket, readKalshiPrint } from '../kalshi/index.ts'
import { TapeError } from '../tape/index.ts'
import { quotedCells } from './csv-cells.ts'
import { exact } from './exact.ts'
import type { Refusals } from './refusals.ts'
import { columnOf, openTable, readLines, type TextTable } from './text-file.ts'

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
  /** Trades of each file in the order of time. */
  streams: readonly AsyncGenerator<KalshiTrade>[]
}

const COLUMNS = ['ticker', 'trade_id', 'ts', 'yes_price', 'count', 'taker_side', 'raw_json'] as const
/** Trades of one second are held to be put in order: more of them is no recording of a market. */
const SECOND_ROWS_MAX = 100_000

/**
 * Open files of trades: CSV with `ticker, trade_id, ts, yes_price, count, taker_side, raw_json`, one market a file, by
 * rising seconds and within a second the newest first, as the venue lists them.
 *
 * @throws TapeError `import.file`, `import.column`
 */
export async function openKalshiTrades(
  files: readonly string[],
  refusals: Refusals,
): Promise<KalshiTradeFiles> {
  const tables: TextTable[] = []
  for (const file of [...files].sort()) tables.push(await openTable(file, COLUMNS))
  const state = { rows_read: 0 }
  return {
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    get rows_read() {
      return state.rows_read
    },
    streams: tables.map((table) => tradesOf(table, refusals, state)),
  }
}

async function* tradesOf(
  table: TextTable,
  refusals: Refusals,
  state: { rows_read: number },
): AsyncGenerator<KalshiTrade> {
  const name = basename(table.file)
  const reader = createReader(table)
  /** Trades of one second, the newest first, and their numbers. */
  const held: KalshiTrade[] = []
  const ids = new Set<string>()
  let second = Number.NEGATIVE_INFINITY
  for await (const lines of readLines(table.file)) {
    for (const { row, text } of lines) {
      // The first line is the header.
      if (row === 0) continue
      state.rows_read++
      const read = reader(text)
      const fault =
        typeof read === 'string'
          ? read
          : read.second < second
            ? 'of a second before that of a row ahead of it'
            : read.second === second && ids.has(read.id)
              ? 'a trade stated twice'
              : undefined
      if (typeof read === 'string' || fault !== undefined) {
        refusals.add(fault!, name, row - 1)
        continue
      }
      if (read.second > second) {
        yield* inOrder(held)
        held.length = 0
        ids.clear()
        second = read.second
      }
      if (held.length >= SECOND_ROWS_MAX)
        throw new TapeError(
          'import.second',
          `${table.file}: more than ${SECOND_ROWS_MAX} trades of one second`,
          { file: table.file, row: row - 1, field: 'ts' },
          'give files of trades as the venue lists them',
        )
      held.push(read.trade)
      ids.add(read.id)
    }
  }
  yield* inOrder(held)
}

/** Trades of a second by time; those of one time the other way round than listed. */
function inOrder(held: KalshiTrade[]): KalshiTrade[] {
  return held.reverse().sort((a, b) => a.local_us - b.local_us)
}

type Read = { trade: KalshiTrade; second: number; id: string }

/** Reads a line; a text says why it is refused. The venue's own object is what counts, and the cells must agree with it. */
function createReader(table: TextTable): (line: string) => Read | string {
  const [ticker, id, ts, yes, count, taker, json] = COLUMNS.map((name) => columnOf(table, name))
  let market: Market | undefined
  return (line) => {
    const cells = quotedCells(line)
    if (cells?.length !== table.header.length) return 'another number of cells than the header'
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
    const same =
      String(second) === cells[ts!] && exact(cells[yes!], 4) === up && exact(cells[count!], 6) === size
    if (!same) return 'cells that contradict raw_json'
    return { trade: { local_us, market, outcome, price, size }, second, id: cells[id!]! }
  }
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
