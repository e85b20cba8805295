import {
  ALL_INSTRUMENTS,
  allocate,
  COLUMNS,
  type Columns,
  Flag,
  type Instruments,
} from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import { type Dataset, readVerified } from './dataset.ts'
import { TapeError } from './errors.ts'
import type { Gap, Manifest } from './manifest.ts'
import { readColumns } from './read.ts'
import { madeShare } from './share.ts'
import { REF_TABLES } from './side.ts'
import { copyAttachments, copySides, type SideNumbers } from './side-copy.ts'
import { AFTER_US, createStanding } from './standing.ts'
import { countWindows, uniformWindows } from './tally.ts'
import { createDataset, type DatasetWriter } from './writer.ts'

/** What to cut out of a dataset. */
export type CutOptions = {
  /** First time, included, and last, excluded; default all. */
  from_us?: Micros
  to_us?: Micros
  /** Slugs of the markets to keep, with the series of their assets; default all. */
  markets?: readonly string[]
  /** Dataset folder to make; it must not exist, or be empty. */
  out: string
  /** Program and command, for the manifest. */
  created_by: string
  signal?: AbortSignal
  /** Told how many rows of how many have been looked at. */
  progress?: (done: number, total: number) => void
}

/** What came of it: the answer of `engine datasets cut` and `merge`. */
export type MadeReport = { dataset_hash: string; rows: number; restated: number; windows: number }

/**
 * Cut a range of time or some markets out of a dataset, as a dataset of its own: books, tick sizes and strikes that stand at
 * its start, and feeds that are down, are said again in rows flagged SNAPSHOT. Instruments without a row are left out.
 *
 * @throws TapeError `cut.range`, `cut.market`; `tape.exists`, `tape.empty`; and what reading a dataset throws
 */
export async function cutDataset(dataset: Dataset, options: CutOptions): Promise<MadeReport> {
  const { out, signal, progress, created_by } = options
  const { manifest } = dataset
  const from_us = options.from_us ?? Number.NEGATIVE_INFINITY
  const to_us = options.to_us ?? Number.POSITIVE_INFINITY
  if (!(from_us < to_us))
    throw new TapeError(
      'cut.range',
      'the range ends before it begins',
      { field: '--to' },
      'give --from < --to',
    )
  const wanted = wantedInstruments(dataset, options.markets)
  const total = 2 * manifest.counts.rows
  const used = await usedInstruments(dataset, wanted, from_us, to_us, (done) => {
    signal?.throwIfAborted()
    progress?.(done, total)
  })
  const whole = options.from_us === undefined && options.to_us === undefined && options.markets === undefined
  const kept = keep(dataset.instruments, whole ? wanted : used)
  const { source, licence, attribution, reference_profile, carries } = manifest
  const { rows } = manifest.counts
  const share = madeShare((made) => progress?.(rows + Math.floor(made * rows), total))
  const writer = await createDataset(
    out,
    {
      source,
      licence,
      attribution,
      created_by,
      reference_profile,
      carries,
    },
    { archived: share.archived },
  )
  try {
    const market = (index: number) => kept.markets[index] ?? -1
    const instrument = (index: number) => kept.map[index] ?? -1
    const [numbers] = await copySides([{ dataset, market, instrument, from_us, to_us }], writer, signal)
    await copyAttachments([dataset], writer)
    const restated = await writeRows(dataset, writer, { from_us, to_us, kept, numbers: numbers! }, (done) => {
      signal?.throwIfAborted()
      share.taken(done / rows)
    })
    const resolutions = dataset.resolutions
      .filter((one) => market(one.market) >= 0)
      .map((one) => ({ ...one, market: market(one.market) }))
    const made = await writer.finish({
      assignment: manifest.assignment,
      windows: windowsOf(manifest, kept.instruments.markets.length, resolutions),
      inferred: manifest.inferred,
      refused: manifest.refused,
      instruments: kept.instruments,
      resolutions,
      gaps: cutGaps(dataset.gaps, market, from_us, to_us),
      made_of: {
        how: `cut: ${describe(options, restated)}`,
        datasets: [{ dataset_hash: manifest.dataset_hash, source }],
      },
    })
    const { dataset_hash, counts, windows } = made
    return { dataset_hash, rows: counts.rows, restated, windows: windows.total }
  } finally {
    await writer.abort()
  }
}

