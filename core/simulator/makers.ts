import * as Book from '../book/module.ts'
import type { Values } from '../config/index.ts'
import { exp2 } from '../numerics/index.ts'
import { Rng } from '../random/index.ts'
import { MICRO, type MicroShares, type Micros, MS, ONE, SECOND, type Tick } from '../units/index.ts'
import * as Accounts from './accounts.ts'
import * as Channel from './channel.ts'
import * as Draw from './draws.ts'
import * as Exchange from './exchange.ts'
import * as Farmer from './farmer.ts'
import * as Fitted from './fitted.ts'
import type { settings } from './maker-settings.ts'
import * as Orders from './orders.ts'
import * as Pit from './pit.ts'
import { STEP_US } from './price-path.ts'

/** What makers are like, drawn once. */
export type Makers = {
  rng: Rng.Rng
  config: Values<typeof settings>
  steps: Uint16Array
  half_spread: Float64Array
  /** Share of its error that a maker keeps from one of its acts to the next, and the deviation of what is new. */
  keep: number
  fresh: number
  /** How far behind its limit a quote of the maker at hand may be, in 1e-4. */
  slack: number
}

const CENT: Tick = 100
const STEPS_MAX = 500
const PULLED_MAX = 24
/** Inventory at which the skew is full. */
const SKEWED: MicroShares = 1_000 * MICRO
/** Share of its usual spread that a maker keeps at the ends of the range. */
const DOUBT_MIN = 0.2
/** Seconds before the end that makers begin to mind how late they see the price. */
const LATE_S = 10
/** The normal density in its middle; elsewhere about so much times four times chance and counter-chance. */
const DENSITY = 0.4
/** An outcome dearer than this is as good as certain. */
const SURE: Tick = 9_700

/** Draw the makers. */
export function create(rng: Rng.Rng, config: Values<typeof settings>): Makers {
  const steps = new Uint16Array(config.count)
  const half_spread = new Float64Array(config.count)
  for (let i = 0; i < config.count; i++) {
    const delay_us = Draw.lognormal(rng, config.delay_ms, config.delay_spread) * MS
    steps[i] = Math.min(STEPS_MAX, Math.round(delay_us / STEP_US))
    half_spread[i] = config.half_spread * CENT * Draw.between(rng, 1, 3)
  }
  const keep = exp2(-config.count / config.acts_per_s / config.error_s)
  return { rng, config, steps, half_spread, keep, fresh: config.error * Math.sqrt(1 - keep * keep), slack: 0 }
}

/** A market opens: the book that stands when it is first heard of. */
export function open(makers: Makers, pit: Pit.Pit, now: Micros): void {
  const { rng, config } = makers
  const whole = Draw.lognormal(rng, 1, config.depth_spread / 2)
  for (let cents = 0; cents < pit.fullness.length; cents++)
    pit.fullness[cents] = whole * Draw.lognormal(rng, 1, config.depth_spread)
  for (let i = 0; i < pit.errors.length; i++) pit.errors[i] = config.error * Draw.normal(rng)
  for (let cents = 1; cents < 50; cents++) {
    for (const side of [Book.BID, Book.ASK] as const) {
      const price = side === Book.BID ? cents * CENT : ONE - cents * CENT
      const wanted = target(makers, pit, side, price, 50 - cents, Pit.secondsLeft(pit, now))
      for (let tries = 0; tries < 200 && Book.size(pit.exchange.orders.book, side, price) < wanted; tries++)
        place(makers, pit, Rng.below(rng, config.count), side, price, wanted)
    }
  }
}

