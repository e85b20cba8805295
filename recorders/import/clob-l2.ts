import { Feed, Flag, type Instrument, Kind, type Market } from '../../core/events/index.ts'
import { MINUTE, type Micros, SECOND } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { type BookMessage, createBookMessage, readBookMessage } from '../clob/book-message.ts'
import { TEXT } from '../limits.ts'
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  type Inference,
  type Manifest,
  type SilenceMeter,
} from '../tape/index.ts'
import { SESSION_US } from './assignment.ts'
import { barsTaken, conclude, creditsOf, describeReading, describeReference } from './clob-conclusions.ts'
import { addWindow, createWindows, takeMessage, tokenOf, type Windows } from './clob-windows.ts'
import { type ImportContext, type Importer, type ImportReport, readTime, reportOf } from './importer.ts'
import { assertKept } from './kept.ts'
import { KLINE_SERIES, type Klines, klineProfile, NO_REFERENCE, readKlines } from './klines.ts'
import { openRecording, type RawRow, type Recording } from './receive-order.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { marketOfSlug } from './slug.ts'
import type { SettlementSeries } from './windows.ts'

/** Options of {@link importClobL2} beside where to write. */
export type ClobL2Options = ImportContext & {
  /** CSV of one-minute Binance perpetual bars, such as BTCUSDT's. */
  klines?: string
  /** Only windows that start at or after this, µs; bars from 40 minutes before it. */
  from_us?: Micros
  /** Only windows that start before this, µs. */
  to_us?: Micros
}

/** Bars before the first window: the volatility needs a warm-up and half-lives of history. */
const BAR_LEAD_US = 40 * MINUTE
/** Bars after the last window: the close at its end, and one that confirms it. */
const BAR_TAIL_US = 2 * MINUTE

/** Verbatim `book` messages of the CLOB market channel: Parquet with `recv_s`, `slug`, `raw`. */
export const clobL2: Importer = {
  kind: 'clob-l2',
  describe: 'recorded book messages of the CLOB market channel (Parquet: recv_s, slug, raw), full depth',
  options: {
    klines: {
      type: 'file',
      doc: 'CSV of one-minute perpetual bars: open_time_ms (or open_time), close; a name such as ethusdt-1m.csv says of which asset',
    },
    from: { type: 'time', doc: 'only windows that start at or after this time' },
    to: { type: 'time', doc: 'only windows that start before this time' },
  },
  traps: [
    'bids rise and asks fall: the best level is the last of each',
    'one token of a market is recorded: which one is decided once per capture session, by the bars, or stays unassigned',
    'a book is sent whole: its rows are the levels that changed; trades are not in it and none are inferred',
    'the clock of the recorder drifts: a message can seem received before it was sent',
    'a timestamp without a zone is taken for UTC; 32-bit floats hold no times of today, and are refused',
    'bars settle the windows of their own asset alone: the name of their file says which, else the first window does',
  ],
  example: 'book-2026-04-15T1*.parquet --klines btcusdt-perp-1m-2026-04-15.csv --out datasets/april',
  run: async (files, { klines, from, to }, context) =>
    importClobL2(files, {
      ...context,
      ...(klines === undefined ? {} : { klines }),
      ...(from === undefined ? {} : { from_us: readTime(from, 'from') }),
      ...(to === undefined ? {} : { to_us: readTime(to, 'to') }),
    }),
}

/**
 * Import a recording of book messages. Each message becomes the level changes it makes; which outcome the recorded
 * token is, is decided once per capture session from all rows read, also where only a range of windows is kept.
 *
 * @throws TapeError for files and columns; refused rows are counted, never fatal; nothing is left behind
 */
export async function importClobL2(files: readonly string[], options: ClobL2Options): Promise<ImportReport> {
  const refusals = createRefusals()
  const barRefusals = refusals.part('kline')
  const recording = await openRecording(files, options.signal)
  let writer: DatasetWriter | undefined
  try {
    const klines =
      options.klines === undefined
        ? undefined
        : await readKlines(options.klines, barRefusals, () => assetOf(recording))
    const { licence_text, ...credits } = await creditsOf(files, klines)
    writer = await createDataset(options.out, {
      ...credits,
      created_by: `lockstep ${pkg.version}, import clob-l2`,
      reference_profile: klines === undefined ? NO_REFERENCE : klineProfile(klines.asset),
      carries: { book: 'full', trades: false },
    })
    const attachments = licence_text === undefined ? {} : { LICENSE: licence_text }
    const conversion = startConversion(writer, klines, refusals, options)
    const rows_read = await takeRows(conversion, recording, options)
    await flush(conversion)
    const accepted = assertKept(
      [
        { what: 'the recording', rows: rows_read, taken: conversion.taken, refusals },
        ...(klines === undefined
          ? []
          : [{ ...barsTaken(conversion.windows, klines), rows: klines.rows, refusals: barRefusals }]),
      ],
      options.accept_refused === true,
    )
    const manifest = await finish(conversion, recording, writer, attachments, accepted)
    return reportOf(manifest, rows_read)
  } finally {
    await writer?.abort()
    recording.close()
  }
}

/** Asset of the first market of a recording: of all of them, as a rule. */
async function assetOf(recording: Recording): Promise<string> {
  for await (const rows of recording.read())
    for (const { slug } of rows) {
      const market = marketOfSlug(slug ?? '')
      if (market !== undefined) return market.asset
    }
  return 'btc'
}

