import { basename } from 'node:path'
import type { Micros } from '../../core/units/index.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import { arrange, type InTime } from './in-time.ts'
import { mergeStreams } from './merge-streams.ts'
import type { Refusals } from './refusals.ts'
import {
  columnOf,
  hasColumn,
  lengthOf,
  openTable,
  readRows,
  type TextRow,
  type TextTable,
} from './text-file.ts'
import { readClock } from './time-column.ts'
import { type FillRow, fillReader, type RowReader, type TopRow, topReader, WINDOW_US } from './top-rows.ts'
import { createZone, type Zone } from './zone.ts'

/** Polls and fills of several files, as one stream in the order of time. */
export type TimedFiles = {
  /** Rows of all files, refused ones too, and those read so far. */
  readonly rows: number
  /** Those of the wallet's fills. */
  readonly fill_rows: number
  readonly rows_read: number
  readonly zones: readonly Zone[]
  /** Equal times: polls before fills, then in the order of the files. */
  read(): AsyncGenerator<TopRow | FillRow>
  /** What was met on the way. */
  readonly findings: { second_rows: number; fill_files: number }
  /** How the rows of the files lie. */
  inferred(): Inference[]
}

type Source = {
  table: TextTable
  rows: InTime<TextRow>
  zone: Zone
  reader: RowReader<TopRow | FillRow>
  rank: number
  /** Counts what is refused of it. */
  refusals: Refusals
}

/**
 * Open files of polls (`market_data_*.csv`) and of a wallet's fills (`user_data_*.csv`), told apart by their columns.
 *
 * @throws TapeError `import.file`, `import.column`, `import.books` where no file has polls
 */
export async function openTimedFiles(
  files: readonly string[],
  refusals: Refusals,
  fillRefusals: Refusals,
): Promise<TimedFiles> {
  const sources: Source[] = []
  for (const file of files) sources.push(await openSource(file, refusals, fillRefusals))
  if (sources.every(({ rank }) => rank === Rank.FILLS))
    throw new TapeError(
      'import.books',
      `${files[0]}: only fills of a wallet are given, and no books`,
      { file: files[0]! },
      'give the market_data file of the same day too',
    )
  sources.sort((a, b) => a.rank - b.rank)
  const findings = { second_rows: 0, fill_files: sources.filter(({ rank }) => rank === Rank.FILLS).length }
  const state = { rows_read: 0 }

  /** Rows of one file that are good, in their order; a row stamped before one ahead of it is refused. */
  async function* rowsOf({
    table,
    rows: ordered,
    reader,
    refusals: own,
  }: Source): AsyncGenerator<TopRow | FillRow> {
    const name = basename(table.file)
    let last_us: Micros = Number.NEGATIVE_INFINITY
    for await (const some of ordered.read()) {
      for (const { row, cells } of some) {
        state.rows_read++
        const value = reader(cells)
        const fault =
          typeof value === 'string'
            ? value
            : value.local_us < last_us
              ? 'stamped before a row ahead of it: a poll that ended late'
              : undefined
        if (fault !== undefined) own.add(fault, name, row)
        else if (typeof value !== 'string') {
          if (value.kind === 'top' && value.local_us === last_us) findings.second_rows++
          last_us = value.local_us
          yield value
        }
      }
    }
  }

  return {
    rows: sources.reduce((sum, { table }) => sum + table.rows, 0),
    fill_rows: sources
      .filter(({ rank }) => rank === Rank.FILLS)
      .reduce((sum, { table }) => sum + table.rows, 0),
    get rows_read() {
      return state.rows_read
    },
    zones: sources.map(({ zone }) => zone),
    findings,
    inferred: () => sources.flatMap(({ rows }) => rows.inferred()),
    read: () => mergeStreams(sources.map(rowsOf)),
  }
}

const Rank = { POLLS: 0, FILLS: 1 } as const

async function openSource(file: string, refusals: Refusals, fillRefusals: Refusals): Promise<Source> {
  const table = await openTable(file, ['TargetTime'])
  const zone = createZone(file, WINDOW_US)
  const fills = hasColumn(table, 'trade_side')
  const time = columnOf(table, fills ? 'timestamp' : 'Timestamp')
  const reader = fills ? fillReader(table, zone) : topReader(table, zone)
  const rows = await arrange<TextRow>({
    file,
    by: table.header[time]!,
    read: () => readRows(table),
    timeOf: ({ cells }) => readClock(cells[time]),
    weightOf: lengthOf,
    // A poll that ended behind a later one is refused: its answer is older than it seems.
    late: 'keep',
  })
  return fills
    ? { table, rows, zone, reader, rank: Rank.FILLS, refusals: fillRefusals }
    : { table, rows, zone, reader, rank: Rank.POLLS, refusals }
}