/** One maker acts. HOT. */
export function act(makers: Makers, pit: Pit.Pit, now: Micros): void {
  const { rng, config, half_spread } = makers
  const maker = Rng.below(rng, config.count)
  const error = makers.keep * pit.errors[maker]! + makers.fresh * Draw.normal(rng)
  pit.errors[maker] = error
  const owner = Pit.FIRST_MAKER + maker
  const { up, down } = pit.exchange.accounts
  const inventory = Math.max(-1, Math.min(1, (up[owner]! - down[owner]!) / SKEWED))
  const worth = Pit.worth(pit, makers.steps[maker]!, error)
  // Towards the ends of the range there is less to be wrong about.
  const doubt = 2 * Math.sqrt((worth / ONE) * (1 - worth / ONE))
  const value = worth - inventory * config.skew * CENT * doubt
  const scale = Math.max(DOUBT_MIN, doubt)
  const calm = half_spread[maker]! * scale * (1 + config.fear * pit.news)
  const half = calm + late(makers, pit, maker, doubt, now)
  makers.slack = config.slack * CENT * scale
  pull(makers, pit, owner, value, half)
  if (pit.exchange.touched.length === 0) improve(makers, pit, maker, value, half, now)
  if (pit.exchange.touched.length === 0) work(makers, pit, maker, value, half, now)
  Channel.priceChange(pit.channel, now)
}

/**
 * What a maker asks for beside, at the very end, because it sees the price late: what the chance of Up moves by meanwhile,
 * which grows as time runs out.
 */
function late({ config, steps }: Makers, pit: Pit.Pit, maker: number, doubt: number, now: Micros): number {
  const left_s = Pit.secondsLeft(pit, now)
  if (left_s >= LATE_S || left_s <= 0) return 0
  const delay_s = (steps[maker]! * STEP_US) / SECOND
  const moved = DENSITY * doubt * doubt * Math.sqrt(delay_s / Math.max(left_s, delay_s))
  return config.haste * (1 - left_s / LATE_S) * moved * ONE
}

/** Cancel the owner's quotes that its value left behind: at most so many at once, the worst first. */
function pull({ slack }: Makers, pit: Pit.Pit, owner: number, value: number, half: number): void {
  const { exchange } = pit
  const { orders } = exchange
  const { book } = orders
  let left = PULLED_MAX
  for (
    let p = book.best_bid;
    p >= 0 && p > value - half + slack && left > 0;
    p = Book.next(book, Book.BID, p)
  )
    left -= pullLevel(pit, Book.BID, p, owner, value < CENT / 2)
  for (
    let p = book.best_ask;
    p >= 0 && p < value + half - slack && left > 0;
    p = Book.next(book, Book.ASK, p)
  )
    left -= pullLevel(pit, Book.ASK, p, owner, value > ONE - CENT / 2)
}

/** @param hopeless the farmer gives up too */
function pullLevel(
  { exchange }: Pit.Pit,
  side: Book.BookSide,
  price: Tick,
  owner: number,
  hopeless: boolean,
): number {
  const { orders } = exchange
  let pulled = 0
  for (let order = orders.first[Orders.levelOf(side, price)]!; order >= 0; ) {
    const next = orders.next[order]!
    const whose = orders.owner[order]!
    if (whose === owner || (hopeless && whose === Pit.FARMER)) {
      Exchange.cancel(exchange, side, price, order)
      pulled++
    }
    order = next
  }
  return pulled
}

/** Place an order inside the spread where the maker's value allows one. */
function improve(
  makers: Makers,
  pit: Pit.Pit,
  maker: number,
  value: number,
  half: number,
  now: Micros,
): void {
  const { rng, config } = makers
  const { best_bid, best_ask } = pit.exchange.orders.book
  const bid = priceOf(makers, pit, Book.BID, value - half, 0)
  const ask = priceOf(makers, pit, Book.ASK, value + half, 0)
  const bids = bid > best_bid && bid > 0
  const asks = (best_ask < 0 || ask < best_ask) && ask < ONE
  if (!(bids || asks) || !Draw.chance(rng, config.improve)) return
  const side = bids && (!asks || Draw.chance(rng, 0.5)) ? Book.BID : Book.ASK
  const price = side === Book.BID ? bid : ask
  const wanted = target(makers, pit, side, price, 0, Pit.secondsLeft(pit, now))
  place(makers, pit, maker, side, price, wanted)
}

