import { Tif } from '../machine/records.ts'
import { Gate } from '../risk/codes.ts'
import type { Desired, View } from '../strategies/strategy.ts'
import { floorPrice, MS, ONE, stepAt, type Tick } from '../units/index.ts'
import { canCancel } from './life.ts'
import * as Limiter from './limiter.ts'
import { isQuote, type OrdersState, PLACES, placeKey, placeOf } from './orders.ts'
import { place } from './place.ts'
import * as Plan from './plan.ts'
import { rest } from './reserved.ts'
import type { OrdersConfig } from './settings.ts'

/** Room that every comparison writes anew, and the settings it follows. Plain data. */
export type Differ = {
  readonly config: OrdersConfig
  readonly plan: Plan.Plan
  /** By place: the desired row, −1 none; and what stands there: see Plan.Place. */
  readonly row: Int16Array
  readonly taken: Uint8Array
  /** By slot, for the open orders of the market at hand: a Why, {@link FIXED} or {@link LEAVING}. */
  readonly verdict: Uint8Array
  /** Present caps in 1e-4: up, down, completing; NaN none. */
  readonly caps: Float64Array
}

/** What of the view decides about orders. */
export type Facts = Pick<View, 'market' | 'time_us' | 'grid' | 'q_up' | 'unpaired'>

/** It stays because it cannot be cancelled now. */
export const FIXED = 254
/** Its cancel is on the way. */
export const LEAVING = 255

/** Edges closer than this, in 1e-4, are equal. */
const TIE = 1e-6

/** A differ for a table. */
export function create(config: OrdersConfig): Differ {
  return {
    config,
    plan: Plan.create(config.capacity),
    row: new Int16Array(PLACES).fill(-1),
    taken: new Uint8Array(PLACES),
    verdict: new Uint8Array(config.capacity),
    caps: new Float64Array(3),
  }
}

/**
 * Compare what is wanted in a market with what is live there (formulas.md §7). HOT: allocates nothing.
 *
 * A market with an order of unknown outcome gets no new orders and no tidying until it is reconciled; cancels that protect
 * us still go, because a cancel can never become a second order.
 *
 * An order in flight, held by the venue, or whose cancel was refused a moment ago cannot be cancelled: its market must be
 * decided on again when its answer comes.
 *
 * @returns the plan, good until the next call; nothing is changed but the refill of the token buckets
 */
export function decide(
  differ: Differ,
  orders: OrdersState,
  limiter: Limiter.Limiter,
  facts: Facts,
  desired: Desired,
): Plan.Plan {
  const { config, plan } = differ
  const frozen = orders.unknown[facts.market]! > 0
  Plan.reset(plan)
  Limiter.refill(limiter, config, facts.time_us)
  begin(differ, desired)
  for (let slot = orders.first[facts.market]!; slot >= 0; slot = orders.after[slot]!)
    judge(differ, orders, facts, desired, slot, frozen)
  if (!desired.cancel_all) {
    const target = floorPrice(desired.target_total)
    holdTarget(differ, orders, facts, target)
    if (!frozen) makeWay(differ, orders, facts.market, desired, target)
  }
  collect(differ, orders, facts.market)
  Plan.limitCancels(plan, Math.min(Limiter.cancels(limiter), config.max_cancels_per_batch))
  if (frozen) plan.gate = Gate.MARKET_FROZEN
  else if (!desired.cancel_all) {
    const room = Math.min(
      Limiter.creates(limiter),
      config.max_creates_per_batch,
      orders.capacity - orders.open,
    )
    place(differ, orders, facts.market, desired, room)
  }
  end(differ, orders, facts.market, desired)
  return plan
}

function begin(differ: Differ, desired: Desired): void {
  differ.caps[0] = floorPrice(desired.cap_up)
  differ.caps[1] = floorPrice(desired.cap_down)
  differ.caps[2] = floorPrice(desired.cap_completing)
  for (let row = 0; row < desired.length; row++)
    differ.row[placeKey(desired.outcome[row]!, desired.side[row]!, desired.level[row]!)] = row
}

function end(differ: Differ, orders: OrdersState, market: number, desired: Desired): void {
  for (let row = 0; row < desired.length; row++)
    differ.row[placeKey(desired.outcome[row]!, desired.side[row]!, desired.level[row]!)] = -1
  for (let slot = orders.first[market]!; slot >= 0; slot = orders.after[slot]!)
    differ.taken[placeOf(orders, slot)] = Plan.Place.FREE
}

/** Give one open order its verdict. */
function judge(
  differ: Differ,
  orders: OrdersState,
  facts: Facts,
  desired: Desired,
  slot: number,
  frozen: boolean,
): void {
  const key = placeOf(orders, slot)
  differ.taken[key] = Plan.Place.KEPT
  if (orders.cancel_pending[slot] === 1) {
    differ.verdict[slot] = LEAVING
    return
  }
  const interval = differ.config.min_update_interval_ms * MS
  const refused = orders.cancel_us[slot]! > 0 && facts.time_us - orders.cancel_us[slot]! < interval
  if (refused || !canCancel(orders, slot)) {
    differ.verdict[slot] = FIXED
    return
  }
  let why = desired.cancel_all ? Plan.Why.ALL : danger(differ, orders, facts, slot)
  if (why === Plan.Why.NONE && !frozen) why = unfit(differ, orders, facts, desired, slot, differ.row[key]!)
  differ.verdict[slot] = why
}

