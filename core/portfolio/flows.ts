import { LedgerKind } from '../machine/records.ts'
import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import { notional, ONE } from '../units/index.ts'
import { assertAmount, assertMarket, assertOutcome, assertRoom, book, enter } from './booking.ts'
import { LedgerError } from './ledger-error.ts'
import type { LedgerState } from './state.ts'
import { NO_MARKET } from './state.ts'
import { midOf, tokenValue } from './valuation.ts'

/**
 * Everything that moves cash or shares and is not a fill. Each is final when it is booked.
 */

/**
 * Turn `pairs` micro-pairs into USDC. Only confirmed shares, so that a fill which fails later never takes back what was merged.
 *
 * @param gas_micro gas paid for the operation, micro-USDC ≥ 0: in the entry's cash and fee, outside the trading result
 * @throws LedgerError `ledger.unconfirmed` when either outcome has fewer confirmed shares
 */
export function merge(
  state: LedgerState,
  market: number,
  pairs: MicroShares,
  gas_micro: MicroUsdc,
  time_us: Micros,
): void {
  assertMarket(state, market)
  assertAmount('pairs', pairs, 1)
  assertAmount('gas_micro', gas_micro, 0)
  assertRoom(state, market)
  assertConfirmed(state, 2 * market, pairs)
  assertConfirmed(state, 2 * market + 1, pairs)
  moveToken(state.flows.merged, state.confirmed, 2 * market, pairs, -1)
  moveToken(state.flows.merged, state.confirmed, 2 * market + 1, pairs, -1)
  state.totals.merges += pairs
  pay(state, market, pairs)
  bookMove(state, market, LedgerKind.MERGE, 0, pairs, pairs, 0, time_us)
  state.totals.gas += gas_micro
  state.cash -= gas_micro
  enter(state, time_us, LedgerKind.MERGE, market, 2, -pairs, pairs - gas_micro, gas_micro, -1)
}

/** Turn USDC into `pairs` micro-pairs, confirmed at once. */
export function split(state: LedgerState, market: number, pairs: MicroShares, time_us: Micros): void {
  assertMarket(state, market)
  assertAmount('pairs', pairs, 1)
  assertRoom(state, market)
  moveToken(state.flows.split, state.confirmed, 2 * market, pairs, 1)
  moveToken(state.flows.split, state.confirmed, 2 * market + 1, pairs, 1)
  state.totals.splits += pairs
  pay(state, market, -pairs)
  bookMove(state, market, LedgerKind.SPLIT, 0, pairs, pairs, 0, time_us)
  enter(state, time_us, LedgerKind.SPLIT, market, 2, pairs, -pairs, 0, -1)
}

/**
 * Turn resolved shares into their payout, rounded down; losing shares at 0.
 *
 * @param payout_tick payout of one share of this outcome in ticks: 10000, 0, or 5000 of a split resolution
 * @throws LedgerError `ledger.unconfirmed` when fewer are confirmed
 */
export function redeem(
  state: LedgerState,
  market: number,
  outcome: number,
  shares: MicroShares,
  payout_tick: Tick,
  time_us: Micros,
): void {
  const token = redeemable(state, market, outcome, shares, payout_tick)
  assertConfirmed(state, token, shares)
  const cash = notional(shares, payout_tick, 'down')
  const value = tokenValue(shares, outcome, midOf(state, market))
  moveToken(state.flows.redeemed, state.confirmed, token, shares, -1)
  state.totals.redemptions += cash
  pay(state, market, cash)
  bookMove(state, market, LedgerKind.REDEEM, outcome, shares, cash, value, time_us)
  enter(state, time_us, LedgerKind.REDEEM, market, outcome, -shares, cash, 0, -1)
}

/**
 * Take a redemption back as it was booked: the shares are held again, and the money is gone.
 *
 * @param payout_tick what a share had paid
 * @throws LedgerError `ledger.unredeemed` when fewer were redeemed
 */
export function unredeem(
  state: LedgerState,
  market: number,
  outcome: number,
  shares: MicroShares,
  payout_tick: Tick,
  time_us: Micros,
): void {
  const token = redeemable(state, market, outcome, shares, payout_tick)
  const redeemed = state.flows.redeemed[token]!
  if (shares > redeemed)
    throw new LedgerError('ledger.unredeemed', 'shares', shares, `at most the ${redeemed} redeemed`)
  const cash = notional(shares, payout_tick, 'down')
  const value = tokenValue(shares, outcome, midOf(state, market))
  state.flows.redeemed[token] = redeemed - shares
  state.confirmed[token] = state.confirmed[token]! + shares
  state.totals.redemptions -= cash
  pay(state, market, -cash)
  bookMove(state, market, LedgerKind.REVERSAL, outcome, shares, cash, value, time_us)
  enter(state, time_us, LedgerKind.REVERSAL, market, outcome, shares, -cash, 0, -1)
}

/** The token whose shares are redeemed, or redeemed no more: what both ask of their arguments. */
function redeemable(
  state: LedgerState,
  market: number,
  outcome: number,
  shares: MicroShares,
  payout_tick: Tick,
): number {
  assertMarket(state, market)
  assertOutcome(outcome)
  assertAmount('shares', shares, 1)
  assertPayout(payout_tick)
  assertRoom(state, market)
  return 2 * market + outcome
}