/** Which instruments are asked for: tokens of the markets, series of their assets. */
function wantedInstruments({ dir, instruments }: Dataset, slugs?: readonly string[]): Uint8Array {
  const wanted = new Uint8Array(instruments.instruments.length)
  if (slugs === undefined) return wanted.fill(1)
  for (const slug of slugs) {
    if (instruments.markets.some((market) => market.slug === slug)) continue
    throw new TapeError(
      'cut.market',
      `${dir}: has no market "${slug}"`,
      { file: dir, field: '--market' },
      'give the slug of one of its markets, listed in instruments.json',
    )
  }
  const markets = instruments.markets.map(({ slug }) => slugs.includes(slug))
  const assets = new Set(instruments.markets.filter((_, i) => markets[i]).map(({ asset }) => asset))
  instruments.instruments.forEach((one, i) => {
    wanted[i] = (one.kind === 'token' ? markets[one.market] : assets.has(one.asset)) === true ? 1 : 0
  })
  return wanted
}

/** Those of them that have a row in the range, or a book at its start. Checks every row and the content hash on the way. */
async function usedInstruments(
  dataset: Dataset,
  wanted: Uint8Array,
  from_us: Micros,
  to_us: Micros,
  told: (done: number) => void,
): Promise<Uint8Array> {
  const { markets, instruments } = dataset.instruments
  const used = new Uint8Array(wanted.length)
  const ends = instruments.map((one) =>
    one.kind === 'token' ? markets[one.market]!.end_us + AFTER_US : Number.NEGATIVE_INFINITY,
  )
  let done = 0
  for await (const { local_us, instrument, length } of readVerified(dataset)) {
    for (let row = 0; row < length; row++) {
      const index = instrument[row]!
      if (index >= wanted.length || wanted[index] === 0 || local_us[row]! >= to_us) continue
      if (local_us[row]! >= from_us || ends[index]! >= from_us) used[index] = 1
    }
    done += length
    told(done)
  }
  // Both tokens of a market go together.
  const kept = new Set(
    instruments.flatMap((one, i) => (used[i] === 1 && one.kind === 'token' ? [one.market] : [])),
  )
  instruments.forEach((one, i) => {
    if (one.kind === 'token' && kept.has(one.market)) used[i] = 1
  })
  return used
}

/** What is kept of the instruments, in their order, and the new index of each old one; −1 for the others. */
type Kept = { instruments: Instruments; markets: number[]; map: number[] }

function keep({ markets, instruments }: Instruments, used: Uint8Array): Kept {
  const whole = used.every((one) => one === 1)
  const named = new Set(
    instruments.flatMap((one, i) => (used[i] === 1 && one.kind === 'token' ? [one.market] : [])),
  )
  const kept: Kept = { instruments: { markets: [], instruments: [] }, markets: [], map: [] }
  markets.forEach((market, i) => {
    const keeps = whole || named.has(i)
    kept.markets.push(keeps ? kept.instruments.markets.push(market) - 1 : -1)
  })
  instruments.forEach((one, i) => {
    if (used[i] === 0) kept.map.push(-1)
    else {
      const moved = one.kind === 'token' ? { ...one, market: kept.markets[one.market]! } : one
      kept.map.push(kept.instruments.instruments.push(moved) - 1)
    }
  })
  return kept
}

type Range = { from_us: Micros; to_us: Micros; kept: Kept; numbers: SideNumbers }

const CHUNK_ROWS = 32_768

