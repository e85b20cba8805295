import { basename } from 'node:path'
import type { Instrument } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  type Inference,
  type Manifest,
  TapeError,
} from '../tape/index.ts'
import {
  BAR_US,
  createBarRows,
  FIVE_MINUTE_PROFILE,
  FIVE_MINUTE_SERIES,
  type FiveMinuteBars,
  readFiveMinuteBars,
} from './five-minute-bars.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { assertKept, type Part } from './kept.ts'
import { NO_REFERENCE } from './klines.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { isAsset } from './slug.ts'
import { openTimedFiles, type TimedFiles } from './timed-files.ts'
import { describePolls } from './top-conclusions.ts'
import { createTopWindows, type TopWindows, takeFill, takePoll, topWindow } from './top-windows.ts'
import { classifyWindow, countWindows, neededStamps } from './windows.ts'

/** Options of {@link importBtc15m1Hz} beside where to write. */
export type Btc15mOptions = ImportContext & {
  /** CSV of five-minute windows with Binance open and close. */
  outcomes?: string
  /** What the windows are of; without it as the outcomes say, else `btc`. */
  asset?: string
}

/** BTC 15m windows, the touch of both tokens once a second; fills of a wallet beside them. */
export const btc15m1Hz: Importer = {
  kind: 'btc15m-1hz',
  describe:
    'BTC 15m windows polled once a second: the touch of both tokens (CSV: Timestamp, TargetTime, Expiration, UpBid, …), and fills of a wallet (CSV: timestamp, trade_side, …)',
  options: {
    outcomes: {
      type: 'file',
      doc: 'CSV of five-minute windows: timestamp, btc_open, btc_close (of another asset: eth_open, …)',
    },
    asset: {
      type: 'text',
      doc: 'what the windows are of, such as eth: the files do not say it (default: as the outcomes say, else btc)',
    },
  },
  traps: [
    'times may be in another zone than the windows they name: the zone is found on the first row of each file',
    'columns of liquidity sum the best five levels: they stand for the size of the touch, marked inferred',
    '0.0 is an empty side; a token without either side is a poll that got no answer, not an empty book',
    'Up and Down of a row were asked one after the other: two views of one book, the later replaces the earlier',
    'a poll is stamped when it asks: one that ends behind a later one is refused; two of one second both stand',
    'no outcome is in it: Binance open to close decides (class settlement), never class recorded',
    "a wallet's fills are stamped 4 to 6 s after the book they match: they stand where they are stamped",
  ],
  example:
    'market_data_20251226.csv.gz --outcomes btc_5m_2025-12-18_to_2025-12-31.csv.gz --out datasets/december',
  run: (files, { outcomes, asset }, context) =>
    importBtc15m1Hz(files, {
      ...context,
      ...(outcomes !== undefined && { outcomes }),
      ...(asset !== undefined && { asset }),
    }),
}

/**
 * Import polls of the touch of BTC 15m windows.
 *
 * @throws TapeError for files and columns, `import.zone`; refused rows are counted, never fatal; nothing is left behind
 */
export async function importBtc15m1Hz(
  files: readonly string[],
  options: Btc15mOptions,
): Promise<ImportReport> {
  const { outcomes } = options
  const refusals = createRefusals()
  const [barRefusals, fillRefusals] = [refusals.part('outcome'), refusals.part('fill')]
  const bars = outcomes === undefined ? undefined : await readFiveMinuteBars(outcomes, barRefusals)
  const asset = assetOf(options.asset, bars)
  const recording = await openTimedFiles(files, refusals, fillRefusals)
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(options.out, {
      source: [...files, ...(outcomes === undefined ? [] : [outcomes])]
        .map((file) => basename(file))
        .join(', '),
      licence: 'unknown',
      attribution: 'Polls of the Polymarket CLOB; prices of the five-minute bars: Binance',
      created_by: `lockstep ${pkg.version}, import btc15m-1hz`,
      reference_profile: bars === undefined ? NO_REFERENCE : FIVE_MINUTE_PROFILE,
      carries: { book: 'top', trades: false },
    })
    const sink = createRowSink(writer)
    const series: Instrument[] =
      bars === undefined
        ? []
        : [{ kind: 'series', name: FIVE_MINUTE_SERIES, asset, venue: 'binance', unit: 'usd_e8' }]
    const windows = createTopWindows(series, asset)
    const gaps = await takeRows(windows, recording, bars, sink, options)
    const parts = partsOf(windows, recording, bars, { refusals, barRefusals, fillRefusals })
    const accepted = assertKept(parts, options.accept_refused === true)
    const manifest = await finish(windows, recording, bars, refusals, gaps, accepted, writer)
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
  }
}

