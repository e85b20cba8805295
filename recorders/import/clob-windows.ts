import { Feed, Flag, type Instrument, Kind, type Market } from '../../core/events/index.ts'
import { type Micros, ONE, type Tick } from '../../core/units/index.ts'
import type { BookMessage } from '../clob/book-message.ts'
import { createMarketBook, type MarketBook, midOf, replaceBook } from '../clob/market-book.ts'
import { END_COVERED_US } from './assignment.ts'
import type { RowSink } from './row-sink.ts'
import { LAST_MID_US } from './windows.ts'

/** One market of a recording while it is read. Mids are in the terms of the first recorded token, NaN unknown. */
export type Window = {
  market: Market
  /** Capture session it was first heard of in. */
  session: number
  /** Index in the dataset; −1 when its start lies outside the range asked for. */
  index: number
  /** When each was heard of first and last. */
  tokens: { token_id: string; instrument: number; first_us: Micros; last_us: Micros }[]
  book: MarketBook
  /** Stamp of the last message. */
  exch_us: Micros
  tick: Tick
  tick_stated: boolean
  /** Last mid with both sides. */
  mid: number
  /** Mid within the last 10 s or after, the last one known where a side was empty. */
  last_mid: number
  /** What the book said from 5 s before the end on; the one side's touch where the other is empty. */
  end_mid: number
}

/** What was met on the way, for the manifest. */
export type Findings = {
  /** Messages of both tokens with one venue time, those of them that are mirrors, and windows with one that is not. */
  pairs: number
  pairs_equal: number
  unequal: Set<string>
  ticks_stated: number
  ticks_inferred: number
  tick_markets: Set<string>
  unchanged: number
}

/** The markets of a recording by slug, and the side tables that grow with them. */
export type Windows = {
  bySlug: Map<string, Window>
  markets: Market[]
  instruments: Instrument[]
  findings: Findings
}

/** The venue's default tick where no message says otherwise (rules by date). */
const DEFAULT_TICK: Tick = 100
/** Finer grids tried where a level lies off the known one; every price lies on the last. */
const FINER: readonly Tick[] = [100, 10, 1]

/** No markets yet; `instruments` start with those given. */
export function createWindows(instruments: Instrument[]): Windows {
  return {
    bySlug: new Map(),
    markets: [],
    instruments,
    findings: {
      pairs: 0,
      pairs_equal: 0,
      unequal: new Set(),
      ticks_stated: 0,
      ticks_inferred: 0,
      tick_markets: new Set(),
      unchanged: 0,
    },
  }
}

/**
 * Add the window of a market met for the first time.
 *
 * @param wanted whether its rows go onto the tape
 */
export function addWindow(windows: Windows, market: Market, session: number, wanted: boolean): Window {
  const window: Window = {
    market,
    session,
    index: wanted ? windows.markets.push(market) - 1 : -1,
    tokens: [],
    book: createMarketBook(),
    exch_us: Number.NaN,
    tick: DEFAULT_TICK,
    tick_stated: false,
    mid: Number.NaN,
    last_mid: Number.NaN,
    end_mid: Number.NaN,
  }
  windows.bySlug.set(market.slug, window)
  return window
}

/**
 * Which of a window's two tokens a message is of.
 *
 * @returns 0 or 1, or why the message is refused
 */
export function tokenOf(windows: Windows, window: Window, message: BookMessage): number | string {
  const { market, tokens } = window
  if (market.condition_id !== null && market.condition_id !== message.condition_id) {
    return "another condition id than the market's"
  }
  const known = tokens.findIndex(({ token_id }) => token_id === message.token_id)
  if (known >= 0) return known
  if (tokens.length === 2) return 'a third token in one market'
  market.condition_id = message.condition_id
  const instrument = window.index < 0 ? -1 : windows.instruments.length
  if (window.index >= 0) {
    // The outcome is decided for the whole session when everything is read.
    windows.instruments.push({
      kind: 'token',
      market: window.index,
      outcome: 'up',
      token_id: message.token_id,
    })
  }
  return (
    tokens.push({ token_id: message.token_id, instrument, first_us: Number.NaN, last_us: Number.NaN }) - 1
  )
}

/** Take a message into its window: rows onto the tape where it is wanted, and what the end of the window needs. */
export function takeMessage(
  windows: Windows,
  window: Window,
  token: number,
  message: BookMessage,
  local_us: Micros,
  sink: RowSink,
): void {
  const { findings } = windows
  const { book } = window
  const { instrument } = window.tokens[token]!
  const { exch_us } = message
  const heard = window.tokens[token]!
  if (Number.isNaN(heard.first_us)) heard.first_us = local_us
  heard.last_us = local_us
  const pair = book.token !== -1 && book.token !== token && window.exch_us === exch_us
  const flags = book.token === -1 ? Flag.SNAPSHOT : 0
  const row = (kind: number, side: number, price: number, size: number, flag: number) =>
    sink.push(local_us, exch_us, kind, Feed.CLOB_MARKET, instrument, side, price, size, flag)
  const wanted = instrument >= 0
  let rows = 0
  const tick = tickOf(window, message)
  if (tick !== undefined && wanted) {
    rows++
    row(Kind.TICK_SIZE, 0, window.tick, 0, tick === 'inferred' ? Flag.INFERRED : 0)
    if (tick === 'stated') findings.ticks_stated++
    else {
      findings.ticks_inferred++
      findings.tick_markets.add(window.market.slug)
    }
  }
  let changes = 0
  replaceBook(book, token, message.bids, message.asks, (side, price, size) => {
    changes++
    if (wanted) row(Kind.LEVEL, side, price, size, flags)
  })
  window.exch_us = exch_us
  keepMid(window, token, local_us)
  if (!wanted) return
  if (pair) {
    findings.pairs++
    if (changes === 0) findings.pairs_equal++
    else findings.unequal.add(window.market.slug)
  }
  if (rows + changes === 0) {
    findings.unchanged++
    row(Kind.ALIVE, 0, 0, 0, 0)
  }
  sink.endGroup()
}

/**
 * The market's tick after this message, kept in the window: as the message states it, else the next finer one when a
 * level is off the grid known so far.
 *
 * @returns how it changed or was first stated; undefined when nothing is new
 */
function tickOf(window: Window, { tick, bids, asks }: BookMessage): 'stated' | 'inferred' | undefined {
  const before = window.tick
  const grid = tick === 0 ? before : tick
  const fits = (step: Tick) => onGrid(bids, step) && onGrid(asks, step)
  window.tick = fits(grid) ? grid : FINER.find((step) => step < grid && fits(step))!
  if (window.tick !== tick) return window.tick === before ? undefined : 'inferred'
  if (window.tick_stated && window.tick === before) return undefined
  window.tick_stated = true
  return 'stated'
}

function onGrid({ prices, length }: BookMessage['bids'], step: Tick): boolean {
  for (let i = 0; i < length; i++) if (prices[i]! % step !== 0) return false
  return true
}

function keepMid(window: Window, token: number, local_us: Micros): void {
  const { book, market } = window
  const mid = token === 0 ? midOf(book) : ONE - midOf(book)
  if (!Number.isNaN(mid)) window.mid = mid
  if (local_us >= market.end_us - LAST_MID_US) window.last_mid = window.mid
  if (local_us < market.end_us - END_COVERED_US) return
  const touch = Number.isNaN(mid)
    ? (book.bids.prices.at(-1) ?? book.asks.prices[0] ?? Number.NaN)
    : Number.NaN
  window.end_mid = Number.isNaN(mid) ? (token === 0 ? touch : ONE - touch) : mid
}
