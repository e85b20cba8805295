import type { FeeSchedule, Market, Settlement } from '../events/index.ts'
import { type BuyAmount, type ChargedIn, Fees } from '../fees/index.ts'
import { DAY, formatIso, type MicroShares, type Micros, type MicroUsdc, type Tick } from '../units/index.ts'
import { RuleError } from './rule-error.ts'
import { at, type Certainty, type Dated, SERIES, TABLE } from './table.ts'

/** A value, how sure it is, and whether the market itself said it. */
export type Ruled<T> = { value: T; certainty: Certainty; origin: 'market' | 'table' }

/** Everything the venue's rules say of one market at one time of order. */
export type MarketRules = {
  fee: FeeSchedule & {
    charged_in: { buy: 'usdc' | 'shares'; sell: 'usdc' | 'shares' }
    buy_amount: BuyAmount
    /** Balances are in whole cents, see core/fees/cents.ts. */
    cents: boolean
    /** Of the whole: the weakest of schedule and charge. */
    certainty: Certainty
    /** The time that selected the schedule. */
    key_time: Micros
    origin: 'market' | 'table'
  }
  taker_hold_ms: number
  settlement: Settlement
  tick: { value: Tick; origin: 'market' | 'default' }
  min_size: { value: MicroShares; origin: 'market' | 'default' }
  marketable_buy_min: MicroUsdc
  /** Share of taker fees paid to makers, in 1e-6; null unknown. */
  maker_rebate_ppm: number | null
  certainty: { taker_hold: Certainty; settlement: Certainty; charged_in: Certainty }
}

/** Markets are listed about this long before their window: stands for a creation time that was not recorded. */
const LISTED_BEFORE = DAY

const WEAKER: Readonly<Record<Certainty, Certainty>> = { high: 'medium', medium: 'low', low: 'low' }
const RANK: Readonly<Record<Certainty, number>> = { high: 2, medium: 1, low: 0 }

/**
 * All rules of a market. What the market's own recorded metadata says wins over the table.
 *
 * @param at_us time of the order; by default the start of the window
 * @throws RuleError `rules.unknown_range` where neither the market nor the table answers
 */
export function forMarket(market: Market, at_us: Micros = market.start_us): MarketRules {
  const fee = feeOf(market)
  const charged = chargedInOf(market, at_us)
  const hold = takerHoldOf(market, at_us)
  const settlement = settlementOf(market)
  return {
    fee: {
      ...fee.value,
      charged_in: { buy: charged.value.buy, sell: charged.value.sell },
      buy_amount: charged.value.buy_amount,
      cents: charged.value.cents,
      certainty: weakest(fee.certainty, charged.certainty),
      key_time: creationOf(market),
      origin: fee.origin,
    },
    taker_hold_ms: hold.value,
    settlement: settlement.value,
    tick:
      market.tick === null
        ? { value: TABLE.defaults.tick, origin: 'default' }
        : { value: market.tick, origin: 'market' },
    min_size:
      market.min_size === null
        ? { value: TABLE.defaults.min_size, origin: 'default' }
        : { value: market.min_size, origin: 'market' },
    marketable_buy_min: isKalshi(market) ? 0 : TABLE.defaults.marketable_buy_min,
    maker_rebate_ppm: makerRebateOf(market, at_us),
    certainty: {
      taker_hold: hold.certainty,
      settlement: settlement.certainty,
      charged_in: charged.certainty,
    },
  }
}

/** The market's fee schedule, fixed when it was created. Without a recorded creation the table is a step less sure. */
export function feeOf(market: Market): Ruled<FeeSchedule> {
  if (market.fee !== null) return { value: market.fee, certainty: 'high', origin: 'market' }
  const records = ofSeries(TABLE.fee, market, 'fee')
  const found = known(at(records, creationOf(market)), 'fee', 'fee schedule', market, creationOf(market))
  return {
    value: found.value,
    certainty: market.created_us === null ? WEAKER[found.certainty] : found.certainty,
    origin: 'table',
  }
}

/** Kalshi's markets: the table is of another venue. Their series alone settle by an index of CF Benchmarks. */
export function isKalshi({ settlement }: Market): boolean {
  return settlement?.source === 'cf_benchmarks'
}

/** Dollars at all times, of a balance in cents. */
const KALSHI: { value: ChargedIn; certainty: Certainty } = {
  value: { buy: 'usdc', sell: 'usdc', buy_amount: 'usdc', cents: true },
  certainty: 'high',
}

/** Slugs of the markets whose own fee schedules cannot be computed: no run trades on them. */
export function withoutFees(markets: readonly Market[]): string[] {
  return markets.filter(({ fee }) => fee !== null && !Fees.isComputable(fee)).map(({ slug }) => slug)
}

/** What a fee is taken in at an order's time. The value is shared: read it, do not change it. */
export function chargedInOf(market: Market, at_us: Micros): { value: ChargedIn; certainty: Certainty } {
  if (isKalshi(market)) return KALSHI
  return known(at(TABLE.charged_in, at_us), 'charged_in', 'currency of the fee', null, at_us)
}

/** How long a marketable order is held at an order's time, ms. */
export function takerHoldOf(market: Market, at_us: Micros): Ruled<number> {
  if (market.taker_hold_ms !== null) {
    return { value: market.taker_hold_ms, certainty: 'high', origin: 'market' }
  }
  const found = known(at(TABLE.taker_hold_ms, at_us), 'taker_hold_ms', 'taker hold', market, at_us)
  return { ...found, origin: 'table' }
}

/** How the market's window is settled. */
export function settlementOf(market: Market): Ruled<Settlement> {
  if (market.settlement !== null) return { value: market.settlement, certainty: 'high', origin: 'market' }
  const records = ofSeries(TABLE.settlement, market, 'settlement')
  const found = known(at(records, market.start_us), 'settlement', 'settlement', market, market.start_us)
  return { ...found, origin: 'table' }
}

/** Share of the taker fees that went to makers at an order's time, in 1e-6; null where nobody knows. Kalshi pays none. */
export function makerRebateOf(market: Market, at_us: Micros): number | null {
  return isKalshi(market) ? 0 : at(TABLE.maker_rebate_ppm, at_us).value
}

function creationOf(market: Market): Micros {
  return market.created_us ?? market.start_us - LISTED_BEFORE
}

function ofSeries<T>(table: Readonly<Record<string, T>>, market: Market, field: string): T {
  if (!SERIES.includes(market.series)) {
    throw new RuleError(
      'rules.unknown_series',
      field,
      `no ${field} is known of the series "${market.series}" of ${market.slug}`,
      `use one of ${SERIES.join(', ')}`,
    )
  }
  return table[market.series]!
}

function known<T>(record: Dated<T>, field: string, what: string, market: Market | null, us: Micros) {
  if (record.value !== null) return { value: record.value, certainty: record.certainty }
  const range = `${edge(record.from_us)} to ${edge(record.until_us)}`
  throw new RuleError(
    'rules.unknown_range',
    field,
    `the ${what} ${market === null ? '' : `of ${market.slug} `}is not known: ${formatIso(us)} lies in the range ` +
      `${range}${record.note === '' ? '' : ` (${record.note})`}`,
    `give the market's own recorded ${what}, or leave this range out`,
  )
}

const edge = (us: Micros) => (Number.isFinite(us) ? formatIso(us) : '…')

const weakest = (a: Certainty, b: Certainty): Certainty => (RANK[a] <= RANK[b] ? a : b)
