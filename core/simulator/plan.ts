import type { Instrument, Instruments, Market, SeriesName } from '../events/index.ts'
import { Rng } from '../random/index.ts'
import { Rules, Slug } from '../rules/index.ts'
import { DAY, HOUR, MINUTE, type Micros } from '../units/index.ts'
import { SimulatorError } from './simulator-error.ts'
import { VENUES } from './venue.ts'

/** Windows one after the other, and the series beside them. */
export type Plan = {
  instruments: Instruments
  /** Name of the series that windows settle on. */
  settlement: string
  /** Look-back of the settling mean in s; 0 for none. */
  lookback_s: number
  /** The settling series is an exchange's, not the oracle's. */
  candle: boolean
}

/** Instruments in front of the tokens: the oracle's spot, the three exchanges, and the settling series where it is another. */
export const SPOT = 0
export const FIRST_VENUE = 1
export const SETTLING = 4

/** Series that can be simulated, with the length of their windows. */
export const LENGTHS: Readonly<Partial<Record<SeriesName, Micros>>> = {
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '4h': 4 * HOUR,
}

/** Windows are listed this long before they start. */
const LISTED_BEFORE = DAY
const ASSET = 'btc'

/**
 * Name the windows and everything that is recorded.
 *
 * @param rng draws the ids of conditions and tokens
 * @throws SimulatorError `simulate.series`, `simulate.rules_change` where the settlement changes among the windows;
 *   RuleError where no window starts at the given time, or the rules of its day are not known
 */
export function create(rng: Rng.Rng, series: SeriesName, start_us: Micros, windows: number): Plan {
  const length = LENGTHS[series]
  if (length === undefined) {
    throw new SimulatorError(
      'simulate.series',
      'series',
      `${series} windows are not simulated`,
      'use 5m, 15m, 1h or 4h',
    )
  }
  const markets: Market[] = []
  for (let i = 0; i < windows; i++) markets.push(marketAt(rng, series, start_us + i * length))
  const settlement = markets[0]!.settlement!
  for (const market of markets) {
    const other = market.settlement!
    if (other.kind === settlement.kind && other.lookback_s === settlement.lookback_s) continue
    throw new SimulatorError(
      'simulate.rules_change',
      'start',
      `${market.slug} settles by ${other.kind} over ${other.lookback_s} s, the first window by ${settlement.kind} over ${settlement.lookback_s} s`,
      'simulate windows on one side of the change',
    )
  }
  const candle = settlement.source === 'binance'
  const lookback_s = settlement.kind === 'twap' ? settlement.lookback_s : 0
  const settling = candle
    ? 'binance-kline'
    : lookback_s > 0
      ? `chainlink-twap-${lookback_s}`
      : 'chainlink-spot'
  const instruments: Instrument[] = [seriesOf('chainlink-spot', 'chainlink')]
  for (const { name } of VENUES) instruments.push(seriesOf(`${name}-spot`, name))
  if (settling !== 'chainlink-spot')
    instruments.push(seriesOf(settling, candle ? 'binance-kline' : 'chainlink'))
  for (let market = 0; market < windows; market++) {
    for (const outcome of ['up', 'down'] as const)
      instruments.push({ kind: 'token', market, outcome, token_id: digits(rng, TOKEN_DIGITS, 10) })
  }
  return { instruments: { markets, instruments }, settlement: settling, lookback_s, candle }
}

/** Index of a market's Up token; Down follows. */
export function upToken(plan: Plan, market: number): number {
  return plan.instruments.instruments.length - 2 * (plan.instruments.markets.length - market)
}

/** The market with all that the venue would say of it on its day. */
function marketAt(rng: Rng.Rng, series: SeriesName, start_us: Micros): Market {
  const slug = Slug.format(ASSET, series, start_us)
  const market: Market = {
    ...Slug.toMarket(slug, { repeated_hour: 'first' }),
    created_us: start_us - LISTED_BEFORE,
    condition_id: `0x${digits(rng, CONDITION_DIGITS, 16)}`,
  }
  const rules = Rules.forMarket(market)
  return {
    ...market,
    tick: rules.tick.value,
    min_size: rules.min_size.value,
    fee: { rate_ppm: rules.fee.rate_ppm, exponent: rules.fee.exponent, taker_only: rules.fee.taker_only },
    settlement: rules.settlement,
    taker_hold_ms: rules.taker_hold_ms,
  }
}

const seriesOf = (name: string, venue: string): Instrument => ({
  kind: 'series',
  name,
  asset: ASSET,
  venue,
  unit: 'usd_e8',
})

/** Digits of ids, as long as the venue's. */
const CONDITION_DIGITS = 64
const TOKEN_DIGITS = 77

function digits(rng: Rng.Rng, count: number, base: number): string {
  let text = ''
  for (let i = 0; i < count; i++) {
    const digit = i === 0 ? 1 + Rng.below(rng, base - 1) : Rng.below(rng, base)
    text += digit.toString(base)
  }
  return text
}
