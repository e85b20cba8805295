import { canonicalPrice, canonicalSide, type OutcomeIndex } from '../book/token.ts'
import { TimeQueue } from '../clock/index.ts'
import { Kind } from '../events/index.ts'
import type { MarketFeed } from '../markets/index.ts'
import { RejectCode } from '../risk/codes.ts'
import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import * as Account from './account.ts'
import * as Latency from './latency.ts'
import * as Resting from './resting.ts'
import type { ExchangeConfig, ExchangeState } from './state.ts'
import * as Taker from './taker.ts'
import type { Terms } from './terms.ts'
import * as VenueOrders from './venue-orders.ts'

/**
 * The simulated exchange: one for backtest, replay and paper trading. It sees the tape's books and prints, our requests
 * after an entry latency, and answers after a response latency (formulas.md §10).
 */
export type Exchange = {
  readonly state: ExchangeState
  readonly config: ExchangeConfig
  /** The market channel's view by market, owned by the world. */
  readonly feeds: readonly MarketFeed.MarketFeed[]
  /** The venue's rules by market. */
  readonly terms: readonly Terms[]
  /** The tape has prints; without them the queue models read level changes. */
  readonly prints: boolean
}

/** What lies in the request queue. */
export const Request = {
  CREATE: 1,
  CANCEL: 2,
  HOLD_END: 3,
  EXPIRE: 4,
  MERGE: 5,
  MERGE_DONE: 6,
  REDEEM_DONE: 7,
  REVERSE: 8,
  CLOSE: 9,
} as const

/** An order as we send it. Prices in token terms. */
export type NewOrder = {
  order: number
  market: number
  outcome: OutcomeIndex
  side: 1 | 2
  price: Tick
  size: MicroShares
  /** Marketable BUY: micro-USDC to spend; else 0. */
  amount: MicroUsdc
  tif: number
  post_only: boolean
  /** GTD: when it expires; else 0. */
  expire_us: Micros
}

/** Send an order at `now`; it arrives after the entry latency. */
export function send(ex: Exchange, order: NewOrder, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.take(table, order.order)
  table.market[slot] = order.market
  table.outcome[slot] = order.outcome
  table.side[slot] = order.side
  table.book_side[slot] = canonicalSide(order.outcome, order.side)
  table.price[slot] = canonicalPrice(order.outcome, order.price)
  table.size[slot] = order.size
  table.remaining[slot] = order.size
  table.amount[slot] = order.amount
  table.by_money[slot] = order.amount > 0 ? 1 : 0
  table.tif[slot] = order.tif
  table.post_only[slot] = order.post_only ? 1 : 0
  table.expire_us[slot] = order.expire_us
  TimeQueue.push(
    ex.state.requests,
    now + Latency.entry(ex),
    Request.CREATE,
    order.market,
    order.order,
    0,
    0,
    0,
  )
}

/** Ask at `now` to cancel an order. */
export function cancel(ex: Exchange, market: number, order: number, now: Micros): void {
  TimeQueue.push(ex.state.requests, now + Latency.entry(ex), Request.CANCEL, market, order, 0, 0, 0)
}

/** Ask at `now` to merge `pairs` micro-pairs into USDC. */
export function merge(ex: Exchange, market: number, pairs: MicroShares, now: Micros): void {
  TimeQueue.push(ex.state.requests, now + Latency.entry(ex), Request.MERGE, market, 0, pairs, 0, 0)
}

/** Ask at `now` to redeem `shares` of an outcome that pays `payout` ticks a share. */
export function redeem(
  ex: Exchange,
  market: number,
  outcome: OutcomeIndex,
  shares: MicroShares,
  payout: Tick,
  now: Micros,
): void {
  TimeQueue.push(
    ex.state.requests,
    now + ex.config.redeem_us,
    Request.REDEEM_DONE,
    market,
    0,
    shares,
    payout,
    outcome,
  )
}

/** When the earliest request is due at the venue. */
export function nextRequest(ex: Exchange): Micros {
  return TimeQueue.next(ex.state.requests)
}

/** Handle the earliest request, at its due time. */
export function fireRequest(ex: Exchange, now: Micros): void {
  const queue = ex.state.requests
  const at = TimeQueue.pop(queue)
  const kind = queue.kind[at]!
  const market = queue.market[at]!
  const order = queue.order[at]!
  const x = queue.x[at]!
  const y = queue.y[at]!
  const flags = queue.flags[at]!
  if (kind === Request.CREATE) arrive(ex, order, now)
  else if (kind === Request.CANCEL) cancelArrives(ex, market, order, now)
  else if (kind === Request.HOLD_END) holdEnds(ex, order, now)
  else if (kind === Request.EXPIRE) expire(ex, order, now)
  else if (kind === Request.MERGE) Account.mergeArrives(ex, market, x, now)
  else if (kind === Request.MERGE_DONE) Account.mergeDone(ex, market, x, flags, now)
  else if (kind === Request.REDEEM_DONE) Account.redeemDone(ex, market, flags as OutcomeIndex, x, y, now)
  else if (kind === Request.REVERSE) Account.reverse(ex, market, x, y, flags)
  else close(ex, market, now)
}

/** Close a market at its end: what rests is cancelled, in a gap once its book or outcome is known. */
export function scheduleClose(ex: Exchange, market: number, end_us: Micros): void {
  TimeQueue.push(ex.state.requests, end_us, Request.CLOSE, market, 0, 0, 0, 0)
}

