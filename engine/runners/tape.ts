import {
  allocate,
  type Columns,
  Flag,
  type Instrument,
  type Instruments,
  type ReferenceProfile,
  slice,
} from '../../core/events/index.ts'
import { openData } from '../../recorders/recording/index.ts'
import {
  canonicalJson,
  type Dataset,
  type Gap,
  type ReadOptions,
  readColumns,
} from '../../recorders/tape/index.ts'
import { RunnerError } from './runner-error.ts'

/** One or more datasets as one tape. */
export type Tape = {
  readonly datasets: readonly Dataset[]
  /** Hash of the dataset; of several, of their hashes in order. */
  readonly dataset_hash: string
  readonly instruments: Instruments
  readonly profile: ReferenceProfile
  readonly prints: boolean
  readonly rows: number
  readonly gaps: readonly Gap[]
  read(options?: Pick<ReadOptions, 'chunk_rows' | 'from_row' | 'cache'>): AsyncIterable<Columns>
}

/**
 * Open datasets for a run; of a recording its days, and what is not sealed of it yet. Several are merged by (time, their order on the command line, sequence), once and message by
 * message; they must state the same reference profile.
 *
 * @throws TapeError and RecordingError as {@link openData}; RunnerError `dataset.profile`
 */
export async function openTape(paths: readonly string[]): Promise<Tape> {
  const datasets: Dataset[] = []
  for (const path of paths) datasets.push(...(await openData(path)))
  const first = datasets[0]
  if (first === undefined)
    throw new RunnerError('usage.dataset', 'no dataset is given', 'name at least one dataset folder')
  if (datasets.length === 1) return single(first)
  for (const dataset of datasets) assertSameProfile(first, dataset)
  return merged(datasets)
}

function single(dataset: Dataset): Tape {
  const { manifest } = dataset
  return {
    datasets: [dataset],
    dataset_hash: manifest.dataset_hash,
    instruments: dataset.instruments,
    profile: manifest.reference_profile,
    prints: manifest.carries.trades,
    rows: manifest.counts.rows,
    gaps: dataset.gaps,
    read: (options = {}) => readColumns(dataset, options),
  }
}

function assertSameProfile(a: Dataset, b: Dataset): void {
  if (canonicalJson(a.manifest.reference_profile) === canonicalJson(b.manifest.reference_profile)) return
  throw new RunnerError(
    'dataset.profile',
    `${a.dir} and ${b.dir} state different reference profiles`,
    'run them one by one',
    { file: b.dir, field: 'reference_profile' },
  )
}

function merged(datasets: readonly Dataset[]): Tape {
  const { instruments, maps } = joinInstruments(datasets)
  const rows = datasets.reduce((sum, { manifest }) => sum + manifest.counts.rows, 0)
  return {
    datasets,
    dataset_hash: datasets.map(({ manifest }) => manifest.dataset_hash).join('+'),
    instruments,
    profile: datasets[0]!.manifest.reference_profile,
    prints: datasets.some(({ manifest }) => manifest.carries.trades),
    rows,
    gaps: datasets.flatMap(({ gaps }, i) =>
      gaps.map((gap) => ({ ...gap, market: gap.market === null ? null : maps[i]!.markets[gap.market]! })),
    ),
    read: ({ from_row = 0, cache = true } = {}) => skip(mergeRows(datasets, maps, cache), from_row),
  }
}

type Maps = { markets: number[]; instruments: Uint32Array }

/** Markets are joined by slug and outcome, series by name and asset: the same thing recorded twice is one instrument. */
function joinInstruments(datasets: readonly Dataset[]): { instruments: Instruments; maps: Maps[] } {
  const markets: Instruments['markets'] = []
  const instruments: Instrument[] = []
  const maps = datasets.map(({ instruments: own }) => {
    const market_map = own.markets.map((market) => {
      const at = markets.findIndex(({ slug }) => slug === market.slug)
      return at >= 0 ? at : markets.push(market) - 1
    })
    const map = own.instruments.map((one) => {
      const moved = one.kind === 'token' ? { ...one, market: market_map[one.market]! } : one
      const at = instruments.findIndex((other) => sameInstrument(other, moved))
      return at >= 0 ? at : instruments.push(moved) - 1
    })
    return { markets: market_map, instruments: Uint32Array.from(map) }
  })
  return { instruments: { markets, instruments }, maps }
}

function sameInstrument(a: Instrument, b: Instrument): boolean {
  if (a.kind === 'token' && b.kind === 'token') return a.market === b.market && a.outcome === b.outcome
  return a.kind === 'series' && b.kind === 'series' && a.name === b.name && a.asset === b.asset
}

type Source = { iterator: AsyncIterator<Columns>; columns: Columns | null; at: number; map: Uint32Array }

const CHUNK_ROWS = 32_768

/**
 * Interleave message by message: the earliest time first, then the order of the datasets. A message stays whole, also
 * where it runs over the end of a chunk.
 */
async function* mergeRows(
  datasets: readonly Dataset[],
  maps: readonly Maps[],
  cache: boolean,
): AsyncGenerator<Columns> {
  const sources: Source[] = datasets.map((dataset, i) => ({
    iterator: readColumns(dataset, { cache })[Symbol.asyncIterator](),
    columns: null,
    at: 0,
    map: maps[i]!.instruments,
  }))
  try {
    for (const source of sources) await advance(source)
    const out = allocate(CHUNK_ROWS)
    for (;;) {
      const source = earliest(sources)
      if (source === null) break
      for (let last = 0; last === 0 && source.columns !== null; ) {
        if (out.length === CHUNK_ROWS) {
          yield out
          out.length = 0
        }
        last = source.columns.flags[source.at]! & Flag.LAST
        copyRow(source, out)
        source.at++
        if (source.at >= source.columns.length) await advance(source)
      }
    }
    if (out.length > 0) yield out
  } finally {
    // A reader that stops early leaves no file open.
    for (const { iterator } of sources) await iterator.return?.()
  }
}

async function advance(source: Source): Promise<void> {
  const next = await source.iterator.next()
  source.columns = next.done === true ? null : next.value
  source.at = 0
}

/** HOT: asked for every message. */
function earliest(sources: readonly Source[]): Source | null {
  let best: Source | null = null
  let time = Number.POSITIVE_INFINITY
  for (const source of sources) {
    if (source.columns === null || source.columns.local_us[source.at]! >= time) continue
    time = source.columns.local_us[source.at]!
    best = source
  }
  return best
}

function copyRow(source: Source, out: Columns): void {
  const from = source.columns!
  const at = source.at
  const row = out.length++
  out.local_us[row] = from.local_us[at]!
  out.exch_us[row] = from.exch_us[at]!
  out.seq[row] = from.seq[at]!
  out.price[row] = from.price[at]!
  out.size[row] = from.size[at]!
  const instrument = from.instrument[at]!
  out.instrument[row] = instrument < source.map.length ? source.map[instrument]! : instrument
  out.ref[row] = from.ref[at]!
  out.kind[row] = from.kind[at]!
  out.feed[row] = from.feed[at]!
  out.side[row] = from.side[at]!
  out.flags[row] = from.flags[at]!
}

async function* skip(rows: AsyncIterable<Columns>, from: number): AsyncGenerator<Columns> {
  let first = 0
  for await (const columns of rows) {
    const start = Math.max(0, from - first)
    first += columns.length
    if (start >= columns.length) continue
    yield start === 0 ? columns : slice(columns, start, columns.length)
  }
}
