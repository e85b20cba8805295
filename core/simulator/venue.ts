import type { Section, Values } from '../config/index.ts'
import { Feed, Flag, Kind, Side } from '../events/index.ts'
import { exp2 } from '../numerics/index.ts'
import type { Rng } from '../random/index.ts'
import { E8_ONE, type Micros, MS, SECOND } from '../units/index.ts'
import * as Draw from './draws.ts'
import * as Wire from './wire.ts'

/** The exchanges whose prices are recorded (section `sim_venues`). */
export const settings = {
  binance_quotes: rate(12, 'Quotes of Binance.'),
  binance_prints: rate(8, 'Trades of Binance.'),
  coinbase_quotes: rate(6, 'Quotes of Coinbase.'),
  coinbase_prints: rate(3, 'Trades of Coinbase.'),
  kraken_quotes: rate(3, 'Quotes of Kraken.'),
  kraken_prints: rate(0.7, 'Trades of Kraken.'),
  basis_bp: {
    type: 'number',
    default: 1.5,
    min: 0,
    max: 100,
    unit: 'bp',
    doc: "Standard deviation of each exchange's slow distance from the true price.",
  },
  basis_half_life_s: {
    type: 'number',
    default: 600,
    min: 1,
    max: 1_000_000,
    unit: 's',
    doc: 'Half-life of that distance.',
  },
  noise_bp: {
    type: 'number',
    default: 0.12,
    min: 0,
    max: 100,
    unit: 'bp',
    doc: 'Standard deviation of what a single quote is off.',
  },
  binance_latency_ms: latency(45, 'Binance'),
  coinbase_latency_ms: latency(18, 'Coinbase'),
  kraken_latency_ms: latency(35, 'Kraken'),
} as const satisfies Section

function rate(value: number, doc: string) {
  return { type: 'number', default: value, min: 0.01, max: 10_000, unit: '1/s', doc } as const
}

function latency(value: number, name: string) {
  const doc = `Median time of a message of ${name} on its way; the logarithm deviates by 0.4.`
  return { type: 'number', default: value, min: 0.1, max: 10_000, unit: 'ms', doc } as const
}

/** What is particular about an exchange. Sizes in BTC, prices in USD. */
type Manners = {
  name: 'binance' | 'coinbase' | 'kraken'
  feed: number
  tick: number
  half_spread: number
  print_btc: number
  /** The exchange stamps its quotes. */
  stamps_quotes: boolean
}

/** The exchanges, in the order of their lines. */
export const VENUES: readonly Manners[] = [
  {
    name: 'binance',
    feed: Feed.BINANCE,
    tick: 0.01,
    half_spread: 0.005,
    print_btc: 0.004,
    stamps_quotes: false,
  },
  {
    name: 'coinbase',
    feed: Feed.COINBASE,
    tick: 0.01,
    half_spread: 0.6,
    print_btc: 0.003,
    stamps_quotes: true,
  },
  { name: 'kraken', feed: Feed.KRAKEN, tick: 0.1, half_spread: 1.2, print_btc: 0.006, stamps_quotes: true },
]

/** Deviation of the logarithm of latencies and of sizes of trades. */
export const LATENCY_SPREAD = 0.4
const SIZE_SPREAD = 1.6

/** One exchange as it is seen. */
export type Venue = {
  rng: Rng.Rng
  line: number
  instrument: number
  feed: number
  tick: number
  half_spread: number
  print_btc: number
  stamps_quotes: boolean
  /** Share of the true price that it is off, slowly. */
  basis: number
  basis_deviation: number
  basis_us: Micros
  moved_us: Micros
  noise: number
  quote_us: Micros
  print_us: Micros
  quote_due_us: Micros
  print_due_us: Micros
  /** Price of the last trade in 1e-8 USD, 0 before any. */
  last_e8: number
}

const BP = 1e-4

/** An exchange before its first message. */
export function create(
  rng: Rng.Rng,
  manners: Manners,
  line: number,
  instrument: number,
  config: Values<typeof settings>,
  now: Micros,
): Venue {
  const quote_us = SECOND / config[`${manners.name}_quotes`]
  const print_us = SECOND / config[`${manners.name}_prints`]
  const deviation = config.basis_bp * BP
  return {
    rng,
    line,
    instrument,
    feed: manners.feed,
    tick: manners.tick,
    half_spread: manners.half_spread,
    print_btc: manners.print_btc,
    stamps_quotes: manners.stamps_quotes,
    basis: deviation * Draw.normal(rng),
    basis_deviation: deviation,
    basis_us: config.basis_half_life_s * SECOND,
    moved_us: now,
    noise: config.noise_bp * BP,
    quote_us,
    print_us,
    quote_due_us: now + Draw.exponential(rng, quote_us),
    print_due_us: now + Draw.exponential(rng, print_us),
    last_e8: 0,
  }
}

/** A quote around the price that is true now. HOT. */
export function quote(venue: Venue, line: Wire.Line, price: number, now: Micros): void {
  venue.quote_due_us = now + Draw.exponential(venue.rng, venue.quote_us)
  const middle = seen(venue, price, now)
  const bid = onTick(venue, middle - venue.half_spread, Math.floor)
  const ask = Math.max(onTick(venue, middle + venue.half_spread, Math.ceil), bid + stepOf(venue))
  const at = Wire.send(line, now)
  const stamp = venue.stamps_quotes ? stampOf(now) : 0
  Wire.put(line, at, stamp, Kind.QUOTE, venue.instrument, 0, bid, ask, Flag.LAST)
}

/** A trade at one side of that quote. HOT. */
export function print(venue: Venue, line: Wire.Line, price: number, now: Micros): void {
  const { rng } = venue
  venue.print_due_us = now + Draw.exponential(rng, venue.print_us)
  const buys = Draw.chance(rng, 0.5)
  const middle = seen(venue, price, now)
  const paid = buys
    ? onTick(venue, middle + venue.half_spread, Math.ceil)
    : onTick(venue, middle - venue.half_spread, Math.floor)
  const btc = Math.max(1_000, Math.round(E8_ONE * Draw.lognormal(rng, venue.print_btc, SIZE_SPREAD)))
  venue.last_e8 = paid
  const at = Wire.send(line, now)
  const side = buys ? Side.BUY : Side.SELL
  Wire.put(line, at, stampOf(now), Kind.PRINT, venue.instrument, side, paid, btc, Flag.LAST)
}

/** The price as the exchange has it: a slow distance that falls back to nothing, and noise. */
function seen(venue: Venue, price: number, now: Micros): number {
  const keep = exp2(-(now - venue.moved_us) / venue.basis_us)
  venue.moved_us = now
  const fresh = venue.basis_deviation * Math.sqrt(1 - keep * keep) * Draw.normal(venue.rng)
  venue.basis = keep * venue.basis + fresh
  return price * (1 + venue.basis + venue.noise * Draw.normal(venue.rng))
}

function stepOf(venue: Venue): number {
  return Math.round(venue.tick * E8_ONE)
}

function onTick(venue: Venue, usd: number, round: (x: number) => number): number {
  return round(usd / venue.tick) * stepOf(venue)
}

/** Exchanges stamp in whole milliseconds. */
export function stampOf(now: Micros): Micros {
  return Math.floor(now / MS) * MS
}
