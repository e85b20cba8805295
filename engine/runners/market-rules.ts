import { Rules, Slug, type SlugHint } from '../../core/rules/index.ts'
import { formatDecimal, formatIso, type Micros } from '../../core/units/index.ts'

/** Which order is asked about. */
export type RulesQuery = {
  /** Time of the order; the window's start by default. */
  at_us?: Micros
  /** Year of an hourly or daily market whose older slug does not say it. */
  year?: number
}

/** A value, and whether the market or the venue's default says so. */
export type RuleValue = { value: number; origin: 'market' | 'default' }

/** The venue's rules for one market in the units of people: money and prices in USDC, sizes in shares. */
export type MarketRulesAnswer = {
  market: string
  asset: string
  series: string
  window_start: string
  window_end: string
  at: string
  fee: {
    rate: number
    exponent: number
    taker_only: boolean
    charged_in: { buy: 'usdc' | 'shares'; sell: 'usdc' | 'shares' }
    buy_amount: 'usdc' | 'shares' | 'usdc_value_over_price'
    certainty: string
    key_time: string
    origin: string
  }
  taker_hold_ms: number
  settlement: { source: string; kind: string; lookback_s: number; tie: string }
  tick: RuleValue
  min_size: RuleValue
  marketable_buy_min: number
  maker_rebate_share: number | null
  certainty: { [rule: string]: string }
}

/**
 * The venue's rules for one market, by the dates in rules.json and what its slug says.
 *
 * @throws RuleError for a market or a time that the table does not know
 */
export function marketRules(slug: string, query: RulesQuery = {}): MarketRulesAnswer {
  const hint: SlugHint = query.year === undefined ? {} : { year: query.year }
  const market = Slug.toMarket(slug, hint)
  const at_us = query.at_us ?? market.start_us
  const { fee, tick, min_size, ...rules } = Rules.forMarket(market, at_us)
  return {
    market: market.slug,
    asset: market.asset,
    series: market.series,
    window_start: formatIso(market.start_us),
    window_end: formatIso(market.end_us),
    at: formatIso(at_us),
    fee: {
      rate: decimal(fee.rate_ppm, 6),
      exponent: fee.exponent,
      taker_only: fee.taker_only,
      charged_in: fee.charged_in,
      buy_amount: fee.buy_amount,
      certainty: fee.certainty,
      key_time: formatIso(fee.key_time),
      origin: fee.origin,
    },
    taker_hold_ms: rules.taker_hold_ms,
    settlement: rules.settlement,
    tick: { value: decimal(tick.value, 4), origin: tick.origin },
    min_size: { value: decimal(min_size.value, 6), origin: min_size.origin },
    marketable_buy_min: decimal(rules.marketable_buy_min, 6),
    maker_rebate_share: rules.maker_rebate_ppm === null ? null : decimal(rules.maker_rebate_ppm, 6),
    certainty: rules.certainty,
  }
}

const decimal = (value: number, decimals: number) => Number(formatDecimal(value, decimals))
