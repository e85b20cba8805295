import { LedgerKind } from '../machine/records.ts'
import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import { notional, ONE } from '../units/index.ts'
import {
  assertAmount,
  assertMarket,
  assertOutcome,
  assertRoom,
  book,
  enter,
  replay,
  settle,
} from './booking.ts'
import * as Evidence from './evidence.ts'
import { LedgerError } from './ledger-error.ts'
import * as Moves from './moves.ts'
import type { LedgerState } from './state.ts'
import { HALF_ONE } from './state.ts'
import { halfTicks, tokenValue } from './valuation.ts'

/**
 * Book a matched fill. It counts at once for cash, shares and result; it can be merged or redeemed only once confirmed,
 * and {@link fail} takes it back as if it had never been.
 *
 * @param outcome 0 up, 1 down
 * @param side 1 buy, 2 sell
 * @param price of the fill's own token in ticks, inside (0, 1 USDC)
 * @param gross_size micro-shares before any fee, > 0
 * @param fee_usdc fee in micro-USDC, ≥ 0: on top of a buy, out of the proceeds of a sale
 * @param fee_shares fee in micro-shares, ≥ 0, of a buy only, less than `gross_size`
 * @param fill_no number of the fill, its own among the open ones
 * @param maker whether we were the maker
 * @param mid Up mid in ticks (halves allowed) when the fill was matched; without it the last {@link mark}ed one, and
 *   where there is none the fill's own price
 * @param amount micro-USDC before the fee where it is not `gross_size · price` rounded up: the taker's of a mint or merge
 * @throws LedgerError naming the field; EvidenceError for the fill's number. Nothing is booked then.
 */
export function fill(
  state: LedgerState,
  market: number,
  outcome: number,
  side: number,
  price: Tick,
  gross_size: MicroShares,
  fee_usdc: MicroUsdc,
  fee_shares: MicroShares,
  fill_no: number,
  time_us: Micros,
  maker = false,
  mid: number = Number.NaN,
  amount?: MicroUsdc,
): void {
  assertMarket(state, market)
  assertFill(outcome, side, price, gross_size, fee_usdc, fee_shares)
  const money = amount ?? notional(gross_size, price, 'up')
  assertAmount('amount', money, 0)
  if (money > gross_size) throw new LedgerError('ledger.amount', 'amount', money, 'at most 1 USDC a share')
  assertRoom(state, market)
  const buy = side === 1
  const shares = gross_size - fee_shares
  const at_mid = fillMid(state, market, outcome, price, mid)
  const fee_value = fee_usdc + shareFeeValue(money, shares, fee_shares, price)
  const value = tokenValue(shares, outcome, at_mid)
  Evidence.open(state.evidence, fill_no, market, time_us)
  const move = state.move
  move.kind = buy ? LedgerKind.BUY : LedgerKind.SELL
  move.outcome = outcome
  move.maker = maker ? 1 : 0
  move.open = 1
  move.fill = fill_no
  move.time_us = time_us
  move.shares = shares
  move.fee_shares = fee_shares
  move.amount = money
  move.fee = fee_usdc
  move.fee_value = fee_value
  move.value = value
  move.mid = at_mid
  const cash = count(state, market, outcome, buy, gross_size, fee_shares, money, fee_usdc, 1)
  book(state, market)
  enter(state, time_us, move.kind, market, outcome, buy ? shares : -shares, cash, fee_usdc, fill_no)
}

/**
 * Confirm a matched fill: its shares can be merged and redeemed, and it can no longer fail.
 *
 * @throws EvidenceError `evidence.unknown`
 */
export function confirm(state: LedgerState, fill_no: number): void {
  const market = Evidence.close(state.evidence, fill_no)
  const moves = state.moves[market]!
  const at = Moves.row(moves, Moves.indexOf(moves, fill_no))
  moves.open[at] = 0
  if (moves.kind[at] === LedgerKind.BUY) {
    const token = 2 * market + moves.outcome[at]!
    state.confirmed[token] = state.confirmed[token]! + moves.shares[at]!
  }
  settle(state, market)
}