/** The polls, and what was given beside them. */
function partsOf(
  windows: TopWindows,
  { findings, fill_rows, rows }: TimedFiles,
  bars: FiveMinuteBars | undefined,
  { refusals, barRefusals, fillRefusals }: Record<'refusals' | 'barRefusals' | 'fillRefusals', Refusals>,
): Part[] {
  const { polls, fills } = windows.findings
  const parts = [{ what: 'the polls', rows: rows - fill_rows, taken: polls, refusals }]
  if (findings.fill_files > 0)
    parts.push({ what: 'the fills', rows: fill_rows, taken: fills, refusals: fillRefusals })
  if (bars !== undefined)
    parts.push({
      what: 'the bars of --outcomes',
      rows: bars.rows,
      taken: neededStamps(bars.series, windows.markets),
      refusals: barRefusals,
    })
  return parts
}

/** What the windows are of. */
function assetOf(asked: string | undefined, bars: FiveMinuteBars | undefined): string {
  const asset = (asked ?? bars?.asset ?? 'btc').toLowerCase()
  const [wrong, field] =
    bars !== undefined && bars.asset !== asset
      ? [`the outcomes are of ${bars.asset}, not of ${asset}`, 'outcomes']
      : isAsset(asset)
        ? [undefined, '']
        : [`"${asset}" is no asset of up/down windows`, 'asset']
  if (wrong === undefined) return asset
  throw new TapeError('import.asset', wrong, { field }, 'give a short name such as eth, and its own outcomes')
}

/** Take the whole recording in the order of time; returns its gaps. */
async function takeRows(
  windows: TopWindows,
  recording: TimedFiles,
  bars: FiveMinuteBars | undefined,
  sink: RowSink,
  { progress, signal }: Btc15mOptions,
) {
  const meter = createSilenceMeter('clob_market')
  const told = () => progress?.({ rows_read: recording.rows_read, rows_total: recording.rows })
  let barRows: ReturnType<typeof createBarRows> | undefined
  let taken = 0
  for await (const row of recording.read()) {
    if (bars !== undefined) barRows ??= createBarRows(bars.series, row.start_us, SERIES_INSTRUMENT, sink)
    barRows?.until(row.local_us)
    if (row.kind === 'fill') takeFill(windows, row, sink)
    else if (takePoll(windows, row, sink)) meter.message(topWindow(windows, row.start_us).index, row.local_us)
    await sink.drain()
    if (++taken % ROWS_BETWEEN_LOOKS === 0) {
      signal?.throwIfAborted()
      told()
    }
  }
  const last_end = windows.markets.reduce((last, { end_us }) => Math.max(last, end_us), 0)
  barRows?.until(last_end + BAR_US)
  await sink.flush()
  signal?.throwIfAborted()
  told()
  return meter.finish(windows.markets)
}

/** The bars' series stands first among the instruments. */
const SERIES_INSTRUMENT = 0
/** Rows between two looks at the signal. */
const ROWS_BETWEEN_LOOKS = 2_048

async function finish(
  windows: TopWindows,
  recording: TimedFiles,
  bars: FiveMinuteBars | undefined,
  refusals: Refusals,
  gaps: Parameters<DatasetWriter['finish']>[0]['gaps'],
  accepted: readonly Inference[],
  writer: DatasetWriter,
): Promise<Manifest> {
  const judged = [...windows.byStart.values()].map(({ market, last_mid }) => {
    const last_up_mid = Number.isNaN(last_mid) ? undefined : last_mid
    const found = classifyWindow(market, { settlement: bars?.series, last_up_mid })
    return { slug: market.slug, last_up_mid, ...found }
  })
  return writer.finish({
    assignment: 'assigned',
    windows: countWindows(judged.map((one) => one.class)),
    inferred: [
      ...describePolls(windows, recording),
      ...(bars === undefined ? [] : [outcomeInference(bars, judged), ...bars.inferred]),
      ...recording.inferred(),
      ...accepted,
    ],
    refused: refusals.list(),
    instruments: { markets: windows.markets, instruments: windows.instruments },
    resolutions: [],
    gaps,
  })
}

/** How far outcomes by the bars agree with what the books said at the end. */
function outcomeInference(
  { joined, joints }: FiveMinuteBars,
  judged: readonly {
    slug: string
    class: string
    up_payout: number | null
    last_up_mid: number | undefined
  }[],
): Inference {
  const votes = judged.filter(
    (one) => one.class === 'settlement' && one.last_up_mid !== undefined && one.last_up_mid !== ONE / 2,
  )
  const unlike = votes.filter(({ up_payout, last_up_mid }) => (up_payout === ONE) !== last_up_mid! > ONE / 2)
  return {
    what: 'outcomes',
    how: `no official one is in the recording: Binance from the open of the first to the close of the third five-minute bar, a tie is Up (class settlement); ${joined} of ${joints} bars open exactly where the one before closed, and the close stands for both; windows whose last mid says the same`,
    agreement: `${votes.length - unlike.length} of ${votes.length}`,
    ...(unlike.length > 0 && { exceptions: unlike.map(({ slug }) => slug) }),
  }
}
