import type { Section, Values } from '../config/index.ts'
import { Rng } from '../random/index.ts'
import { MICRO, type MicroShares, type Micros, MS, ONE, SECOND, type Tick } from '../units/index.ts'
import * as Accounts from './accounts.ts'
import * as Channel from './channel.ts'
import * as Draw from './draws.ts'
import * as Exchange from './exchange.ts'
import * as Pit from './pit.ts'
import { STEP_US } from './price-path.ts'

/** Those who trade at once (section `sim_takers`). */
export const settings = {
  per_s: {
    type: 'number',
    default: 6.5,
    min: 0.001,
    max: 10_000,
    unit: '1/s',
    doc: 'Takers without information in a market of usual pace, followers apart.',
  },
  followed: {
    type: 'number',
    default: 0.35,
    min: 0,
    max: 0.95,
    unit: '',
    doc: 'Chance that a taker is followed by another.',
  },
  follow_ms: {
    type: 'number',
    default: 20,
    min: 0.1,
    max: 10_000,
    unit: 'ms',
    doc: 'Median time until that one; the logarithm deviates by 1.2.',
  },
  persistence: {
    type: 'number',
    default: 0.7,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Chance that a taker trades in the direction of the one before.',
  },
  usd: {
    type: 'number',
    default: 6,
    min: 0.01,
    max: 1_000_000,
    unit: 'USDC',
    doc: 'Median money of a taker; the logarithm deviates by 1.4.',
  },
  sells: {
    type: 'number',
    default: 0.3,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Chance that a taker sells shares held, where there are enough, instead of buying the other outcome.',
  },
  informed_delay_ms: {
    type: 'number',
    default: 60,
    min: 0,
    max: 5_000,
    unit: 'ms',
    doc: 'How late the first informed taker sees the price; each other one twice as late as the one before.',
  },
  informed_edge: {
    type: 'number',
    default: 3,
    min: 0,
    max: 100,
    unit: 'cents',
    doc: 'What an informed taker must gain a share, fees in mind.',
  },
  informed_shares: {
    type: 'number',
    default: 100,
    min: 0.01,
    max: 1_000_000,
    unit: 'shares',
    doc: 'Median size of an informed taker; the logarithm deviates by 1.',
  },
  informed_rest_ms: {
    type: 'number',
    default: 300,
    min: 0,
    max: 100_000,
    unit: 'ms',
    doc: 'Mean time until an informed taker acts again.',
  },
  rush: {
    type: 'number',
    default: 10,
    min: 1,
    max: 1_000,
    unit: '',
    doc: 'Informed takers act so many times as often, and take so many times as much, at the end of a window; it begins ten seconds before.',
  },
} as const satisfies Section

/** The takers of all markets. */
export type Takers = {
  rng: Rng.Rng
  config: Values<typeof settings>
  /** How many steps late each informed taker is. */
  steps: Uint16Array
}

const CENT: Tick = 100
const STEPS_MAX = 500
const USD_SPREAD = 1.4
const FOLLOW_SPREAD = 1.2
const INFORMED_SPREAD = 1
/** Seconds before the end that informed takers begin to hurry. */
const RUSH_S = 10
/** The venue's least size of an order. */
const SHARES_MIN = 5

/** Takers as configured. */
export function create(rng: Rng.Rng, config: Values<typeof settings>): Takers {
  const steps = new Uint16Array(Pit.INFORMED_COUNT)
  for (let i = 0, delay = config.informed_delay_ms; i < steps.length; i++, delay *= 2)
    steps[i] = Math.min(STEPS_MAX, Math.round((delay * MS) / STEP_US))
  return { rng, config, steps }
}

/** A taker without information arrives. */
export function act(takers: Takers, pit: Pit.Pit, now: Micros): void {
  const { rng, config } = takers
  const buys = Draw.chance(rng, config.persistence) ? pit.last_buys : Draw.chance(rng, 0.5)
  trade(takers, pit, buys, now)
}

