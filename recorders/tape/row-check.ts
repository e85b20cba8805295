import { ALL_INSTRUMENTS, type Columns, type Instruments } from '../../core/events/index.ts'
import { TapeError } from './errors.ts'
import { isTime, RULE_OF, rowFault, type Subject, subjectFault } from './row-rules.ts'

/** Checks the rows of a tape in their order. */
export type RowCheck = {
  /** Check rows `from` to `to` of a chunk that follows the chunks before it; throws at the first fault. */
  check(columns: Columns, from: number, to: number, file: string): void
  /** Check what the rows named, where the instruments were not known before; throws at the first fault. */
  finish(instruments: Instruments, file: string): void
}

const IMPORT = 'import the dataset again, or mend the program that wrote it'
/** Kinds that a row may be of: a number is a byte. */
const KINDS = 256
/** What a row's instrument is, as bits. */
const [NONE, TOKEN, SERIES, ALL] = [0, 1, 2, 4]
const BITS: Readonly<Record<Subject, number>> = {
  token: TOKEN,
  series: SERIES,
  any: TOKEN | SERIES | ALL,
  all: ALL,
}
/** What the instrument of each kind's rows may be. */
const SUBJECTS = Uint8Array.from({ length: KINDS }, (_, kind) => BITS[RULE_OF[kind]?.subject ?? 'any'])

/**
 * What holds for every row of every tape: time never goes back, numbers are whole and in range, the row makes sense by its
 * kind, its instrument exists and is of the right type.
 *
 * @param instruments null while they are not known: then {@link RowCheck.finish} looks at what the rows named
 * @returns a check with a memory of the last time; it throws TapeError `tape.order` or `tape.value` with field and row
 */
export function createRowCheck(instruments: Instruments | null): RowCheck {
  let last = Number.NEGATIVE_INFINITY
  let row = 0
  /** For each kind and instrument the first row, while it is not known what the instruments are. */
  const met = new Map<number, number>()
  const types = instruments?.instruments.map(({ kind }) => (kind === 'token' ? TOKEN : SERIES))

  function subject(kind: number, instrument: number, file: string): void {
    if (instruments === null || types === undefined) {
      const key = instrument * KINDS + kind
      if (!met.has(key)) met.set(key, row)
      return
    }
    const type = instrument === ALL_INSTRUMENTS ? ALL : (types[instrument] ?? NONE)
    if ((SUBJECTS[kind]! & type) !== 0) return
    const fault = subjectFault(kind, instrument, instruments)
    if (fault !== null) throw badRow(file, row, fault.field, fault.what)
  }

  return {
    check(columns, from, to, file) {
      const { local_us, exch_us, seq, price, size, instrument, kind, feed, side, flags } = columns
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
        whole(now, 'local_us', file, row)
        whole(exch_us[i]!, 'exch_us', file, row)
        whole(seq[i]!, 'seq', file, row)
        whole(price[i]!, 'price', file, row)
        whole(size[i]!, 'size', file, row)
        if (!isTime(now)) throw badRow(file, row, 'local_us', `${now} is no time`)
        if (!isTime(exch_us[i]!)) throw badRow(file, row, 'exch_us', `${exch_us[i]!} is no time`)
        if (seq[i]! < 0) throw badRow(file, row, 'seq', `${seq[i]!} is below 0`)
        const fault = rowFault(kind[i]!, feed[i]!, side[i]!, flags[i]!, price[i]!, size[i]!)
        if (fault !== null) throw badRow(file, row, fault.field, fault.what)
        subject(kind[i]!, instrument[i]!, file)
      }
    },
    finish(found, file) {
      for (const [key, first] of met) {
        const fault = subjectFault(key % KINDS, Math.floor(key / KINDS), found)
        if (fault !== null) throw badRow(file, first, fault.field, fault.what)
      }
    },
  }
}

/** A safe integer, and not −0: bits tell it from 0, an integer column cannot. */
function whole(value: number, field: string, file: string, row: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return
  throw badRow(file, row, field, `${Object.is(value, -0) ? '-0' : value} is not a safe integer`)
}

function badRow(file: string, row: number, field: string, what: string): TapeError {
  return new TapeError('tape.value', `${file}: row ${row}: ${field} ${what}`, { file, field, row }, IMPORT)
}
