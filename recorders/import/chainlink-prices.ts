import { basename } from 'node:path'
import { E8_ONE, MINUTE, type Micros, SECOND } from '../../core/units/index.ts'
import { GAP_US, type Gap, type Inference, TapeError } from '../tape/index.ts'
import { type FullPrice, isCopyOf, readE18 } from './e18.ts'
import { arrange, type InTime } from './in-time.ts'
import type { Refusals } from './refusals.ts'
import { columnOf, lengthOf, openTable, readRows, type TextRow, type TextTable } from './text-file.ts'
import { createTimeColumn, stampOf, type TimeColumn } from './time-column.ts'

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
/** Rows held back to put them in the order of reception, those of one file in the order of their stamps. */
const HELD_ROWS = 4_096
/** A stamp further ahead of its reception than any clock drifts is a broken row, and would cut off all that follow. */
const AHEAD_US: Micros = MINUTE

type PriceFile = { name: string; rows: InTime<TextRow>; reader: Reader; times: readonly TimeColumn[] }

/**
 * Open price files: CSV with `feed_ts_ms, value, full_accuracy_value, recv_ms` (E18 text), plain or compressed, their rows
 * in any order. Files are read in the order of their first stamps.
 *
 * @throws TapeError `import.file`, `import.column`, `import.empty`, `import.order`
 */
export async function openPrices(files: readonly string[], refusals: Refusals): Promise<PriceFeed> {
  const opened: PriceFile[] = []
  for (const file of files) opened.push(await openPriceFile(file))
  opened.sort((a, b) => (a.rows.first_us || Infinity) - (b.rows.first_us || Infinity) || 0)
  const rows = opened.reduce((sum, one) => sum + one.rows.rows, 0)
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
    for (const { name, rows, reader } of opened) {
      for await (const some of rows.read()) {
        for (const { row, cells } of some) {
          const value = reader(cells)
          const fault = typeof value === 'string' ? value : faultOf(value, last, passed_us)
          if (fault === TWICE) refusals.pass(TWICE, name, row)
          else if (fault !== undefined) refusals.add(fault, name, row)
          if (typeof value === 'string' || fault !== undefined) continue
          if (last !== undefined && value.stamp_us - last.stamp_us > GAP_US) gaps.push(gap(last, value))
          last = value
          taken++
          if (hold(held, value)) moved++
        }
        rows_read += some.length
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
        how: 'values sorted by recv_ms, equal times in the order of their own stamps, which is that of the file',
        agreement: `${moved} of ${taken} values moved`,
      },
      {
        what: 'gaps are times for which no value ever came',
        how: `more than ${GAP_US / SECOND} s between two stamps; beside them values came late: reception was silent for more than ${GAP_US / SECOND} s ${silences.count} times, ${Math.round(silences.micros / SECOND)} s in all, which a replay sees as a stale series`,
        agreement: `${gaps.length} gaps in ${taken} values`,
      },
      ...opened.flatMap((one) => [...one.rows.inferred(), ...one.times.flatMap((time) => time.inferred())]),
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
  return value.price === last.price && value.rest === last.rest ? TWICE : undefined
}

const TWICE = 'a value stated twice'

type Reader = (cells: readonly string[]) => PriceRow | string

/** Reads the cells of a row; a text says why it is refused. */
function createReader(table: TextTable, stamps: TimeColumn, receptions: TimeColumn): Reader {
  const [stamp, copy, full, recv] = COLUMNS.map((name) => columnOf(table, name))
  return (cells) => {
    if (cells.length !== table.header.length) return 'another number of cells than the header'
    const stamp_us = stamps.read(cells[stamp!])
    if (typeof stamp_us === 'string') return stamp_us
    const local_us = receptions.read(cells[recv!])
    if (typeof local_us === 'string') return local_us
    const value = readE18(cells[full!]!)
    if (value === undefined) return 'a full_accuracy_value that is not whole 1e-18 USD above 0'
    const text = cells[copy!]!
    if (text === '' || !isCopyOf(Number(text) * E8_ONE, value))
      return 'value and full_accuracy_value are not one price'
    return { local_us, stamp_us, ...value }
  }
}

async function openPriceFile(file: string): Promise<PriceFile> {
  const table = await openTable(file, COLUMNS)
  if (table.rows === 0) throw new TapeError('import.empty', `${file}: has no rows`, { file }, 'leave it out')
  const [stamp, recv] = [columnOf(table, 'feed_ts_ms'), columnOf(table, 'recv_ms')]
  const stamps = createTimeColumn(file, 'feed_ts_ms', 'ms')
  const receptions = createTimeColumn(file, 'recv_ms', 'ms')
  const rows = await arrange<TextRow>({
    file,
    by: 'feed_ts_ms',
    read: () => readRows(table),
    look({ cells }) {
      stamps.look(cells[stamp])
      receptions.look(cells[recv])
    },
    timeOf: ({ cells }) => stampOf(cells[stamp]),
    tieOf: ({ cells }) => stampOf(cells[recv]),
    weightOf: lengthOf,
    late: 'sort',
  })
  return {
    name: basename(file),
    rows,
    reader: createReader(table, stamps, receptions),
    times: [stamps, receptions],
  }
}

function gap(from: PriceRow, to: PriceRow): Gap {
  return { market: null, feed: 'rtds', from_us: from.stamp_us, to_us: to.stamp_us, reason: 'silence' }
}
