import { basename } from 'node:path'
import {
  Feed,
  Flag,
  type Instrument,
  Kind,
  type Market,
  type ReferenceProfile,
} from '../../core/events/index.ts'
import { TABLE } from '../../core/rules/index.ts'
import { HOUR, type Micros, ONE, SECOND } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  type SilenceMeter,
  TapeError,
} from '../tape/index.ts'
import { createBarRows } from './five-minute-bars.ts'
import { concludeHourly, type HourlyWindow, touchTold } from './hourly-conclusions.ts'
import { createHourlyReader, type HourlyFile, type HourlyRow, openHourly, readOpen } from './hourly-rows.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { assertKept } from './kept.ts'
import { createPolledToken, takeTouch } from './polled-touch.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import type { SettlementSeries } from './windows.ts'
import { createZone, type Zone, zoneInference } from './zone.ts'

/** Name of the series that the polled prices and those at full hours become. */
export const HOURLY_SERIES = 'binance-spot'
const SERIES_INSTRUMENT = 0
/** Polls come once a minute, a few seconds early or late: further apart, some are missing. */
const GAP_US: Micros = 90 * SECOND
/** What stands at a touch at the least: the smallest order that may rest. */
const SIZE = TABLE.defaults.min_size

const profileOf = (asset: string): ReferenceProfile => ({
  name: 'hourly-polls',
  settlement: HOURLY_SERIES,
  spot: HOURLY_SERIES,
  fast: [],
  bar_s: 0,
  stale_ms: 75_000,
  min_venues: 1,
  notes: [
    `Binance ${asset.toUpperCase()}USDT polled once a minute, and at each full hour the price at which it begins: the windows settle by its hourly candle.`,
    'There is no fast series: FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE are off.',
  ],
  overrides: {
    'exchange.gap_s': GAP_US / SECOND,
    'volatility.half_life_s': 300,
    'volatility.warmup_s': 180,
    'volatility.max_dt_s': 600,
  },
})

/** Hourly windows, polled once a minute into SQLite. */
export const hourlySqlite: Importer = {
  kind: 'hourly-sqlite',
  describe:
    'hourly windows polled once a minute (SQLite: tables polydata, with the spot in a column such as eth_usdt_spot, and p_start_cache): the touch of one token, Binance spot, the price at each full hour',
  options: {},
  traps: [
    'the outcome stands on every row of a window from its first minute on: it knows the end and is used nowhere',
    'the columns p_up_prediction and ofi are the recorder’s own model: they are not read',
    'one token is recorded and nothing says which: one answer for the whole file, from how windows ended',
    'a bid and ask both 0 or both 1 are a decided book: no touch stands',
    'the column of the spot is called by its asset, such as btc_usdt_spot: windows of another asset are refused',
    'sizes are not recorded: the smallest order that may rest stands for each, marked inferred',
    'times have no zone and names of windows no year: the zone is the one in which the first row lies inside its window',
  ],
  example: 'eth_polyscraper.db --out datasets/eth-hourly',
  run: importHourlySqlite,
}

/**
 * Import a database of minute polls.
 *
 * @throws TapeError for the file and its columns, `import.zone`; refused rows are counted, never fatal; nothing is left behind
 */
export async function importHourlySqlite(
  files: readonly string[],
  _options: Readonly<Record<string, string | undefined>>,
  { out, signal, progress, accept_refused = false }: ImportContext,
): Promise<ImportReport> {
  const recording = await openHourly(onlyOne(files), signal)
  const name = basename(recording.file)
  const refusals = createRefusals()
  const openRefusals = refusals.part('price at a full hour')
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(out, {
      source: name,
      licence: 'unknown',
      attribution: 'unknown recorder; polls of the Polymarket CLOB, prices of Binance',
      created_by: `lockstep ${pkg.version}, import hourly-sqlite`,
      reference_profile: profileOf(recording.asset),
      carries: { book: 'top', trades: false },
    })
    const taking = startTaking(recording, createRowSink(writer))
    let rows_read = 0
    for await (const raw of recording.read()) {
      const row = taking.reader(raw)
      const fault = typeof row === 'string' ? row : takeRow(taking, row, openRefusals)
      if (fault !== undefined) refusals.add(fault, name, rows_read)
      await taking.sink.drain()
      if (++rows_read % ROWS_BETWEEN_REPORTS !== 0) continue
      progress?.({ rows_read, rows_total: recording.rows })
    }
    signal?.throwIfAborted()
    taking.opens?.rows.until(lastEnd(taking) + HOUR)
    await taking.sink.flush()
    progress?.({ rows_read, rows_total: recording.rows })
    const { markets, windows, zone } = taking
    const series = taking.opens?.series ?? { stamps_us: [], prices: [], reach_us: HOUR }
    const accepted = assertKept(
      [{ what: 'the polls', rows: rows_read, taken: taking.taken, refusals }],
      accept_refused,
    )
    const { assignment, instruments, windows: counts, inferred } = concludeHourly(windows, series)
    const manifest = await writer.finish({
      assignment,
      windows: counts,
      inferred: [
        zoneInference(zone),
        ...inferred,
        ...touchTold(taking.decided, recording.rows),
        ...recording.inferred,
        ...accepted,
      ],
      refused: refusals.list(),
      instruments: { markets, instruments: [seriesOf(recording.asset), ...instruments] },
      resolutions: [],
      gaps: taking.meter.finish(markets),
    })
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
    recording.close()
  }
}