/** The followers whose time has come. */
export function follow(takers: Takers, pit: Pit.Pit, now: Micros): void {
  const { followers } = pit
  for (let i = 0; i < followers.length; ) {
    if (followers.due_us[i]! > now) {
      i++
      continue
    }
    const buys = followers.buys[i] === 1
    followers.length--
    followers.due_us[i] = followers.due_us[followers.length]!
    followers.buys[i] = followers.buys[followers.length]!
    trade(takers, pit, buys, now)
  }
}

/** When the next follower comes; Infinity for none. */
export function nextFollower({ followers }: Pit.Pit): Micros {
  let due = Number.POSITIVE_INFINITY
  for (let i = 0; i < followers.length; i++) if (followers.due_us[i]! < due) due = followers.due_us[i]!
  return due
}

/** Informed takers look at the book: what is further from their value than the edge is taken. */
export function look(takers: Takers, pit: Pit.Pit, now: Micros): void {
  const { config, rng, steps } = takers
  const { book } = pit.exchange.orders
  const edge = config.informed_edge * CENT
  const late = Math.max(0, 1 - Math.max(0, Pit.secondsLeft(pit, now)) / RUSH_S)
  const rush = 1 + (config.rush - 1) * late
  for (let i = 0; i < steps.length; i++) {
    if (now < pit.ready_us[i]!) continue
    const value = Pit.worth(pit, steps[i]!, 0)
    // Near the ends of the range fees are small, and so is what can be gained.
    const wanted = Math.min(edge, edge * 4 * (value / ONE) * (1 - value / ONE) + CENT / 4)
    const buys = book.best_ask >= 0 && value - book.best_ask >= wanted
    if (!buys && !(book.best_bid >= 0 && book.best_bid - value >= wanted)) continue
    const size = lots(rush * Draw.lognormal(rng, config.informed_shares, INFORMED_SPREAD))
    const limit = buys ? Math.floor(value - wanted) : Math.ceil(value + wanted)
    send(takers, pit, Pit.INFORMED + i, buys, limit, size, now)
    pit.ready_us[i] = now + Draw.exponential(rng, (config.informed_rest_ms / rush) * MS)
  }
}

function trade(takers: Takers, pit: Pit.Pit, buys: boolean, now: Micros): void {
  const { rng, config } = takers
  const { book } = pit.exchange.orders
  const touch = buys ? book.best_ask : book.best_bid
  if (touch < 0) return
  pit.last_buys = buys
  const paid = Math.max(CENT, buys ? touch : ONE - touch) / ONE
  const shares = Math.max(SHARES_MIN, Draw.lognormal(rng, config.usd, USD_SPREAD) / paid)
  const reach = Rng.below(rng, 3) * CENT
  send(takers, pit, Pit.CROWD, buys, buys ? touch + reach : touch - reach, lots(shares), now)
}

/** Match an order of a taker, tell of it, and see whether another follows. */
function send(
  takers: Takers,
  pit: Pit.Pit,
  owner: number,
  buys: boolean,
  limit: Tick,
  size: MicroShares,
  now: Micros,
): void {
  const { rng, config } = takers
  const { exchange, channel, followers } = pit
  const free = buys ? Accounts.freeDown(exchange.accounts, owner) : Accounts.freeUp(exchange.accounts, owner)
  const sells = free >= size && Draw.chance(rng, config.sells)
  if (Exchange.take(exchange, owner, buys, sells, limit, size) === 0) return
  Channel.trade(channel, buys, sells, now)
  if (!Draw.chance(rng, config.followed) || followers.length === followers.due_us.length) return
  followers.due_us[followers.length] = now + Draw.lognormal(rng, config.follow_ms, FOLLOW_SPREAD) * MS
  followers.buys[followers.length] = Draw.chance(rng, config.persistence) === buys ? 1 : 0
  followers.length++
}

function lots(shares: number): MicroShares {
  return Math.max(1, Math.round((shares * MICRO) / Accounts.LOT)) * Accounts.LOT
}

/** When the next taker without information arrives. */
export function schedule(takers: Takers, pit: Pit.Pit, now: Micros): void {
  pit.taker_due_us = now + Draw.exponential(takers.rng, SECOND / (takers.config.per_s * pit.pace))
}
