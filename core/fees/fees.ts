import type { FeeSchedule } from '../events/index.ts'
import { MICRO, type MicroShares, type MicroUsdc, mulDiv, notional, type Tick } from '../units/index.ts'
import * as Cents from './cents.ts'
import { check, scaled } from './formula.ts'

export { FeeError, isComputable } from './formula.ts'

/**
 * Fees of one fill, exact (protocol.md §4, formulas.md §12). The formula's number is `shares · rate · (p(1−p))^exponent`.
 * What the number is in depended on the date: see core/rules, `charged_in` and `buy_amount`.
 *
 * Fees are rounded here, and for a venue whose balances are in cents in cents.ts: USDC down to 1e-5, because the one
 * payment seen on chain (10.132090 where the formula gives 10.132097) was; shares up to 1e-6, against us.
 */

/** What the formula's number means for a BUY: shares; a USDC value, paid in shares at the price; USDC. */
export type BuyAmount = 'shares' | 'usdc_value_over_price' | 'usdc'

/** What a fee is taken in, and how it is rounded. */
export type ChargedIn = {
  buy: 'usdc' | 'shares'
  sell: 'usdc' | 'shares'
  buy_amount: BuyAmount
  /** Balances are whole cents, and what that takes from an order too much is given back: see cents.ts. */
  cents: boolean
}

/** A fee: in USDC, or in shares of the token traded; the other is 0. */
export type Fee = {
  fee_usdc: MicroUsdc
  fee_shares: MicroShares
  /** What rounding has taken from the order too much so far, this fill included; 0 where balances are not in cents. */
  overpaid: MicroUsdc
}

/** Whole steps of a USDC fee, in micro-USDC. */
const USDC_STEP = 10
const BUY = 1

/** An empty result, to be reused. */
export function createOut(): Fee {
  return { fee_usdc: 0, fee_shares: 0, overpaid: 0 }
}

/**
 * The fee of a fill, by whatever way its venue charges it.
 *
 * @param overpaid what the fills of the same order before this one left in {@link Fee.overpaid}
 * @throws FeeError as {@link taker}
 */
export function ofFill(
  schedule: FeeSchedule,
  charged_in: ChargedIn,
  maker_fill: boolean,
  side: number,
  price: Tick,
  size: MicroShares,
  overpaid: MicroUsdc,
  out: Fee,
): Fee {
  if (charged_in.cents) return Cents.ofFill(schedule, maker_fill, side, price, size, overpaid, out)
  const currency = side === BUY ? charged_in.buy : charged_in.sell
  out.overpaid = 0
  if (maker_fill) return maker(schedule, currency, charged_in.buy_amount, side, price, size, out)
  return taker(schedule, currency, charged_in.buy_amount, side, price, size, out)
}

/**
 * The fee of a taker's fill where balances are as fine as the token.
 *
 * @param charged_in what this side's fee is taken in at the order's time
 * @param buy_amount what the formula's number means for a BUY; a SELL's is always the number itself
 * @param side 1 buy, 2 sell
 * @param price of the fill, tick of 1e-4, strictly inside (0, 1)
 * @param size gross micro-shares of the fill
 * @param out filled and returned
 * @throws FeeError `fees.schedule`, `fees.price`, `fees.size`
 */
export function taker(
  schedule: FeeSchedule,
  charged_in: 'usdc' | 'shares',
  buy_amount: BuyAmount,
  side: number,
  price: Tick,
  size: MicroShares,
  out: Fee,
): Fee {
  check(schedule, price, size)
  out.fee_usdc = 0
  out.fee_shares = 0
  if (schedule.rate_ppm === 0 || size === 0) return out
  const over_price = side === BUY && buy_amount === 'usdc_value_over_price'
  if (charged_in === 'usdc')
    out.fee_usdc = scaled(schedule, price, size, false, USDC_STEP, 'down') * USDC_STEP
  else out.fee_shares = scaled(schedule, price, size, over_price, 1, 'up')
  return out
}

/** The fee of a maker's fill: none where only takers pay. Parameters as of {@link taker}. */
export function maker(
  schedule: FeeSchedule,
  charged_in: 'usdc' | 'shares',
  buy_amount: BuyAmount,
  side: number,
  price: Tick,
  size: MicroShares,
  out: Fee,
): Fee {
  if (!schedule.taker_only) return taker(schedule, charged_in, buy_amount, side, price, size, out)
  check(schedule, price, size)
  out.fee_usdc = 0
  out.fee_shares = 0
  return out
}

/**
 * The formula's number per share, unrounded, for decisions: `rate · (p(1−p))^exponent`.
 *
 * @param p price in USDC, real, in [0, 1]
 */
export function perShare(schedule: FeeSchedule, p: number): number {
  const q = p * (1 - p)
  const { exponent } = schedule
  let power = Number.isInteger(exponent) ? 1 : Math.sqrt(q)
  for (let i = 1; i <= exponent; i++) power *= q
  return (schedule.rate_ppm / MICRO) * power
}

/**
 * Shares that a BUY gives up per gross share, unrounded: `f` of formulas.md §6, 0 where the fee is in USDC.
 *
 * @param p price in USDC, real, in (0, 1]
 */
export function sharesPerShare(schedule: FeeSchedule, buy_amount: BuyAmount, p: number): number {
  if (buy_amount === 'usdc') return 0
  return buy_amount === 'shares' ? perShare(schedule, p) : perShare(schedule, p) / p
}

/**
 * All-in cost in USDC of one share that stays after a taker's BUY, unrounded: `p + fee`, or `p/(1−f)` where the fee is
 * taken in shares.
 *
 * @param p price in USDC, real, in (0, 1]
 */
export function costPerNetShare(schedule: FeeSchedule, buy_amount: BuyAmount, p: number): number {
  return buy_amount === 'usdc' ? p + perShare(schedule, p) : p / (1 - sharesPerShare(schedule, buy_amount, p))
}

/**
 * Value of a share fee at the fill's price: what was paid beyond the shares that stayed (formulas.md §12).
 *
 * @param cost micro-USDC paid for the gross shares
 * @param net_shares micro-shares that stayed
 */
export function valueOfShareFee(cost: MicroUsdc, net_shares: MicroShares, price: Tick): MicroUsdc {
  return cost - notional(net_shares, price, 'up')
}

/** Least and most a maker's fill may earn as rebate. */
export type Rebate = { low: MicroUsdc; high: MicroUsdc }

/**
 * The rebate that a maker's fill may earn. A market's pool is a share of its taker fees, paid out pro rata to each maker's
 * fee equivalent of filled volume; as every fill has one taker, the full part is that share of the fill's own fee. Payment
 * is daily, at least 1 USDC, and at the venue's discretion: so the range begins at 0, and no result counts it.
 *
 * @param share_ppm share of the makers in 1e-6; null unknown: all of it, as an era of 100 % existed
 */
export function makerRebate(
  schedule: FeeSchedule,
  share_ppm: number | null,
  price: Tick,
  size: MicroShares,
): Rebate {
  check(schedule, price, size)
  if (schedule.rate_ppm === 0 || size === 0) return { low: 0, high: 0 }
  const fee = scaled(schedule, price, size, false, USDC_STEP, 'down') * USDC_STEP
  return { low: 0, high: mulDiv(fee, share_ppm ?? MICRO, MICRO, 'down') }
}
