import * as Book from '../book/module.ts'
import { Flag, Kind, Side } from '../events/index.ts'
import { type Micros, ONE, type Tick } from '../units/index.ts'
import * as Exchange from './exchange.ts'
import * as LatePrints from './late-prints.ts'
import { stampOf } from './venue.ts'
import * as Wire from './wire.ts'

/**
 * The venue's market channel: what it tells of one market, to whoever listens. Both tokens' books are told, each in its own
 * terms; they are mirrors of each other.
 */
export type Channel = {
  line: Wire.Line
  exchange: Exchange.Exchange
  /** Instruments. */
  up: number
  down: number
  late: LatePrints.LatePrints
}

/** Deviation of the logarithm of the time that a message takes. */
export const LATENCY_SPREAD = 0.1

/** `price_change`: orders came or went; one message with both tokens' levels. */
export function priceChange(channel: Channel, now: Micros): void {
  const { line, exchange, up, down } = channel
  const { touched, orders } = exchange
  if (touched.length === 0) return
  const at = Wire.send(line, now)
  const stamp = stampOf(now)
  for (let i = 0; i < touched.length; i++) {
    const side = touched.side[i] as Book.BookSide
    const price = touched.price[i]!
    const size = Book.size(orders.book, side, price)
    Wire.put(line, at, stamp, Kind.LEVEL, up, side, price, size, 0)
    Wire.put(line, at, stamp, Kind.LEVEL, down, other(side), ONE - price, size, 0)
  }
  Wire.end(line)
  Exchange.forget(exchange)
}

/**
 * A taker's order was matched: a print for each price (`last_trade_price`), on the token that the taker traded, and a `book`
 * of each token, which mostly comes first. Of a `book` the rows are the levels that differ from before, as always.
 */
export function trade(channel: Channel, buys: boolean, sells: boolean, now: Micros): void {
  const { line, exchange, up, down, late } = channel
  const { prints } = exchange
  const stamp = stampOf(now)
  const on_up = buys !== sells
  const token = on_up ? up : down
  const side = sells ? Side.SELL : Side.BUY
  const due = LatePrints.dueAt(late, prints.length, now)
  for (let i = 0; i < prints.length; i++) {
    const price = on_up ? prints.price[i]! : ONE - prints.price[i]!
    if (due > now) LatePrints.wait(late, due, token, side, price, prints.size[i]!)
    else
      Wire.put(line, Wire.send(line, now), stamp, Kind.TRADE, token, side, price, prints.size[i]!, Flag.LAST)
  }
  changedBook(channel, now, false)
  changedBook(channel, now, true)
  Exchange.forget(exchange)
}

function changedBook(channel: Channel, now: Micros, mirrored: boolean): void {
  const { line, exchange } = channel
  const { touched } = exchange
  if (touched.length === 0) return
  const at = Wire.send(line, now)
  for (let i = 0; i < touched.length; i++)
    level(channel, mirrored, touched.side[i] as Book.BookSide, touched.price[i]!, 0, at, now)
  Wire.end(line)
}

/**
 * Whole books of both tokens, as a listener gets them who has just connected.
 *
 * @param again the listener had books before: they are void
 */
export function snapshot(channel: Channel, again: boolean, now: Micros): void {
  wholeBook(channel, false, again, now)
  wholeBook(channel, true, again, now)
}

function wholeBook(channel: Channel, mirrored: boolean, again: boolean, now: Micros): void {
  const { line, exchange } = channel
  const { book } = exchange.orders
  const token = mirrored ? channel.down : channel.up
  const at = Wire.send(line, now)
  // An empty book is a message too.
  const kind = again ? Kind.BOOK_RESET : Kind.ALIVE
  if (again || book.best_bid + book.best_ask === -2)
    Wire.put(line, at, stampOf(now), kind, token, 0, 0, 0, Flag.SNAPSHOT)
  for (let p = book.best_bid; p >= 0; p = Book.next(book, Book.BID, p))
    level(channel, mirrored, Book.BID, p, Flag.SNAPSHOT, at, now)
  for (let p = book.best_ask; p >= 0; p = Book.next(book, Book.ASK, p))
    level(channel, mirrored, Book.ASK, p, Flag.SNAPSHOT, at, now)
  Wire.end(line)
}

/** A row of a level as it stands, in a token's own terms. HOT. */
function level(
  { line, exchange, up, down }: Channel,
  mirrored: boolean,
  side: Book.BookSide,
  price: Tick,
  flags: number,
  at: Micros,
  now: Micros,
): void {
  const size = Book.size(exchange.orders.book, side, price)
  if (mirrored) Wire.put(line, at, stampOf(now), Kind.LEVEL, down, other(side), ONE - price, size, flags)
  else Wire.put(line, at, stampOf(now), Kind.LEVEL, up, side, price, size, flags)
}

/** `tick_size_change`, told of both tokens, and a `book` of each that changes nothing. */
export function tickSize(channel: Channel, tick: Tick, now: Micros): void {
  const { line, up, down } = channel
  const stamp = stampOf(now)
  for (const token of [up, down]) {
    Wire.put(line, Wire.send(line, now), stamp, Kind.TICK_SIZE, token, 0, tick, 0, Flag.LAST)
    Wire.put(line, Wire.send(line, now), stamp, Kind.ALIVE, token, 0, 0, 0, Flag.LAST)
  }
}

/** Prints that are due. */
export function latePrints({ line, late }: Channel, now: Micros): void {
  LatePrints.send(late, line, now, now)
}

/** All prints that still wait: the market is taken off. */
export function allPrints({ line, late }: Channel, now: Micros): void {
  LatePrints.send(late, line, Number.MAX_VALUE, now)
}

/** `market_resolved`. */
export function resolved(line: Wire.Line, up: number, payout: Tick, now: Micros): void {
  Wire.put(line, Wire.send(line, now), stampOf(now), Kind.RESOLVED, up, 0, payout, 0, Flag.LAST)
}

function other(side: Book.BookSide): Book.BookSide {
  return side === Book.BID ? Book.ASK : Book.BID
}
