import * as Book from '../../../core/book/module.ts'
import * as Eastern from '../../../core/rules/eastern.ts'
import { DAY, formatDecimal, formatIso, MICRO, MINUTE, type Micros, ONE } from '../../../core/units/index.ts'
import type { MarketState } from '../market-state.ts'
import type { World } from '../world.ts'
import { decimalText, type FullPrice } from './full-price.ts'

/** The metadata service's objects (protocol.md §8.3). Numbers are JSON numbers, lists come as JSON inside a string. */

const NAMES: Readonly<Record<string, string>> = {
  btc: 'Bitcoin',
  eth: 'Ethereum',
  sol: 'Solana',
  xrp: 'XRP',
  doge: 'Dogecoin',
  bnb: 'BNB',
  hype: 'Hyperliquid',
  zec: 'Zcash',
}
const SERIES_WORDS: Readonly<Record<string, string>> = { '1h': 'hourly', '1d': 'daily' }
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
/** Fifteen-minute bitcoin windows have this id at the venue; the others are numbered from it. */
const SERIES_ID = 10_192
const SERIES_ORDER = ['15m', '5m', '1h', '4h', '1d']

/** A series as events name it. */
export type SeriesName = { id: string; slug: string; recurrence: string }

/** The series of a market. */
export function seriesOf({ market: { asset, series } }: MarketState): SeriesName {
  const assets = Object.keys(NAMES)
  const at = Math.max(0, assets.indexOf(asset)) * SERIES_ORDER.length + SERIES_ORDER.indexOf(series)
  return {
    id: String(SERIES_ID + at),
    slug: `${asset}-up-or-down-${SERIES_WORDS[series] ?? series}`,
    recurrence: SERIES_WORDS[series] ?? series,
  }
}

/** `Bitcoin Up or Down - September 28, 1:30PM-1:45PM ET`. */
export function titleOf({ market: { asset, start_us, end_us } }: MarketState): string {
  const day = new Date((start_us - Eastern.behindUtc(start_us)) / 1000)
  const date = `${MONTHS[day.getUTCMonth()]} ${day.getUTCDate()}`
  return `${NAMES[asset] ?? asset} Up or Down - ${date}, ${clock(start_us)}-${clock(end_us)} ET`
}

function clock(us: Micros): string {
  const local = us - Eastern.behindUtc(us)
  const minutes = Math.floor((((local % DAY) + DAY) % DAY) / MINUTE)
  const hour = Math.floor(minutes / 60)
  const minute = minutes % 60
  return `${((hour + 11) % 12) + 1}:${String(minute).padStart(2, '0')}${hour < 12 ? 'AM' : 'PM'}`
}

/** The market alone. */
export function marketObject(state: MarketState, now_us: Micros): Record<string, unknown> {
  const { market, fee, settlement, tokens, payout, volume } = state
  const title = titleOf(state)
  const closed = payout !== null
  const shares = Number(formatDecimal(volume, 6))
  return {
    id: state.number,
    question: title,
    conditionId: state.condition_id,
    slug: market.slug,
    description: descriptionOf(state),
    resolutionSource: sourceOf(state),
    version: 'v1',
    outcomes: JSON.stringify(['Up', 'Down']),
    outcomePrices: JSON.stringify(pricesOf(state)),
    clobTokenIds: JSON.stringify([tokens.up.id, tokens.down.id]),
    ...(market.created_us !== null && {
      createdAt: formatIso(market.created_us),
      startDate: formatIso(market.created_us),
      acceptingOrdersTimestamp: formatIso(market.created_us),
    }),
    updatedAt: formatIso(now_us),
    eventStartTime: formatIso(market.start_us),
    endDate: formatIso(market.end_us),
    endDateIso: formatIso(market.end_us).slice(0, 10),
    ...(state.resolved_us !== null && { closedTime: closedTime(state.resolved_us) }),
    active: true,
    closed,
    archived: false,
    restricted: true,
    acceptingOrders: !closed && now_us < market.end_us,
    enableOrderBook: true,
    orderPriceMinTickSize: state.tick / ONE,
    orderMinSize: Number(formatDecimal(state.min_size, 6)),
    negRisk: false,
    ...feeFields(fee),
    makerBaseFee: 1000,
    takerBaseFee: 1000,
    secondsDelay: 0,
    ...touchFields(state),
    volume: String(shares),
    volumeNum: shares,
    ...(closed && { umaResolutionStatus: 'resolved' }),
    umaResolutionStatuses: '[]',
    automaticallyActive: true,
    ...(settlement?.source === 'chainlink' && {
      cryptoMarketConfig: {
        id: `${market.asset}-${market.series}-${settlement.kind === 'twap' ? `twap-${settlement.lookback_s}` : 'spot'}`,
        asset: market.asset,
        duration: market.series,
        twapEnabled: settlement.kind === 'twap',
        ...(settlement.kind === 'twap' && { twapLookbackSeconds: settlement.lookback_s }),
      },
    }),
  }
}

