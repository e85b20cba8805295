import { ASK, BID, type Book, clear, create as createBook, set } from '../book/book.ts'
import { ALL_INSTRUMENTS, type Columns, carriesBooks, Flag, Kind } from '../events/index.ts'
import * as Resting from '../exchange/resting.ts'
import { MarketFeed } from '../markets/index.ts'
import { type Micros, ONE } from '../units/index.ts'
import * as Assets from './assets.ts'
import { decideAsset, decideMarket } from './decide.ts'
import { markDirty } from './dirty.ts'
import type { Machine } from './machine.ts'
import { onOther } from './other-rows.ts'
import { Trigger } from './records.ts'
import { resolveAsset } from './resolve.ts'
import * as Settlers from './settlers.ts'
import { beginSilence, endSilence } from './silence.ts'
import { Phase } from './state.ts'

/**
 * Apply the rows of a tape from `from` to the end of their message, or to `end` where the message goes on. HOT: books
 * change, what they grant is noted; nothing is decided or filled before the message is whole, see {@link endMessage}.
 *
 * @param end one past the last row at hand; more than `from`
 * @returns the row after the last one applied
 */
export function applyRows(m: Machine, columns: Columns, from: number, end: number, now: Micros): number {
  const { kind, flags } = columns
  let row = from
  m.group.inside = true
  do {
    if (kind[row] === Kind.LEVEL) row = levels(m, columns, row, end, now)
    else applyOther(m, columns, row++, now)
  } while (row < end && (flags[row - 1]! & Flag.LAST) === 0)
  m.group.inside = false
  return row
}

function applyOther(m: Machine, columns: Columns, row: number, now: Micros): void {
  const kind = columns.kind[row]!
  const instrument = columns.instrument[row]!
  if (kind === Kind.QUOTE || kind === Kind.PRINT || kind === Kind.ORACLE) {
    const asset = m.asset_of_instrument[instrument]!
    if (asset < 0) return
    if (kind !== Kind.QUOTE) settles(m, columns, row, asset, now)
    // A trade of before the connection, told again by it: no price of now.
    if (kind === Kind.PRINT && (columns.flags[row]! & Flag.SNAPSHOT) !== 0) return
    const changed = Assets.onRow(
      m,
      asset,
      kind,
      instrument,
      columns.price[row]!,
      columns.size[row]!,
      now,
      columns.exch_us[row]!,
    )
    if (changed) m.group.asset = asset
  } else if (kind === Kind.TRADE) trade(m, columns, row, instrument, now)
  else if (kind === Kind.ALIVE) touch(m, m.market_of_instrument[instrument]!)
  else if (kind === Kind.TICK_SIZE) tickSize(m, columns, row, instrument)
  else if (kind === Kind.BOOK_RESET) reset(m, instrument, now)
  else if (kind === Kind.FEED_DOWN) feedDown(m, columns.feed[row]!, instrument, now)
  else if (kind !== Kind.FEED_UP) onOther(m, columns, row, now)
}

/** A value that windows of its asset may settle by. */
function settles(m: Machine, columns: Columns, row: number, asset: number, now: Micros): void {
  const { price, size, exch_us, kind, instrument } = columns
  if (m.state.settlers[instrument[row]!] === null || !(price[row]! > 0)) return
  const stamp_us = exch_us[row]! > 0 ? exch_us[row]! : now
  const trade = kind[row] === Kind.PRINT
  const rest = trade ? 0 : size[row]!
  if (Settlers.onRow(m, instrument[row]!, price[row]!, rest, now, stamp_us, trade)) m.group.settling = asset
}

/** The message is whole: fills are checked, silence ends, what changed is to be decided on. */
export function endMessage(m: Machine, now: Micros): void {
  const { group } = m
  const market = group.market
  if (market >= 0) {
    closeMarket(m, market, group.changed, now)
    if (group.others.length > 0) {
      for (const other of group.others) closeMarket(m, other, true, now)
      group.others.length = 0
    }
    group.market = -1
    group.changed = false
  }
  if (group.settling >= 0) {
    const asset = group.settling
    group.settling = -1
    resolveAsset(m, asset, now)
  }
  if (group.asset >= 0) {
    const asset = group.asset
    group.asset = -1
    decideAsset(m, asset, Trigger.REGIME)
  }
  if (group.deferred.length > 0) decideDeferred(m)
}

/** What a row called for half-way through its message is decided on now that the message is whole. */
function decideDeferred(m: Machine): void {
  const { deferred } = m.group
  for (let i = 0; i < deferred.length; i += 2) decideMarket(m, deferred[i]!, deferred[i + 1]!)
  deferred.length = 0
}

