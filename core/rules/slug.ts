import { sortedKeys } from '../config/index.ts'
import type { Market, SeriesName } from '../events/index.ts'
import { civilFromDays, DAY, daysInMonth, HOUR, MINUTE, type Micros, SECOND } from '../units/index.ts'
import * as Eastern from './eastern.ts'
import { RuleError } from './rule-error.ts'

/** What a market's slug says (protocol.md §8.2). */
export type Window = { asset: string; series: SeriesName; start_us: Micros; end_us: Micros }

/** What a slug leaves open: the year of older names, and which of the two 1 a.m. hours of an autumn night is meant. */
export type SlugHint = { year?: number; repeated_hour?: 'first' | 'second' }

/** Assets with up/down markets, by the short name of newer slugs, with the long names of hourly and daily ones. */
const ASSETS: Readonly<Record<string, readonly string[]>> = {
  btc: ['bitcoin', 'btc'],
  eth: ['ethereum', 'eth'],
  sol: ['solana', 'sol'],
  xrp: ['xrp'],
  doge: ['dogecoin', 'doge'],
  bnb: ['bnb'],
  hype: ['hyperliquid', 'hype'],
  zec: ['zcash', 'zec'],
}

/** Lengths of the windows that are named by their start in unix seconds. */
const UNIX_SERIES: Readonly<Partial<Record<SeriesName, Micros>>> = {
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '4h': 4 * HOUR,
}

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

const UNIX = /^([a-z0-9]+)-updown-(5m|15m|4h)-(\d{10})$/
const HOURLY = /^([a-z]+)-up-or-down-([a-z]+)-(\d{1,2})(?:-(\d{4}))?-(\d{1,2})(am|pm)-et$/
const DAILY = /^([a-z]+)-up-or-down-on-([a-z]+)-(\d{1,2})(?:-(\d{4}))?$/

/** A daily window goes from noon to noon, and is named by the day on which it ends. */
const NOON_H = 12

/**
 * Read asset, series and window from a market's slug. Hourly and daily names are in US Eastern time: a day with a change
 * of clocks has 23 or 25 hours.
 *
 * @param hint for what older slugs leave open
 * @throws RuleError `rules.unknown_market`, or `rules.ambiguous_market` where a hint is needed
 */
export function parse(slug: string, hint: SlugHint = {}): Window {
  const unix = UNIX.exec(slug)
  if (unix !== null) return parseUnix(slug, unix)
  const hourly = HOURLY.exec(slug)
  if (hourly !== null) return parseHourly(slug, hourly, hint)
  const daily = DAILY.exec(slug)
  if (daily !== null) return parseDaily(slug, daily, hint)
  throw unknown(slug, 'it has none of the forms known')
}

/** A market of which only the slug is known: rules by date answer for the rest. */
export function toMarket(slug: string, hint: SlugHint = {}): Market {
  return {
    slug,
    ...parse(slug, hint),
    created_us: null,
    condition_id: null,
    tick: null,
    min_size: null,
    fee: null,
    settlement: null,
    taker_hold_ms: null,
  }
}

/**
 * The slug of a window, as the venue would name it today.
 *
 * @param start_us start of the window
 * @throws RuleError `rules.unknown_market` when no window of the series starts there
 */
export function format(asset: string, series: SeriesName, start_us: Micros): string {
  if (!Object.hasOwn(ASSETS, asset)) throw unknown(asset, 'it is no known asset')
  const names = ASSETS[asset]!
  const local = start_us - Eastern.behindUtc(start_us)
  const { year, month, day } = civilFromDays(Math.floor((series === '1d' ? local + DAY : local) / DAY))
  const hour = Math.floor((((local % DAY) + DAY) % DAY) / HOUR)
  const date = `${MONTHS[month - 1]}-${day}-${year}`
  const slug =
    series === '1h'
      ? `${names[0]}-up-or-down-${date}-${((hour + 11) % 12) + 1}${hour < 12 ? 'am' : 'pm'}-et`
      : series === '1d'
        ? `${names[0]}-up-or-down-on-${date}`
        : `${asset}-updown-${series}-${start_us / SECOND}`
  const back = [parse(slug, { repeated_hour: 'first' }), parse(slug, { repeated_hour: 'second' })]
  if (!back.some((window) => window.start_us === start_us)) throw unknown(slug, 'no window starts there')
  return slug
}

