import type { ReferenceProfile } from '../core/events/index.ts'
import { allocate, type Columns, Feed, Flag, type Instruments, Kind } from '../core/events/index.ts'
import { exp, ln, normalCdf } from '../core/numerics/index.ts'
import { Rng } from '../core/random/index.ts'
import { MINUTE, MS, SECOND } from '../core/units/index.ts'
import { createBook, type MadeBook, MESSAGE_ROWS_MAX, open, speak } from './made-market.ts'

/**
 * A tape of any length: five-minute windows that follow each other, their books (made-market.ts), and four reference series
 * that move with them. Times between messages are those of the shipped recording in bursts: half of them a few milliseconds
 * apart, the rest eighty on average, now and then a silence long enough to be a gap.
 */

/** 10 September 2026, 00:00 UTC: the newest rules there are: settlement by TWAP, a taker hold, fees in USDC. */
const START_US = 1_789_084_800 * SECOND
const WINDOW_US = 5 * MINUTE
/** The series run before the first window, so that volatility is warm and the mean whole. */
const LEAD_US = 4 * MINUTE
const LATENCY_US = 30 * MS
const BURST_SHARE = 0.5
const BURST_MEAN_US = 8 * MS
const PAUSE_MEAN_US = 150 * MS
const SILENCE_SHARE = 1 / 4_000
const SILENCE_US = 7 * SECOND
/** Quotes a second of the fast series. */
const QUOTE_MEAN_US = 250 * MS
const LOOKBACK_S = 60
const VOLATILITY = 5e-5
/** Share of messages at which the touch may move. */
const MOVE_SHARE = 0.33

const Series = { SPOT: 0, TWAP: 1, QUOTE: 2 } as const
const SERIES = 3

/** Instruments of a tape of so many windows. */
export function instrumentsOf(windows: number): Instruments {
  const instruments: Instruments = { markets: [], instruments: [] }
  for (const [name, venue] of [
    ['chainlink-spot', 'chainlink'],
    ['chainlink-twap', 'chainlink'],
    ['binance', 'binance'],
  ] as const)
    instruments.instruments.push({ kind: 'series', name, asset: 'btc', venue, unit: 'usd_e8' })
  for (let w = 0; w < windows; w++) {
    const start_us = START_US + w * WINDOW_US
    instruments.markets.push({
      slug: `btc-updown-5m-${start_us / SECOND}`,
      asset: 'btc',
      series: '5m',
      start_us,
      end_us: start_us + WINDOW_US,
      created_us: null,
      condition_id: null,
      tick: null,
      min_size: null,
      fee: null,
      settlement: null,
      taker_hold_ms: null,
    })
    instruments.instruments.push({ kind: 'token', market: w, outcome: 'up', token_id: `${w}-up` })
    instruments.instruments.push({ kind: 'token', market: w, outcome: 'down', token_id: `${w}-down` })
  }
  return instruments
}

/** Which series plays which role. */
export const PROFILE: ReferenceProfile = {
  name: 'made-for-bench',
  settlement: 'chainlink-twap',
  spot: 'chainlink-spot',
  fast: ['binance'],
  bar_s: 0,
  stale_ms: 5_000,
  min_venues: 1,
  notes: ['Made by bench/made-tape.ts: nothing in it was ever traded.'],
  overrides: {},
}

/** What makes a tape, between two rows. */
export type Maker = {
  readonly to: Columns
  readonly rng: Rng.Rng
  readonly book: MadeBook
  /** The last minute of the spot series, a ring by second. */
  readonly minute: Float64Array
  spot: number
  strike: number
  /** Window that trades, −1 before the first. */
  window: number
  /** How far the market's own opinion is from the model's, in cents. */
  lean: number
  message_us: number
  second_us: number
  quote_us: number
}

/** Rows of a chunk, at least. */
const CHUNK_ROWS = 32_768

/** A tape before its first row; the same seed gives the same rows on every machine. */
export function createMaker(seed: number): Maker {
  const rng = Rng.create(seed, 90)
  const first_us = START_US - LEAD_US
  return {
    to: allocate(CHUNK_ROWS + MESSAGE_ROWS_MAX),
    rng,
    book: createBook(rng),
    minute: new Float64Array(LOOKBACK_S).fill(70_000),
    spot: 70_000,
    strike: 70_000,
    window: -1,
    lean: 0,
    message_us: START_US + 200 * MS,
    second_us: first_us,
    quote_us: first_us,
  }
}

/**
 * Make at least so many rows, up to the end of a message, chunk by chunk: a chunk is good until the next. Afterwards
 * `maker.window` is the index of the last window.
 */