function closeMarket(m: Machine, market: number, changed: boolean, now: Micros): void {
  const feed = m.state.feeds[market]!
  MarketFeed.onMessage(feed, now)
  if (m.state.phase[market] === Phase.RESOLVED) return
  const spoke = feed.silent
  if (spoke) endSilence(m, market, now)
  if (m.venue !== null && feed.book !== null) Resting.onMessage(m.venue, market, now)
  if (changed) {
    feed.changed_us = now
    markDirty(m, market)
  }
  if (spoke) decideMarket(m, market, Trigger.GAP)
}

/**
 * Set the levels of one token that follow each other in a message: nearly all rows are these, so what is the same for all
 * of them is looked up once. HOT.
 *
 * @returns the row after the last one set
 */
function levels(m: Machine, columns: Columns, from: number, end: number, now: Micros): number {
  const { kind, flags, instrument, side, price, size, exch_us } = columns
  const token = instrument[from]!
  const market = m.market_of_instrument[token]!
  const book = market < 0 ? null : bookOf(m, market)
  const mirrored = m.outcome_of_instrument[token] === 1
  const venue = m.venue !== null && book !== null && Resting.listens(m.venue, market) ? m.venue : null
  if (book !== null) m.state.feeds[market]!.unsized = (flags[from]! & Flag.INFERRED) !== 0
  let changed = false
  let row = from
  do {
    if (book !== null) {
      const at = mirrored ? ONE - price[row]! : price[row]!
      const canonical = (side[row] === BID) === mirrored ? ASK : BID
      const next = size[row]!
      const before = set(book, canonical, at, next)
      if (before !== next) {
        changed = true
        if (venue !== null) Resting.onLevel(venue, market, canonical, at, before, next, exch_us[row]!, now)
      }
    }
    row++
  } while (
    row < end &&
    (flags[row - 1]! & Flag.LAST) === 0 &&
    kind[row] === Kind.LEVEL &&
    instrument[row] === token
  )
  if (changed) m.group.changed = true
  return row
}

/** The book that a market's levels go into, made with its first one; null once the market is done. */
function bookOf(m: Machine, market: number): Book | null {
  touch(m, market)
  const feed = m.state.feeds[market]!
  if (feed.book === null && m.state.phase[market] !== Phase.RESOLVED)
    feed.book = m.spare_books.pop() ?? createBook()
  return feed.book
}

function trade(m: Machine, columns: Columns, row: number, instrument: number, now: Micros): void {
  const market = m.market_of_instrument[instrument]!
  if (market < 0) return
  touch(m, market)
  if (m.state.phase[market] === Phase.RESOLVED) return
  m.state.feeds[market]!.prints++
  m.group.changed = true
  if (m.venue === null) return
  const down = m.outcome_of_instrument[instrument] === 1
  const side = columns.side[row]! as 1 | 2
  const price = columns.price[row]!
  Resting.onTrade(
    m.venue,
    market,
    down ? (side === 1 ? 2 : 1) : side,
    down ? ONE - price : price,
    columns.size[row]!,
    columns.exch_us[row]!,
    now,
  )
}

function tickSize(m: Machine, columns: Columns, row: number, instrument: number): void {
  const market = m.market_of_instrument[instrument]!
  if (market < 0) return
  touch(m, market)
  m.state.feeds[market]!.tick = columns.price[row]!
  m.group.changed = true
}

/** The book is void: what follows may have missed anything, so that what rests is exposed as after a gap. */
function reset(m: Machine, instrument: number, now: Micros): void {
  const market = m.market_of_instrument[instrument]!
  if (market < 0) return
  touch(m, market)
  const book = m.state.feeds[market]!.book
  if (book !== null) clear(book)
  if (m.venue !== null) Resting.onReset(m.venue, market, now)
  m.group.changed = true
}

/** A feed of books was lost: known at once, unlike silence. */
function feedDown(m: Machine, feed: number, instrument: number, now: Micros): void {
  if (!carriesBooks(feed)) return
  const all = instrument === ALL_INSTRUMENTS
  const named = all ? -1 : m.market_of_instrument[instrument]!
  for (const market of m.state.active) {
    if ((all || named === market) && !m.state.feeds[market]!.silent) beginSilence(m, market, now)
  }
}

/** Note that the present message is about `market`. */
function touch(m: Machine, market: number): void {
  const { group } = m
  if (group.market === market || market < 0) return
  if (group.market < 0) group.market = market
  else if (!group.others.includes(market)) group.others.push(market)
}
