import { canonicalPrice, canonicalSide, type OutcomeIndex } from '../book/token.ts'
import { TimeQueue } from '../clock/index.ts'
import { Kind } from '../events/index.ts'
import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import * as Account from './account.ts'
import { answer } from './answers.ts'
import { check } from './check.ts'
import * as Conversion from './conversion.ts'
import * as Display from './display.ts'
import * as Ending from './ending.ts'
import * as Fills from './fills.ts'
import * as Latency from './latency.ts'
import { Request } from './requests.ts'
import * as Resting from './resting.ts'
import * as Silence from './silence.ts'
import type { Exchange } from './state.ts'
import * as Sweep from './sweep.ts'
import * as Taker from './taker.ts'
import * as Told from './told.ts'
import * as VenueOrders from './venue-orders.ts'

/**
 * The simulated exchange: one for backtest, replay and paper trading. It sees the tape's books and prints, our requests
 * after an entry latency, and answers after a response latency (formulas.md §10). What it knows is in its state alone.
 *
 * Requests that are due at the same time are handled in the order in which they were made.
 */
export type { Exchange, ExchangeState } from './state.ts'

/** An order as we send it. Prices in the token's terms. */
export type NewOrder = {
  /** Its number: orders are numbered upwards, and a number names one order for good. */
  order: number
  market: number
  outcome: OutcomeIndex
  side: 1 | 2
  price: Tick
  size: MicroShares
  /** Marketable BUY by money: micro-USDC to spend; else 0. */
  amount: MicroUsdc
  /** See Tif. */
  tif: number
  post_only: boolean
  /** GTD: when it leaves the book (the wire's `expiration` is a minute later); else 0. */
  expire_us: Micros
}

/**
 * Send an order at `now`; it arrives after the entry latency and ends in exactly one way, see ending.ts.
 *
 * @throws OrderError for an order that cannot be put on the wire; what the venue refuses comes back as an answer
 */
export function send(ex: Exchange, order: NewOrder, now: Micros): void {
  assertOrder(ex, order)
  const table = ex.state.orders
  const slot = VenueOrders.take(table, order.order)
  ex.state.last_order = order.order
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
  request(ex, now + Latency.entry(ex), Request.CREATE, order.market, order.order)
}

/** Ask at `now` to cancel an order. Where its cancel or expiry already waits for a gap to end, this says nothing new. */
export function cancel(ex: Exchange, market: number, order: number, now: Micros): void {
  request(ex, now + Latency.entry(ex), Request.CANCEL, market, order)
}

/** Ask at `now` to merge `pairs` micro-pairs into USDC. */
export function merge(ex: Exchange, market: number, pairs: MicroShares, now: Micros): void {
  TimeQueue.push(ex.state.requests, now + Latency.entry(ex), Request.MERGE, market, 0, pairs, 0, 0)
}

/** Ask at `now` to redeem `shares` of an outcome that pays `payout` ticks a share; it takes the redeem latency. */
export function redeem(
  ex: Exchange,
  market: number,
  outcome: OutcomeIndex,
  shares: MicroShares,
  payout: Tick,
  now: Micros,
): void {
  const due = now + ex.config.redeem_us
  TimeQueue.push(ex.state.requests, due, Request.REDEEM_DONE, market, 0, shares, payout, outcome)
}

/** Close a market at its end: what rests is cancelled then, in a gap once its next book or its outcome is known. */
export function scheduleClose(ex: Exchange, market: number, end_us: Micros): void {
  request(ex, end_us, Request.CLOSE, market, 0)
}

/** When the earliest request is due at the venue; Infinity with none. */
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
  const z = queue.z[at]!
  const flags = queue.flags[at]!
  if (kind === Request.CREATE) arrives(ex, order, now)
  else if (kind === Request.CANCEL) cancelArrives(ex, market, order, now)
  else if (kind === Request.HOLD_END) holdEnds(ex, order, now)
  else if (kind === Request.EXPIRE) expires(ex, order, now)
  else if (kind === Request.MINED) Fills.mined(ex, market, order, z, flags, now)
  else if (kind === Request.SETTLED) Fills.settled(ex, market, order, z, x, y, flags, now)
  else if (kind === Request.MERGE) Conversion.mergeArrives(ex, market, x, now)
  else if (kind === Request.MERGE_DONE) Conversion.mergeDone(ex, market, x, flags, now)
  else if (kind === Request.UNMATCHED) Resting.onUnmatched(ex, market, now)
  else if (kind === Request.REDEEM_DONE) Conversion.redeemDone(ex, market, flags as OutcomeIndex, x, y, now)
  else close(ex, market, now)
}

/** The market has been silent too long: by the `blackout` policy its orders are exposed until its next book. */
export function beginSilence(ex: Exchange, market: number): void {
  Silence.begin(ex, market)
}

/**
 * A market's outcome is known: nothing is accepted any more, and what rests is cancelled. Orders that a gap left undecided
 * are settled by the outcome first.
 *
 * @param up_payout of one Up share in ticks, −1 when it stays unknown
 */
export function resolve(ex: Exchange, market: number, up_payout: Tick, now: Micros): void {
  const venue = ex.state.markets[market]!
  venue.closed = true
  venue.payout = up_payout
  if (venue.silent) Silence.endByOutcome(ex, market, up_payout, now)
  cancelAll(ex, market, now)
  Display.forget(ex, market)
  Told.clear(ex.state.markets[market]!.told)
}

/** The outcome of a resolved market is another, or known after all: what was paid out by the former one is taken back. */
export function overrule(ex: Exchange, market: number, up_payout: Tick, now: Micros): void {
  ex.state.markets[market]!.payout = up_payout
  Conversion.takeBack(ex, market, now)
}

