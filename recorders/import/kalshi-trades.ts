import { basename } from 'node:path'
import { Feed, Flag, type Instrument, Kind, type Market, Side } from '../../core/events/index.ts'
import { type Micros, SECOND } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { kalshiInferences, kalshiTokens, onKalshiGrid } from '../kalshi/index.ts'
import { createDataset, type DatasetWriter, GAP_US, type Inference } from '../tape/index.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { type KalshiTrade, openKalshiTrades } from './kalshi-trade-rows.ts'
import { assertKept } from './kept.ts'
import { NO_REFERENCE } from './klines.ts'
import { mergeStreams } from './merge-streams.ts'
import { createRefusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { classifyWindow, countWindows } from './windows.ts'

/** Every trade of Kalshi's 15-minute markets, as its REST service lists them. */
export const kalshiTrades: Importer = {
  kind: 'kalshi-trades',
  describe:
    'trades of Kalshi 15-minute up/down markets (CSV: ticker, trade_id, ts, yes_price, count, taker_side, raw_json), one market a file; no books, no reference',
  options: {},
  traps: [
    'the side of the taker is a text, yes or no: readers that guess take it for a boolean',
    'seconds rise as a rule, and within one the newest trade stands first: the tape is in the order of created_time; which of two trades of one time is the newer follows from the order of the others in their second',
    'trades were listed afterwards: nothing says when one was known, it stands at the time it was made',
    'cells of price and count are floats: the decimals in raw_json are read, and cells that contradict them are refused',
    'a ticker names the close of its window in New York time',
    'a time without trades is no gap; no outcome is in the files, and windows stay unresolved',
  ],
  example: 'KXBTC15M-26APR27*.csv.gz --out datasets/kalshi',
  run: importKalshiTrades,
}

/**
 * Import trades of Kalshi's 15-minute markets. A taker who buys No is a buyer of Down.
 *
 * @throws TapeError for files and columns; refused rows are counted, never fatal; nothing is left behind
 */
export async function importKalshiTrades(
  files: readonly string[],
  _options: Readonly<Record<string, string | undefined>>,
  { out, signal, progress, accept_refused = false }: ImportContext,
): Promise<ImportReport> {
  const refusals = createRefusals()
  const recording = await openKalshiTrades(files, refusals)
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(out, {
      source: `Kalshi, trades of its REST service: ${files.map((file) => basename(file)).join(', ')}`,
      licence: 'unknown',
      attribution: 'unknown recorder; trades of Kalshi',
      created_by: `lockstep ${pkg.version}, import kalshi-trades`,
      reference_profile: NO_REFERENCE,
      carries: { book: 'none', trades: true },
    })
    const taking = startTaking(createRowSink(writer))
    let looked = 0
    for await (const trade of mergeStreams(recording.streams)) {
      takeTrade(taking, trade)
      await taking.sink.drain()
      if (recording.rows_read - looked < ROWS_BETWEEN_LOOKS) continue
      looked = recording.rows_read
      signal?.throwIfAborted()
      progress?.({ rows_read: looked, rows_total: recording.rows })
    }
    signal?.throwIfAborted()
    await taking.sink.flush()
    progress?.({ rows_read: recording.rows, rows_total: recording.rows })
    const accepted = assertKept(
      [{ what: 'the recording', rows: recording.rows, taken: taking.sink.rows, refusals }],
      accept_refused,
    )
    const { markets, instruments } = taking
    const manifest = await writer.finish({
      assignment: 'assigned',
      windows: countWindows(markets.map((market) => classifyWindow(market, {}).class)),
      inferred: [
        ...describe(taking),
        ...kalshiInferences(markets, { total: taking.sink.rows, on_grid: taking.on_grid }),
        ...recording.inferred(),
        ...accepted,
      ],
      refused: refusals.list(),
      instruments: { markets, instruments },
      resolutions: [],
      gaps: [],
    })
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
  }
}

/** Trades looked at between two looks at the signal. */
const ROWS_BETWEEN_LOOKS = 2_048

type Taking = {
  sink: RowSink
  /** Index of a market by its ticker. Its instruments are Up at twice that and Down behind it. */
  index: Map<string, number>
  markets: Market[]
  instruments: Instrument[]
  /** Time of the last trade by market. */
  last_us: Micros[]
  on_grid: number
  quiet: number
  longest_us: Micros
}

function startTaking(sink: RowSink): Taking {
  return {
    sink,
    index: new Map(),
    markets: [],
    instruments: [],
    last_us: [],
    on_grid: 0,
    quiet: 0,
    longest_us: 0,
  }
}

function takeTrade(taking: Taking, { local_us, market, outcome, price, size }: KalshiTrade): void {
  const index = taking.index.get(market.slug) ?? addMarket(taking, market)
  const since_us = local_us - (taking.last_us[index] ?? local_us)
  taking.last_us[index] = local_us
  if (since_us > GAP_US) taking.quiet++
  taking.longest_us = Math.max(taking.longest_us, since_us)
  if (onKalshiGrid(price)) taking.on_grid++
  const token = 2 * index + (outcome === 'up' ? 0 : 1)
  taking.sink.push(local_us, local_us, Kind.TRADE, Feed.KALSHI, token, Side.BUY, price, size, Flag.LAST)
}

function addMarket({ index, markets, instruments }: Taking, market: Market): number {
  const at = markets.push(market) - 1
  index.set(market.slug, at)
  const tokens = kalshiTokens(market.slug)
  for (const outcome of ['up', 'down'] as const)
    instruments.push({ kind: 'token', market: at, outcome, token_id: tokens[outcome] })
  return at
}

function describe({ sink, quiet, longest_us }: Taking): Inference[] {
  return [
    {
      what: 'when a trade was known',
      how: 'at its created_time, to the microsecond: the list carries no time of reception. Trades of one microsecond stand in the order that the list has within its seconds: as a rule the other way round than listed, the newest first',
      agreement: `${sink.rows} trades`,
    },
    {
      what: 'a time without trades is no gap',
      how: `the list is of every trade; between two trades of a market more than ${GAP_US / SECOND} s went by so often, and at the longest`,
      agreement: `${quiet} times, ${Math.round(longest_us / SECOND)} s`,
    },
  ]
}
