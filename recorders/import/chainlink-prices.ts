import { basename } from 'node:path'
import { E8_ONE, MINUTE, type Micros, MS, SECOND } from '../../core/units/index.ts'
import { GAP_US, type Gap, type Inference, TapeError } from '../tape/index.ts'
import { type FullPrice, readE18 } from './e18.ts'
import type { Refusals } from './refusals.ts'
import { columnOf, openTable, readRows, type TextTable } from './text-file.ts'

/** One value of the series: when it was received, its own stamp, and what it says. */
export type PriceRow = FullPrice & { local_us: Micros; stamp_us: Micros }

/** Price files read in the order of reception. */
export type PriceFeed = {
  /** Rows of all files, refused ones too. */
  readonly rows: number
  /** Values in the order of reception, some thousand at a time, with how many rows were read so far. */
  read(): AsyncGenerator<{ values: PriceRow[]; rows_read: number }>
  /** Times without values, by the values' own stamps; complete when everything is read. */
  readonly gaps: Gap[]
  /** How the order came about; complete when everything is read. */
  inferred(): Inference[]
}

const COLUMNS = ['feed_ts_ms', 'value', 'full_accuracy_value', 'recv_ms'] as const
/** Rows held back to put them in the order of reception. The files are in the order of stamps. */
const HELD_ROWS = 4_096
/** `value` is a rounded copy of the full price: further apart than this they are not of one price. */
const COPY_TOLERANCE = 1e-9
/** A stamp further ahead of its reception than any clock drifts is a broken row, and would cut off all that follow. */
const AHEAD_US: Micros = MINUTE

/**
 * Open price files: CSV with `feed_ts_ms, value, full_accuracy_value, recv_ms` (E18 text), plain or gzipped, each in the
 * order of stamps. Files are read in the order of their first stamps.
 *
 * @throws TapeError `import.file`, `import.column`, `import.empty`
 */
export async function openPrices(files: readonly string[], refusals: Refusals): Promise<PriceFeed> {
  const tables: { table: TextTable; first: string }[] = []
  for (const file of files) {
    const table = await openTable(file, COLUMNS)
    tables.push({ table, first: await firstStamp(table) })
  }
  tables.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const rows = tables.reduce((sum, { table }) => sum + table.rows, 0)
  const gaps: Gap[] = []
  const silences = { count: 0, micros: 0 }
  let moved = 0
  let taken = 0

  async function* read(): AsyncGenerator<{ values: PriceRow[]; rows_read: number }> {
    const held: PriceRow[] = []
    let rows_read = 0
    let last: PriceRow | undefined
    let passed_us = Number.NEGATIVE_INFINITY
    const pass = (keep: number): PriceRow[] => {
      const values = held.splice(0, Math.max(0, held.length - keep))
      for (const { local_us } of values) {
        if (local_us - passed_us > GAP_US) note(local_us - passed_us)
        passed_us = local_us
      }
      return values
    }
    for (const { table } of tables) {
      const name = basename(table.file)
      const reader = createReader(table)
      for await (const rows of readRows(table)) {
        for (const { row, cells } of rows) {
          const value = reader(cells)
          const fault = typeof value === 'string' ? value : faultOf(value, last, passed_us)
          if (typeof value === 'string' || fault !== undefined) {
            refusals.add(fault!, name, row)
            continue
          }
          if (last !== undefined && value.stamp_us - last.stamp_us > GAP_US) gaps.push(gap(last, value))
          last = value
          taken++
          if (hold(held, value)) moved++
        }
        rows_read += rows.length
        yield { values: pass(HELD_ROWS), rows_read }
      }
    }
    yield { values: pass(0), rows_read }
  }

  function note(silence_us: Micros): void {
    if (!Number.isFinite(silence_us)) return
    silences.count++
    silences.micros += silence_us
  }

  return {
    rows,
    read,
    gaps,
    inferred: () => [
      {
        what: 'the order of the tape is the order of reception',
        how: 'values sorted by recv_ms, equal times in the order of the file; the file is sorted by the values’ own stamps',
        agreement: `${moved} of ${taken} values moved`,
      },
      {
        what: 'gaps are times for which no value ever came',
        how: `more than ${GAP_US / SECOND} s between two stamps; beside them values came late: reception was silent for more than ${GAP_US / SECOND} s ${silences.count} times, ${Math.round(silences.micros / SECOND)} s in all, which a replay sees as a stale series`,
        agreement: `${gaps.length} gaps in ${taken} values`,
      },
    ],
  }
}

/** Put a value in its place by reception; tells whether that was not the last one. Few are out of place, by few rows. */
function hold(held: PriceRow[], value: PriceRow): boolean {
  let at = held.length
  while (at > 0 && held[at - 1]!.local_us > value.local_us) at--
  held.splice(at, 0, value)
  return at < held.length - 1
}

function faultOf(value: PriceRow, last: PriceRow | undefined, passed_us: Micros): string | undefined {
  if (value.stamp_us - value.local_us > AHEAD_US) return 'stamped more than a minute after its reception'
  if (value.local_us < passed_us) return `received before values ${HELD_ROWS} rows ahead of it`
  if (last === undefined || value.stamp_us > last.stamp_us) return undefined
  if (value.stamp_us < last.stamp_us) return 'stamped before the value ahead of it'
  return value.price === last.price && value.rest === last.rest ? 'a value stated twice' : undefined
}

/** Reads the cells of a row; a text says why it is refused. */
function createReader(table: TextTable): (cells: readonly string[]) => PriceRow | string {
  const [stamp, copy, full, recv] = COLUMNS.map((name) => columnOf(table, name))
  return (cells) => {
    if (cells.length !== table.header.length) return 'another number of cells than the header'
    if (!isMillis(cells[stamp!]!) || !isMillis(cells[recv!]!)) return 'a time that is not in milliseconds'
    const value = readE18(cells[full!]!)
    if (value === undefined) return 'a full_accuracy_value that is not whole 1e-18 USD above 0'
    const distance = Math.abs((Number(cells[copy!]) * E8_ONE) / value.price - 1)
    if (!(distance <= COPY_TOLERANCE)) return 'value and full_accuracy_value are not one price'
    return { local_us: Number(cells[recv!]) * MS, stamp_us: Number(cells[stamp!]) * MS, ...value }
  }
}

/** The first stamp as text of one length; broken ones sort last. */
async function firstStamp(table: TextTable): Promise<string> {
  const place = columnOf(table, 'feed_ts_ms')
  for await (const rows of readRows(table)) {
    const cell = rows[0]!.cells[place] ?? ''
    return isMillis(cell) ? cell : '~'
  }
  throw new TapeError('import.empty', `${table.file}: has no rows`, { file: table.file }, 'leave it out')
}

function isMillis(text: string): boolean {
  return /^\d{13}$/.test(text)
}

function gap(from: PriceRow, to: PriceRow): Gap {
  return { market: null, feed: 'rtds', from_us: from.stamp_us, to_us: to.stamp_us, reason: 'silence' }
}
