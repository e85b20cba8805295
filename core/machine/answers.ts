import { Flag, Kind } from '../events/index.ts'
import { Fees } from '../fees/index.ts'
import { Chain, Mix } from '../hash/index.ts'
import { MarketFeed } from '../markets/index.ts'
import { Life, Orders } from '../orders/index.ts'
import { Equity, Evidence, Ledger, Merges, Pnl, Redeems } from '../portfolio/index.ts'
import { Risk } from '../risk/index.ts'
import { type Micros, notional, type Tick } from '../units/index.ts'
import { decideMarket } from './decide.ts'
import { markDirty } from './dirty.ts'
import { recordEquity } from './finish.ts'
import { mergePairs, redeemConfirmed } from './inventory.ts'
import { recordLedger } from './ledger-rows.ts'
import type { Machine } from './machine.ts'
import * as OpenFills from './open-fills.ts'
import { writeOrder } from './order-rows.ts'
import { Trigger } from './records.ts'
import { Phase } from './state.ts'

const fee = Fees.createOut()

/**
 * Take an answer of the venue, simulated or real. What it says is on the hash chain before anything is done about it.
 *
 * @param order order number, 0 where the answer is about none
 * @param x price, reject code or payout, by kind; `y` size
 * @param number fill number
 * @param charged fee of the fill in the unit that `flags` says, −1 when the venue did not say
 */
export function onAnswer(
  m: Machine,
  kind: number,
  market: number,
  order: number,
  x: number,
  y: number,
  flags: number,
  number: number,
  charged: number,
  now: Micros,
): void {
  absorb(m, kind, market, order, x, y, flags, number, now)
  if (kind === Kind.FILL_MATCHED) matched(m, market, order, x, y, flags, number, charged, now)
  else if (kind >= Kind.FILL_MINED && kind <= Kind.FILL_FAILED) life(m, kind, market, number, now)
  else if (kind === Kind.FILL_RETRYING) Evidence.retry(m.state.ledger.evidence, number)
  else if (kind === Kind.MERGED) merged(m, market, x, y, now)
  else if (kind === Kind.REDEEMED) redeemed(m, market, flags & 1, x, y, now)
  else if (kind === Kind.REDEEM_REVERSED) unredeemed(m, market, flags & 1, x, y, now)
  else onOrder(m, kind, market, order, x, now)
}

function onOrder(m: Machine, kind: number, market: number, order: number, x: number, now: Micros): void {
  const { orders, risk } = m.state
  const found = Orders.find(orders, order)
  if (found < 0) return
  const was_open = orders.done_us[found] === 0
  if (kind === Kind.ORDER_ACCEPTED) {
    Life.accepted(orders, order, now)
    Risk.onAccepted(risk)
  } else if (kind === Kind.ORDER_DELAYED) Life.delayed(orders, order)
  else if (kind === Kind.CANCEL_REJECTED) Life.cancelRejected(orders, order, x)
  else {
    const slot =
      kind === Kind.ORDER_REJECTED
        ? Life.rejected(orders, order, x, now)
        : kind === Kind.ORDER_EXPIRED
          ? Life.expired(orders, order, now)
          : Life.cancelled(orders, order, now)
    if (kind === Kind.ORDER_REJECTED) Risk.onRejection(risk, m.config.risk, x, now)
    // A marketable order that filled whole is done, and written, before the venue closes it.
    if (was_open) writeOrder(m, slot)
  }
  markDirty(m, market)
}

function matched(
  m: Machine,
  market: number,
  order: number,
  price: Tick,
  size: number,
  flags: number,
  number: number,
  charged: number,
  now: Micros,
): void {
  const { state } = m
  const { orders, counts } = state
  const slot = Orders.find(orders, order)
  const outcome = orders.outcome[slot]!
  const side = orders.side[slot]!
  const maker = (flags & Flag.MAKER) !== 0
  takeFee(m, slot, price, size, flags, charged, now)
  const amount = notional(size, price, 'up')
  const was_open = orders.done_us[slot] === 0
  Life.filled(orders, order, size, amount, now)
  const mid = MarketFeed.mid(state.feeds[market]!)
  Ledger.fill(
    state.ledger,
    market,
    outcome,
    side,
    price,
    size,
    fee.fee_usdc,
    fee.fee_shares,
    number,
    now,
    maker,
    mid,
    amount,
  )
  recordLedger(m, price)
  if (side === 2) state.cash_pending += Math.max(0, amount - fee.fee_usdc)
  Risk.onAccepted(state.risk)
  counts.fills++
  if (maker) counts.maker_fills++
  counts.volume += amount
  const gap_fill = (flags & Flag.GAP_FILL) !== 0
  if (gap_fill) counts.gap_fills++
  const beyond_display = (flags & Flag.BEYOND_DISPLAY) !== 0
  if (beyond_display) counts.beyond_display++
  if (maker) rebate(m, market, price, size, now)
  OpenFills.follow(
    m,
    {
      fill: number,
      order,
      decision: orders.decision[slot]!,
      market,
      outcome,
      side,
      price,
      size,
      fee_shares: fee.fee_shares,
      amount,
      fee_usdc: fee.fee_usdc,
      fee_value:
        fee.fee_usdc + (fee.fee_shares > 0 ? Fees.valueOfShareFee(amount, size - fee.fee_shares, price) : 0),
      maker: maker ? 1 : 0,
      gap_fill: gap_fill ? 1 : 0,
      beyond_display: beyond_display ? 1 : 0,
      matched_us: now,
      mined_us: 0,
      confirmed_us: 0,
      failed_us: 0,
      q_up: state.q_up[market]!,
      mid,
      markouts: new Float64Array(4).fill(Number.NaN),
      sampled: 0,
    },
    now,
  )
  if (was_open && orders.done_us[slot] !== 0) writeOrder(m, slot)
  if (state.phase[market] === Phase.OPEN) decideMarket(m, market, Trigger.FILL)
}

