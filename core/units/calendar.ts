import { DAY, HOUR, MINUTE, type Micros, SECOND, UnitsError } from './units.ts'

/** A day of the proleptic Gregorian calendar. */
export type CivilDay = { year: number; month: number; day: number }

/** Days in 400 years, after which the calendar repeats. */
const DAYS_PER_ERA = 146_097
/** Days from 1 March of year 0, where eras begin, to 1 January 1970. */
const EPOCH_SHIFT = 719_468
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const MICRO_DIGITS = 6

/** Whether a year has a 29 February. */
export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Days of a month, 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1]!
}

/** Days from 1 January 1970 to a day. Years are counted from March, so that the leap day comes last. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const monthFromMarch = (month + 9) % 12
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * DAYS_PER_ERA + dayOfEra - EPOCH_SHIFT
}

/** The day that lies `days` after 1 January 1970. */
export function civilFromDays(days: number): CivilDay {
  const shifted = days + EPOCH_SHIFT
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const dayOfEra = shifted - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** Day of the week, 0 Sunday to 6 Saturday, of the day `days` after 1 January 1970 (a Thursday). */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7
}

/**
 * Read an ISO 8601 instant: `2026-04-15T12:00:00Z`, with up to six decimals of the second, or an offset such as `+02:00`;
 * a date alone is its midnight in UTC.
 *
 * @throws UnitsError `units.time` for anything else: a time without zone too, because it could mean two instants
 */
export function parseIso(text: string): Micros {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d))?$/.exec(text)
  if (match === null) {
    throw new UnitsError('units.time', `"${text}" is not an ISO instant such as 2026-04-15T12:00:00Z`)
  }
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)]
  const micros = Number((match[7] ?? '').padEnd(MICRO_DIGITS, '0'))
  const dated = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!dated || hour > 23 || minute > 59 || second > 59) {
    throw new UnitsError('units.time', `"${text}" names a day or time that does not exist`)
  }
  return (
    daysFromCivil(year, month, day) * DAY +
    hour * HOUR +
    minute * MINUTE +
    second * SECOND +
    micros -
    zoneOffset(match[8] ?? 'Z')
  )
}

/** Write an instant in UTC: `2026-04-15T12:00:00Z`, with three or six decimals of the second where it has them. */
export function formatIso(us: Micros): string {
  const days = Math.floor(us / DAY)
  const rest = us - days * DAY
  const { year, month, day } = civilFromDays(days)
  const hour = Math.floor(rest / HOUR)
  const minute = Math.floor((rest % HOUR) / MINUTE)
  const second = Math.floor((rest % MINUTE) / SECOND)
  const micros = rest % SECOND
  const fraction =
    micros === 0 ? '' : micros % 1000 === 0 ? `.${digits(micros / 1000, 3)}` : `.${digits(micros, 6)}`
  return (
    `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}` +
    `T${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}${fraction}Z`
  )
}

function zoneOffset(zone: string): Micros {
  if (zone === 'Z') return 0
  const size = Number(zone.slice(1, 3)) * HOUR + Number(zone.slice(4, 6)) * MINUTE
  return zone.startsWith('-') ? -size : size
}

const digits = (value: number, width: number) => String(value).padStart(width, '0')
