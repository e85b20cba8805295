import { basename } from 'node:path'
import { Feed, Flag, type Instrument, Kind, type Market, type Resolution } from '../../core/events/index.ts'
import { type Micros, ONE, type Tick } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  GAP_US,
  type SilenceMeter,
} from '../tape/index.ts'
import {
  createEventFindings,
  describeEvents,
  type EventFindings,
  TRADED_ON_US,
  uncovered,
} from './event-conclusions.ts'
import { type EventFiles, openEventFiles } from './event-files.ts'
import type { LogEvent, LogRow } from './event-log-rows.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { assertKept, type Part } from './kept.ts'
import { NO_REFERENCE } from './klines.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import type { WalletFill } from './wallet-fills.ts'
import { classifyWindow, countWindows } from './windows.ts'

/** A log of the market channel near the resolution of 15-minute windows. */
export const events15m: Importer = {
  kind: 'events-15m',
  describe:
    'event log of 15m windows near their resolution (CSV: event_slug, timestamp_ms, event_type, …): trades at extreme prices, tick sizes, outcomes; and trades of a wallet (CSV: timestamp, wallet, …)',
  options: {},
  traps: [
    'a token_id has up to 78 digits: read as a number it is lost, and such a row is refused',
    'a label names its window by the New York time of its start, without a day',
    'its author kept trades at 0.99 and above alone: silence is no gap, and volumes are not those of the market',
    'rows of bid and ask tell levels that grew, never those that shrank: no book follows from them, they are refused',
    'times are those of reception, but of levels the venue’s: they lag by minutes when the recorder does',
    'an error row is a lost connection: it is refused, and the time to the next row of its market is a gap',
    'a tick size is told twice for each token, an outcome once for each: what is known is proof of life',
    'labels of the wallet’s trades name no window: only those of a token in the log are taken',
  ],
  example: 'sweeper_analysis.csv.gz wallet_trades.csv.gz --out datasets/resolutions',
  run: importEvents15m,
}

/**
 * Import an event log, and trades of a wallet beside it.
 *
 * @throws TapeError for files and columns; refused rows are counted, never fatal; nothing is left behind
 */
export async function importEvents15m(
  files: readonly string[],
  _options: Readonly<Record<string, string | undefined>>,
  { out, signal, progress, accept_refused = false }: ImportContext,
): Promise<ImportReport> {
  const refusals = createRefusals()
  const walletRefusals = refusals.part('wallet')
  const recording = await openEventFiles(files, refusals, walletRefusals)
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(out, {
      source: `Polymarket CLOB market channel near resolution: ${files.map((file) => basename(file)).join(', ')}`,
      licence: 'unknown',
      attribution: 'unknown recorder; events of the Polymarket CLOB',
      created_by: `lockstep ${pkg.version}, import events-15m`,
      reference_profile: NO_REFERENCE,
      carries: { book: 'none', trades: true },
    })
    const taking = startTaking(createRowSink(writer), refusals, walletRefusals, recording)
    let looked = 0
    for await (const row of recording.read()) {
      if (row.kind === 'log') takeLog(taking, row)
      else takeFill(taking, row)
      await taking.sink.drain()
      if (recording.reading.rows_read - looked < ROWS_BETWEEN_LOOKS) continue
      looked = recording.reading.rows_read
      signal?.throwIfAborted()
      progress?.({ rows_read: looked, rows_total: recording.rows })
    }
    signal?.throwIfAborted()
    await taking.sink.flush()
    progress?.({ rows_read: recording.rows, rows_total: recording.rows })
    const { windows, instruments, findings } = taking
    const accepted = assertKept(partsOf(taking, recording), accept_refused)
    const markets = windows.map(({ market }) => market)
    const lost = taking.meter.finish(markets).filter(({ reason }) => reason !== 'silence')
    const manifest = await writer.finish({
      assignment: 'assigned',
      windows: countWindows(
        windows.map(
          ({ market, payout }) => classifyWindow(market, { recorded_payout: payout ?? undefined }).class,
        ),
      ),
      inferred: [...describeEvents(findings, recording.reading), ...recording.inferred(), ...accepted],
      refused: refusals.list(),
      instruments: { markets, instruments },
      resolutions: taking.resolutions,
      gaps: [...lost, ...uncovered(markets, findings)].sort((a, b) => a.from_us - b.from_us),
    })
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
  }
}

/** Rows between two looks at the signal. */
const ROWS_BETWEEN_LOOKS = 2_048

type EventWindow = {
  market: Market
  index: number
  /** Payout of one Up share, once it is told. */
  payout: Tick | null
}

type Taking = {
  sink: RowSink
  refusals: Refusals
  walletRefusals: Refusals
  meter: SilenceMeter
  bySlug: Map<string, EventWindow>
  windows: EventWindow[]
  /** Instrument of a token. */
  byToken: Map<string, number>
  instruments: Instrument[]
  resolutions: Resolution[]
  findings: EventFindings
}

function startTaking(
  sink: RowSink,
  refusals: Refusals,
  walletRefusals: Refusals,
  { fills }: EventFiles,
): Taking {
  return {
    sink,
    refusals,
    walletRefusals,
    meter: createSilenceMeter('clob_market'),
    bySlug: new Map(),
    windows: [],
    byToken: new Map(),
    instruments: [],
    resolutions: [],
    findings: { ...createEventFindings(), fills },
  }
}

