import { basename } from 'node:path'
import { Feed, Flag, type Instrument, Kind } from '../../core/events/index.ts'
import { type Micros, ONE } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { type About, Ev, NO_VENUE_TIME, type NpzEvent } from '../hftbacktest/index.ts'
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  type Gap,
  type SilenceMeter,
} from '../tape/index.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { assertRising } from './in-time.ts'
import { assertKept } from './kept.ts'
import { NO_REFERENCE } from './klines.ts'
import {
  type BookEvent,
  clearTo,
  createTickBook,
  midOfTicks,
  readBookEvent,
  reset,
  setLevel,
  type TickBook,
} from './npz-book.ts'
import { describeEventFiles, type NpzFindings } from './npz-conclusions.ts'
import { openNpzFiles } from './npz-files.ts'
import { importNpzSeries } from './npz-series.ts'
import { type NpzSubject, subjectOf } from './npz-subject.ts'
import { createRefusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { classifyWindow, countWindows, LAST_MID_US } from './windows.ts'

/** Events of hftbacktest, of one token of a market. */
export const hftbacktest: Importer = {
  kind: 'hftbacktest',
  describe:
    'event files of hftbacktest 2.x (npz with an array "data"): level changes and trades of one token, or of an exchange as a reference',
  options: {
    market: {
      type: 'text',
      doc: 'slug of the market, where the file does not say it: those of engine export do',
    },
    series: {
      type: 'text',
      doc: 'asset, such as btc: the events are of an exchange, a reference and no market',
    },
    outcome: { type: 'text', doc: 'up or down: which token of the market the events are of (default: up)' },
  },
  traps: [
    'an event that stands twice, once for the exchange and once for the strategy, is one: the strategy’s is taken',
    'times are in ns, or in another unit by their magnitude, and stand in whole µs, cut off',
    'prices and sizes are floats: one finer than 1e-4 or 1e-6 is refused, never rounded',
    'prices outside (0, 1) are not those of a share: data of an exchange becomes a reference by --series, its best prices and trades',
    'events must rise in local time, but for a few: sort by local_ts first',
    'fields may stand in another order, padded, or with their bytes the other way round; prices in 32 bits are refused',
    'an event that clears part of a side becomes the levels that it takes away',
    'files say neither which messages belong together nor when a feed was down: events of one moment are one message, and silence is a gap',
  ],
  example: 'window.npz --market btc-updown-5m-1776254400 --out datasets/window',
  run: importHftbacktest,
}

/**
 * Import event files of hftbacktest.
 *
 * @throws TapeError for files and options; refused rows are counted, never fatal; nothing is left behind
 */
export async function importHftbacktest(
  files: readonly string[],
  options: Readonly<Record<string, string | undefined>>,
  context: ImportContext,
): Promise<ImportReport> {
  const { out, signal, progress } = context
  const refusals = createRefusals()
  const recording = await openNpzFiles(files)
  if (options.series !== undefined) return importNpzSeries(recording, options.series, files, context)
  const subject = subjectOf(recording, options, files[0]!)
  let writer: DatasetWriter | undefined
  try {
    const { about } = recording
    writer = await createDataset(out, {
      source: `${files.map((file) => basename(file)).join(', ')}${about === undefined ? '' : `, exported from: ${about.source}`}`,
      licence: about?.licence ?? 'unknown',
      attribution: about?.attribution ?? 'unknown',
      created_by: `lockstep ${pkg.version}, import hftbacktest`,
      reference_profile: NO_REFERENCE,
      carries: about?.carries ?? { book: 'full', trades: true },
    })
    const taking = startTaking(createRowSink(writer), subject)
    for await (const { file, row, event } of recording.read()) {
      const said = look(taking, event)
      if (typeof said === 'string') refusals.add(said, file, row)
      else if (said !== undefined) {
        if (said.begins) {
          endMessage(taking)
          await taking.sink.drain()
        }
        take(taking, said)
      }
      if (++taking.findings.rows % ROWS_BETWEEN_LOOKS !== 0) continue
      signal?.throwIfAborted()
      progress?.({ rows_read: taking.findings.rows, rows_total: recording.rows })
    }
    signal?.throwIfAborted()
    endMessage(taking)
    await taking.sink.flush()
    progress?.({ rows_read: recording.rows, rows_total: recording.rows })
    if (context.accept_refused !== true) assertRising(files[0]!, 'local_ts', taking.late, recording.rows)
    const accepted = assertKept(
      [
        {
          what: 'the events',
          rows: recording.rows,
          taken: taking.sink.rows + taking.findings.copies,
          refusals,
        },
      ],
      context.accept_refused === true,
    )
    const { market, token_ids } = subject
    const instruments = (['up', 'down'] as const).map(
      (outcome): Instrument => ({ kind: 'token', market: 0, outcome, token_id: token_ids[outcome] }),
    )
    const resolution = about?.resolution ?? null
    const measured = taking.meter.finish([market])
    const manifest = await writer.finish({
      assignment: about?.assignment ?? 'assigned',
      windows: countWindows([
        classOf(taking, resolution?.class === 'recorded' ? resolution.up_payout : undefined),
      ]),
      inferred: [...describeEventFiles(taking.findings, about), ...recording.inferred, ...accepted],
      refused: refusals.list(),
      instruments: { markets: [market], instruments },
      resolutions: resolution === null ? [] : [{ market: 0, ...resolution }],
      gaps: about === undefined ? measured : gapsOf(about),
    })
    return reportOf(manifest, recording.rows)
  } finally {
    await writer?.abort()
  }
}

/** Rows between two looks at the signal. */
const ROWS_BETWEEN_LOOKS = 4_096

type Taking = {
  sink: RowSink
  subject: NpzSubject
  /** Instrument of the rows. */
  token: number
  meter: SilenceMeter
  book: TickBook
  local_us: Micros
  exch_us: Micros
  /** Rows of the message at hand, and whether our own file ends it here. */
  open: number
  ended: boolean
  last_mid: number
  /** Events behind later ones. */
  late: number
  findings: NpzFindings
}

function startTaking(sink: RowSink, subject: NpzSubject): Taking {
  return {
    sink,
    subject,
    token: subject.outcome === 'up' ? 0 : 1,
    meter: createSilenceMeter('clob_market'),
    book: createTickBook(),
    local_us: 0,
    exch_us: 0,
    open: 0,
    ended: true,
    last_mid: Number.NaN,
    late: 0,
    findings: { rows: 0, copies: 0, cut: 0, messages: 0 },
  }
}

/** An event that becomes rows. `begins`: another message than the one at hand. */
type Said = { event: BookEvent; local_us: Micros; exch_us: Micros; flags: number; begins: boolean }

/** Look at an event: what it says, why it is refused, or undefined for one that says again what another says. */
function look(taking: Taking, raw: NpzEvent): Said | string | undefined {
  const { findings, subject, open } = taking
  if ((raw.ev & Ev.LOCAL) === 0) {
    if ((raw.ev & Ev.EXCH) === 0) return 'an event that neither the exchange nor the strategy takes'
    findings.copies++
    return undefined
  }
  const event = readBookEvent(raw)
  if (typeof event === 'string') return event
  const local_us = Number(raw.local_ns / 1_000n) - subject.shift_us
  const exch_us = Number(raw.exch_ns / 1_000n)
  if (!(local_us > 0 && exch_us > 0)) return 'a time before 1970'
  if (local_us < taking.local_us) {
    taking.late++
    return 'a local time before that of an event ahead of it'
  }
  if (raw.local_ns % 1_000n !== 0n || raw.exch_ns % 1_000n !== 0n) findings.cut++
  const flags = subject.ours ? raw.ival : 0
  const another = subject.ours ? taking.ended : local_us !== taking.local_us || exch_us !== taking.exch_us
  return { event, local_us, exch_us, flags, begins: another || open >= MESSAGE_MAX }
}

/** More rows of one moment are no message of a book: every level of it twice. */
const MESSAGE_MAX = 20_000

function take(taking: Taking, { event, local_us, exch_us, flags }: Said): void {
  const { sink, book, token } = taking
  taking.local_us = local_us
  taking.exch_us = exch_us
  taking.ended = (flags & Flag.LAST) !== 0
  const stamp_us = (flags & NO_VENUE_TIME) !== 0 ? 0 : exch_us
  const row = (kind: number, side: number, price: number, size: number, more = 0) => {
    taking.open++
    const flag = (flags & OF_ROWS) | more
    sink.push(local_us, stamp_us, kind, Feed.CLOB_MARKET, token, side, price, size, flag)
  }
  if (event.kind === 'trade') row(Kind.TRADE, event.side, event.price, event.size)
  else if (event.kind === 'reset') {
    reset(book)
    row(Kind.BOOK_RESET, 0, 0, 0)
  } else if (event.kind === 'clear') {
    clearTo(book, event.side, event.price, (price) => row(Kind.LEVEL, event.side, price, 0))
  } else {
    const { side, price, size, snapshot } = event
    setLevel(book, side, price, size)
    row(Kind.LEVEL, side, price, size, snapshot ? Flag.SNAPSHOT : 0)
  }
}

/** Flags of a row that stand in our own files; the end of a message is set anew. */
const OF_ROWS = 0xff & ~Flag.LAST

/** The message at hand is whole. */
function endMessage(taking: Taking): void {
  const { sink, subject, book, local_us } = taking
  if (taking.open === 0) return
  taking.open = 0
  sink.endGroup()
  taking.findings.messages++
  taking.meter.message(0, local_us)
  if (local_us < subject.market.end_us - LAST_MID_US) return
  const mid = midOfTicks(book)
  if (!Number.isNaN(mid)) taking.last_mid = subject.outcome === 'up' ? mid : ONE - mid
}

function classOf({ subject, last_mid }: Taking, recorded_payout: number | undefined) {
  const last_up_mid = Number.isNaN(last_mid) ? undefined : last_mid
  return classifyWindow(subject.market, { recorded_payout, last_up_mid }).class
}

/** Gaps as the dataset had them that the file was made from. */
function gapsOf({ gaps }: About): Gap[] {
  return gaps.map(({ feed_wide, ...gap }) => ({ market: feed_wide ? null : 0, ...gap }))
}
