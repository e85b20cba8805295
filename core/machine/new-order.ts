import { Fees } from '../fees/index.ts'
import { Key, Orders } from '../orders/index.ts'
import { type Micros, mulDiv, ONE } from '../units/index.ts'
import type { Machine } from './machine.ts'

const fee = Fees.createOut()

/** Put one row of the desired orders into the request that the gates read. HOT. */
export function requestOf(m: Machine, row: number): void {
  const { desired, request } = m
  request.outcome = desired.outcome[row]!
  request.side = desired.side[row]!
  request.price = desired.price[row]!
  request.size = desired.size[row]!
  request.amount = desired.amount[row]!
  request.completing = desired.completing[row] === 1
  request.fee = desired.post_only[row] === 1 ? 0 : mostFee(m, row)
}

/** The USDC fee that a marketable buy may cost on top: at its limit, for all the shares its money could buy there. */
function mostFee(m: Machine, row: number): number {
  const { desired, view } = m
  if (desired.side[row] !== 1 || view.fee_in_shares) return 0
  const price = desired.price[row]!
  const amount = desired.amount[row]!
  const size =
    amount > 0 ? Math.max(desired.size[row]!, mulDiv(amount, ONE, price, 'down')) : desired.size[row]!
  const charged_in = m.terms[view.market]!.charged_in(view.time_us)
  return Fees.ofFill(view.fee, charged_in, false, 1, price, size, 0, fee).fee_usdc
}

/** Enter one row of the desired orders in the order table. @returns its number */
export function openOrder(m: Machine, market: number, row: number, now: Micros): number {
  const { desired, draft, view, key } = m
  draft.market = market
  draft.outcome = desired.outcome[row]!
  draft.side = desired.side[row]!
  draft.level = desired.level[row]!
  draft.price = desired.price[row]!
  draft.size = desired.size[row]!
  draft.amount = desired.amount[row]!
  draft.fee_reserve = m.request.fee
  draft.tif = desired.tif[row]!
  draft.post_only = desired.post_only[row] === 1
  draft.completing = desired.completing[row] === 1
  draft.expire_us = 0
  draft.decision = view.decision
  Key.orderKey(key, m.key_prefix[market]!, draft.outcome, draft.side, draft.level, view.decision)
  draft.key_hi = key.hi
  draft.key_lo = key.lo
  return Orders.open(m.state.orders, draft, now)
}
