import { type Columns, Feed, Flag, Kind, Side } from '../core/events/index.ts'
import { ln } from '../core/numerics/index.ts'
import { Rng } from '../core/random/index.ts'
import { ONE } from '../core/units/index.ts'

/**
 * One market's book as a recorder would have seen it, made up: message by message, on a grid of whole cents, both outcomes
 * in turn. The numbers below are those of the shipped recording (`datasets/`), counted over its 125,000 messages; it has no
 * trades, so their share is a guess.
 */
export type MadeBook = {
  readonly rng: Rng.Rng
  /** Sizes by Up cents, in 0.01 shares; 0 where there is no level. */
  readonly bids: Float64Array
  readonly asks: Float64Array
  /** Best bid, in Up cents; the best ask is one above it. */
  bid: number
}

/** Level changes of a message: geometric, so that one, seven and twenty are all common. */
const CHANGES_MEAN = 12
/** Share of sides whose changes begin at the touch; mean distance from one changed level to the next, in cents, less one. */
const TOUCH_FIRST_SHARE = 0.75
const STEP_MEAN = 0.9
/** Mean size of a level, and of a change of it, in 0.01 shares. */
const SIZE_MEAN = 60_000
const CHANGE_MEAN = 6_000
/** Share of messages with a trade, and its mean size in 0.01 shares. */
const TRADE_SHARE = 0.35
const TRADE_MEAN = 2_500
/** Share of messages of the Down token, whose books mirror Up's. */
const DOWN_SHARE = 0.5
const CENT = ONE / 100
/** One hundredth of a share, in micro-shares. */
const LOT = 10_000
/** Rows that one message has at most: every level of both sides twice, and a trade. */
export const MESSAGE_ROWS_MAX = 400

/** An empty market. */
export function createBook(rng: Rng.Rng): MadeBook {
  return { rng, bids: new Float64Array(101), asks: new Float64Array(101), bid: 0 }
}

/** Where and when a message stands. */
export type Place = { local_us: number; exch_us: number; up: number; down: number }

/** The market's first message: the whole book, best bid at `bid` cents. */
export function open(book: MadeBook, to: Columns, place: Place, bid: number): void {
  book.bids.fill(0)
  book.asks.fill(0)
  book.bid = bid
  const message = begin(book, to, place)
  for (let at = 1; at < 100; at++) {
    const size = drawn(book.rng, SIZE_MEAN)
    if (at <= bid) level(book, message, Side.BID, at, size)
    else level(book, message, Side.ASK, at, size)
  }
  end(message)
}

/**
 * A message after the first: perhaps a trade, perhaps the touch moves to `bid`, and changes of levels outwards from it.
 * Levels that the touch left behind go last, so that the book is crossed inside the message.
 */
export function speak(book: MadeBook, to: Columns, place: Place, bid: number): void {
  const { rng } = book
  const message = begin(book, to, place)
  if (Rng.uniform(rng) < TRADE_SHARE) trade(book, message)
  const before = book.bid
  book.bid = bid
  for (let at = before + 1; at <= bid; at++) level(book, message, Side.BID, at, drawn(rng, SIZE_MEAN))
  for (let at = bid + 1; at <= before; at++) level(book, message, Side.ASK, at, drawn(rng, SIZE_MEAN))
  const wanted = Math.floor(-ln(1 - Rng.uniform(rng)) * CHANGES_MEAN)
  const bids = Math.round(wanted * Rng.uniform(rng))
  changes(book, message, Side.BID, bids)
  changes(book, message, Side.ASK, wanted - bids)
  for (let at = before + 1; at <= bid; at++) level(book, message, Side.ASK, at, 0)
  for (let at = bid + 1; at <= before; at++) level(book, message, Side.BID, at, 0)
  // A message in which nothing changed is a proof of life.
  if (to.length === message.first) put(message, Kind.ALIVE, Side.NONE, 0, 0)
  end(message)
}

type Message = { to: Columns; place: Place; instrument: number; down: boolean; first: number }

function begin(book: MadeBook, to: Columns, place: Place): Message {
  const down = Rng.uniform(book.rng) < DOWN_SHARE
  return { to, place, instrument: down ? place.down : place.up, down, first: to.length }
}

function end({ to }: Message): void {
  to.flags[to.length - 1] = Flag.LAST
}

/** A print at the touch, and the level it took from, never emptied by it alone. */
function trade(book: MadeBook, message: Message): void {
  const buys = Rng.uniform(book.rng) < 0.5
  const at = buys ? book.bid + 1 : book.bid
  const sizes = buys ? book.asks : book.bids
  if (at < 1 || at > 99 || sizes[at]! <= 1) return
  const size = Math.min(drawn(book.rng, TRADE_MEAN), sizes[at]! - 1)
  const taker = buys !== message.down ? Side.BUY : Side.SELL
  put(message, Kind.TRADE, taker, priceOf(message, at), size * LOT)
  level(book, message, buys ? Side.ASK : Side.BID, at, sizes[at]! - size)
}

/** So many changes of a side, as far as it reaches, from the touch outwards. */
function changes(book: MadeBook, message: Message, side: 1 | 2, count: number): void {
  const { rng } = book
  let offset = Rng.uniform(rng) < TOUCH_FIRST_SHARE ? 0 : farther(rng)
  for (let made = 0; made < count; made++) {
    const at = side === Side.BID ? book.bid - offset : book.bid + 1 + offset
    if (at < 1 || at > 99) return
    change(book, message, side, at)
    offset += farther(rng)
  }
}

function change(book: MadeBook, message: Message, side: 1 | 2, at: number): void {
  const now = (side === Side.BID ? book.bids : book.asks)[at]!
  const by = drawn(book.rng, CHANGE_MEAN)
  const up = now <= by || Rng.uniform(book.rng) < 0.5
  level(book, message, side, at, up ? now + by : now - by)
}

/** Set one level in the book and say so, in the terms of the message's token. */
function level(book: MadeBook, message: Message, side: 1 | 2, at: number, size: number): void {
  const sizes = side === Side.BID ? book.bids : book.asks
  if (sizes[at] === size) return
  sizes[at] = size
  const own = message.down ? 3 - side : side
  put(message, Kind.LEVEL, own, priceOf(message, at), size * LOT)
}

function priceOf({ down }: Message, at: number): number {
  return (down ? 100 - at : at) * CENT
}

function put(message: Message, kind: number, side: number, price: number, size: number): void {
  const { to, place, instrument } = message
  const row = to.length++
  to.local_us[row] = place.local_us
  to.exch_us[row] = place.exch_us
  to.seq[row] = 0
  to.price[row] = price
  to.size[row] = size
  to.instrument[row] = instrument
  to.ref[row] = 0
  to.kind[row] = kind
  to.feed[row] = Feed.CLOB_MARKET
  to.side[row] = side
  to.flags[row] = 0
}

/** An exponential size in hundredths, at least one. */
function drawn(rng: Rng.Rng, mean: number): number {
  return 1 + Math.floor(-ln(1 - Rng.uniform(rng)) * mean)
}

/** Cents from one changed level to the next, at least one. */
function farther(rng: Rng.Rng): number {
  return 1 + Math.floor(-ln(1 - Rng.uniform(rng)) * STEP_MEAN)
}
