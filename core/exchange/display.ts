import * as Book from '../book/module.ts'
import type { MicroShares, Tick } from '../units/index.ts'
import * as Debits from './debits.ts'
import type { Exchange } from './state.ts'

/** What a level displays to us: what the tape shows there, less what we took and did not see come back. */

/** Shares of a level that a marketable order can take. */
export function toTakers(ex: Exchange, market: number, side: Book.BookSide, at: Tick): MicroShares {
  const shown = Book.size(ex.feeds[market]!.book!, side, at)
  return Math.max(0, shown - Debits.takenAt(ex.state.markets[market]!.taken, side, at))
}

/** Shares of a level that a resting order across it can be filled with: what was given up for slippage is not among them. */
export function toMakers(ex: Exchange, market: number, side: Book.BookSide, at: Tick): MicroShares {
  const { forgone } = ex.state.markets[market]!
  const given_up = forgone.price.length === 0 ? 0 : Debits.takenAt(forgone, side, at)
  return Math.max(0, toTakers(ex, market, side, at) - given_up)
}

/** A fill took `size` of a level. */
export function took(ex: Exchange, market: number, side: Book.BookSide, at: Tick, size: MicroShares): void {
  const venue = ex.state.markets[market]!
  const shown = Book.size(ex.feeds[market]!.book!, side, at)
  venue.displayed_shares += Debits.take(venue.taken, side, at, shown, size)
  venue.taken_shares += size
}

/** A resting order gives up the depth of a level that it did not get as a taker. */
export function giveUp(ex: Exchange, market: number, side: Book.BookSide, at: Tick): void {
  const left = toMakers(ex, market, side, at)
  if (left === 0) return
  const shown = Book.size(ex.feeds[market]!.book!, side, at)
  Debits.take(ex.state.markets[market]!.forgone, side, at, shown, left)
}

/** A message is whole: levels that it changed carry their debits on. HOT while we took something. */
export function onMessage(ex: Exchange, market: number, book: Book.Book): void {
  const { taken, forgone } = ex.state.markets[market]!
  if (taken.price.length > 0) Debits.carry(taken, book, ex.config.taken_depth)
  if (forgone.price.length > 0) Debits.carry(forgone, book, ex.config.taken_depth)
}

/** The book is void. */
export function onReset(ex: Exchange, market: number): void {
  const { taken, forgone } = ex.state.markets[market]!
  Debits.reset(taken)
  Debits.reset(forgone)
}

/** The market is over: nothing will be taken any more. */
export function forget(ex: Exchange, market: number): void {
  const { taken, forgone } = ex.state.markets[market]!
  Debits.clear(taken)
  Debits.clear(forgone)
}