/** An import in progress. */
type Conversion = {
  windows: Windows
  wanted: (market: Market) => boolean
  range: { from_us?: Micros; to_us?: Micros }
  klines: Klines | undefined
  bars: BarFeed
  sink: RowSink
  meter: SilenceMeter
  refusals: Refusals
  message: BookMessage
  /** Messages that are good, of windows that are wanted or not. */
  taken: number
  /** Capture session of the row taken last, and when that was received. */
  session: number
  last_us: Micros
}

function startConversion(
  writer: DatasetWriter,
  klines: Klines | undefined,
  refusals: Refusals,
  { from_us, to_us }: ClobL2Options,
): Conversion {
  const first = from_us ?? Number.NEGATIVE_INFINITY
  const end = to_us ?? Number.POSITIVE_INFINITY
  const sink = createRowSink(writer)
  return {
    windows: createWindows(klines === undefined ? [] : [klineInstrument(klines.asset)]),
    wanted: ({ start_us }) => start_us >= first && start_us < end,
    range: {
      ...(from_us === undefined ? {} : { from_us }),
      ...(to_us === undefined ? {} : { to_us }),
    },
    klines,
    bars: createBarFeed(klines?.series, first - BAR_LEAD_US, sink),
    sink,
    meter: createSilenceMeter('clob_market'),
    refusals,
    message: createBookMessage(),
    taken: 0,
    session: 0,
    last_us: Number.NaN,
  }
}

/** Take the whole recording in receive order; returns how many rows it has. */
async function takeRows(
  conversion: Conversion,
  recording: Recording,
  { progress, signal }: ClobL2Options,
): Promise<number> {
  const { refusals, sink } = conversion
  let rows_read = 0
  for (const { file, row, count } of recording.untimed) {
    refusals.add('no receive time', file, row, count)
    rows_read += count
  }
  for await (const rows of recording.read()) {
    signal?.throwIfAborted()
    for (const row of rows) {
      const fault = takeRow(conversion, row)
      if (fault !== undefined) refusals.add(fault, row.file, row.row)
      await sink.drain()
    }
    rows_read += rows.length
    progress?.({ rows_read, rows_total: recording.rows })
  }
  return rows_read
}

const TOO_LONG = `a message longer than ${TEXT.frame_bytes} bytes`

/** Take one row; returns why it is refused, if it is. */
function takeRow(conversion: Conversion, { recv_s, slug, raw, too_long }: RawRow): string | undefined {
  const { windows, meter, message } = conversion
  const local_us = Math.round(recv_s * SECOND)
  if (local_us - conversion.last_us > SESSION_US) conversion.session++
  conversion.last_us = local_us
  const market = marketOfSlug(slug ?? '')
  if (market === undefined) return 'no slug of an up/down window'
  const known = windows.bySlug.get(market.slug)
  const wanted = conversion.wanted(market)
  const fault = too_long ? TOO_LONG : readBookMessage(raw ?? '', message)
  if (fault !== undefined) {
    if (wanted) meter.refused(known?.index ?? null, local_us, fault)
    return fault
  }
  const window = known ?? addWindow(windows, market, conversion.session, wanted)
  const token = tokenOf(windows, window, message)
  if (typeof token === 'string') {
    if (wanted) meter.refused(window.index, local_us, token)
    return token
  }
  if (wanted) {
    conversion.bars.until(local_us)
    meter.message(window.index, local_us)
  }
  conversion.taken++
  takeMessage(windows, window, token, message, local_us, conversion.sink)
  return undefined
}

async function finish(
  conversion: Conversion,
  recording: Recording,
  writer: DatasetWriter,
  attachments: Record<string, string>,
  accepted: readonly Inference[],
): Promise<Manifest> {
  const { windows, range, klines, meter, refusals } = conversion
  const {
    assignment,
    outcomes,
    windows: counts,
    inferred,
  } = conclude(windows, conversion.session + 1, klines)
  return writer.finish({
    assignment,
    windows: counts,
    inferred: [...inferred, ...describeReading(recording), ...describeReference(klines), ...accepted],
    refused: refusals.list(),
    instruments: { markets: windows.markets, instruments: outcomes },
    resolutions: [],
    gaps: meter.finish(windows.markets, range),
    attachments,
  })
}

/** The bars behind the last message, and all that has gathered. */
async function flush({ windows, range, bars, sink }: Conversion): Promise<void> {
  const last_end = windows.markets.reduce((last, { end_us }) => Math.max(last, end_us), range.to_us ?? 0)
  bars.until(range.to_us === undefined ? Number.POSITIVE_INFINITY : last_end + BAR_TAIL_US)
  await sink.flush()
}

type BarFeed = { until(local_us: Micros): void }

/** Puts the bars of a series onto the tape as their ends are reached. */
function createBarFeed(series: SettlementSeries | undefined, from_us: Micros, sink: RowSink): BarFeed {
  let next = 0
  while (series !== undefined && next < series.stamps_us.length && series.stamps_us[next]! < from_us) next++
  return {
    /** Rows of all bars that ended at or before a time: a bar goes before a message received when it ends. */
    until(local_us: Micros): void {
      for (; series !== undefined && next < series.stamps_us.length; next++) {
        const stamp = series.stamps_us[next]!
        if (stamp > local_us) return
        const price = series.prices[next]!
        sink.push(stamp, stamp, Kind.ORACLE, Feed.BINANCE_PERP, KLINE_INSTRUMENT, 0, price, 0, Flag.LAST)
      }
    },
  }
}

/** The bars' series stands first among the instruments. */
const KLINE_INSTRUMENT = 0
function klineInstrument(asset: string): Instrument {
  return { kind: 'series', name: KLINE_SERIES, asset, venue: 'binance-perp', unit: 'usd_e8' }
}