export function* rowsOf(maker: Maker, rows: number): Generator<Columns> {
  let made = 0
  while (made + maker.to.length < rows) {
    step(maker)
    if (maker.to.length < CHUNK_ROWS) continue
    made += number(maker.to, made)
    yield maker.to
    maker.to.length = 0
  }
  number(maker.to, made)
  if (maker.to.length > 0) yield maker.to
}

/** Rows are numbered as they will lie on the tape. */
function number(columns: Columns, from: number): number {
  for (let row = 0; row < columns.length; row++) columns.seq[row] = from + row
  return columns.length
}

/** Whatever comes next: a second of the oracle, a quote of the fast venue, a message of the market. */
function step(maker: Maker): void {
  const { message_us, quote_us, second_us } = maker
  if (second_us <= quote_us && second_us <= message_us) second(maker)
  else if (quote_us <= message_us) quote(maker)
  else message(maker)
}

function second(maker: Maker): void {
  const at = maker.second_us
  const { minute } = maker
  maker.spot *= exp(VOLATILITY * normal(maker.rng))
  minute[(at / SECOND) % LOOKBACK_S] = maker.spot
  let sum = 0
  for (let i = 0; i < LOOKBACK_S; i++) sum += minute[i]!
  price(maker, Kind.ORACLE, Feed.RTDS, Series.SPOT, at, maker.spot, 0)
  price(maker, Kind.ORACLE, Feed.RTDS, Series.TWAP, at, sum / LOOKBACK_S, 0)
  maker.second_us += SECOND
}

function quote(maker: Maker): void {
  const bid = maker.spot * (1 + 2e-5 * (Rng.uniform(maker.rng) - 0.5))
  price(maker, Kind.QUOTE, Feed.BINANCE, Series.QUOTE, maker.quote_us, bid, bid + 0.1)
  maker.quote_us += wait(maker.rng, QUOTE_MEAN_US)
}

function message(maker: Maker): void {
  const { rng, book, to } = maker
  const exch_us = maker.message_us
  const window = Math.floor((exch_us - START_US) / WINDOW_US)
  const place = {
    local_us: exch_us + LATENCY_US,
    exch_us: exch_us - (exch_us % MS),
    up: SERIES + 2 * window,
    down: SERIES + 2 * window + 1,
  }
  if (window !== maker.window) {
    maker.window = window
    maker.strike = maker.spot
    maker.lean = 0
    open(book, to, place, 49)
  } else speak(book, to, place, Rng.uniform(rng) < MOVE_SHARE ? touch(maker, exch_us) : book.bid)
  const silent = Rng.uniform(rng) < SILENCE_SHARE ? SILENCE_US : 0
  maker.message_us += silent + wait(rng, Rng.uniform(rng) < BURST_SHARE ? BURST_MEAN_US : PAUSE_MEAN_US)
}

/** The best bid in cents: the model's probability and a wandering opinion, a few cents at a time. */
function touch(maker: Maker, at_us: number): number {
  const { book, rng } = maker
  const left_s = (START_US + (maker.window + 1) * WINDOW_US - at_us) / SECOND
  const z = ln(maker.spot / maker.strike) / (VOLATILITY * Math.sqrt(Math.max(left_s - 40, 3)))
  maker.lean = 0.9 * maker.lean + 1.5 * normal(rng)
  const wanted = Math.round(100 * normalCdf(z) + maker.lean - 0.5)
  const near = Math.min(book.bid + 3, Math.max(book.bid - 3, wanted))
  return Math.min(97, Math.max(2, near))
}

/** A reference row: a message of its own. Prices in USD; the oracle's carry 18 decimals, of which the last ten are 0 here. */
function price(
  { to }: Maker,
  kind: number,
  feed: number,
  series: number,
  exch_us: number,
  first: number,
  second: number,
): void {
  const row = to.length++
  to.local_us[row] = exch_us + LATENCY_US
  to.exch_us[row] = exch_us
  to.price[row] = Math.round(first * 1e8)
  to.size[row] = Math.round(second * 1e8)
  to.instrument[row] = series
  to.ref[row] = 0
  to.kind[row] = kind
  to.feed[row] = feed
  to.side[row] = 0
  to.flags[row] = Flag.LAST
}

/** Whole microseconds, exponential, at least one. */
function wait(rng: Rng.Rng, mean_us: number): number {
  return 1 + Math.floor(-ln(1 - Rng.uniform(rng)) * mean_us)
}

/** Near enough to normal: twelve uniforms. */
function normal(rng: Rng.Rng): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += Rng.uniform(rng)
  return sum
}