/** Place or cancel one order somewhere behind the maker's own best price: whichever brings the level to what is usual. */
function work(makers: Makers, pit: Pit.Pit, maker: number, value: number, half: number, now: Micros): void {
  const { rng } = makers
  const side = Draw.chance(rng, 0.5) ? Book.BID : Book.ASK
  const distance = Draw.pick(rng, Fitted.DISTANCE_SUMS)
  const price = priceOf(makers, pit, side, side === Book.BID ? value - half : value + half, distance)
  if (price <= 0 || price >= ONE) return
  const left_s = Pit.secondsLeft(pit, now)
  const wanted = target(makers, pit, side, price, distance, left_s)
  const filled = Book.size(pit.exchange.orders.book, side, price) / wanted
  if (Draw.chance(rng, 1 - (filled * filled) / 2)) {
    place(makers, pit, maker, side, price, wanted)
  } else cancelOne(makers, pit, side, price)
}

/**
 * The price so many cents behind a limit, on the grid; where it would cross, just behind the other side. At the limit itself
 * a maker joins a touch that is a little better, rather than stand alone behind it.
 */
function priceOf(
  { rng, config, slack }: Makers,
  pit: Pit.Pit,
  side: Book.BookSide,
  limit: number,
  cents: number,
): Tick {
  const { tick, orders } = pit.exchange
  const fine = tick < CENT && cents === 0 && Draw.chance(rng, config.fine_share)
  const grid = fine ? tick : CENT
  const { best_bid, best_ask } = orders.book
  if (side === Book.BID) {
    const joins = best_bid > limit && best_bid <= limit + slack
    const first = joins ? best_bid : Math.floor(limit / grid) * grid
    if (best_ask < 0 || first < best_ask) return first - cents * CENT
    return Math.ceil(best_ask / grid) * grid - grid - cents * CENT
  }
  const joins = best_ask >= 0 && best_ask < limit && best_ask >= limit - slack
  const first = joins ? best_ask : Math.ceil(limit / grid) * grid
  if (first > best_bid) return first + cents * CENT
  return Math.floor(best_bid / grid) * grid + grid + cents * CENT
}

/** What usually rests at a price, micro-shares. */
function target(
  { config }: Makers,
  pit: Pit.Pit,
  side: Book.BookSide,
  price: Tick,
  distance: number,
  left_s: number,
): MicroShares {
  const cents = Math.round(price / CENT)
  const own = side === Book.BID ? price : ONE - price
  if (own >= SURE && distance === 0) {
    const late = Math.max(0, 1 - left_s / 60)
    return config.sure_depth * (1 + 14 * late * late) * MICRO
  }
  const near = distance >= 4 ? 1 : 1.75 - 0.19 * distance
  const late = left_s > 45 ? 1 : Math.max(0.2, left_s / 45)
  const farmed = Farmer.staysAt(own)
  const calm = 1 / (1 + (config.fear * pit.news) / 3)
  return (config.depth * near * late * calm * pit.fullness[cents]! + farmed) * MICRO
}

/** Place an order at a price where so much usually rests: on the side of a sure outcome orders are as large as the level. */
function place(
  { rng, config }: Makers,
  pit: Pit.Pit,
  maker: number,
  side: Book.BookSide,
  price: Tick,
  wanted: MicroShares,
): void {
  const owner = Draw.chance(rng, config.patient_share) ? Pit.PATIENT : Pit.FIRST_MAKER + maker
  const sure = (side === Book.BID ? price : ONE - price) >= SURE
  const times = sure ? Math.max(1, wanted / (config.depth * MICRO * 2)) : 1
  const size = Math.round((Pit.drawSize(rng) * times) / Accounts.LOT) * Accounts.LOT
  Exchange.post(pit.exchange, owner, side, price, size)
}

/** Cancel any one order of a level but the farmer's, whose own time will come. */
function cancelOne({ rng }: Makers, pit: Pit.Pit, side: Book.BookSide, price: Tick): void {
  const { orders } = pit.exchange
  const level = Orders.levelOf(side, price)
  const count = orders.count[level]!
  if (count === 0) return
  let order = orders.first[level]!
  for (let skip = Rng.below(rng, count); skip > 0; skip--) order = orders.next[order]!
  if (orders.owner[order] !== Pit.FARMER) Exchange.cancel(pit.exchange, side, price, order)
}
