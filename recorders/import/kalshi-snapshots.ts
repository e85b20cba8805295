import { basename } from 'node:path'
import {
  Feed,
  Flag,
  type Instrument,
  Kind,
  type Market,
  type ReferenceProfile,
} from '../../core/events/index.ts'
import { MICRO, type Micros } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { kalshiInferences, kalshiTokens, onKalshiGrid } from '../kalshi/index.ts'
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  type Inference,
  type SilenceMeter,
} from '../tape/index.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { createSnapshotReader, type KalshiSnapshot } from './kalshi-snapshot-rows.ts'
import { assertKept } from './kept.ts'
import { licenceBeside } from './licence-file.ts'
import { openLines } from './line-files.ts'
import { createPolledToken, type PolledToken, takeTouch } from './polled-touch.ts'
import { createRefusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { createTimeColumn, stampOf, type TimeColumn } from './time-column.ts'
import { classifyWindow, countWindows } from './windows.ts'

/** Name of the series that the price on each snapshot becomes. */
export const KALSHI_SPOT_SERIES = 'spot'
/** What stands at a touch at the least: one contract. */
const SIZE = MICRO

const PROFILE: ReferenceProfile = {
  name: 'kalshi-snapshots',
  settlement: null,
  spot: KALSHI_SPOT_SERIES,
  fast: [],
  bar_s: 0,
  stale_ms: 5_000,
  min_venues: 1,
  notes: [
    'The price that the recorder put on each snapshot is the spot; which exchange it is of is not recorded.',
    'The windows settle by an index of CF Benchmarks that is not in the recording: no strike, no outcome.',
    'There is no fast series: FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE are off.',
  ],
  overrides: {},
}

/** The touch of Kalshi's 15-minute markets, polled twice a second, with the spot price. */
export const kalshiSnapshots: Importer = {
  kind: 'kalshi-snapshots',
  describe:
    'snapshots of Kalshi 15-minute up/down markets (JSON lines: ticker, ts, yb, ya, spot, spot_ok): the touch of Yes, and the price of the asset',
  options: {},
  traps: [
    'no snapshot says how much stands at the touch: one contract stands for it, marked inferred; yes_depth and no_depth sum whole sides',
    'the spot is used where spot_ok is 1; which exchange it is of is not recorded',
    'the column btc_mid is of another market, whose ticker is not recorded: it is not used',
    'snapshots stop for minutes: those are gaps',
    'a ticker names the close of its window in New York time; ya is one minus the best bid for No',
    'a market that has closed is polled on for some seconds: its last touch stands, and tells its end',
    'no outcome is in the files: the last mids decide, or nothing',
  ],
  example: 'raw_snapshots.jsonl.gz --out datasets/kalshi-eth',
  run: importKalshiSnapshots,
}

/**
 * Import snapshots of Kalshi's 15-minute markets. Yes is Up; its touch is the market's one book.
 *
 * @throws TapeError for files; refused rows are counted, never fatal; nothing is left behind
 */
export async function importKalshiSnapshots(
  files: readonly string[],
  _options: Readonly<Record<string, string | undefined>>,
  { out, signal, progress, accept_refused = false }: ImportContext,
): Promise<ImportReport> {
  const refusals = createRefusals()
  const times = createTimeColumn(files[0]!, 'ts', 's')
  const recording = await openLines(files, {
    by: 'ts',
    look: (text) => times.look(tsOf(text)),
    timeOf: (text) => stampOf(tsOf(text)),
  })
  const { licence, copyright, attachments } = await licenceBeside(files[0]!)
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(out, {
      source: `Kalshi, snapshots of the touch: ${files.map((file) => basename(file)).join(', ')}`,
      licence,
      attribution: `${copyright === '' ? 'unknown recorder' : copyright}; prices of Kalshi. Changes: snapshots turned into level changes`,
      created_by: `lockstep ${pkg.version}, import kalshi-snapshots`,
      reference_profile: PROFILE,
      carries: { book: 'top', trades: false },
    })
    const taking = startTaking(createRowSink(writer), times)
    let rows_read = 0
    for await (const { file, lines } of recording.read()) {
      signal?.throwIfAborted()
      for (const { row, text } of lines) {
        const snapshot = taking.reader(text)
        const fault = typeof snapshot === 'string' ? snapshot : takeSnapshot(taking, snapshot)
        if (fault !== undefined) refusals.add(fault, file, row)
        await taking.sink.drain()
      }
      rows_read += lines.length
      progress?.({ rows_read, rows_total: recording.rows })
    }
    await taking.sink.flush()
    const accepted = assertKept(
      [{ what: 'the recording', rows: recording.rows, taken: taking.taken, refusals }],
      accept_refused,
    )
    const markets = taking.tokens.map(({ market }) => market)
    const manifest = await writer.finish({
      assignment: 'assigned',
      windows: countWindows(taking.tokens.map(classOf)),
      inferred: [...describe(taking, markets), ...recording.inferred(), ...times.inferred(), ...accepted],
      refused: refusals.list(),
      instruments: { markets, instruments: taking.instruments },
      resolutions: [],
      gaps: taking.meter.finish(markets),
      attachments,
    })
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
  }
}