/** The market has been silent too long (blackout policy): its orders are exposed, cancels wait for the next book. */
export function beginSilence(ex: Exchange, market: number): void {
  const venue = ex.state.markets[market]!
  venue.silent = true
  for (const slot of venue.resting) ex.state.orders.exposed[slot] = 1
}

/** Put an answer on its way; answers form one ordered stream and never overtake. */
export function answer(
  ex: Exchange,
  kind: number,
  market: number,
  order: number,
  x: number,
  y: number,
  flags: number,
  at: Micros,
  z = 0,
  w = 0,
): void {
  const state = ex.state
  const due = Math.max(at + Latency.response(ex), state.last_answer_us)
  state.last_answer_us = due
  TimeQueue.push(state.answers, due, kind, market, order, x, y, flags, z, w)
}

/** The venue takes a resting order off the book and frees what it reserved. */
export function remove(ex: Exchange, slot: number): void {
  const table = ex.state.orders
  if (table.stage[slot] === VenueOrders.Stage.RESTING) Resting.leave(ex, slot)
  Account.unreserve(ex, slot)
  VenueOrders.release(table, slot)
}

function arrive(ex: Exchange, order: number, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.find(table, order)
  const refused = Taker.check(ex, slot, now)
  if (refused !== RejectCode.NONE) {
    answer(ex, Kind.ORDER_REJECTED, table.market[slot]!, order, refused, 0, 0, now)
    remove(ex, slot)
    return
  }
  Account.reserve(ex, slot)
  const hold = ex.terms[table.market[slot]!]!.hold_us(now)
  if (Taker.isMarketable(ex, slot) && hold > 0) {
    table.stage[slot] = VenueOrders.Stage.HELD
    answer(ex, Kind.ORDER_DELAYED, table.market[slot]!, order, 0, 0, 0, now)
    TimeQueue.push(ex.state.requests, now + hold, Request.HOLD_END, table.market[slot]!, order, 0, 0, 0)
    return
  }
  match(ex, slot, now)
}

/** At the end of the taker hold the order is checked again: its market, tick and balance may have changed. */
function holdEnds(ex: Exchange, order: number, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.find(table, order)
  Account.unreserve(ex, slot)
  const refused = Taker.check(ex, slot, now)
  if (refused !== RejectCode.NONE) {
    answer(ex, Kind.ORDER_REJECTED, table.market[slot]!, order, refused, 0, 0, now)
    remove(ex, slot)
    return
  }
  Account.reserve(ex, slot)
  match(ex, slot, now)
}

function match(ex: Exchange, slot: number, now: Micros): void {
  const table = ex.state.orders
  const rests = Taker.match(ex, slot, now)
  if (!rests) return
  Resting.join(ex, slot)
  answer(ex, Kind.ORDER_ACCEPTED, table.market[slot]!, table.number[slot]!, 0, 0, 0, now)
  const expire_us = table.expire_us[slot]!
  if (expire_us > 0) {
    TimeQueue.push(
      ex.state.requests,
      Math.max(expire_us, now),
      Request.EXPIRE,
      table.market[slot]!,
      table.number[slot]!,
      0,
      0,
      0,
    )
  }
}

function cancelArrives(ex: Exchange, market: number, order: number, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.find(table, order)
  if (slot < 0) {
    answer(ex, Kind.CANCEL_REJECTED, market, order, RejectCode.CANCEL_MATCHED, 0, 0, now)
    return
  }
  const stage = table.stage[slot]!
  if (stage !== VenueOrders.Stage.RESTING) {
    const code = stage === VenueOrders.Stage.HELD ? RejectCode.CANCEL_HELD : RejectCode.CANCEL_UNKNOWN
    answer(ex, Kind.CANCEL_REJECTED, market, order, code, 0, 0, now)
    return
  }
  if (ex.state.markets[market]!.silent && table.exposed[slot] === 1) table.cancel_waits[slot] = 1
  else finishCancel(ex, slot, now)
}

/** Cancel a resting order and say so. */
export function finishCancel(ex: Exchange, slot: number, now: Micros): void {
  const table = ex.state.orders
  answer(
    ex,
    Kind.ORDER_CANCELLED,
    table.market[slot]!,
    table.number[slot]!,
    table.remaining[slot]!,
    0,
    0,
    now,
  )
  remove(ex, slot)
}

function expire(ex: Exchange, order: number, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.find(table, order)
  if (slot < 0) return
  answer(ex, Kind.ORDER_EXPIRED, table.market[slot]!, order, table.remaining[slot]!, 0, 0, now)
  remove(ex, slot)
}

function close(ex: Exchange, market: number, now: Micros): void {
  const venue = ex.state.markets[market]!
  venue.closed = true
  if (venue.silent) return
  while (venue.resting.length > 0) finishCancel(ex, venue.resting[0]!, now)
}

/**
 * The outcome is known. Orders that a gap left undecided are settled by it, the only "book" there is: a bid for the
 * losing side was crossed and is filled in full, any other is cancelled.
 */
export function resolve(ex: Exchange, market: number, up_payout: Tick, now: Micros): void {
  const venue = ex.state.markets[market]!
  venue.closed = true
  if (venue.silent) Resting.endSilenceByOutcome(ex, market, up_payout, now)
  while (venue.resting.length > 0) finishCancel(ex, venue.resting[0]!, now)
}
