import { ALL_INSTRUMENTS, type Columns } from '../../core/events/index.ts'
import { TapeError } from './errors.ts'

/** Checks rows `from` to `to` of a chunk that follows the chunks before it; throws at the first fault. */
export type RowCheck = (columns: Columns, from: number, to: number, file: string) => void

const IMPORT = 'import the dataset again, or mend the program that wrote it'

/**
 * What holds for every row of every tape: time never goes back, numbers are safe integers, the instrument exists.
 *
 * @param instruments how many the dataset has; Infinity while that is not known
 * @returns a check with a memory of the last time; it throws TapeError `tape.order` or `tape.value` with field and row
 */
export function createRowCheck(instruments: number): RowCheck {
  let last = Number.NEGATIVE_INFINITY
  let row = 0
  return (columns, from, to, file) => {
    const { local_us, exch_us, seq, price, size, instrument } = columns
    for (let i = from; i < to; i++, row++) {
      const now = local_us[i]!
      if (now < last) {
        throw new TapeError(
          'tape.order',
          `${file}: row ${row}: local_us ${now} is before ${last} of the row ahead of it`,
          { file, field: 'local_us', row },
          IMPORT,
        )
      }
      last = now
      if (!whole(now)) throw badValue(file, 'local_us', row, now)
      if (!whole(exch_us[i]!)) throw badValue(file, 'exch_us', row, exch_us[i]!)
      if (!whole(seq[i]!)) throw badValue(file, 'seq', row, seq[i]!)
      if (!whole(price[i]!)) throw badValue(file, 'price', row, price[i]!)
      if (!whole(size[i]!)) throw badValue(file, 'size', row, size[i]!)
      const index = instrument[i]!
      if (index >= instruments && index !== ALL_INSTRUMENTS) throw badValue(file, 'instrument', row, index)
    }
  }
}

/** A safe integer, and not −0: bits tell it from 0, an integer column cannot. */
function whole(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

function badValue(file: string, field: string, row: number, value: number): TapeError {
  const what = field === 'instrument' ? 'is not in instruments.json' : 'is not a safe integer'
  return new TapeError(
    'tape.value',
    `${file}: row ${row}: ${field} ${Object.is(value, -0) ? '-0' : value} ${what}`,
    { file, field, row },
    IMPORT,
  )
}
