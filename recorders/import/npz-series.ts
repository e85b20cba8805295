import { basename } from 'node:path'
import { Feed, Flag, type Instrument, Kind, type ReferenceProfile, Side } from '../../core/events/index.ts'
import { E8_ONE, type Micros } from '../../core/units/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { Ev, KIND_MASK, type NpzEvent } from '../hftbacktest/index.ts'
import {
  createDataset,
  createSilenceMeter,
  type DatasetWriter,
  type SilenceMeter,
  TapeError,
} from '../tape/index.ts'
import { nearest } from './exact.ts'
import { type ImportContext, type ImportReport, reportOf } from './importer.ts'
import { assertRising } from './in-time.ts'
import { assertKept } from './kept.ts'
import type { NpzFiles } from './npz-files.ts'
import { createPriceBook, drop, empty, type PriceBook, setPrice } from './price-book.ts'
import { createRefusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { countWindows } from './windows.ts'

/** Name of the series that best prices and trades become. */
export const EXCHANGE_SERIES = 'exchange'

const PROFILE: ReferenceProfile = {
  name: 'hftbacktest-series',
  settlement: null,
  spot: null,
  fast: [EXCHANGE_SERIES],
  bar_s: 0,
  stale_ms: 3_000,
  min_venues: 1,
  notes: [
    'Best prices and trades of one exchange as the one fast series; its quote currency is taken for USD.',
    'There is no settlement series: no strike and no outcome follow from it. There are no markets.',
  ],
  overrides: {},
}

/**
 * Import event files of an exchange as a reference: its best prices become quotes, its trades prints.
 *
 * @param asset what is traded there, such as `btc`
 * @throws TapeError `import.series` for what is no asset, and for a file that says which market it is of
 */
export async function importNpzSeries(
  recording: NpzFiles,
  asset: string,
  files: readonly string[],
  { out, signal, progress, accept_refused = false }: ImportContext,
): Promise<ImportReport> {
  if (!/^[a-z0-9]{2,10}$/.test(asset) || recording.about !== undefined) {
    const what = recording.about === undefined ? `"${asset}" is no asset` : `${files[0]}: is of a market`
    throw new TapeError(
      'import.series',
      what,
      { field: 'series' },
      'give a short name such as btc, of an exchange',
    )
  }
  const refusals = createRefusals()
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(out, {
      source: files.map((file) => basename(file)).join(', '),
      licence: 'unknown',
      attribution: 'unknown',
      created_by: `lockstep ${pkg.version}, import hftbacktest`,
      reference_profile: PROFILE,
      carries: { book: 'none', trades: false },
    })
    const taking = startTaking(createRowSink(writer))
    for await (const { file, row, event } of recording.read()) {
      const fault = takeEvent(taking, event)
      if (fault !== undefined) refusals.add(fault, file, row)
      if (++taking.rows % ROWS_BETWEEN_LOOKS !== 0) continue
      await taking.sink.drain()
      signal?.throwIfAborted()
      progress?.({ rows_read: taking.rows, rows_total: recording.rows })
    }
    signal?.throwIfAborted()
    tellQuote(taking)
    await taking.sink.flush()
    progress?.({ rows_read: taking.rows, rows_total: recording.rows })
    const series: Instrument = {
      kind: 'series',
      name: EXCHANGE_SERIES,
      asset,
      venue: 'unknown',
      unit: 'usd_e8',
    }
    if (!accept_refused) assertRising(files[0]!, 'local_ts', taking.late, recording.rows)
    const accepted = assertKept(
      [{ what: 'the events', rows: recording.rows, taken: taking.sink.rows, refusals }],
      accept_refused,
    )
    const { copies, book, changes, quotes } = taking
    const manifest = await writer.finish({
      assignment: 'assigned',
      windows: countWindows([]),
      inferred: [
        {
          what: 'quotes',
          how: 'the best prices after all events of one moment, where they changed; of levels the tape of a reference holds no others',
          agreement: `${quotes} of ${changes} level changes`,
        },
        {
          what: 'levels that a newer one of the other side crosses',
          how: 'their removal is missing: they are dropped',
          agreement: `${book.crossed} of ${changes} level changes`,
        },
        {
          what: 'events that stand a second time for the exchange',
          how: "the strategy's are taken, in its order",
          agreement: `${copies} of ${taking.rows}`,
        },
        ...recording.inferred,
        ...accepted,
      ],
      refused: refusals.list(),
      instruments: { markets: [], instruments: [series] },
      resolutions: [],
      gaps: taking.meter.finish([]),
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
  meter: SilenceMeter
  book: PriceBook
  local_us: Micros
  exch_us: Micros
  /** Best prices as they were told last. */
  bid: number
  ask: number
  rows: number
  /** Events behind later ones. */
  late: number
  copies: number
  changes: number
  quotes: number
}

function startTaking(sink: RowSink): Taking {
  return {
    sink,
    meter: createSilenceMeter('exchange'),
    book: createPriceBook(),
    local_us: 0,
    exch_us: 0,
    bid: 0,
    ask: 0,
    rows: 0,
    late: 0,
    copies: 0,
    changes: 0,
    quotes: 0,
  }
}

/** Take one event; returns why it is refused, if it is. */
function takeEvent(taking: Taking, { ev, px, qty, local_ns, exch_ns }: NpzEvent): string | undefined {
  if ((ev & Ev.LOCAL) === 0) {
    if ((ev & Ev.EXCH) === 0) return 'an event that neither the exchange nor the strategy takes'
    taking.copies++
    return undefined
  }
  const kind = ev & KIND_MASK
  const side = (ev & Ev.BUY) !== 0 ? Side.BID : (ev & Ev.SELL) !== 0 ? Side.ASK : Side.NONE
  const clears = kind === Ev.DEPTH_CLEAR
  const level = kind === Ev.DEPTH || kind === Ev.DEPTH_SNAPSHOT
  if (!level && !clears && kind !== Ev.TRADE) return 'an event of another kind than levels and trades'
  if (side === Side.NONE && !clears) return 'an event of both sides, or of none'
  const price = side === Side.NONE ? 0 : nearest(px, E8_ONE)
  const size = clears ? 0 : nearest(qty, E8_ONE)
  if (clears ? Number.isNaN(price) : !(price > 0)) return 'a price that is not a number of 1e-8 above 0'
  if (!(size >= 0) || (kind === Ev.TRADE && size === 0)) return 'a size that is not a number of 1e-8'
  const [local_us, exch_us] = [Number(local_ns / 1_000n), Number(exch_ns / 1_000n)]
  if (!(local_us > 0 && exch_us > 0)) return 'a time before 1970'
  if (local_us < taking.local_us) {
    taking.late++
    return 'a local time before that of an event ahead of it'
  }
  if (local_us !== taking.local_us || exch_us !== taking.exch_us) tellQuote(taking)
  taking.local_us = local_us
  taking.exch_us = exch_us
  taking.meter.message(0, local_us)
  const { book, sink } = taking
  if (kind === Ev.TRADE) {
    sink.push(local_us, exch_us, Kind.PRINT, Feed.NONE, 0, side, price, size, Flag.LAST)
    return undefined
  }
  taking.changes++
  if (level) setPrice(book, side, price, size)
  else if (side === Side.NONE) empty(book)
  else drop(book, side, price)
  return undefined
}

/** Tell the best prices of the moment that is over, where they are others than before. */
function tellQuote(taking: Taking): void {
  const { book, sink, local_us, exch_us } = taking
  const { bid, ask } = book
  if (bid === 0 || ask === 0 || (bid === taking.bid && ask === taking.ask)) return
  taking.bid = bid
  taking.ask = ask
  taking.quotes++
  sink.push(local_us, exch_us, Kind.QUOTE, Feed.NONE, 0, 0, bid, ask, Flag.LAST)
}