/** What a decided book leaves of the touch. */
const NO_TOUCH = { bid: 0, ask: 0 }
/** Rows between two reports of progress. */
const ROWS_BETWEEN_REPORTS = 2_048
const seriesOf = (asset: string): Instrument => ({
  kind: 'series',
  name: HOURLY_SERIES,
  asset,
  venue: 'binance',
  unit: 'usd_e8',
})

type Taking = {
  recording: HourlyFile
  zone: Zone
  reader: ReturnType<typeof createHourlyReader>
  sink: RowSink
  meter: SilenceMeter
  /** Prices at full hours, once the first row has told the zone. */
  opens: { series: SettlementSeries; rows: { until(local_us: Micros): void } } | undefined
  windows: HourlyWindow[]
  markets: Market[]
  bySlug: Map<string, HourlyWindow>
  local_us: Micros
  taken: number
  decided: number
}

function startTaking(recording: HourlyFile, sink: RowSink): Taking {
  const zone = createZone(recording.file, HOUR)
  return {
    recording,
    zone,
    reader: createHourlyReader(zone, recording.asset),
    sink,
    meter: createSilenceMeter('clob_market', GAP_US),
    opens: undefined,
    windows: [],
    markets: [],
    bySlug: new Map(),
    local_us: 0,
    taken: 0,
    decided: 0,
  }
}

/** Take one poll: prices at full hours before it, the spot, the touch. Returns why it is refused, if it is. */
function takeRow(taking: Taking, row: HourlyRow, refusals: Refusals): string | undefined {
  const { sink, meter } = taking
  const { local_us, market, spot, decided } = row
  if (local_us < taking.local_us) return 'polled before the row ahead of it'
  const window = taking.bySlug.get(market.slug) ?? addWindow(taking, row)
  if (window.token_id !== row.token_id) return 'another token than the first of its window'
  taking.local_us = local_us
  taking.taken++
  if (taking.opens === undefined) {
    const series = readOpens(taking, refusals)
    taking.opens = { series, rows: createBarRows(series, market.start_us, SERIES_INSTRUMENT, sink) }
  }
  taking.opens.rows.until(local_us)
  window.outcome = row.outcome
  sink.push(local_us, 0, Kind.ORACLE, Feed.BINANCE, SERIES_INSTRUMENT, 0, spot, 0, Flag.LAST)
  takeTouch(window, decided === null ? row : NO_TOUCH, SIZE, local_us, Feed.CLOB_MARKET, sink)
  window.end_mid = decided === null ? window.mid : decided === 'high' ? ONE : 0
  if (decided !== null) taking.decided++
  meter.message(window.index, local_us)
  return undefined
}

function addWindow({ markets, windows, bySlug }: Taking, { market, token_id }: HourlyRow): HourlyWindow {
  const index = markets.push(market) - 1
  const polled = createPolledToken(market, index, SERIES_INSTRUMENT + 1 + index)
  const window = { ...polled, token_id, outcome: null, end_mid: Number.NaN }
  windows.push(window)
  bySlug.set(market.slug, window)
  return window
}

/** End of the last window: the value behind it confirms the one at it. */
function lastEnd({ markets }: Taking): Micros {
  return markets.reduce((last, { end_us }) => Math.max(last, end_us), 0)
}

function readOpens({ recording, zone }: Taking, refusals: Refusals): SettlementSeries {
  const stamps_us: Micros[] = []
  const prices: number[] = []
  recording.opens.forEach((raw, row) => {
    const { clock_us, price } = readOpen(raw)
    const stamp_us = clock_us - zone.offset_us
    if (!(stamp_us > (stamps_us.at(-1) ?? 0)) || !(price > 0)) {
      refusals.add('no hour, or no price above 0', 'p_start_cache', row)
      return
    }
    stamps_us.push(stamp_us)
    prices.push(price)
  })
  return { stamps_us, prices, reach_us: HOUR }
}

function onlyOne(files: readonly string[]): string {
  if (files.length === 1) return files[0]!
  throw new TapeError(
    'import.files',
    `${files.length} databases are given: each is a recording of its own`,
    { file: files[1]! },
    'import them one at a time, and merge the datasets',
  )
}
