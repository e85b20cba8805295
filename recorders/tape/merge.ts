import type { Columns, Instruments, Market, Resolution } from '../../core/events/index.ts'
import { canonicalJson } from './content-hash.ts'
import type { MadeReport } from './cut.ts'
import { type Dataset, nameOf, readVerified } from './dataset.ts'
import { TapeError } from './errors.ts'
import { type InstrumentMaps, joinInstruments, joinRows } from './join.ts'
import type { Gap, Manifest } from './manifest.ts'
import { joinProfiles } from './profile-join.ts'
import { madeShare } from './share.ts'
import { REF_TABLES } from './side.ts'
import { copyAttachments, copySides, type SideNumbers } from './side-copy.ts'
import { countWindows, uniformWindows as uniform } from './tally.ts'
import { createDataset, type DatasetHead } from './writer.ts'

export type MergeOptions = {
  /** Dataset folder to make; it must not exist, or be empty. */
  out: string
  /** Program and command, for the manifest. */
  created_by: string
  signal?: AbortSignal
  progress?: (done: number, total: number) => void
}

/**
 * Merge datasets into one: rows by time, then by the order of the datasets, message by message; the same market or series in
 * two of them becomes one. Of one dataset it gives the same hash.
 *
 * @throws TapeError `merge.none`, `merge.profile`, `merge.assignment`, `merge.carries`, `merge.market`, `merge.token`,
 * `merge.resolution` for what cannot be one; `tape.exists`; and what reading a dataset throws
 */
export async function mergeDatasets(
  datasets: readonly Dataset[],
  options: MergeOptions,
): Promise<MadeReport> {
  const { out, signal, progress } = options
  const joined = joinInstruments(datasets)
  const head = mergeHeads(datasets, joined.instruments, options.created_by)
  const instruments = completed(datasets, joined.instruments, joined.maps)
  const resolutions = mergeResolutions(datasets, joined.maps, instruments)
  const total = datasets.reduce((sum, { manifest }) => sum + manifest.counts.rows, 0)
  const share = madeShare((made) => progress?.(Math.floor(made * total), total))
  const writer = await createDataset(out, head, { archived: share.archived })
  try {
    const numbers = await copySides(
      datasets.map((dataset, i) => ({
        dataset,
        market: (index) => joined.maps[i]!.markets[index] ?? -1,
        instrument: (index) => joined.maps[i]!.instruments[index] ?? -1,
        from_us: Number.NEGATIVE_INFINITY,
        to_us: Number.POSITIVE_INFINITY,
      })),
      writer,
      signal,
    )
    await copyAttachments(datasets, writer)
    let done = 0
    const sources = datasets.map((dataset, i) => ({
      rows: readVerified(dataset),
      map: joined.maps[i]!.instruments,
      change: renumber(numbers[i]!),
    }))
    for await (const columns of joinRows(sources)) {
      signal?.throwIfAborted()
      await writer.append(columns)
      done += columns.length
      share.taken(done / total)
    }
    const { dataset_hash, counts, windows } = await writer.finish({
      assignment: datasets[0]!.manifest.assignment,
      windows: mergeWindows(datasets, instruments, resolutions),
      inferred: unique(datasets.flatMap(({ manifest }) => manifest.inferred)),
      refused: mergeRefused(datasets),
      instruments,
      resolutions,
      gaps: mergeGaps(datasets, joined.maps),
      made_of: {
        how: 'merge: rows by time, then in the order of the datasets',
        datasets: datasets.map(({ manifest }) => ({
          dataset_hash: manifest.dataset_hash,
          source: manifest.source,
        })),
      },
    })
    return { dataset_hash, rows: counts.rows, restated: 0, windows: windows.total }
  } finally {
    await writer.abort()
  }
}

function mergeHeads(datasets: readonly Dataset[], instruments: Instruments, created_by: string): DatasetHead {
  const first = datasets[0]
  if (first === undefined)
    throw new TapeError('merge.none', 'no dataset is given', {}, 'name at least one dataset')
  const { manifest } = first
  const joined = joinProfiles(datasets, instruments)
  if (!('profile' in joined))
    throw new TapeError(
      'merge.profile',
      joined.what,
      { file: nameOf(joined.other), field: 'reference_profile' },
      APART,
    )
  for (const other of datasets) {
    if (manifest.assignment !== other.manifest.assignment)
      throw refuse('merge.assignment', first, other, 'do not both know which token is Up', 'assignment')
  }
  const books = new Set(datasets.map((one) => one.manifest.carries.book).filter((book) => book !== 'none'))
  if (books.size > 1) {
    const other = datasets.find((one) => one.manifest.carries.book !== manifest.carries.book)!
    throw refuse('merge.carries', first, other, 'do not carry the same: whole books and touches', 'carries')
  }
  const said = (field: 'source' | 'licence' | 'attribution') =>
    [...new Set(datasets.map((one) => one.manifest[field]))].join('; ')
  return {
    source: said('source'),
    licence: said('licence'),
    attribution: said('attribution'),
    created_by,
    reference_profile: joined.profile,
    carries: {
      book: [...books][0] ?? 'none',
      trades: datasets.some((one) => one.manifest.carries.trades),
    },
  }
}

