import type { SeriesName } from '../../core/events/index.ts'
import { RuleError, Slug } from '../../core/rules/index.ts'
import { DAY, HOUR, MINUTE, type Micros, SECOND } from '../../core/units/index.ts'
import { COUNT } from '../limits.ts'
import { readGammaAnswer, type ShownMarket } from './answer.ts'
import type { GammaSettings } from './settings.ts'

/**
 * What the metadata service is to be asked, and when: windows by the names that they must have, and lists of their series for
 * names that nobody expects. Plain data; times are the venue's.
 */
export type Discovery = {
  /** By slug: windows that are looked for, or whose strike or outcome is not known. */
  windows: Record<string, Sought>
  /** By `asset series`: names are made up to here. */
  named_us: Record<string, Micros>
  /** By `asset series`: lists of a series. */
  lists: Record<string, Listing>
}

/** A window, how much of it is known, and when to ask for more. */
export type Sought = {
  asset: string
  series: SeriesName
  start_us: Micros
  end_us: Micros
  known: 'nothing' | 'market' | 'strike'
  next_us: Micros
}

/** Where the reading of a list is. */
export type Listing = { next_us: Micros; cursor: string | null; pages: number }

/** A question to the service: `request` is its name in the journal. */
export type GammaQuestion = { request: 'market' | 'events'; path: string }

/** Which windows are wanted. */
export type Wanted = { assets: readonly string[]; series: readonly string[] }

/** Nothing known yet. */
export function createDiscovery(): Discovery {
  return { windows: {}, named_us: {}, lists: {} }
}

/**
 * What to ask next. What is asked counts as asked: an answer that never comes is asked for again when its turn comes.
 *
 * @param limit how many questions at most
 */
export function questions(
  discovery: Discovery,
  wanted: Wanted,
  now_us: Micros,
  settings: GammaSettings,
  limit: number,
): GammaQuestion[] {
  nameWindows(discovery, wanted, now_us, settings)
  const asked: GammaQuestion[] = []
  const due = Object.entries(discovery.windows)
    .filter(([, { next_us }]) => next_us <= now_us)
    .sort(([, a], [, b]) => a.next_us - b.next_us)
  for (const [slug, sought] of due) {
    if (now_us > sought.end_us + settings.gamma_give_up_s * SECOND) {
      delete discovery.windows[slug]
      continue
    }
    if (asked.length === limit) return asked
    sought.next_us = now_us + waitOf(sought, now_us, settings)
    asked.push({ request: 'market', path: `/markets/slug/${slug}` })
  }
  for (const [key, list] of Object.entries(discovery.lists)) {
    if (list.next_us > now_us || !isWanted(key, wanted)) continue
    if (asked.length === limit) return asked
    list.next_us = now_us + settings.gamma_list_s * SECOND
    asked.push({ request: 'events', path: listPath(key, list, now_us, settings) })
  }
  return asked
}

/**
 * Take an answer of any of these questions.
 *
 * @param text of a good answer; null where the service has none (404) or failed: it is asked again in time
 */
export function answered(
  discovery: Discovery,
  { request, path }: GammaQuestion,
  text: string | null,
  wanted: Wanted,
  now_us: Micros,
  settings: GammaSettings,
): void {
  const answer = text === null ? 'none' : readGammaAnswer(request, text)
  if (typeof answer !== 'string') {
    for (const shown of answer.markets.slice(0, COUNT.markets_shown))
      learn(discovery, shown, wanted, now_us, settings)
  }
  if (request !== 'events') return
  const list = Object.entries(discovery.lists).find(([key]) => path.includes(seriesSlug(key)))?.[1]
  if (list === undefined) return
  const cursor = typeof answer === 'string' ? null : answer.next_cursor
  list.pages = cursor === null ? 0 : list.pages + 1
  list.cursor = list.pages >= settings.gamma_pages ? null : cursor
  if (list.cursor === null) list.pages = 0
  else list.next_us = now_us
}

/** A window may be new: ask for it now, if it is wanted. */
export function lookUp(discovery: Discovery, slug: string, wanted: Wanted, now_us: Micros): void {
  const window = windowOf(slug)
  if (window === undefined || !isWanted(keyOf(window), wanted)) return
  discovery.windows[slug] ??= { ...window, known: 'nothing', next_us: now_us }
}

/** Windows that run, or soon will, and that the service does not have. */
export function missing(discovery: Discovery, now_us: Micros): string[] {
  return Object.entries(discovery.windows)
    .filter(([, { known, start_us, end_us }]) => known === 'nothing' && start_us <= now_us && now_us < end_us)
    .map(([slug]) => slug)
    .sort()
}

/** How far apart starts of windows can lie at the least; they are tried in this step. */
const STEP_US: Readonly<Record<string, Micros>> = {
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '4h': HOUR,
  '1d': HOUR,
}
/** The longest window: a day on which clocks are set back. */
const LONGEST_US: Readonly<Record<string, Micros>> = {
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '4h': 4 * HOUR,
  '1d': DAY + HOUR,
}