/** The log, and the trades of a wallet where there are any. */
function partsOf({ findings, refusals, walletRefusals }: Taking, { rows, wallet_rows }: EventFiles): Part[] {
  const log = { what: 'the log', rows: rows - (wallet_rows ?? 0), taken: findings.rows, refusals }
  if (wallet_rows === undefined) return [log]
  const wallet = { rows: wallet_rows, taken: findings.fills_known, refusals: walletRefusals }
  return [log, { what: 'the trades of the wallet', ...wallet }]
}

function takeLog(taking: Taking, row: LogRow): void {
  const { refusals, meter, findings } = taking
  const { local_us, market, about, file } = row
  const window = taking.bySlug.get(market.slug)
  if (about === null) {
    refusals.pass('an error: the connection was lost', file, row.row)
    meter.refused(window?.index ?? null, local_us, 'the connection was lost')
    return
  }
  const known = window ?? addWindow(taking, market)
  const token = tokenOf(taking, known, about.token_id, about.outcome)
  const fault = typeof token === 'string' ? token : takeEvent(taking, known, token, about.event, local_us)
  if (fault !== undefined) {
    refusals.add(fault, file, row.row)
    return
  }
  const since_us = local_us - findings.last_us
  if (since_us > GAP_US) findings.silences++
  if (since_us > findings.longest_us) findings.longest_us = since_us
  if (Number.isNaN(findings.first_us)) findings.first_us = local_us
  findings.last_us = local_us
  findings.rows++
  meter.message(known.index, local_us)
}

/** Put an event onto the tape; returns why it is refused, if it is. */
function takeEvent(
  { sink, findings, resolutions }: Taking,
  window: EventWindow,
  token: number,
  event: LogEvent,
  local_us: Micros,
): string | undefined {
  const { market, index } = window
  const row = (kind: number, side: number, price: number, size: number, exch_us = 0) =>
    sink.push(local_us, exch_us, kind, Feed.CLOB_MARKET, token, side, price, size, Flag.LAST)
  if (event.kind === 'open') row(Kind.MARKET, 0, 0, 0)
  else if (event.kind === 'trade') {
    const { side, price, size } = event
    findings.trades++
    if (local_us >= market.start_us && local_us < market.end_us + TRADED_ON_US) findings.trades_near++
    findings.least = Math.min(findings.least, price)
    findings.greatest = Math.max(findings.greatest, price)
    row(Kind.TRADE, side, price, size)
  } else if (event.kind === 'tick') {
    const { before, after, exch_us } = event
    const times = findings.tick_us.get(market.slug) ?? new Set()
    findings.tick_us.set(market.slug, times.add(exch_us))
    if (before === after) findings.restated++
    row(before === after ? Kind.ALIVE : Kind.TICK_SIZE, 0, before === after ? 0 : after, 0, exch_us)
  } else {
    const payout = (token % 2 === 0) === event.wins ? ONE : 0
    if (window.payout === payout) {
      findings.restated++
      row(Kind.ALIVE, 0, 0, 0)
      return undefined
    }
    // Of two words of the venue the later holds: a dispute can turn the first.
    const first = window.payout === null
    window.payout = payout
    const resolution = { market: index, up_payout: payout, known_us: local_us, class: 'recorded' } as const
    if (first) {
      findings.resolved++
      if (local_us >= market.end_us) findings.resolved_after++
      resolutions.push(resolution)
    } else {
      findings.turned.add(market.slug)
      resolutions[resolutions.findIndex((one) => one.market === index)] = resolution
    }
    row(Kind.RESOLVED, 0, payout, 0)
  }
  return undefined
}

function takeFill({ sink, walletRefusals, byToken, findings }: Taking, fill: WalletFill): void {
  const { local_us, token_id, outcome, side, price, size } = fill
  const token = byToken.get(token_id)
  if (token === undefined || (token % 2 === 0) !== (outcome === 'up')) {
    walletRefusals.pass('a token that the log has not named before', fill.file, fill.row)
    return
  }
  findings.fills_known++
  sink.push(local_us, 0, Kind.WALLET_TRADE, Feed.WALLETS, token, side, price, size, Flag.LAST)
}

function addWindow({ bySlug, windows, instruments }: Taking, market: Market): EventWindow {
  const window = { market, index: windows.length, payout: null }
  // Up stands at twice the index of the market, Down behind it; ids follow as they are told.
  for (const outcome of ['up', 'down'] as const)
    instruments.push({ kind: 'token', market: window.index, outcome, token_id: '' })
  windows.push(window)
  bySlug.set(market.slug, window)
  return window
}

/** The instrument of a token, or why it is none of its window's. */
function tokenOf(
  { byToken, instruments }: Taking,
  { index }: EventWindow,
  token_id: string,
  outcome: 'up' | 'down',
): number | string {
  const place = 2 * index + (outcome === 'up' ? 0 : 1)
  const known = byToken.get(token_id)
  if (known !== undefined) return known === place ? place : 'a token of another outcome or window before'
  const instrument = instruments[place]!
  if (instrument.kind !== 'token' || instrument.token_id !== '') return 'a third token in one market'
  instruments[place] = { ...instrument, token_id }
  byToken.set(token_id, place)
  return place
}
