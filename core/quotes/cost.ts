import type { FeeSchedule } from '../events/index.ts'
import { type BuyAmount, Fees } from '../fees/index.ts'
import { ONE, type Tick } from '../units/index.ts'

/** How a market charges a taker: its schedule, and what the formula's number means for a BUY. */
export type FeeTerms = { readonly fee: FeeSchedule; readonly buy_amount: BuyAmount }

/** USDC fee of one share bought at `price` as taker, real; 0 where the fee is taken in shares. */
export function buyFee(terms: FeeTerms, price: Tick): number {
  return terms.buy_amount === 'usdc' ? Fees.perShare(terms.fee, price / ONE) : 0
}

/** USDC fee of one share sold at `price` as taker, real. */
export function sellFee(terms: FeeTerms, price: Tick): number {
  return Fees.perShare(terms.fee, price / ONE)
}

/** Part of a share that stays of one share bought at `price` as taker: 1 where the fee is in USDC. */
export function kept(terms: FeeTerms, price: Tick): number {
  return 1 - Fees.sharesPerShare(terms.fee, terms.buy_amount, price / ONE)
}

/** All-in cost of one share that stays, bought at `price` as taker, real USDC (formulas.md §6). */
export function netCost(terms: FeeTerms, price: Tick): number {
  return Fees.costPerNetShare(terms.fee, terms.buy_amount, price / ONE)
}
