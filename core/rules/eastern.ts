import { civilFromDays, DAY, daysFromCivil, HOUR, type Micros, weekday } from '../units/index.ts'

/**
 * US Eastern time, in which the venue names its hourly and daily windows. The rule is that of the Energy Policy Act of
 * 2005, in force since 2007: daylight time from 02:00 on the second Sunday of March to 02:00 on the first of November.
 */

/** Eastern standard and daylight time, hours behind UTC. */
const STANDARD_H = 5
const DAYLIGHT_H = 4
/** First year of the rule. */
const YEAR_MIN = 2007

const SUNDAY = 0
const MARCH = 3
const NOVEMBER = 11
/** Clocks change at 02:00 local. */
const CHANGE_H = 2

/** µs that Eastern clocks are behind UTC at an instant. */
export function behindUtc(us: Micros): Micros {
  const { year } = civilFromDays(Math.floor(us / DAY))
  return us >= daylightStart(year) && us < daylightEnd(year) ? DAYLIGHT_H * HOUR : STANDARD_H * HOUR
}

/**
 * The instants at which Eastern clocks show a full hour of a day, in order: one as a rule, none in the hour that spring
 * skips, two in the hour that autumn repeats.
 *
 * @param hour 0 to 23
 */
export function instants(year: number, month: number, day: number, hour: number): Micros[] {
  const local = daysFromCivil(year, month, day) * DAY + hour * HOUR
  const found: Micros[] = []
  for (const behind of [DAYLIGHT_H * HOUR, STANDARD_H * HOUR]) {
    if (behindUtc(local + behind) === behind) found.push(local + behind)
  }
  return found
}

/** Whether the rule was in force in a year. */
export function knows(year: number): boolean {
  return year >= YEAR_MIN
}

function daylightStart(year: number): Micros {
  return sunday(year, MARCH, 2) * DAY + (CHANGE_H + STANDARD_H) * HOUR
}

function daylightEnd(year: number): Micros {
  return sunday(year, NOVEMBER, 1) * DAY + (CHANGE_H + DAYLIGHT_H) * HOUR
}

/** The n-th Sunday of a month, in days since the epoch. */
function sunday(year: number, month: number, n: number): number {
  const first = daysFromCivil(year, month, 1)
  return first + ((7 + SUNDAY - weekday(first)) % 7) + (n - 1) * 7
}