/** Why a live order must go at once, whatever its age. */
function danger(differ: Differ, orders: OrdersState, facts: Facts, slot: number): Plan.Why {
  if (orders.side[slot] !== 1) return Plan.Why.NONE
  const outcome = orders.outcome[slot]!
  const completes =
    orders.completing[slot] === 1 && outcome === (facts.unpaired > 0 ? 1 : 0) && facts.unpaired !== 0
  const completing_cap = differ.caps[2]!
  const cap = completes && !Number.isNaN(completing_cap) ? completing_cap : differ.caps[outcome]!
  if (orders.price[slot]! > cap) return Plan.Why.CAP
  if (orders.completing[slot] === 0) return Plan.Why.NONE
  return rest(orders, slot) > (completes ? Math.abs(facts.unpaired) : 0) ? Plan.Why.COMPLETED : Plan.Why.NONE
}

/** Why a live order is not what is wanted at its place, NONE when it is, nearly, or is too young to tell. */
function unfit(
  differ: Differ,
  orders: OrdersState,
  facts: Facts,
  desired: Desired,
  slot: number,
  row: number,
): Plan.Why {
  const { config } = differ
  if (row < 0) return Plan.Why.UNWANTED
  if (facts.time_us - orders.intended_us[slot]! < config.min_update_interval_ms * MS) return Plan.Why.NONE
  const size = desired.size[row]!
  const lower = Math.min(orders.price[slot]!, desired.price[row]!)
  const apart = Math.max(orders.price[slot]!, desired.price[row]!) - lower
  const near = apart <= config.reprice_ticks * stepAt(facts.grid, lower)
  const alike = Math.abs(rest(orders, slot) - size) <= config.resize_frac * size
  return near && alike ? Plan.Why.NONE : Plan.Why.REPLACE
}

/**
 * While the highest live bids of both outcomes cost more than the target, the one with the smaller edge goes, Up on ties.
 * Bids that leave anyway do not count. Ends after at most as many rounds as there are orders.
 */
function holdTarget(differ: Differ, orders: OrdersState, facts: Facts, target: Tick): void {
  if (Number.isNaN(target)) return
  for (;;) {
    let up = -1
    let down = -1
    for (let slot = orders.first[facts.market]!; slot >= 0; slot = orders.after[slot]!) {
      const verdict = differ.verdict[slot]!
      if ((verdict !== Plan.Why.NONE && verdict !== FIXED) || !isQuote(orders, slot)) continue
      if (orders.outcome[slot] === 0) {
        if (up < 0 || orders.price[slot]! > orders.price[up]!) up = slot
      } else if (down < 0 || orders.price[slot]! > orders.price[down]!) down = slot
    }
    if (up < 0 || down < 0 || orders.price[up]! + orders.price[down]! <= target) return
    const gap = (2 * facts.q_up - 1) * ONE - orders.price[up]! + orders.price[down]!
    const worse = gap <= TIE ? up : down
    if (differ.verdict[worse] === FIXED) return
    differ.verdict[worse] = Plan.Why.TARGET
  }
}

/**
 * A bid that is kept although it is a little high would, with a new bid of the other outcome, break the pair rule: it has
 * to go first, or the new bid would wait for ever.
 */
function makeWay(differ: Differ, orders: OrdersState, market: number, desired: Desired, target: Tick): void {
  const up = highestNew(differ, desired, 0)
  const down = highestNew(differ, desired, 1)
  if (up < 0 && down < 0) return
  for (let slot = orders.first[market]!; slot >= 0; slot = orders.after[slot]!) {
    if (differ.verdict[slot] !== Plan.Why.NONE || !isQuote(orders, slot)) continue
    const row = differ.row[placeOf(orders, slot)]!
    if (row < 0 || desired.price[row]! >= orders.price[slot]!) continue
    const other = orders.outcome[slot] === 0 ? down : up
    if (orders.price[slot]! + other > target) differ.verdict[slot] = Plan.Why.MAKE_WAY
  }
}

/** The highest quote wanted for an outcome at a free place, −ONE none. */
function highestNew(differ: Differ, desired: Desired, outcome: number): Tick {
  let best = -ONE
  for (let row = 0; row < desired.length; row++) {
    if (desired.outcome[row] !== outcome || desired.side[row] !== 1 || desired.completing[row] === 1) continue
    if (desired.tif[row]! >= Tif.FAK) continue
    if (differ.taken[placeKey(outcome, 1, desired.level[row]!)] !== Plan.Place.FREE) continue
    best = Math.max(best, desired.price[row]!)
  }
  return best
}

/** Turn verdicts into the plan, in order of order numbers. */
function collect(differ: Differ, orders: OrdersState, market: number): void {
  for (let slot = orders.first[market]!; slot >= 0; slot = orders.after[slot]!) {
    const verdict = differ.verdict[slot]!
    if (verdict === Plan.Why.NONE || verdict === FIXED) {
      differ.plan.kept++
      continue
    }
    differ.taken[placeOf(orders, slot)] = Plan.Place.GOING
    if (verdict !== LEAVING) Plan.addCancel(differ.plan, orders.number[slot]!, verdict as Plan.Why)
  }
}
