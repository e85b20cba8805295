import { basename } from 'node:path'
import { DAY, daysFromCivil, type Micros, parseIso, SECOND } from '../../core/units/index.ts'
import type { Inference } from '../tape/index.ts'

/** How times are written: as a number of these since 1970, or as ISO text. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'iso'

/** The times of one column of one file. All of it is looked at before any of it is read. */
export type TimeColumn = {
  /** Look at a value: in which unit it is. */
  look(value: unknown): void
  /** Read a value in the unit that most of the column is in; a text says why it is refused. */
  read(value: unknown): Micros | string
  /** The finding, for the manifest, where the unit is another than usual. */
  inferred(): Inference[]
}

/** Times that a recording of these markets can have. Their numbers in s, ms, µs and ns do not overlap. */
const FROM_S = daysFromCivil(2000, 1, 1) * (DAY / SECOND)
const UNTIL_S = daysFromCivil(2100, 1, 1) * (DAY / SECOND)

/** Digits that are left of the second, by unit. */
const DIGITS: Readonly<Record<Exclude<TimeUnit, 'iso'>, number>> = { s: 0, ms: 3, us: 6, ns: 9 }
const UNITS = Object.keys(DIGITS) as (keyof typeof DIGITS)[]
const NAMES: Readonly<Record<TimeUnit, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  iso: 'ISO 8601',
}
const MICRO_DIGITS = 6

/**
 * A column of which nothing was seen yet.
 *
 * @param usual the unit that recordings of the kind have
 */
export function createTimeColumn(file: string, name: string, usual: TimeUnit): TimeColumn {
  const counts: Record<TimeUnit, number> = { s: 0, ms: 0, us: 0, ns: 0, iso: 0 }
  let unit: TimeUnit | undefined
  const decided = () => {
    unit ??= ([usual, ...UNITS, 'iso'] as TimeUnit[]).reduce((a, b) => (counts[b] > counts[a] ? b : a))
    return unit
  }
  return {
    look(value) {
      const found = readStamp(value)
      if (found !== undefined) counts[found.unit]++
    },
    read(value) {
      const found = readStamp(value)
      if (found === undefined) return faultOf(value)
      return found.unit === decided()
        ? found.us
        : `a time in another unit than the others: ${NAMES[found.unit]}`
    },
    inferred() {
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
      if (total === 0 || decided() === usual) return []
      return [
        {
          what: `times of ${name} in ${basename(file)} are in ${NAMES[decided()]}`,
          how: `by their magnitude, which must be of a day between 2000 and 2100; usual are ${NAMES[usual]}. Times in another unit than most are refused`,
          agreement: `${counts[decided()]} of ${total}`,
        },
      ]
    },
  }
}

/** A time by its own magnitude, or as ISO text with a zone; undefined for anything else. */
export function readStamp(value: unknown): { us: Micros; unit: TimeUnit } | undefined {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
  const number = /^(\d{9,19})(?:\.(\d+))?$/.exec(text)
  if (number === null) {
    const us = readIsoTime(text)
    return us >= FROM_S * SECOND && us < UNTIL_S * SECOND ? { us, unit: 'iso' } : undefined
  }
  const whole = number[1]!
  for (const unit of UNITS) {
    const seconds = Number(whole.slice(0, whole.length - DIGITS[unit]))
    if (seconds < FROM_S || seconds >= UNTIL_S) continue
    const fraction = whole.slice(whole.length - DIGITS[unit]) + (number[2] ?? '')
    return { us: seconds * SECOND + microsOf(fraction), unit }
  }
  return undefined
}

/** A time by its own magnitude, as µs; NaN for what is none. */
export function stampOf(value: unknown): Micros {
  return readStamp(value)?.us ?? Number.NaN
}

/**
 * A clock time, as if it were UTC: text without a zone, whatever zone is meant. Where a time says more, with a zone or as a
 * number since 1970, it is UTC. NaN for anything else.
 */
export function readClock(value: unknown): Micros {
  const text = typeof value === 'string' ? value : ''
  const naive = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/.test(text)
  return naive ? readIsoTime(`${text}Z`) : stampOf(value)
}

/** ISO text with a zone, in any of the forms that programs write; fractions of a µs to the nearest. NaN for anything else. */
function readIsoTime(text: string): Micros {
  const match =
    /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|z|UTC|([+-]\d\d)(?::?(\d\d))?)$/.exec(
      text,
    )
  if (match === null) return Number.NaN
  const [, date, minute, second = '00', fraction = '', , hours, minutes = '00'] = match
  try {
    const us = parseIso(`${date}T${minute}:${second}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`)
    return us + microsOf(fraction)
  } catch {
    return Number.NaN
  }
}

/** Digits behind the second as µs, to the nearest. */
function microsOf(fraction: string): Micros {
  const micros = Number(fraction.slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, '0'))
  return fraction.charCodeAt(MICRO_DIGITS) >= 53 ? micros + 1 : micros
}

/** Why a value is no time. */
function faultOf(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return 'a time without a zone'
  return 'a time that is neither a number of s, ms, µs or ns since 1970, nor ISO with a zone, between 2000 and 2100'
}