/** Windows that run or begin soon, by the names that they must have. */
function nameWindows(discovery: Discovery, wanted: Wanted, now_us: Micros, settings: GammaSettings): void {
  for (const asset of wanted.assets) {
    for (const series of wanted.series) {
      const step_us = STEP_US[series]
      if (step_us === undefined) continue
      const key = `${asset} ${series}`
      discovery.lists[key] ??= { next_us: now_us, cursor: null, pages: 0 }
      const running_us = now_us - LONGEST_US[series]!
      const from_us = Math.max(discovery.named_us[key] ?? running_us, running_us)
      const until_us = now_us + settings.gamma_ahead_s * SECOND
      let at_us = Math.ceil(from_us / step_us) * step_us
      for (; at_us <= until_us; at_us += step_us) {
        const slug = slugAt(asset, series as SeriesName, at_us)
        const window = slug === undefined ? undefined : windowOf(slug)
        if (window === undefined || window.end_us <= now_us) continue
        discovery.windows[slug!] ??= { ...window, known: 'nothing', next_us: now_us }
      }
      discovery.named_us[key] = at_us
    }
  }
}

/** What an answer says about a window: also about one that nobody asked for by name. */
function learn(
  discovery: Discovery,
  { market, stated, strike }: ShownMarket,
  wanted: Wanted,
  now_us: Micros,
  settings: GammaSettings,
): void {
  const { slug, asset, series, start_us, end_us } = market
  if (!isWanted(`${asset} ${series}`, wanted)) return
  if (stated.up_payout !== null) {
    delete discovery.windows[slug]
    return
  }
  if (now_us > end_us + settings.gamma_give_up_s * SECOND) return
  // A list may go on for years: only what is wanted soon is asked for.
  if (start_us > now_us + settings.gamma_ahead_s * SECOND + LONGEST_US[series]!) return
  discovery.windows[slug] ??= { asset, series, start_us, end_us, known: 'nothing', next_us: now_us }
  const sought = discovery.windows[slug]!
  const known = strike === null ? 'market' : 'strike'
  if (sought.known !== 'strike') sought.known = known
  sought.next_us = Math.max(now_us + settings.gamma_result_s * SECOND, nextOf(sought, now_us, settings))
}

/** When there is more to know: the strike some time after the start, the outcome after the end. */
function nextOf({ known, start_us, end_us }: Sought, now_us: Micros, settings: GammaSettings): Micros {
  if (now_us >= end_us) return now_us + settings.gamma_result_s * SECOND
  if (known === 'strike') return end_us + settings.gamma_result_s * SECOND
  const strike_us = start_us + settings.gamma_strike_s * SECOND
  return Math.max(strike_us, now_us + settings.gamma_new_s * SECOND)
}

function waitOf({ known, end_us }: Sought, now_us: Micros, settings: GammaSettings): Micros {
  const seconds = known !== 'nothing' && now_us >= end_us ? settings.gamma_result_s : settings.gamma_new_s
  return seconds * SECOND
}

/** Windows of a series that end soon: with dates on both sides, the list is short. */
function listPath(key: string, { cursor }: Listing, now_us: Micros, settings: GammaSettings): string {
  const series = key.slice(key.indexOf(' ') + 1)
  const day = (us: Micros) => new Date(us / 1_000).toISOString().slice(0, 19)
  const until_us = now_us + settings.gamma_ahead_s * SECOND + LONGEST_US[series]!
  const after = cursor === null ? '' : `&after_cursor=${encodeURIComponent(cursor)}`
  return `/events/keyset?series_slug=${seriesSlug(key)}&closed=false&end_date_min=${day(now_us)}Z&end_date_max=${day(until_us)}Z&limit=100${after}`
}

/** Name of a series in the lists (protocol.md §8.2); that of the four-hour one is not documented. */
function seriesSlug(key: string): string {
  const [asset, series] = key.split(' ')
  return `${asset}-up-or-down-${series === '1h' ? 'hourly' : series === '1d' ? 'daily' : series}`
}

function isWanted(key: string, { assets, series }: Wanted): boolean {
  const [asset, name] = key.split(' ')
  return assets.includes(asset!) && series.includes(name!)
}

function keyOf({ asset, series }: { asset: string; series: SeriesName }): string {
  return `${asset} ${series}`
}

function slugAt(asset: string, series: SeriesName, start_us: Micros): string | undefined {
  return unlessUnknown(() => Slug.format(asset, series, start_us))
}

/** Of the two hours of one name in an autumn night the first is meant; the list finds the second. */
function windowOf(slug: string): ReturnType<typeof Slug.parse> | undefined {
  return unlessUnknown(() => Slug.parse(slug, { repeated_hour: 'first' }))
}

function unlessUnknown<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (thrown) {
    if (thrown instanceof RuleError) return undefined
    throw thrown
  }
}