/** The event around a market, without the market. */
export function eventObject(world: World, state: MarketState): Record<string, unknown> {
  const { market, payout } = state
  const series = seriesOf(state)
  const metadata = {
    ...(state.strike !== null && { priceToBeat: statedPrice(state.strike) }),
    ...finalPrice(world, state),
  }
  return {
    id: String(Number(state.number) + 1),
    ticker: market.slug,
    slug: market.slug,
    title: titleOf(state),
    description: descriptionOf(state),
    resolutionSource: sourceOf(state),
    ...(market.created_us !== null && {
      startDate: formatIso(market.created_us),
      creationDate: formatIso(market.created_us),
      createdAt: formatIso(market.created_us),
    }),
    endDate: formatIso(market.end_us),
    startTime: formatIso(market.start_us),
    active: true,
    closed: payout !== null,
    archived: false,
    restricted: true,
    enableOrderBook: true,
    negRisk: false,
    seriesSlug: series.slug,
    series: [series],
    ...(Object.keys(metadata).length > 0 && { eventMetadata: metadata }),
  }
}

/** As `/markets/…` answers: the market with its event inside. */
export function marketAnswer(world: World, state: MarketState, now_us: Micros): Record<string, unknown> {
  return { ...marketObject(state, now_us), events: [eventObject(world, state)] }
}

/** As `/events/…` answers: the event with its market inside. */
export function eventAnswer(world: World, state: MarketState, now_us: Micros): Record<string, unknown> {
  return { ...eventObject(world, state), markets: [marketObject(state, now_us)] }
}

/** The strike of the window that starts where this one ends is this one's final price. */
function finalPrice(world: World, { market, payout }: MarketState): { finalPrice?: number | string } {
  if (payout === null) return {}
  const next = world.markets.find(
    ({ market: other }) =>
      other.asset === market.asset && other.series === market.series && other.start_us === market.end_us,
  )
  return next === undefined || next.strike === null ? {} : { finalPrice: statedPrice(next.strike) }
}

/** A price to its last digit: as a number where a number holds it, else as text, as the service does both. */
function statedPrice(price: FullPrice): number | string {
  const text = decimalText(price)
  return String(Number(text)) === text ? Number(text) : text
}

function pricesOf({ payout, book, trade }: MarketState): [string, string] {
  let up = payout
  if (up === null && book !== null && book.best_bid >= 0 && book.best_ask >= 0) up = Book.mid2(book) / 2
  up ??= trade?.price ?? ONE / 2
  return [String(up / ONE), String((ONE - up) / ONE)]
}

function touchFields({ book, trade }: MarketState): Record<string, number> {
  const last = trade === null ? {} : { lastTradePrice: trade.price / ONE }
  if (book === null || book.best_bid < 0 || book.best_ask < 0) return last
  const { best_bid, best_ask } = book
  return { bestBid: best_bid / ONE, bestAsk: best_ask / ONE, spread: (best_ask - best_bid) / ONE, ...last }
}

function feeFields(fee: MarketState['fee']): Record<string, unknown> {
  if (fee === null) return {}
  if (fee.rate_ppm === 0) return { feesEnabled: false }
  const schedule = {
    exponent: fee.exponent,
    rate: fee.rate_ppm / MICRO,
    takerOnly: fee.taker_only,
    rebateRate: 0.2,
  }
  return { feesEnabled: true, feeType: 'crypto_fees_v2', feeSchedule: schedule }
}

function sourceOf({ settlement, market }: MarketState): string {
  return settlement?.source === 'binance'
    ? `https://www.binance.com/en/trade/${market.asset.toUpperCase()}_USDT`
    : `https://data.chain.link/streams/${market.asset}-usd`
}

function descriptionOf(state: MarketState): string {
  return `This market will resolve to "Up" if the price at the end of the window is greater than or equal to the price at its beginning, by ${sourceOf(state)}. Otherwise, it will resolve to "Down".`
}

/** `2026-09-28 17:46:27+00`. */
function closedTime(us: Micros): string {
  return formatIso(Math.floor(us / MICRO) * MICRO)
    .replace('T', ' ')
    .replace('Z', '+00')
}

/** Whether a market is listed yet: from the beginning where its creation is not known. */
export function isListed({ market }: MarketState, now_us: Micros): boolean {
  return market.created_us === null || now_us >= market.created_us
}