/** The fee as the venue charged it, or by its rules where a recording does not say. */
function takeFee(
  m: Machine,
  slot: number,
  price: Tick,
  size: number,
  flags: number,
  charged: number,
  now: Micros,
): void {
  fee.fee_usdc = 0
  fee.fee_shares = 0
  if (charged >= 0) {
    if ((flags & Flag.FEE_IN_SHARES) !== 0) fee.fee_shares = charged
    else fee.fee_usdc = charged
    return
  }
  const { market, side, overpaid } = m.state.orders
  const terms = m.terms[market[slot]!]!
  const maker = (flags & Flag.MAKER) !== 0
  const before = overpaid?.[slot] ?? 0
  Fees.ofFill(terms.fee, terms.charged_in(now), maker, side[slot]!, price, size, before, fee)
  if (overpaid !== undefined) overpaid[slot] = fee.overpaid
}

/** What the fill may earn back is a range beside the result, never in it. */
function rebate(m: Machine, market: number, price: Tick, size: number, now: Micros): void {
  const { windows } = m.state
  const range = Fees.makerRebate(m.terms[market]!.fee, m.rebate_ppm(market, now), price, size)
  windows.rebate_low[market] = windows.rebate_low[market]! + range.low
  windows.rebate_high[market] = windows.rebate_high[market]! + range.high
}

function life(m: Machine, kind: number, market: number, number: number, now: Micros): void {
  const { state } = m
  const fill = OpenFills.find(m, number)
  if (kind === Kind.FILL_MINED) {
    Evidence.mine(state.ledger.evidence, number, now)
    if (fill !== null) fill.mined_us = now
    return
  }
  if (fill !== null && fill.side === 2) state.cash_pending -= Math.max(0, fill.amount - fill.fee_usdc)
  if (kind === Kind.FILL_CONFIRMED) {
    Ledger.confirm(state.ledger, number)
    if (fill !== null) fill.confirmed_us = now
  } else {
    Ledger.fail(state.ledger, number, now)
    recordLedger(m)
    if (fill !== null) fill.failed_us = now
  }
  if (fill !== null) OpenFills.finishIfDone(m, fill)
  if (state.phase[market] === Phase.RESOLVED) redeemConfirmed(m, market, now)
  else mergePairs(m, market, now)
  if (kind === Kind.FILL_FAILED && state.phase[market] === Phase.OPEN) decideMarket(m, market, Trigger.FILL)
}

function merged(m: Machine, market: number, failed: number, pairs: number, now: Micros): void {
  const { state } = m
  if (failed !== 0) {
    Merges.failed(state.operations, market, now)
    state.counts.merge_failures++
  } else {
    Merges.done(state.operations, market)
    Ledger.merge(state.ledger, market, pairs, state.operation_gas[market]!, now)
    recordLedger(m)
    state.counts.merges++
  }
  if (state.phase[market] === Phase.RESOLVED) redeemConfirmed(m, market, now)
  else {
    mergePairs(m, market, now)
    markDirty(m, market)
  }
}

function redeemed(
  m: Machine,
  market: number,
  outcome: number,
  payout: Tick,
  shares: number,
  now: Micros,
): void {
  const { state } = m
  Ledger.redeem(state.ledger, market, outcome, shares, payout, now)
  recordLedger(m)
  state.redeem_answers[market] = Math.max(0, state.redeem_answers[market]! - 1)
  if (state.redeem_answers[market] !== 0) return
  const gas = state.operation_gas[market]!
  if (gas > 0) {
    Ledger.gas(state.ledger, gas, now)
    recordLedger(m)
    state.operation_gas[market] = 0
    state.redeem_gas[market] = state.redeem_gas[market]! + gas
  }
  Redeems.ended(state.operations, market)
  redeemConfirmed(m, market, now)
  if (Ledger.shares(state.ledger, market, 0) !== 0 || Ledger.shares(state.ledger, market, 1) !== 0) return
  Risk.onResult(state.risk, m.config.risk, Pnl.net(state.ledger, market), now)
  Equity.mark(state.equity, state.ledger, now)
}

/** A redemption by an outcome that the venue overruled is undone; what is held again is redeemed by the one that holds. */
function unredeemed(
  m: Machine,
  market: number,
  outcome: number,
  payout: Tick,
  shares: number,
  now: Micros,
): void {
  const { ledger, redeem_gas } = m.state
  Ledger.unredeem(ledger, market, outcome, shares, payout, now)
  recordLedger(m)
  // The others that were made by the same outcome are taken back with this one.
  const { redeemed } = ledger.flows
  if (redeemed[2 * market] !== 0 || redeemed[2 * market + 1] !== 0) return
  if (redeem_gas[market]! > 0) {
    Ledger.gasBack(ledger, redeem_gas[market]!, now)
    recordLedger(m)
    redeem_gas[market] = 0
  }
  redeemConfirmed(m, market, now)
  if (Equity.mark(m.state.equity, ledger, now)) recordEquity(m)
}

function absorb(
  m: Machine,
  kind: number,
  market: number,
  order: number,
  x: number,
  y: number,
  flags: number,
  number: number,
  now: Micros,
): void {
  const mix = m.state.chain.pending
  Mix.word(mix, Chain.Tag.EXECUTION)
  Mix.number(mix, now)
  Mix.word(mix, (kind << 8) | flags)
  Mix.word(mix, market)
  Mix.number(mix, order)
  Mix.number(mix, x)
  Mix.number(mix, y)
  Mix.number(mix, number)
}
