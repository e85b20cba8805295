import { basename } from 'node:path'
import { Feed, Flag, type Instrument, Kind, type ReferenceProfile } from '../../core/events/index.ts'
import { type Micros, MS } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { type BinanceFrame, readBinanceFrame } from '../feeds/binance-frame.ts'
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  GAP_US,
  type Gap,
  type Inference,
  type SilenceMeter,
} from '../tape/index.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { assertRising } from './in-time.ts'
import { assertKept } from './kept.ts'
import { licenceBeside } from './licence-file.ts'
import { openLines } from './line-files.ts'
import { createRefusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { createTimeColumn, stampOf, type TimeColumn } from './time-column.ts'
import { countWindows } from './windows.ts'

/** Name of the series that quotes and trades become. */
export const BINANCE_SERIES = 'binance'
const SERIES_INSTRUMENT = 0

/** One venue as the fast series: the model's spot is its fair median. */
const PROFILE: ReferenceProfile = {
  name: 'binance-raw',
  settlement: null,
  spot: null,
  fast: [BINANCE_SERIES],
  bar_s: 0,
  stale_ms: 3_000,
  min_venues: 1,
  notes: [
    'Binance spot, quotes and trades as received, as the one fast series; the quote currency is taken for USD.',
    'There is no settlement series: no strike and no outcome follow from it. There are no markets.',
  ],
  overrides: {},
}

/** Raw frames of the Binance spot stream. */
export const binanceRaw: Importer = {
  kind: 'binance-raw',
  describe:
    'raw frames of the Binance spot stream, one a line behind the local time (ns as a rule): bookTicker and trade of one symbol; a reference, no markets',
  options: {},
  traps: [
    'a quote (bookTicker) has no event time: it stands at its local time; a trade has the time of its match beside it',
    'the clocks of the venue and the recorder differ, by more than a second where it was measured: rows stand at local times',
    'the flag m says that the buyer was the maker: the taker sold',
    'frames of depth are refused: of a reference venue the tape holds the best prices alone',
    'local times are in ns as a rule, and stand in whole µs, cut off',
  ],
  example: 'spot_btcusdt_20240808.gz --out datasets/binance',
  run: importBinanceRaw,
}

/**
 * Import raw frames: `1723161254087891268 {"stream":"btcusdt@bookTicker","data":{…}}` a line.
 *
 * @throws TapeError for files; refused rows are counted, never fatal; nothing is left behind
 */
export async function importBinanceRaw(
  files: readonly string[],
  _options: Readonly<Record<string, string | undefined>>,
  { out, signal, progress, accept_refused = false }: ImportContext,
): Promise<ImportReport> {
  const refusals = createRefusals()
  const times = createTimeColumn(files[0]!, 'the local time', 'ns')
  const recording = await openLines(files, {
    by: 'the local time',
    look: (text) => times.look(timeText(text)),
    timeOf: (text) => stampOf(timeText(text)),
  })
  const { licence, copyright, attachments } = await licenceBeside(files[0]!)
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(out, {
      source: `Binance spot WebSocket, raw frames: ${files.map((file) => basename(file)).join(', ')}`,
      licence,
      attribution: copyright === '' ? 'unknown recorder; prices of Binance' : copyright,
      created_by: `lockstep ${pkg.version}, import binance-raw`,
      reference_profile: PROFILE,
      carries: { book: 'none', trades: false },
    })
    const taking = startTaking(createRowSink(writer), times)
    let rows_read = 0
    for await (const { file, lines } of recording.read()) {
      signal?.throwIfAborted()
      for (const { row, text } of lines) {
        const fault = takeLine(taking, text)
        if (fault !== undefined && PASSED.has(fault)) refusals.pass(fault, file, row)
        else if (fault !== undefined) refusals.add(fault, file, row)
        await taking.sink.drain()
      }
      rows_read += lines.length
      progress?.({ rows_read, rows_total: recording.rows })
    }
    await taking.sink.flush()
    if (!accept_refused) assertRising(files.join(', '), 'the local time', taking.late, recording.rows)
    const accepted = assertKept(
      [{ what: 'the recording', rows: recording.rows, taken: taking.sink.rows, refusals }],
      accept_refused,
    )
    const manifest = await writer.finish({
      assignment: 'assigned',
      windows: countWindows([]),
      inferred: [...describe(taking), ...recording.inferred(), ...times.inferred(), ...accepted],
      refused: refusals.list(),
      instruments: { markets: [], instruments: taking.instruments },
      resolutions: [],
      gaps: [...taking.gaps, ...taking.meter.finish([])].sort((a, b) => a.from_us - b.from_us),
      attachments,
    })
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
  }
}

/** What is remembered between two frames. */
type Taking = {
  sink: RowSink
  times: TimeColumn
  meter: SilenceMeter
  gaps: Gap[]
  symbol: string
  instruments: Instrument[]
  local_us: Micros
  /** Numbers of the last trade, quote and depth frame; 0 before the first. */
  trade: number
  update: number
  depth: number
  /** Local time of the last trade and depth frame. */
  trade_us: Micros
  depth_us: Micros
  trades: number
  depths: number
  late: number
  /** Least and greatest of local minus venue time. */
  least_us: Micros
  greatest_us: Micros
}

