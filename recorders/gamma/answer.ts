import type { Market } from '../../core/events/index.ts'
import { RuleError, Slug } from '../../core/rules/index.ts'
import { civilFromDays, DAY, type Micros } from '../../core/units/index.ts'
import { parseLossless, plainDecimal } from '../feeds/lossless.ts'
import { isObject } from '../feeds/wire.ts'
import { type FullPrice, readDecimal18 } from '../import/e18.ts'
import { type GammaMarket, readGammaMarket } from './market.ts'

/** An up/down window as an answer of the metadata service shows it. */
export type ShownMarket = {
  /** From the slug, and what the metadata adds. */
  market: Market
  stated: GammaMarket
  /** `priceToBeat` and `finalPrice` of its event; null where they are not there yet. */
  strike: FullPrice | null
  final: FullPrice | null
  /** The object as sent, with its event, without pictures and long texts. */
  object: Readonly<Record<string, unknown>>
}

/** What an answer holds. */
export type GammaAnswer = {
  markets: ShownMarket[]
  /** Up/down windows that are refused, by their slugs: why. Entries that are no objects have no slug. */
  faults: GammaFault[]
  /** Where a list goes on; null at its end. */
  next_cursor: string | null
}

/** A market of an answer that is refused. */
export type GammaFault = { slug: string; reason: string }

/** Requests that this reads, by their names in the journal. */
export const GAMMA_REQUESTS = ['event', 'market', 'events', 'markets'] as const
export type GammaRequest = (typeof GAMMA_REQUESTS)[number]

/**
 * Read an answer: an event or a market by slug, or a page of a list of either. Markets whose slug names no window are none
 * of ours and are passed over.
 *
 * @param unknown told each field of a market or event that is not known
 * @returns why the whole of it is refused, in words without values
 */
export function readGammaAnswer(
  request: string,
  text: string,
  unknown: (field: string) => void = () => {},
): GammaAnswer | string {
  let exact: unknown
  let plain: unknown
  try {
    exact = parseLossless(text)
    plain = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  const answer: GammaAnswer = { markets: [], faults: [], next_cursor: null }
  if (request === 'event' || request === 'market') {
    if (!isObject(exact)) return 'not a JSON object'
    if (request === 'event') takeEvent(answer, exact, plain as Raw, unknown)
    else takeMarket(answer, exact, plain as Raw, firstOf(exact.events), unknown)
    return answer
  }
  if (request !== 'events' && request !== 'markets') return 'a request that is not known'
  const list = listOf(exact, request)
  const plains = listOf(plain, request)
  if (list === undefined || plains === undefined) return `no list of ${request}`
  if (isObject(exact) && typeof exact.next_cursor === 'string' && exact.next_cursor !== '')
    answer.next_cursor = exact.next_cursor
  list.forEach((one, i) => {
    const sent = plains[i]
    if (!isObject(one) || !isObject(sent)) answer.faults.push({ slug: '', reason: NO_OBJECT })
    else if (request === 'events') takeEvent(answer, one, sent, unknown)
    else takeMarket(answer, one, sent, firstOf(one.events), unknown)
  })
  return answer
}

type Raw = Record<string, unknown>
const NO_OBJECT = 'an entry that is no object'

/** Pages hold their list under its own name; older answers are the list itself. */
function listOf(raw: unknown, name: string): unknown[] | undefined {
  const list = isObject(raw) ? (raw[name] ?? raw.data) : raw
  return Array.isArray(list) ? (list as unknown[]) : undefined
}

function firstOf(events: unknown): Raw {
  const first = Array.isArray(events) ? (events[0] as unknown) : undefined
  return isObject(first) ? first : {}
}

function takeEvent(answer: GammaAnswer, event: Raw, plain: Raw, unknown: (field: string) => void): void {
  tellUnknown(event, EVENT_FIELDS, 'event', unknown)
  if (!Array.isArray(event.markets)) return
  const plains = plain.markets as unknown[]
  const { markets: _, ...around } = plain
  event.markets.forEach((one: unknown, i) => {
    if (isObject(one)) takeMarket(answer, one, { ...(plains[i] as Raw), events: [around] }, event, unknown)
    else answer.faults.push({ slug: '', reason: NO_OBJECT })
  })
}

function takeMarket(
  answer: GammaAnswer,
  exact: Raw,
  plain: Raw,
  event: Raw,
  unknown: (field: string) => void,
): void {
  const slug = typeof exact.slug === 'string' ? exact.slug : ''
  if (!WINDOW.test(slug)) return
  tellUnknown(exact, MARKET_FIELDS, 'market', unknown)
  const stated = readGammaMarket(exact)
  if (typeof stated === 'string') {
    answer.faults.push({ slug, reason: stated })
    return
  }
  for (const field of stated.unread) unknown(`market.${field} as it is written`)
  const window = windowOf(slug, stated)
  if (typeof window === 'string') {
    answer.faults.push({ slug, reason: window })
    return
  }
  const metadata = isObject(event.eventMetadata) ? event.eventMetadata : {}
  const { condition_id, created_us, tick, min_size, fee, settlement } = stated
  answer.markets.push({
    market: { ...window, condition_id, created_us, tick, min_size, fee, settlement },
    stated,
    strike: priceOf(metadata.priceToBeat),
    final: priceOf(metadata.finalPrice),
    object: shortened(plain),
  })
}

/** Slugs that look like a window's; the rest is looked at closely. */
const WINDOW = /-up-?(or-)?down-/

/**
 * The window of a slug. What an older slug leaves open, its year, and which of two hours of an autumn night it is, the
 * object's own end decides.
 */
function windowOf(slug: string, { end_us }: GammaMarket): Market | string {
  const ends = end_us === null ? null : civilFromDays(Math.floor(end_us / DAY)).year
  let first: Market | undefined
  for (const year of ends === null ? [undefined] : [ends, ends - 1]) {
    for (const repeated_hour of ['first', 'second'] as const) {
      const window = marketOf(slug, { ...(year === undefined ? {} : { year }), repeated_hour })
      if (window !== undefined && window.end_us === end_us) return window
      first ??= window
    }
  }
  return first ?? 'a slug of no window'
}

function marketOf(slug: string, hint: Parameters<typeof Slug.toMarket>[1]): Market | undefined {
  try {
    return Slug.toMarket(slug, hint)
  } catch (thrown) {
    if (thrown instanceof RuleError) return undefined
    throw thrown
  }
}

/** A price, as a number's text or a text; null for what is none. */
function priceOf(value: unknown): FullPrice | null {
  const text = typeof value === 'string' ? plainDecimal(value) : undefined
  return text === undefined ? null : (readDecimal18(text) ?? null)
}

/** Pictures and texts of any length say nothing about trading; events inside repeat them. */
const LONG = new Set(['image', 'icon', 'twitterCardImage', 'description', 'markets'])

function shortened(object: Raw): Raw {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([name]) => !LONG.has(name))
      .map(([name, value]) => [
        name,
        name === 'events' && Array.isArray(value) ? value.map(shortOne) : value,
      ]),
  )
}
const shortOne = (event: unknown) => (isObject(event) ? shortened(event) : event)