type Taking = {
  sink: RowSink
  meter: SilenceMeter
  reader: ReturnType<typeof createSnapshotReader>
  tokens: PolledToken[]
  byTicker: Map<string, PolledToken>
  /** Instrument of an asset's spot. */
  spots: Map<string, number>
  instruments: Instrument[]
  local_us: Micros
  taken: number
  unvouched: number
  prices: { total: number; on_grid: number }
}

function startTaking(sink: RowSink, times: TimeColumn): Taking {
  return {
    sink,
    meter: createSilenceMeter('kalshi'),
    reader: createSnapshotReader(times),
    tokens: [],
    byTicker: new Map(),
    spots: new Map(),
    instruments: [],
    local_us: 0,
    taken: 0,
    unvouched: 0,
    prices: { total: 0, on_grid: 0 },
  }
}

/** Take one snapshot: the price first, then the touch. Returns why it is refused, if it is. */
function takeSnapshot(taking: Taking, snapshot: KalshiSnapshot): string | undefined {
  const { sink, spots, prices } = taking
  const { local_us, market, bid, ask, spot } = snapshot
  if (local_us < taking.local_us) return 'taken before the snapshot ahead of it'
  taking.local_us = local_us
  taking.taken++
  const token = taking.byTicker.get(market.slug) ?? addMarket(taking, market)
  if (spot === null) taking.unvouched++
  else sink.push(local_us, 0, Kind.ORACLE, Feed.NONE, spots.get(market.asset)!, 0, spot, 0, Flag.LAST)
  for (const price of [bid, ask]) {
    if (price === 0) continue
    prices.total++
    if (onKalshiGrid(price)) prices.on_grid++
  }
  takeTouch(token, snapshot, SIZE, local_us, Feed.KALSHI, sink)
  taking.meter.message(token.index, local_us)
  return undefined
}

function addMarket({ tokens, byTicker, spots, instruments }: Taking, market: Market): PolledToken {
  const { asset, slug } = market
  if (!spots.has(asset)) {
    const series = { name: KALSHI_SPOT_SERIES, asset, venue: 'unknown', unit: 'usd_e8' } as const
    spots.set(asset, instruments.push({ kind: 'series', ...series }) - 1)
  }
  const ids = kalshiTokens(slug)
  const index = tokens.length
  const first = instruments.length
  for (const outcome of ['up', 'down'] as const)
    instruments.push({ kind: 'token', market: index, outcome, token_id: ids[outcome] })
  const token = createPolledToken(market, index, first)
  tokens.push(token)
  byTicker.set(slug, token)
  return token
}

function classOf({ market, last_mid }: PolledToken) {
  return classifyWindow(market, { last_up_mid: Number.isNaN(last_mid) ? undefined : last_mid }).class
}

function describe({ taken, unvouched, prices }: Taking, markets: readonly Market[]): Inference[] {
  return [
    {
      what: 'the size of the touch',
      how: 'one contract, a lower bound: whatever stands there is at least about that; all level rows are marked inferred',
      agreement: 'not checkable: no size of a level is recorded',
    },
    {
      what: 'the spot',
      how: 'the price on each snapshot where the recorder held it for good (spot_ok), to the nearest 1e-8; a dollar of whichever exchange',
      agreement: `${taken - unvouched} of ${taken}`,
    },
    ...kalshiInferences(markets, prices),
  ]
}

/** What a line says of its time, found without reading the rest. */
function tsOf(line: string): string {
  const found = /"ts"\s*:\s*(?:"([^"]{1,40})"|([\d.eE+-]{1,40}))/.exec(line)
  return found?.[1] ?? found?.[2] ?? ''
}