/** Whether orders of a market wait for the end of a gap, so that its outcome would decide which of them were filled. */
export function isUndecided(ex: Exchange, market: number): boolean {
  const { silent, bids, asks } = ex.state.markets[market]!
  return silent && bids.length + asks.length > 0
}

function arrives(ex: Exchange, order: number, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.find(table, order)
  const market = table.market[slot]!
  ex.state.markets[market]!.reached = true
  if (!accept(ex, slot, now, true)) return
  const hold_us = ex.terms[market]!.hold_us(now)
  if (hold_us > 0 && Sweep.isMarketable(ex, slot)) {
    table.stage[slot] = VenueOrders.Stage.HELD
    answer(ex, Kind.ORDER_DELAYED, market, order, 0, 0, 0, now)
    request(ex, now + hold_us, Request.HOLD_END, market, order)
  } else match(ex, slot, now)
}

/** The hold in force at its arrival is over: the order is checked once more, and meets the book as it is now. */
function holdEnds(ex: Exchange, order: number, now: Micros): void {
  const slot = VenueOrders.find(ex.state.orders, order)
  Account.unreserve(ex, slot)
  if (accept(ex, slot, now, false)) match(ex, slot, now)
}

function accept(ex: Exchange, slot: number, now: Micros, first: boolean): boolean {
  const refused = check(ex, slot, now, first)
  if (refused === RejectCode.NONE) Account.reserve(ex, slot)
  else Ending.rejected(ex, slot, refused, now)
  return refused === RejectCode.NONE
}

function match(ex: Exchange, slot: number, now: Micros): void {
  if (!Taker.match(ex, slot, now)) return
  Resting.join(ex, slot, now)
  const table = ex.state.orders
  const market = table.market[slot]!
  const order = table.number[slot]!
  answer(ex, Kind.ORDER_ACCEPTED, market, order, 0, 0, 0, now)
  if (table.tif[slot] === Tif.GTD) request(ex, table.expire_us[slot]!, Request.EXPIRE, market, order)
}

function cancelArrives(ex: Exchange, market: number, order: number, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.find(table, order)
  const stage = slot < 0 ? VenueOrders.Stage.FREE : table.stage[slot]!
  if (stage !== VenueOrders.Stage.RESTING) {
    answer(ex, Kind.CANCEL_REJECTED, market, order, whyNot(stage), 0, 0, now)
  } else if (!ex.state.markets[market]!.silent) Ending.cancelled(ex, slot, now)
  else if (table.waits[slot] === VenueOrders.Waits.NOTHING) table.waits[slot] = VenueOrders.Waits.CANCEL
}

/** Why an order that does not rest cannot be cancelled. */
function whyNot(stage: number): RejectCode {
  if (stage === VenueOrders.Stage.HELD) return RejectCode.CANCEL_HELD
  return stage === VenueOrders.Stage.TRAVELLING ? RejectCode.CANCEL_UNKNOWN : RejectCode.CANCEL_MATCHED
}

function expires(ex: Exchange, order: number, now: Micros): void {
  const table = ex.state.orders
  const slot = VenueOrders.find(table, order)
  if (slot < 0) return
  if (!ex.state.markets[table.market[slot]!]!.silent) Ending.expired(ex, slot, now)
  else if (table.waits[slot] === VenueOrders.Waits.NOTHING) table.waits[slot] = VenueOrders.Waits.EXPIRY
}

function close(ex: Exchange, market: number, now: Micros): void {
  const venue = ex.state.markets[market]!
  venue.closed = true
  if (!venue.silent) cancelAll(ex, market, now)
}

function cancelAll(ex: Exchange, market: number, now: Micros): void {
  const { bids, asks } = ex.state.markets[market]!
  while (bids.length > 0) Ending.cancelled(ex, bids[0]!, now)
  while (asks.length > 0) Ending.cancelled(ex, asks[0]!, now)
}

function request(ex: Exchange, due: Micros, kind: number, market: number, order: number): void {
  TimeQueue.push(ex.state.requests, due, kind, market, order, 0, 0, 0)
}

function assertOrder(ex: Exchange, order: NewOrder): void {
  const taking = order.tif === Tif.FAK || order.tif === Tif.FOK
  if (!(Number.isSafeInteger(order.order) && order.order > ex.state.last_order))
    refuse('order', order.order, `a number above ${ex.state.last_order}`)
  if (ex.state.markets[order.market] === undefined) refuse('market', order.market, 'a market of this run')
  if (order.tif !== Tif.GTC && order.tif !== Tif.GTD && !taking) refuse('tif', order.tif, 'a Tif')
  if (order.post_only && taking) refuse('post_only', order.post_only, 'false for FAK and FOK')
  for (const field of ['price', 'size', 'amount', 'expire_us'] as const) {
    if (!(Number.isSafeInteger(order[field]) && order[field] >= 0))
      refuse(field, order[field], 'a whole number from 0')
  }
  if (order.amount > 0 && (order.side !== 1 || !taking))
    refuse('amount', order.amount, '0, but for a FAK or FOK that buys')
  if (order.expire_us > 0 !== (order.tif === Tif.GTD))
    refuse('expire_us', order.expire_us, 'a time for GTD, else 0')
}

function refuse(field: string, value: unknown, expected: string): never {
  throw new OrderError(field, value, expected)
}

/** An order that cannot be put on the wire: a defect of the sender, not a matter for the venue. */
export class OrderError extends Error {
  readonly code = 'exchange.order'
  readonly field: string
  readonly fix: string
  constructor(field: string, value: unknown, expected: string) {
    super(`an order's ${field} = ${String(value)} is refused: expected ${expected}`)
    this.name = 'Exchange.OrderError'
    this.field = field
    this.fix = `give ${expected}`
  }
}
