import type { FeeSchedule } from '../events/index.ts'
import { type MicroShares, type MicroUsdc, notional, type Tick } from '../units/index.ts'
import type { Fee } from './fees.ts'
import { check, scaled } from './formula.ts'

/** Whole steps of the fee itself, and of a balance, in micro-USDC. */
const FEE_STEP = 100
const CENT = 10_000
const BUY = 1

/**
 * The fee of a fill where the account's balance is in whole cents, as Kalshi keeps it for all but its direct members
 * (docs.kalshi.com, fee rounding, read 2026-11-30). It has three parts:
 *
 * 1. the formula's number, rounded up to 0.0001 dollars; a maker's is 0 where only takers pay;
 * 2. what brings the balance to a whole cent, always against the account: of makers too, where a price or a size is finer;
 * 3. a cent back each time the second parts of one order make one, as long as the fill's fee does not fall below 0.
 *
 * So a large order in many small fills pays what one fill would, to the cent. Two contracts at 0.50 and a rate of 0.07:
 * 0.035, so the balance loses 1.04, and 0.005 is noted.
 *
 * @param overpaid what the order's fills before this one left in `out.overpaid`
 * @param out filled and returned; nothing is ever taken in shares
 * @throws FeeError `fees.schedule`, `fees.price`, `fees.size`
 */
export function ofFill(
  schedule: FeeSchedule,
  maker: boolean,
  side: number,
  price: Tick,
  size: MicroShares,
  overpaid: MicroUsdc,
  out: Fee,
): Fee {
  check(schedule, price, size)
  const free = schedule.rate_ppm === 0 || size === 0 || (maker && schedule.taker_only)
  const fee = free ? 0 : scaled(schedule, price, size, false, FEE_STEP, 'up') * FEE_STEP
  const amount = notional(size, price, 'up')
  const change = (side === BUY ? -amount : amount) - fee
  const rounding = ((change % CENT) + CENT) % CENT
  const carried = overpaid + rounding
  const back = Math.min(wholeCents(carried), wholeCents(fee + rounding))
  out.fee_usdc = fee + rounding - back
  out.fee_shares = 0
  out.overpaid = carried - back
  return out
}

function wholeCents(amount: MicroUsdc): MicroUsdc {
  return amount - (amount % CENT)
}