/** Shares that came from outside, at the last mid: capital, not result. */
export function transferIn(
  state: LedgerState,
  market: number,
  outcome: number,
  shares: MicroShares,
  time_us: Micros,
): void {
  const value = transferValue(state, market, outcome, shares)
  moveToken(state.flows.transferred_in, state.confirmed, 2 * market + outcome, shares, 1)
  state.transferred_total += value
  bookMove(state, market, LedgerKind.TRANSFER_IN, outcome, shares, 0, value, time_us)
  enter(state, time_us, LedgerKind.TRANSFER_IN, market, outcome, shares, 0, 0, -1)
}

/** Confirmed shares that went outside, at the last mid. */
export function transferOut(
  state: LedgerState,
  market: number,
  outcome: number,
  shares: MicroShares,
  time_us: Micros,
): void {
  const value = transferValue(state, market, outcome, shares)
  assertConfirmed(state, 2 * market + outcome, shares)
  moveToken(state.flows.transferred_out, state.confirmed, 2 * market + outcome, shares, -1)
  state.transferred_total -= value
  bookMove(state, market, LedgerKind.TRANSFER_OUT, outcome, shares, 0, value, time_us)
  enter(state, time_us, LedgerKind.TRANSFER_OUT, market, outcome, -shares, 0, 0, -1)
}

/** Cash from outside. */
export function deposit(state: LedgerState, amount: MicroUsdc, time_us: Micros): void {
  assertAmount('amount', amount, 1)
  state.totals.deposits += amount
  payOutside(state, LedgerKind.DEPOSIT, amount, time_us)
}

/** Cash to outside. */
export function withdraw(state: LedgerState, amount: MicroUsdc, time_us: Micros): void {
  assertAmount('amount', amount, 1)
  state.totals.withdrawals += amount
  payOutside(state, LedgerKind.WITHDRAWAL, -amount, time_us)
}

/** A liquidity reward that was paid; outside the trading result. */
export function reward(state: LedgerState, amount: MicroUsdc, time_us: Micros): void {
  assertAmount('amount', amount, 1)
  state.totals.rewards += amount
  payOutside(state, LedgerKind.REWARD, amount, time_us)
}

/** A maker or taker rebate that was paid; outside the trading result. */
export function rebate(state: LedgerState, amount: MicroUsdc, time_us: Micros): void {
  assertAmount('amount', amount, 1)
  state.totals.rebates += amount
  payOutside(state, LedgerKind.REBATE, amount, time_us)
}

/** Gas of an operation on chain; outside the trading result. */
export function gas(state: LedgerState, amount: MicroUsdc, time_us: Micros): void {
  assertAmount('amount', amount, 1)
  state.totals.gas += amount
  payOutside(state, LedgerKind.GAS, -amount, time_us)
}

/** Gas of an operation that was taken back. */
export function gasBack(state: LedgerState, amount: MicroUsdc, time_us: Micros): void {
  assertAmount('amount', amount, 1)
  state.totals.gas -= amount
  payOutside(state, LedgerKind.REVERSAL, amount, time_us)
}

function payOutside(state: LedgerState, kind: number, cash: MicroUsdc, time_us: Micros): void {
  state.cash += cash
  enter(state, time_us, kind, NO_MARKET, 2, 0, cash, 0, -1)
}

function pay(state: LedgerState, market: number, cash: MicroUsdc): void {
  state.cash += cash
  state.money[market] = state.money[market]! + cash
}

function moveToken(
  flow: Float64Array,
  confirmed: Float64Array,
  token: number,
  shares: MicroShares,
  sign: 1 | -1,
): void {
  flow[token] = flow[token]! + shares
  confirmed[token] = confirmed[token]! + sign * shares
}

function bookMove(
  state: LedgerState,
  market: number,
  kind: number,
  outcome: number,
  shares: MicroShares,
  amount: MicroUsdc,
  value: MicroUsdc,
  time_us: Micros,
): void {
  const move = state.move
  move.kind = kind
  move.outcome = outcome
  move.maker = 0
  move.open = 0
  move.fill = -1
  move.time_us = time_us
  move.shares = shares
  move.fee_shares = 0
  move.amount = amount
  move.fee = 0
  move.fee_value = 0
  move.value = value
  move.mid = 0
  book(state, market)
}

function transferValue(state: LedgerState, market: number, outcome: number, shares: MicroShares): MicroUsdc {
  assertMarket(state, market)
  assertOutcome(outcome)
  assertAmount('shares', shares, 1)
  assertRoom(state, market)
  const mid = state.mid[market]!
  if (mid < 0) throw new LedgerError('ledger.no_mid', 'market', market, 'a market that was marked once')
  return tokenValue(shares, outcome, mid)
}

function assertConfirmed(state: LedgerState, token: number, shares: MicroShares): void {
  const confirmed = state.confirmed[token]!
  if (shares > confirmed)
    throw new LedgerError('ledger.unconfirmed', 'shares', shares, `at most the ${confirmed} confirmed`)
}

/** Refuse what no resolution pays. */
export function assertPayout(payout_tick: Tick): void {
  if (!Number.isInteger(payout_tick) || payout_tick < 0 || payout_tick > ONE)
    throw new LedgerError('ledger.payout', 'payout_tick', payout_tick, `a payout from 0 to ${ONE}`)
}