/** Markets with what any of the datasets knows of them, the latest word first; checked to be the same markets and tokens. */
function completed(
  datasets: readonly Dataset[],
  joined: Instruments,
  maps: readonly InstrumentMaps[],
): Instruments {
  const markets = [...joined.markets]
  datasets.forEach((dataset, d) => {
    dataset.instruments.markets.forEach((market, i) => {
      const at = maps[d]!.markets[i]!
      markets[at] = agreed(datasets[0]!, dataset, markets[at]!, market)
    })
    dataset.instruments.instruments.forEach((one, i) => {
      const other = joined.instruments[maps[d]!.instruments[i]!]!
      if (one.kind !== 'token' || other.kind !== 'token' || one.token_id === other.token_id) return
      const { slug } = dataset.instruments.markets[one.market]!
      throw refuse('merge.token', datasets[0]!, dataset, `have different tokens for ${slug}`, 'token_id')
    })
  })
  return { markets, instruments: joined.instruments }
}

function agreed(first: Dataset, other: Dataset, before: Market, now: Market): Market {
  if (before.start_us !== now.start_us || before.end_us !== now.end_us)
    throw refuse('merge.market', first, other, `have different windows for ${now.slug}`, 'start_us')
  if (before.condition_id !== null && now.condition_id !== null && before.condition_id !== now.condition_id)
    throw refuse('merge.market', first, other, `have different conditions for ${now.slug}`, 'condition_id')
  const merged: Record<string, unknown> = { ...before }
  for (const [field, value] of Object.entries(now)) if (value !== null) merged[field] = value
  return merged as Market
}

function mergeResolutions(
  datasets: readonly Dataset[],
  maps: readonly InstrumentMaps[],
  { markets }: Instruments,
): Resolution[] {
  const merged = new Map<number, Resolution>()
  datasets.forEach((dataset, d) => {
    for (const one of dataset.resolutions) {
      const market = maps[d]!.markets[one.market]!
      const known = merged.get(market)
      if (known === undefined) merged.set(market, { ...one, market })
      else if (known.up_payout !== one.up_payout) {
        const what = `state different outcomes of ${markets[market]!.slug}`
        throw refuse('merge.resolution', datasets[0]!, dataset, what, 'resolutions')
      } else if (one.known_us < known.known_us) merged.set(market, { ...one, market })
    }
  })
  return [...merged.values()]
}

function mergeGaps(datasets: readonly Dataset[], maps: readonly InstrumentMaps[]): Gap[] {
  if (datasets.length === 1) return datasets[0]!.gaps
  const all = datasets.flatMap(({ gaps }, d) =>
    gaps.map((gap) => ({ ...gap, market: gap.market === null ? null : maps[d]!.markets[gap.market]! })),
  )
  return unique(all).sort((a, b) => a.from_us - b.from_us || (a.market ?? -1) - (b.market ?? -1))
}

/** Datasets of different windows add up; where they share some, what the outcomes say counts. */
function mergeWindows(
  datasets: readonly Dataset[],
  { markets }: Instruments,
  resolutions: readonly Resolution[],
): Manifest['windows'] {
  const sum = { total: 0, recorded: 0, settlement: 0, inferred_from_book: 0, unresolved: 0 }
  for (const { manifest } of datasets)
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += manifest.windows[key]
  if (sum.total === markets.length) return sum
  return uniform(sum, markets.length) ?? countWindows(markets.length, resolutions)
}

function mergeRefused(datasets: readonly Dataset[]): Manifest['refused'] {
  const merged = new Map<string, Manifest['refused'][number]>()
  for (const { manifest } of datasets) {
    for (const one of manifest.refused) {
      const known = merged.get(one.reason)
      if (known === undefined) merged.set(one.reason, { ...one })
      else known.count += one.count
    }
  }
  return [...merged.values()]
}

/** References of tape rows to side rows, by where those are now. */
function renumber(numbers: SideNumbers): (columns: Columns, row: number) => void {
  return (columns, row) => {
    const list = numbers[REF_TABLES[columns.kind[row]!] ?? '']
    if (list !== undefined) columns.ref[row] = Math.max(0, list[columns.ref[row]!] ?? 0)
  }
}

function unique<T>(all: readonly T[]): T[] {
  const seen = new Set<string>()
  return all.filter((one) => {
    const text = canonicalJson(one)
    return !seen.has(text) && seen.add(text)
  })
}

const APART = 'merge only what belongs together; the others can be asked and run side by side'

function refuse(code: string, a: Dataset, b: Dataset, what: string, field: string): TapeError {
  return new TapeError(code, `${nameOf(a)} and ${nameOf(b)} ${what}`, { file: nameOf(b), field }, APART)
}
