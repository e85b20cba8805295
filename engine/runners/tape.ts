import { type Columns, type Instruments, type ReferenceProfile, slice } from '../../core/events/index.ts'
import { openData } from '../../recorders/recording/index.ts'
import {
  type Dataset,
  type Gap,
  type InstrumentMaps,
  joinInstruments,
  joinProfiles,
  joinRows,
  nameOf,
  type ReadOptions,
  readColumns,
} from '../../recorders/tape/index.ts'
import { passingOver } from './account-rows.ts'
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
 * message; their reference profiles must agree ({@link joinProfiles}).
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
    read: (options = {}) => passingOver(readColumns(dataset, options), [dataset]),
  }
}

/** The reference profile of all of them. @throws RunnerError `dataset.profile` */
function profileOf(datasets: readonly Dataset[], instruments: Instruments): ReferenceProfile {
  const joined = joinProfiles(datasets, instruments)
  if ('profile' in joined) return joined.profile
  throw new RunnerError('dataset.profile', joined.what, 'run them one by one', {
    file: nameOf(joined.other),
    field: 'reference_profile',
  })
}

function merged(datasets: readonly Dataset[]): Tape {
  const { instruments, maps } = joinInstruments(datasets)
  const rows = datasets.reduce((sum, { manifest }) => sum + manifest.counts.rows, 0)
  return {
    datasets,
    dataset_hash: datasets.map(({ manifest }) => manifest.dataset_hash).join('+'),
    instruments,
    profile: profileOf(datasets, instruments),
    prints: datasets.some(({ manifest }) => manifest.carries.trades),
    rows,
    gaps: datasets.flatMap(({ gaps }, i) =>
      gaps.map((gap) => ({ ...gap, market: gap.market === null ? null : maps[i]!.markets[gap.market]! })),
    ),
    read: ({ from_row = 0, cache = true } = {}) =>
      passingOver(skip(joined(datasets, maps, cache), from_row), datasets),
  }
}

function joined(
  datasets: readonly Dataset[],
  maps: readonly InstrumentMaps[],
  cache: boolean,
): AsyncGenerator<Columns> {
  return joinRows(
    datasets.map((dataset, i) => ({ rows: readColumns(dataset, { cache }), map: maps[i]!.instruments })),
  )
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
