import { stat } from 'node:fs/promises'
import type { Outcome } from '../../core/events/index.ts'
import { MICRO, ONE } from '../../core/units/index.ts'
import { stage } from '../files/index.ts'
import { type Dataset, readColumns, sha256Of, TapeError } from '../tape/index.ts'
import { ABOUT, ABOUT_DESCR, type About, NO_VENUE_TIME } from './about.ts'
import { createEvent, EVENT_BYTES, EVENT_DESCR, Ev, writeEvent } from './event.ts'
import { type EventOrder, EXCH, LOCAL, orderEvents } from './event-order.ts'
import { npyHeader } from './npy.ts'
import { writeNpz } from './npz.ts'
import { createTokenEvents, type TokenEvents, takeRow } from './token-events.ts'

/** Which rows of a dataset to export, and where to. */
export type ExportOptions = {
  /** Slug of the market. */
  market: string
  /** In the terms of which of its tokens. Default Up. */
  outcome?: Outcome
  /** The npz file to make; it must not exist. */
  out: string
  signal?: AbortSignal
  /** Called every few thousand rows. */
  progress?: (state: { rows_read: number; rows_total: number }) => void
}

/** What an export came to. */
export type ExportReport = {
  out: string
  sha256: string
  market: string
  outcome: Outcome
  /** Level changes, trades and resets of the book, and in how many records they stand. */
  events: number
  records: number
  /** What was added to all local times: the recorder's clock was behind the venue's. */
  local_shift_us: number
  /** Rows of the market that have no place in such a file, by kind. */
  left_out: Record<string, number>
}

/**
 * Export one market of a dataset as a file of hftbacktest 2.x events: level changes, trades and resets of its book, those of
 * the other token mirrored. Times are in ns. Where the exchange and the strategy would take events in different orders
 * they stand twice, and where local times lie before exchange times all are shifted: as hftbacktest's own converters do.
 *
 * @throws TapeError `export.market`, `export.empty`, `export.exists`; and what reading a dataset throws
 */
export async function exportHftbacktest(dataset: Dataset, options: ExportOptions): Promise<ExportReport> {
  const { out, signal, progress, outcome = 'up' } = options
  const market = dataset.instruments.markets.findIndex(({ slug }) => slug === options.market)
  if (market < 0) throw noMarket(dataset, options.market)
  if ((await stat(out).catch(() => undefined)) !== undefined)
    throw new TapeError('export.exists', `${out}: exists`, { file: out }, 'give another name, or remove it')
  const events = createTokenEvents(dataset.instruments, market, outcome)
  let rows_read = 0
  for await (const columns of readColumns(dataset, { cache: false })) {
    signal?.throwIfAborted()
    for (let row = 0; row < columns.length; row++) takeRow(events, columns, row)
    rows_read += columns.length
    progress?.({ rows_read, rows_total: dataset.manifest.counts.rows })
  }
  if (events.length === 0) {
    throw new TapeError(
      'export.empty',
      `${options.market}: the dataset has no level and no trade of it`,
      { file: dataset.dir, field: 'market' },
      'choose a market with rows of kind LEVEL or TRADE',
    )
  }
  const local_shift_us = shiftOf(events)
  const order = orderEvents(events.exch_us, events.length)
  const about = aboutOf(dataset, market, outcome, events, local_shift_us)
  const staging = await stage(out)
  try {
    await writeNpz(staging.path, { data: records(events, order, local_shift_us), [ABOUT]: aboutBytes(about) })
    signal?.throwIfAborted()
    await staging.keep()
  } finally {
    await staging.drop()
  }
  return {
    out,
    sha256: await sha256Of(out),
    market: options.market,
    outcome,
    events: events.length,
    records: order.rows.length,
    local_shift_us,
    left_out: events.left_out,
  }
}

/** How much the earliest local time lies before its exchange time. */
function shiftOf({ local_us, exch_us, length }: TokenEvents): number {
  let shift = 0
  for (let i = 0; i < length; i++) shift = Math.max(shift, exch_us[i]! - local_us[i]!)
  return shift
}

/** Records that are encoded at once. */
const PIECE_ROWS = 4_096

function* records(events: TokenEvents, order: EventOrder, shift_us: number): Generator<Uint8Array> {
  const { rows, takers } = order
  yield npyHeader(EVENT_DESCR, rows.length)
  const event = createEvent()
  for (let from = 0; from < rows.length; from += PIECE_ROWS) {
    const to = Math.min(rows.length, from + PIECE_ROWS)
    const bytes = new Uint8Array((to - from) * EVENT_BYTES)
    const view = new DataView(bytes.buffer)
    for (let n = from; n < to; n++) {
      const i = rows[n]!
      event.ev =
        events.ev[i]! +
        ((takers[n]! & EXCH) !== 0 ? Ev.EXCH : 0) +
        ((takers[n]! & LOCAL) !== 0 ? Ev.LOCAL : 0)
      event.exch_ns = BigInt(events.exch_us[i]!) * 1_000n
      event.local_ns = BigInt(events.local_us[i]! + shift_us) * 1_000n
      event.px = events.price[i]! / ONE
      event.qty = events.size[i]! / MICRO
      event.ival = events.flags[i]! | (events.timed[i] === 1 ? 0 : NO_VENUE_TIME)
      writeEvent(view, (n - from) * EVENT_BYTES, event)
    }
    yield bytes
  }
}

function aboutBytes(about: About): Uint8Array[] {
  const text = new TextEncoder().encode(JSON.stringify(about))
  return [npyHeader(ABOUT_DESCR, text.length), text]
}

function aboutOf(
  dataset: Dataset,
  market: number,
  outcome: Outcome,
  { local_us, length }: TokenEvents,
  local_shift_us: number,
): About {
  const { manifest, instruments, resolutions, gaps } = dataset
  const token_ids = { up: '', down: '' }
  for (const one of instruments.instruments)
    if (one.kind === 'token' && one.market === market) token_ids[one.outcome] = one.token_id
  const found = resolutions.find((one) => one.market === market)
  const { start_us, end_us } = instruments.markets[market]!
  const from_us = Math.min(start_us, local_us[0]!)
  const to_us = Math.max(end_us, local_us[length - 1]!)
  const { source, licence, attribution, dataset_hash, carries, assignment } = manifest
  return {
    market: instruments.markets[market]!,
    outcome,
    token_ids,
    local_shift_us,
    carries,
    assignment,
    resolution:
      found === undefined
        ? null
        : { up_payout: found.up_payout, known_us: found.known_us, class: found.class },
    gaps: gaps
      .filter(
        (gap) => gap.market === market || (gap.market === null && gap.to_us > from_us && gap.from_us < to_us),
      )
      .map(({ market: whose, ...gap }) => ({ ...gap, feed_wide: whose === null })),
    source,
    licence,
    attribution,
    dataset_hash,
  }
}

/** Markets that are named where one is not found. */
const NAMED_MAX = 5

function noMarket({ dir, instruments }: Dataset, slug: string): TapeError {
  const known = instruments.markets.slice(0, NAMED_MAX).map((market) => market.slug)
  const more = instruments.markets.length - known.length
  return new TapeError(
    'export.market',
    `${dir}: has no market "${slug}"`,
    { file: dir, field: 'market' },
    `give one of ${known.join(', ')}${more > 0 ? ` and ${more} more, listed in instruments.json` : ''}`,
  )
}