function tellUnknown(
  raw: Raw,
  known: ReadonlySet<string>,
  what: string,
  unknown: (field: string) => void,
): void {
  for (const field in raw) if (!known.has(field)) unknown(`${what}.${field}`)
}

/** When the object was written, for rows about it: 0 where it does not say. */
export function statedAt({ updated_us, created_us }: GammaMarket): Micros {
  return updated_us ?? created_us ?? 0
}

/** Fields of a market that were seen, with what protocol.md §8.3 adds. */
const MARKET_FIELDS: ReadonlySet<string> = new Set(
  `acceptingOrders acceptingOrdersTimestamp active approved archived automaticallyActive automaticallyResolved bestAsk
  bestBid category clearBookOnStart clobRewards clobTokenIds closed closedTime competitive conditionId createdAt creator
  cryptoMarketConfig customLiveness cyom deploying deployingTimestamp description enableOrderBook endDate endDateIso
  eventStartTime events featured feeSchedule feeType feesEnabled fpmmLive funded gameId gameStartTime groupItemThreshold
  groupItemTitle hasReviewedDates holdingRewardsEnabled icon id image lastTradePrice line liquidity liquidityAmm
  liquidityClob liquidityNum lowerBound mailchimpTag makerBaseFee makerRebatesFeeShareBps manualActivation
  marketMakerAddress marketType negRisk negRiskMarketID negRiskOther negRiskRequestID new oneDayPriceChange
  oneHourPriceChange oneMonthPriceChange oneWeekPriceChange oneYearPriceChange orderMinSize orderPriceMinTickSize
  outcomePrices outcomes pagerDutyNotificationEnabled pendingDeployment positionIds question questionID ready readyForCron
  requiresTranslation resolutionSource resolvedBy restricted rewardsMaxSpread rewardsMinSize rfqEnabled secondsDelay
  seriesColor showGmpOutcome showGmpSeries slug sportsMarketType spread startDate startDateIso submitted_by takerBaseFee
  twitterCardImage umaBond umaEndDate umaResolutionStatus umaResolutionStatuses umaReward updatedAt updatedBy upperBound
  version volume volume1mo volume1moAmm volume1moClob volume1wk volume1wkAmm volume1wkClob volume1yr volume1yrAmm
  volume1yrClob volume24hr volume24hrClob volumeClob volumeNum`.split(/\s+/),
)

/** Fields of an event that were seen. */
const EVENT_FIELDS: ReadonlySet<string> = new Set(
  `active archived automaticallyActive automaticallyResolved closed closedTime commentCount competitive countryName
  createdAt creationDate cumulativeMarkets cyom deploying deployingTimestamp description electionType enableNegRisk
  enableOrderBook endDate ended estimateValue eventDate eventMetadata eventWeek featured gameId gmpChartMode icon id image
  liquidity liquidityClob live markets negRisk negRiskAugmented negRiskMarketID new openInterest pendingDeployment period
  requiresTranslation resolutionSource restricted score series seriesSlug showAllOutcomes showMarketImages slug sortBy
  startDate startTime tags ticker title updatedAt volume volume1mo volume1wk volume1yr volume24hr`.split(
    /\s+/,
  ),
)
