import type * as Book from '../book/module.ts'
import { normalCdf } from '../numerics/index.ts'
import type { Rng } from '../random/index.ts'
import { MICRO, type Micros, ONE, SECOND, type Tick } from '../units/index.ts'
import * as Belief from './belief.ts'
import type * as Channel from './channel.ts'
import * as Draw from './draws.ts'
import * as Exchange from './exchange.ts'
import * as Fitted from './fitted.ts'
import * as Orders from './orders.ts'

/** A place where one market is traded from before its start until shortly after its end; then the next one is. */
export type Pit = {
  rng: Rng.Rng
  channel: Channel.Channel
  exchange: Exchange.Exchange
  belief: Belief.Belief
  /** −1 while nothing is traded here. */
  market: number
  start_us: Micros
  end_us: Micros
  /** 1 Up, 0 Down once the window is over, −1 before. */
  outcome: number
  /** What the crowd adds to the score: a mood that comes and goes. */
  mood: number
  /** Chance of Up now by the true price, and its slow average: their distance is news. */
  chance: number
  chance_slow: number
  /** That distance in cents, up to what anybody reacts to. */
  news: number
  /** How busy this window is as a whole, and how busy it is now. */
  liveliness: number
  pace: number
  /** Own error of each maker's score. */
  errors: Float64Array
  /** By canonical price in cents: how much more or less than usual rests there. */
  fullness: Float64Array
  /** When each part of the farmer's orders leaves, bids first. */
  farmed_due: Float64Array
  /** When the next maker and the next taker act, and takers who follow another: when, and which way. */
  maker_due_us: Micros
  taker_due_us: Micros
  followers: { due_us: Float64Array; buys: Uint8Array; length: number }
  /** Direction of the last taker. */
  last_buys: boolean
  /** When each informed taker may act again. */
  ready_us: Float64Array
  tick_due_us: Micros
}

/** Owners: makers first, then those who rest orders and leave them, the farmer, the crowd of takers, the informed. */
export const PATIENT = 0
export const FARMER = 1
export const CROWD = 2
export const INFORMED = 3
export const INFORMED_COUNT = 3
export const FIRST_MAKER = INFORMED + INFORMED_COUNT

/** Takers who may be on their way after another. */
const FOLLOWERS_MAX = 64

/** A pit where nothing is traded yet. */
export function create(rng: Rng.Rng, channel: Channel.Channel, belief: Belief.Belief, makers: number): Pit {
  return {
    rng,
    channel,
    exchange: channel.exchange,
    belief,
    market: -1,
    start_us: 0,
    end_us: 0,
    outcome: -1,
    mood: 0,
    chance: 0.5,
    chance_slow: 0.5,
    news: 0,
    liveliness: 1,
    pace: 1,
    errors: new Float64Array(makers),
    fullness: new Float64Array(101),
    farmed_due: new Float64Array(2 * Fitted.FARMED.length),
    maker_due_us: Number.POSITIVE_INFINITY,
    taker_due_us: Number.POSITIVE_INFINITY,
    followers: { due_us: new Float64Array(FOLLOWERS_MAX), buys: new Uint8Array(FOLLOWERS_MAX), length: 0 },
    last_buys: true,
    ready_us: new Float64Array(INFORMED_COUNT),
    tick_due_us: Number.POSITIVE_INFINITY,
  }
}

/** Shares of a resting order, in micro-shares. */
export function drawSize(rng: Rng.Rng): number {
  return Fitted.ORDER_SHARES[Draw.pick(rng, Fitted.ORDER_SUMS)]! * MICRO
}

/** Seconds to the window's end; below 0 after it. */
export function secondsLeft(pit: Pit, now: Micros): number {
  return (pit.end_us - now) / SECOND
}

/**
 * What a trader takes a share of Up to be worth, in 1e-4.
 *
 * @param steps how late the trader sees the price
 * @param error of the trader's own score
 */
export function worth(pit: Pit, steps: number, error: number): number {
  return ONE * normalCdf(Belief.scoreAt(pit.belief, steps) + pit.mood + error)
}

/** Cancel all that rests at a level. */
export function clearLevel({ exchange }: Pit, side: Book.BookSide, price: Tick): void {
  const { orders } = exchange
  const level = Orders.levelOf(side, price)
  for (let order = orders.first[level]!; order >= 0; order = orders.first[level]!)
    Exchange.cancel(exchange, side, price, order)
}
