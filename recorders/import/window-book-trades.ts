import { Feed, Flag, type Instrument, Kind, type Market } from '../../core/events/index.ts'
import { type Micros, ONE, type Tick } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { createMarketBook, type Levels, type MarketBook, midOf, replaceBook } from '../clob/market-book.ts'
import { createDataset, createSilenceMeter, type DatasetWriter, type SilenceMeter } from '../tape/index.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { assertKept } from './kept.ts'
import { mergeStreams } from './merge-streams.ts'
import { createRefusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import {
  ASSET_PROFILE,
  ASSET_SERIES,
  createWindowFindings,
  describeWindows,
  type WindowFindings,
} from './window-conclusions.ts'
import { openWindowFiles, type WindowFile, type WindowRow } from './window-file-rows.ts'
import { classifyWindow, countWindows, LAST_MID_US } from './windows.ts'

/** Trades and books of single windows, each row with the price of the asset. */
export const windowBookTrades: Importer = {
  kind: 'window-book-trades',
  describe:
    'trades and books of single windows (JSON arrays in SERIES/ASSET/trades|orderbooks/START, up or down, .json), each row with the price of the asset',
  options: {},
  traps: [
    'only the path says which market, which outcome, books or trades: keep the folders as published',
    'files stop at a round number of rows, well before their window ends: the rest of the window is a gap',
    'rows at the beginning were received seconds after they happened: the tape is in the order of reception',
    'the price of the asset is repeated from row to row: its changes are values, and its source is not recorded',
    'a trade that says again what another of its file said, to the ms, is taken once, as live: two fills may look alike, and nobody can know',
    'bids rise and asks fall: the best level is the last of each',
  ],
  example: '15m/btc/trades/1765450800*.json.gz 1h/btc/*/1765450800*.json.gz --out datasets/windows',
  run: importWindowBookTrades,
}

/**
 * Import trades and books of windows. The books of both tokens are views of the market's one book.
 *
 * @throws TapeError for files and their names; refused rows are counted, never fatal; nothing is left behind
 */
export async function importWindowBookTrades(
  files: readonly string[],
  _options: Readonly<Record<string, string | undefined>>,
  { out, signal, progress, accept_refused = false }: ImportContext,
): Promise<ImportReport> {
  const refusals = createRefusals()
  const recording = await openWindowFiles(files, refusals)
  let writer: DatasetWriter | undefined
  try {
    const holds = (kind: WindowFile['kind']) => recording.files.some((of) => of.kind === kind)
    writer = await createDataset(out, {
      source: recording.files.map(({ file }) => file.split('/').slice(-4).join('/')).join(', '),
      licence: 'unknown',
      attribution: 'unknown recorder; books and trades of the Polymarket CLOB',
      created_by: `lockstep ${pkg.version}, import window-book-trades`,
      reference_profile: ASSET_PROFILE,
      carries: { book: holds('book') ? 'full' : 'none', trades: holds('trade') },
    })
    const taking = startTaking(recording.files, createRowSink(writer))
    for await (const row of mergeStreams(recording.streams)) {
      takeRow(taking, row)
      await taking.sink.drain()
      if (++taking.findings.rows % ROWS_BETWEEN_LOOKS !== 0) continue
      signal?.throwIfAborted()
      progress?.({ rows_read: recording.rows_read, rows_total: recording.rows })
    }
    signal?.throwIfAborted()
    await taking.sink.flush()
    progress?.({ rows_read: recording.rows, rows_total: recording.rows })
    const accepted = assertKept(
      [{ what: 'the recording', rows: recording.rows, taken: taking.findings.rows, refusals }],
      accept_refused,
    )
    const windows = [...taking.bySlug.values()]
    const markets = windows.map(({ market }) => market)
    const manifest = await writer.finish({
      assignment: 'assigned',
      windows: countWindows(windows.map(classOf)),
      inferred: [
        ...describeWindows(taking.findings, markets, windows.filter(({ books }) => books).length),
        ...recording.inferred(),
        ...accepted,
      ],
      refused: refusals.list(),
      instruments: { markets, instruments: taking.instruments },
      resolutions: [],
      gaps: taking.meter.finish(markets),
    })
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
  }
}

/** Rows between two looks at the signal. */
const ROWS_BETWEEN_LOOKS = 2_048
/** The venue's default tick, and the finer ones that prices may show. */
const TICKS: readonly Tick[] = [100, 10, 1]

/** One market while its rows are read. Mids are Up's, NaN unknown. */
type BookTradesWindow = {
  market: Market
  index: number
  /** Instrument of Up; that of Down stands behind it. */
  first: number
  /** Whether its books are recorded: then they prove that its feed lives, else its trades do. */
  books: boolean
  book: MarketBook
  book_exch_us: Micros
  tick: Tick
  mid: number
  last_mid: number
}

type Taking = {
  sink: RowSink
  meter: SilenceMeter
  bySlug: Map<string, BookTradesWindow>
  /** Instrument of an asset's price, and its last value. */
  prices: Map<string, { instrument: number; price: number }>
  instruments: Instrument[]
  findings: WindowFindings
}

function startTaking(files: readonly WindowFile[], sink: RowSink): Taking {
  const taking: Taking = {
    sink,
    meter: createSilenceMeter('clob_market'),
    bySlug: new Map(),
    prices: new Map(),
    instruments: [],
    findings: createWindowFindings(),
  }
  for (const { market } of files) addWindow(taking, market, files)
  return taking
}

function addWindow(taking: Taking, market: Market, files: readonly WindowFile[]): void {
  const { bySlug, prices, instruments } = taking
  if (bySlug.has(market.slug)) return
  const { asset } = market
  if (!prices.has(asset)) {
    const series = { name: ASSET_SERIES, asset, venue: 'unknown', unit: 'usd_e8' } as const
    prices.set(asset, { instrument: instruments.push({ kind: 'series', ...series }) - 1, price: Number.NaN })
  }
  const index = bySlug.size
  const first = instruments.length
  // The recording names its tokens by outcome alone.
  for (const outcome of ['up', 'down'] as const)
    instruments.push({ kind: 'token', market: index, outcome, token_id: '' })
  bySlug.set(market.slug, {
    market,
    index,
    first,
    books: files.some((of) => of.market === market && of.kind === 'book'),
    book: createMarketBook(),
    book_exch_us: Number.NaN,
    tick: TICKS[0]!,
    mid: Number.NaN,
    last_mid: Number.NaN,
  })
}

/** Take a row: the price of the asset where it changed, then the book or the trade. */
function takeRow(taking: Taking, row: WindowRow): void {
  const { sink, findings, meter } = taking
  const { local_us, exch_us, of, asset_price } = row
  const window = taking.bySlug.get(of.market.slug)!
  const known = taking.prices.get(of.market.asset)!
  if (asset_price !== known.price) {
    known.price = asset_price
    findings.prices++
    sink.push(local_us, 0, Kind.ORACLE, Feed.NONE, known.instrument, 0, asset_price, 0, Flag.LAST)
  }
  if (row.again && row.kind === 'book') findings.again++
  if (exch_us >= of.market.start_us && exch_us < of.market.end_us) findings.inside++
  if (row.kind === 'book') takeBook(taking, window, row)
  else takeTrade(taking, window, row)
  if (window.books === (row.kind === 'book')) meter.message(window.index, local_us)
}

function takeTrade(
  { sink, findings }: Taking,
  window: BookTradesWindow,
  row: WindowRow & { kind: 'trade' },
): void {
  const { local_us, exch_us, of, side, price, size } = row
  findings.trades++
  sink.push(
    local_us,
    exch_us,
    Kind.TRADE,
    Feed.CLOB_MARKET,
    window.first + of.token,
    side,
    price,
    size,
    Flag.LAST,
  )
}

function takeBook(
  { sink, findings }: Taking,
  window: BookTradesWindow,
  row: WindowRow & { kind: 'book' },
): void {
  const { local_us, exch_us, of, bids, asks } = row
  const { book, market } = window
  const instrument = window.first + of.token
  const flags = book.token === -1 ? Flag.SNAPSHOT : 0
  const pair = book.token !== -1 && book.token !== of.token && window.book_exch_us === exch_us
  let rows = 0
  const push = (kind: number, side: number, price: number, size: number, flag: number) => {
    rows++
    sink.push(local_us, exch_us, kind, Feed.CLOB_MARKET, instrument, side, price, size, flag)
  }
  const tick = TICKS.find((step) => step <= window.tick && onGrid(bids, step) && onGrid(asks, step))!
  if (tick !== window.tick) {
    window.tick = tick
    findings.fine.add(market.slug)
    push(Kind.TICK_SIZE, 0, tick, 0, Flag.INFERRED)
  }
  replaceBook(book, of.token, bids, asks, (side, price, size) => push(Kind.LEVEL, side, price, size, flags))
  findings.books++
  if (pair) findings.pairs++
  if (pair && rows === 0) findings.pairs_equal++
  if (rows === 0) push(Kind.ALIVE, 0, 0, 0, 0)
  sink.endGroup()
  window.book_exch_us = exch_us
  const mid = of.token === 0 ? midOf(book) : ONE - midOf(book)
  if (!Number.isNaN(mid)) window.mid = mid
  if (local_us >= market.end_us - LAST_MID_US) window.last_mid = window.mid
}

function onGrid({ prices, length }: Levels, step: Tick): boolean {
  for (let i = 0; i < length; i++) if (prices[i]! % step !== 0) return false
  return true
}

function classOf({ market, last_mid }: BookTradesWindow) {
  return classifyWindow(market, { last_up_mid: Number.isNaN(last_mid) ? undefined : last_mid }).class
}