function parseUnix(slug: string, match: RegExpExecArray): Window {
  const asset = match[1]!
  const series = match[2] as '5m' | '15m' | '4h'
  if (!Object.hasOwn(ASSETS, asset)) throw unknown(slug, `"${asset}" is no known asset`)
  const start_us = Number(match[3]) * SECOND
  const length = UNIX_SERIES[series]!
  // Four-hour windows follow the Eastern day, whose start is a whole four hours in UTC in summer only.
  const aligned = start_us % length === 0 || (start_us - Eastern.behindUtc(start_us)) % length === 0
  if (!aligned) throw unknown(slug, `no ${series} window starts at ${match[3]}`)
  return { asset, series, start_us, end_us: start_us + length }
}

function parseHourly(slug: string, match: RegExpExecArray, hint: SlugHint): Window {
  const asset = assetNamed(slug, match[1]!)
  const { year, month, day } = date(slug, match[2]!, match[3]!, match[4], hint)
  const clock = Number(match[5])
  if (clock < 1 || clock > 12) throw unknown(slug, `there is no ${clock} o'clock`)
  const hour = (clock % 12) + (match[6] === 'pm' ? 12 : 0)
  const starts = Eastern.instants(year, month, day, hour)
  if (starts.length === 0) throw unknown(slug, 'clocks skip this hour')
  if (starts.length === 2 && hint.repeated_hour === undefined) {
    throw new RuleError(
      'rules.ambiguous_market',
      'slug',
      `"${slug}" names an hour that comes twice in that night`,
      "give the market's recorded start",
    )
  }
  const start_us = starts.length === 2 && hint.repeated_hour === 'second' ? starts[1]! : starts[0]!
  return { asset, series: '1h', start_us, end_us: start_us + HOUR }
}

function parseDaily(slug: string, match: RegExpExecArray, hint: SlugHint): Window {
  const asset = assetNamed(slug, match[1]!)
  const { year, month, day } = date(slug, match[2]!, match[3]!, match[4], hint)
  const end_us = Eastern.instants(year, month, day, NOON_H)[0]!
  // Some hour of the day before: its noon is found by the calendar, however long the day was.
  const eve = civilFromDays(Math.floor((end_us - DAY) / DAY))
  return {
    asset,
    series: '1d',
    start_us: Eastern.instants(eve.year, eve.month, eve.day, NOON_H)[0]!,
    end_us,
  }
}

function assetNamed(slug: string, name: string): string {
  for (const asset of sortedKeys(ASSETS)) if (ASSETS[asset]!.includes(name)) return asset
  throw unknown(slug, `"${name}" is no known asset`)
}

function date(
  slug: string,
  monthName: string,
  dayText: string,
  yearText: string | undefined,
  hint: SlugHint,
) {
  const month = MONTHS.indexOf(monthName) + 1
  if (month === 0) throw unknown(slug, `"${monthName}" is no month`)
  const year = yearText === undefined ? hint.year : Number(yearText)
  if (year === undefined) {
    throw new RuleError(
      'rules.ambiguous_market',
      'slug',
      `"${slug}" does not say its year, as older names do not`,
      "give the year, or the market's recorded start",
    )
  }
  const day = Number(dayText)
  if (day < 1 || day > daysInMonth(year, month)) throw unknown(slug, `there is no ${monthName} ${day}`)
  if (!Eastern.knows(year)) throw unknown(slug, `Eastern time of ${year} is not known`)
  return { year, month, day }
}

function unknown(slug: string, why: string): RuleError {
  return new RuleError(
    'rules.unknown_market',
    'slug',
    `"${slug}" is no market known here: ${why}`,
    `name it as the venue does, such as btc-updown-5m-1776240000, bitcoin-up-or-down-april-15-2026-9am-et or ` +
      `bitcoin-up-or-down-on-april-15-2026, of ${sortedKeys(ASSETS).join(', ')}`,
  )
}