function startTaking(sink: RowSink, times: TimeColumn): Taking {
  return {
    sink,
    times,
    meter: createSilenceMeter('binance'),
    gaps: [],
    symbol: '',
    instruments: [],
    local_us: 0,
    trade: 0,
    update: 0,
    depth: 0,
    trade_us: 0,
    depth_us: 0,
    trades: 0,
    depths: 0,
    late: 0,
    least_us: Number.POSITIVE_INFINITY,
    greatest_us: Number.NEGATIVE_INFINITY,
  }
}

/** A frame of market data. */
type MarketFrame = Exclude<BinanceFrame, { kind: 'answer' | 'shutdown' }>

/** Take one line; returns why it is refused, if it is. */
function takeLine(taking: Taking, text: string): string | undefined {
  const time = timeText(text)
  // What is finer than a µs is cut off: rounded up, a frame would be known before it came.
  const local_us = /^\d{19}$/.test(time) ? cutTo(taking.times.read(time), time) : taking.times.read(time)
  if (typeof local_us === 'string') return time === '' ? 'no local time' : local_us
  const frame = readBinanceFrame(text.slice(text.indexOf(' ') + 1))
  if (typeof frame === 'string') return frame
  if (frame.kind === 'answer') return ANSWER
  if (frame.kind === 'shutdown') return NOTICE
  if (local_us < taking.local_us) {
    taking.late++
    return 'received before the frame ahead of it'
  }
  if (taking.symbol === '') {
    const asset = /^([A-Z0-9]+?)(?:USDT|USDC|FDUSD|USD)$/.exec(frame.symbol)?.[1]?.toLowerCase()
    if (asset === undefined) return 'a symbol that is not quoted in dollars'
    taking.symbol = frame.symbol
    taking.instruments.push({
      kind: 'series',
      name: BINANCE_SERIES,
      asset,
      venue: 'binance',
      unit: 'usd_e8',
    })
  }
  if (frame.symbol !== taking.symbol) return 'another symbol than the first'
  taking.local_us = local_us
  taking.meter.message(SERIES_INSTRUMENT, local_us)
  return takeFrame(taking, frame, local_us)
}

function takeFrame(taking: Taking, frame: MarketFrame, local_us: Micros): string | undefined {
  const { sink } = taking
  if (frame.kind === 'quote') {
    const { bid, ask, update } = frame
    if (update <= taking.update) return QUOTE_AGAIN
    taking.update = update
    sink.push(local_us, 0, Kind.QUOTE, Feed.BINANCE, SERIES_INSTRUMENT, 0, bid, ask, Flag.LAST)
    return undefined
  }
  if (frame.kind === 'depth') {
    const { first, last } = frame
    if (taking.depth > 0 && first > taking.depth + 1)
      lost(taking, taking.depth_us, local_us, 'depth updates missing')
    taking.depth = Math.max(taking.depth, last)
    taking.depth_us = local_us
    taking.depths++
    return DEPTH
  }
  const { price, size, side, exch_us, trade } = frame
  if (trade <= taking.trade) return TRADE_AGAIN
  if (taking.trade > 0 && trade > taking.trade + 1) lost(taking, taking.trade_us, local_us, 'trades missing')
  taking.trade = trade
  taking.trade_us = local_us
  taking.trades++
  taking.least_us = Math.min(taking.least_us, local_us - exch_us)
  taking.greatest_us = Math.max(taking.greatest_us, local_us - exch_us)
  sink.push(local_us, exch_us, Kind.PRINT, Feed.BINANCE, SERIES_INSTRUMENT, side, price, size, Flag.LAST)
  return undefined
}

function lost({ gaps }: Taking, from_us: Micros, to_us: Micros, reason: string): void {
  gaps.push({ market: null, feed: 'binance', from_us, to_us, reason })
}

function describe({ trades, depths, gaps, least_us, greatest_us }: Taking): Inference[] {
  const ms = (us: Micros) => Math.round(us / MS)
  return [
    {
      what: 'gaps',
      how: `no frame for more than ${GAP_US / 1e6} s; or a number left out in the trades, or in the depth updates, each of which counts on from the one before`,
      agreement: `${gaps.length} left out in ${trades} trades and ${depths} depth updates`,
    },
    {
      what: 'the order of the tape is the order of reception',
      how: "local times as recorded; trades carry the venue's own time beside it, and local minus venue time shows how far the two clocks are apart, latency included",
      agreement: trades === 0 ? 'no trades' : `${ms(least_us)} to ${ms(greatest_us)} ms in ${trades} trades`,
    },
  ]
}

/** The time that a line begins with; empty where it begins with none. */
function timeText(text: string): string {
  const space = text.indexOf(' ')
  return space > 0 && space <= TIME_MAX ? text.slice(0, space) : ''
}
const TIME_MAX = 40

/** A time that is stated in ns, in whole µs; what makes it none stays. */
function cutTo(read: Micros | string, ns: string): Micros | string {
  return typeof read === 'string' ? read : Number(ns.slice(0, -3))
}

const ANSWER = 'an answer to a request, no market data'
const NOTICE = 'a notice of maintenance, no market data'
const DEPTH = 'depth of a reference venue: the tape holds its best prices'
const QUOTE_AGAIN = 'a quote stated twice, or before the one ahead of it'
const TRADE_AGAIN = 'a trade stated twice, or before the one ahead of it'
/** Frames that are right, and of no use here. */
const PASSED: ReadonlySet<string> = new Set([ANSWER, NOTICE, DEPTH, QUOTE_AGAIN, TRADE_AGAIN])