/** Copy the rows of the range, message by message, behind what stands at its start; returns the rows that say that. */
async function writeRows(
  dataset: Dataset,
  writer: DatasetWriter,
  { from_us, to_us, kept, numbers }: Range,
  told: (done: number) => void,
): Promise<number> {
  const standing = createStanding(dataset.instruments)
  const out = allocate(CHUNK_ROWS)
  let restated = -1
  let inside = false
  let starts = true
  /** Rows of the message at hand that stand in `out`, at its end. */
  let copied = 0
  let done = 0
  async function flush(keep_last: boolean): Promise<void> {
    const last = keep_last ? out.length - 1 : out.length
    await writer.append(out, 0, last)
    if (keep_last) for (const [name] of COLUMNS) out[name][0] = out[name][last]!
    out.length = keep_last ? 1 : 0
  }
  for await (const columns of readColumns(dataset, { cache: false })) {
    for (let row = 0; row < columns.length; row++) {
      const local_us = columns.local_us[row]!
      if (starts) {
        inside = local_us >= from_us && local_us < to_us
        copied = 0
      }
      if (local_us < from_us) standing.take(columns, row)
      if (inside && restated < 0) {
        const again = restatedRows(standing, from_us, columns.seq[row]!, kept)
        restated = again.length
        await writer.append(again)
      }
      starts = (columns.flags[row]! & Flag.LAST) !== 0
      const index = columns.instrument[row]!
      if (inside && (index === ALL_INSTRUMENTS || (kept.map[index] ?? -1) >= 0)) {
        if (out.length === CHUNK_ROWS) await flush(copied > 0)
        copyRow(columns, row, out, kept, numbers)
        copied++
      } else if (starts && copied > 0 && inside) {
        out.flags[out.length - 1] = out.flags[out.length - 1]! | Flag.LAST
      }
    }
    done += columns.length
    told(done)
  }
  await flush(false)
  return Math.max(restated, 0)
}

function restatedRows(
  standing: ReturnType<typeof createStanding>,
  at_us: Micros,
  seq: number,
  kept: Kept,
): Columns {
  let rows = allocate(1_024)
  if (at_us === Number.NEGATIVE_INFINITY) return rows
  standing.restate(at_us, (kind, feed, instrument, side, price, size, exch_us, flags) => {
    const index = instrument === ALL_INSTRUMENTS ? ALL_INSTRUMENTS : (kept.map[instrument] ?? -1)
    if (index < 0) return
    if (rows.length === rows.local_us.length) rows = grown(rows)
    const i = rows.length++
    rows.local_us[i] = at_us
    rows.exch_us[i] = exch_us
    rows.seq[i] = seq
    rows.price[i] = price
    rows.size[i] = size
    rows.instrument[i] = index
    rows.ref[i] = 0
    rows.kind[i] = kind
    rows.feed[i] = feed
    rows.side[i] = side
    rows.flags[i] = flags
  })
  return rows
}

function grown(rows: Columns): Columns {
  const larger = allocate(rows.length * 2)
  for (const [name] of COLUMNS) larger[name].set(rows[name])
  larger.length = rows.length
  return larger
}

function copyRow(from: Columns, row: number, out: Columns, kept: Kept, numbers: SideNumbers): void {
  const i = out.length++
  for (const [name] of COLUMNS) out[name][i] = from[name][row]!
  const index = from.instrument[row]!
  if (index !== ALL_INSTRUMENTS) out.instrument[i] = kept.map[index]!
  const table = REF_TABLES[from.kind[row]!]
  if (table !== undefined && numbers[table] !== undefined)
    out.ref[i] = Math.max(0, numbers[table][from.ref[row]!] ?? 0)
}

function cutGaps(
  gaps: readonly Gap[],
  market: (index: number) => number,
  from_us: Micros,
  to_us: Micros,
): Gap[] {
  return gaps
    .filter(
      (gap) => gap.to_us > from_us && gap.from_us < to_us && (gap.market === null || market(gap.market) >= 0),
    )
    .map((gap) => ({
      ...gap,
      market: gap.market === null ? null : market(gap.market),
      from_us: Math.max(gap.from_us, from_us),
      to_us: Math.min(gap.to_us, to_us),
    }))
}

/** Outcomes that a table states count as it states them; where all windows are of one class, so are those that are kept. */
function windowsOf(
  { windows }: Manifest,
  total: number,
  resolutions: Dataset['resolutions'],
): Manifest['windows'] {
  if (total === windows.total) return windows
  return uniformWindows(windows, total) ?? countWindows(total, resolutions)
}

function describe({ from_us, to_us, markets }: CutOptions, restated: number): string {
  const parts: string[] = []
  if (from_us !== undefined) parts.push(`from ${new Date(from_us / 1_000).toISOString()}`)
  if (to_us !== undefined) parts.push(`to ${new Date(to_us / 1_000).toISOString()}`)
  if (markets !== undefined) parts.push(`markets ${markets.join(', ')}`)
  if (parts.length === 0) parts.push('everything')
  return `${parts.join(', ')}; ${restated} rows at the start say again how things stood`
}
