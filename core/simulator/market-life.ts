import * as Book from '../book/module.ts'
import type { Values } from '../config/index.ts'
import { exp2, normalCdf } from '../numerics/index.ts'
import { Settle } from '../reference/index.ts'
import { type Micros, ONE, SECOND, type Tick } from '../units/index.ts'
import * as Accounts from './accounts.ts'
import * as Belief from './belief.ts'
import * as Channel from './channel.ts'
import * as Draw from './draws.ts'
import * as Exchange from './exchange.ts'
import * as Farmer from './farmer.ts'
import * as Makers from './makers.ts'
import type { settings } from './market-settings.ts'
import type { Oracle } from './oracle.ts'
import * as Pit from './pit.ts'
import { type PricePath, STEP_US } from './price-path.ts'
import * as Takers from './takers.ts'

/** What everyone in a pit works with. */
export type Actors = { makers: Makers.Makers; takers: Takers.Takers; config: Values<typeof settings> }

/** The market that a pit turns to. */
export type Listing = {
  market: number
  up: number
  start_us: Micros
  end_us: Micros
  tick: Tick
}

const COARSE: Tick = 100
const FINE: Tick = 10
/** Beyond these the venue refines the tick. */
const EDGE_HIGH = 9_600
const EDGE_LOW = 400
/** Pace before the start and after the end, as a share of what it were inside. */
const OUTSIDE_PACE = 0.3
/** News beyond this many cents makes nobody faster. */
const NEWS_MAX = 12

/** A market opens in a pit: traders come, and the recorder connects and gets both books. */
export function open(pit: Pit.Pit, listing: Listing, actors: Actors, path: PricePath, now: Micros): void {
  const { makers, takers, config } = actors
  Exchange.reset(pit.exchange, listing.tick)
  Belief.open(pit.belief, listing.start_us, listing.end_us)
  pit.channel.up = listing.up
  pit.channel.down = listing.up + 1
  pit.market = listing.market
  pit.start_us = listing.start_us
  pit.end_us = listing.end_us
  pit.outcome = -1
  pit.mood = config.mood * Draw.normal(pit.rng)
  pit.chance = normalCdf(pit.mood)
  pit.chance_slow = pit.chance
  const stir = Math.sqrt(Math.sqrt((path.variance + path.jump_variance) / path.mean_variance))
  pit.liveliness = stir * Draw.lognormal(pit.rng, 1, config.liveliness_spread)
  pit.followers.length = 0
  pit.ready_us.fill(0)
  pit.tick_due_us = Number.POSITIVE_INFINITY
  Makers.open(makers, pit, now)
  Farmer.open(pit, makers.rng)
  setPace(pit, config, now)
  pit.maker_due_us = now + Draw.exponential(makers.rng, SECOND / (makers.config.acts_per_s * pit.pace))
  Takers.schedule(takers, pit, now)
  Exchange.forget(pit.exchange)
  Channel.snapshot(pit.channel, false, now)
}

/** One step of time: what everybody believes, how busy it is, what informed takers see. */
export function step(
  pit: Pit.Pit,
  actors: Actors,
  path: PricePath,
  oracle: Oracle | null,
  price: number,
  now: Micros,
): void {
  const { config } = actors
  const keep = exp2(-STEP_US / SECOND / config.mood_s)
  pit.mood = keep * pit.mood + config.mood * Math.sqrt(1 - keep * keep) * Draw.normal(pit.rng)
  Belief.observe(pit.belief, path, oracle, price, pit.outcome, now)
  pit.chance = normalCdf(Belief.scoreAt(pit.belief, 0) + pit.mood)
  const slow = exp2(-STEP_US / SECOND / config.news_s)
  pit.chance_slow = slow * pit.chance_slow + (1 - slow) * pit.chance
  setPace(pit, config, now)
  Takers.look(actors.takers, pit, now)
}

/** Once a second: orders that leave by the clock, and the tick size. */
export function second(pit: Pit.Pit, actors: Actors, now: Micros): void {
  Farmer.withdraw(pit, now)
  checkTick(pit, actors.config.tick_wait_s, now)
}

/**
 * The window is over: what it pays is known to all who look.
 *
 * @returns the payout of one Up share
 */
export function decide(
  pit: Pit.Pit,
  strike: { whole: number; rest: number },
  end: { whole: number; rest: number },
): Tick {
  const payout = Settle.payout(end.whole, end.rest, strike.whole, strike.rest, 'up')
  pit.outcome = payout === ONE ? 1 : 0
  return payout
}

/** The market is taken off: whatever rests leaves, the book is empty, and everyone is paid. */
export function close(pit: Pit.Pit, now: Micros): void {
  const { book } = pit.exchange.orders
  Channel.allPrints(pit.channel, now)
  for (let p = book.best_bid; p >= 0; p = book.best_bid) Pit.clearLevel(pit, Book.BID, p)
  for (let p = book.best_ask; p >= 0; p = book.best_ask) Pit.clearLevel(pit, Book.ASK, p)
  Channel.priceChange(pit.channel, now)
  Accounts.redeem(pit.exchange.accounts, pit.outcome === 1 ? ONE : 0)
  pit.market = -1
  pit.maker_due_us = Number.POSITIVE_INFINITY
  pit.taker_due_us = Number.POSITIVE_INFINITY
  pit.followers.length = 0
}

function setPace(pit: Pit.Pit, config: Values<typeof settings>, now: Micros): void {
  pit.news = Math.min(NEWS_MAX, 100 * Math.abs(pit.chance - pit.chance_slow))
  const inside = now >= pit.start_us && now < pit.end_us
  const pace = pit.liveliness * (config.calm_pace + config.news_pace * pit.news)
  pit.pace = inside ? pace : pace * OUTSIDE_PACE
}

/** The venue refines the tick of a market near the end of the range, after a while, and takes that back likewise. */
function checkTick(pit: Pit.Pit, wait_s: number, now: Micros): void {
  const { exchange, rng } = pit
  const { best_bid, best_ask } = exchange.orders.book
  const mid = best_bid < 0 ? EDGE_LOW : best_ask < 0 ? EDGE_HIGH : (best_bid + best_ask) / 2
  const wanted = mid >= EDGE_HIGH || mid <= EDGE_LOW ? FINE : COARSE
  if (wanted === exchange.tick) pit.tick_due_us = Number.POSITIVE_INFINITY
  else if (pit.tick_due_us === Number.POSITIVE_INFINITY)
    pit.tick_due_us = now + Draw.exponential(rng, wait_s * SECOND)
  else if (now >= pit.tick_due_us) {
    exchange.tick = wanted
    pit.tick_due_us = Number.POSITIVE_INFINITY
    Channel.tickSize(pit.channel, wanted, now)
  }
}