/**
 * Take a matched fill back exactly: cash, shares, fees, lots, pairing, parts of the result and counts become what they
 * would be had the fill never been, whatever was booked after it.
 *
 * @throws EvidenceError `evidence.unknown`
 */
export function fail(state: LedgerState, fill_no: number, time_us: Micros): void {
  const market = Evidence.close(state.evidence, fill_no)
  const moves = state.moves[market]!
  const i = Moves.indexOf(moves, fill_no)
  const at = Moves.row(moves, i)
  const buy = moves.kind[at] === LedgerKind.BUY
  const outcome = moves.outcome[at]!
  const shares = moves.shares[at]!
  const fee_shares = moves.fee_shares[at]!
  const amount = moves.amount[at]!
  const fee = moves.fee[at]!
  const cash = count(state, market, outcome, buy, shares + fee_shares, fee_shares, amount, fee, -1)
  Moves.remove(moves, i)
  replay(state, market)
  settle(state, market)
  enter(state, time_us, LedgerKind.REVERSAL, market, outcome, buy ? -shares : shares, cash, -fee, fill_no)
}

/**
 * Move cash and the sums of both identities by a fill, forwards (`sign` 1) or back (−1).
 *
 * @returns the change of cash
 */
function count(
  state: LedgerState,
  market: number,
  outcome: number,
  buy: boolean,
  gross: MicroShares,
  fee_shares: MicroShares,
  amount: MicroUsdc,
  fee: MicroUsdc,
  sign: 1 | -1,
): MicroUsdc {
  const token = 2 * market + outcome
  const { totals, flows } = state
  const cash = sign * ((buy ? -amount : amount) - fee)
  state.cash += cash
  state.money[market] = state.money[market]! + cash
  totals.fees += sign * fee
  if (buy) {
    totals.bought += sign * amount
    flows.bought[token] = flows.bought[token]! + sign * gross
    flows.fees[token] = flows.fees[token]! + sign * fee_shares
  } else {
    totals.sold += sign * amount
    flows.sold[token] = flows.sold[token]! + sign * gross
    // What is sold cannot be merged too, though the sale may yet fail.
    state.confirmed[token] = state.confirmed[token]! - sign * gross
  }
  return cash
}

/** Value of a fee in shares: the cost of the fill less that of the shares which were kept (formulas.md §12). */
function shareFeeValue(
  amount: MicroUsdc,
  kept: MicroShares,
  fee_shares: MicroShares,
  price: Tick,
): MicroUsdc {
  return fee_shares === 0 ? 0 : Math.max(0, amount - notional(kept, price, 'up'))
}

/** The mid that the fill is held against, in half ticks of Up. */
function fillMid(state: LedgerState, market: number, outcome: number, price: Tick, mid: number): number {
  if (mid > 0 && mid < ONE) return halfTicks(mid)
  if (!Number.isNaN(mid)) throw new LedgerError('ledger.mid', 'mid', mid, `an Up mid inside 0 and ${ONE}`)
  const last = state.mid[market]!
  if (last >= 0) return last
  return outcome === 0 ? 2 * price : HALF_ONE - 2 * price
}

function assertFill(
  outcome: number,
  side: number,
  price: Tick,
  gross: MicroShares,
  fee_usdc: MicroUsdc,
  fee_shares: MicroShares,
): void {
  assertOutcome(outcome)
  if (side !== 1 && side !== 2)
    throw new LedgerError('ledger.side', 'side', side, '1 for a buy or 2 for a sale')
  if (!Number.isInteger(price) || price <= 0 || price >= ONE)
    throw new LedgerError('ledger.price', 'price', price, `a whole tick inside 0 and ${ONE}`)
  assertAmount('gross_size', gross, 1)
  assertAmount('fee_usdc', fee_usdc, 0)
  assertAmount('fee_shares', fee_shares, 0)
  if (fee_shares >= gross || (side === 2 && fee_shares > 0))
    throw new LedgerError('ledger.fee_shares', 'fee_shares', fee_shares, 'less than a buy, and 0 on a sale')
}
