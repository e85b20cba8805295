import { Feed, Flag, type Instrument, Kind, type Market, Side } from '../../core/events/index.ts'
import { Slug } from '../../core/rules/index.ts'
import { type Micros, ONE, type Tick } from '../../core/units/index.ts'
import {
  createLevels,
  createMarketBook,
  type Levels,
  type MarketBook,
  midOf,
  replaceBook,
} from '../clob/market-book.ts'
import type { RowSink } from './row-sink.ts'
import type { FillRow, TopRow, Touch } from './top-rows.ts'
import { LAST_MID_US } from './windows.ts'

/** One market while its polls are read. Mids are Up's, NaN unknown. */
type TopWindow = {
  market: Market
  index: number
  /** Instruments of Up and Down. */
  tokens: readonly [number, number]
  book: MarketBook
  tick: Tick
  mid: number
  /** Mid within the last 10 s, the last one known where a side was empty. */
  last_mid: number
  /** Down as the poll before saw it, to find which token a poll asks first. */
  down: Touch | null
}

/** What was met on the way, for the manifest. */
export type TopFindings = {
  /** Polls with both sides of both tokens; those where Up mirrors Down of the same poll, and of the poll before. */
  pairs: number
  mirrored: number
  mirrored_before: number
  /** Answers without either side, and those of them where the other token showed a book. */
  unanswered: number
  unanswered_alone: number
  /** Windows with a price finer than a cent. */
  fine: Set<string>
  /** Rows of polls, and of fills. */
  polls: number
  fills: number
  rounded: number
}

/** The markets of a recording by start, and the side tables that grow with them. */
export type TopWindows = {
  asset: string
  byStart: Map<Micros, TopWindow>
  markets: Market[]
  instruments: Instrument[]
  findings: TopFindings
}

/** The venue's default tick, and the finer ones that prices may show. */
const TICKS: readonly Tick[] = [100, 10, 1]
/** One side of a view: filled anew for each. */
const bids = createLevels()
const asks = createLevels()

/** No markets yet; `instruments` start with those given. */
export function createTopWindows(instruments: Instrument[], asset: string): TopWindows {
  return {
    asset,
    byStart: new Map(),
    markets: [],
    instruments,
    findings: {
      pairs: 0,
      mirrored: 0,
      mirrored_before: 0,
      unanswered: 0,
      unanswered_alone: 0,
      fine: new Set(),
      polls: 0,
      fills: 0,
      rounded: 0,
    },
  }
}

/** The window of a start, made when it is met first. */
export function topWindow(windows: TopWindows, start_us: Micros): TopWindow {
  const known = windows.byStart.get(start_us)
  if (known !== undefined) return known
  const market = Slug.toMarket(Slug.format(windows.asset, '15m', start_us))
  const index = windows.markets.push(market) - 1
  const first = windows.instruments.length
  // The recording names its tokens by outcome alone.
  windows.instruments.push(
    { kind: 'token', market: index, outcome: 'up', token_id: '' },
    { kind: 'token', market: index, outcome: 'down', token_id: '' },
  )
  const window: TopWindow = {
    market,
    index,
    tokens: [first, first + 1],
    book: createMarketBook(),
    tick: TICKS[0]!,
    mid: Number.NaN,
    last_mid: Number.NaN,
    down: null,
  }
  windows.byStart.set(start_us, window)
  return window
}

/**
 * Take a poll: Up's answer, then Down's, each a view of the market's one book that replaces its touch. So the book is at
 * every moment one view and never a mixture, and nothing is lost of either.
 *
 * @returns whether any token answered
 */
export function takePoll(windows: TopWindows, row: TopRow, sink: RowSink): boolean {
  const window = topWindow(windows, row.start_us)
  windows.findings.polls++
  compare(windows.findings, window, row)
  const up = takeView(windows, window, 0, row.up, row.local_us, sink)
  const down = takeView(windows, window, 1, row.down, row.local_us, sink)
  if (up !== down) windows.findings.unanswered_alone++
  window.down = row.down
  return up || down
}

/** Take a buy of the watched wallet. */
export function takeFill(windows: TopWindows, row: FillRow, sink: RowSink): void {
  const { tokens } = topWindow(windows, row.start_us)
  const { local_us, outcome, price, size, rounded } = row
  const flags = Flag.LAST | (rounded ? Flag.INFERRED : 0)
  windows.findings.fills++
  if (rounded) windows.findings.rounded++
  const token = tokens[outcome === 'up' ? 0 : 1]
  sink.push(local_us, 0, Kind.WALLET_TRADE, Feed.WALLETS, token, Side.BUY, price, size, flags)
}

/** One token's answer as a group of rows. Without either side it is no answer: it changes nothing and proves no life. */
function takeView(
  { findings }: TopWindows,
  window: TopWindow,
  token: 0 | 1,
  touch: Touch,
  local_us: Micros,
  sink: RowSink,
): boolean {
  if (touch.bid === 0 && touch.ask === 0) {
    findings.unanswered++
    return false
  }
  const flags = window.book.token === -1 ? Flag.INFERRED | Flag.SNAPSHOT : Flag.INFERRED
  let rows = 0
  const row = (kind: number, side: number, price: number, size: number, flag: number) => {
    rows++
    sink.push(local_us, 0, kind, Feed.CLOB_MARKET, window.tokens[token], side, price, size, flag)
  }
  const tick = TICKS.find((step) => step <= window.tick && touch.bid % step === 0 && touch.ask % step === 0)!
  if (tick !== window.tick) {
    window.tick = tick
    findings.fine.add(window.market.slug)
    row(Kind.TICK_SIZE, 0, tick, 0, Flag.INFERRED)
  }
  fill(bids, touch.bid, touch.bid_size)
  fill(asks, touch.ask, touch.ask_size)
  replaceBook(window.book, token, bids, asks, (side, price, size) => {
    row(Kind.LEVEL, side, price, size, flags)
  })
  if (rows === 0) row(Kind.ALIVE, 0, 0, 0, 0)
  sink.endGroup()
  keepMid(window, token, local_us)
  return true
}

function fill(side: Levels, price: Tick, size: number): void {
  side.length = price === 0 ? 0 : 1
  side.prices[0] = price
  side.sizes[0] = size
}

function keepMid(window: TopWindow, token: 0 | 1, local_us: Micros): void {
  const mid = midOf(window.book)
  if (!Number.isNaN(mid)) window.mid = token === 0 ? mid : ONE - mid
  if (local_us >= window.market.end_us - LAST_MID_US) window.last_mid = window.mid
}

function compare(findings: TopFindings, { down: before }: TopWindow, { up, down }: TopRow): void {
  if (before === null || !isWhole(up) || !isWhole(down) || !isWhole(before)) return
  findings.pairs++
  if (mirrors(up, down)) findings.mirrored++
  if (mirrors(up, before)) findings.mirrored_before++
}

function isWhole({ bid, ask }: Touch): boolean {
  return bid > 0 && ask > 0
}

function mirrors(a: Touch, b: Touch): boolean {
  return a.bid === ONE - b.ask && a.ask === ONE - b.bid
}
