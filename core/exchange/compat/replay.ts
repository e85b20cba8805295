import { ASK, BID, setUnhashed } from '../../book/module.ts'
import { run, type World } from '../../clock/index.ts'
import { type Columns, Kind, Side } from '../../events/index.ts'
import { createDesk, type Desk, onAnswer } from './desk.ts'
import { type CompatExchange, createExchange, onAsk, onBid, onCancel, onNew, onTrade } from './exchange.ts'
import { createMessages, dueAt, Message, type Messages, take } from './messages.ts'
import { createOrders } from './orders.ts'
import type { Settings } from './settings.ts'
import { quote } from './strategy.ts'

/** The streams of the mode in tie order: our view goes before the exchange's, and the strategy last. */
const Rank = { LOCAL_FEED: 0, LOCAL_ANSWER: 1, EXCHANGE_FEED: 2, EXCHANGE_ORDER: 3, STEP: 4 } as const

/**
 * A replay of the compatibility mode over a window of rows (see stream.ts for their columns). Both ends of the wire
 * read the same rows, each with its own cursor; the strategy's lags by the feed latency.
 */
export type Replay = {
  readonly columns: Columns
  readonly settings: Settings
  readonly exchange: CompatExchange
  readonly desk: Desk
  readonly requests: Messages
  readonly answers: Messages
  readonly due: Float64Array
  /** Next row of the exchange and of the strategy. */
  exchange_row: number
  local_row: number
  /** Calls of the strategy so far. */
  steps: number
  /** No rows will follow those of the window. */
  complete: boolean
  /** Then: by when all must have come to rest. */
  latest_end: number
}

/** Rounds of order and answer after the last row; four suffice where the last book lets quotes rest. */
const ROUNDS_MAX = 16

/** What a replay ends with. Cash in units · 1e-4 USD. */
export type Result = { trades: number; position: number; cash: number }

/** Replay all rows at once. Same rows and settings, same result. */
export function replay(columns: Columns, settings: Settings): Result {
  const r = createReplay(columns, settings)
  advance(r, true)
  return resultOf(r)
}

/** A replay that has seen nothing yet. `columns` is its window: append rows, {@link advance}, {@link shift}. */
export function createReplay(columns: Columns, settings: Settings): Replay {
  const orders = createOrders(settings.orders_max)
  const requests = createMessages(settings.orders_max)
  const answers = createMessages(settings.orders_max)
  return {
    columns,
    settings,
    exchange: createExchange(orders, answers, settings.response_latency),
    desk: createDesk(orders, requests, settings.entry_latency),
    requests,
    answers,
    due: new Float64Array(5).fill(Number.POSITIVE_INFINITY),
    exchange_row: 0,
    local_row: 0,
    steps: 0,
    complete: false,
    latest_end: Number.POSITIVE_INFINITY,
  }
}

/**
 * Handle all that the window's rows allow.
 *
 * @param complete no rows will follow: run to the end
 * @throws ReplayError `compat.endless` when the last book is crossed: then every quote expires and is sent again
 */
export function advance(r: Replay, complete: boolean): void {
  r.complete = complete
  const by_feed = r.settings.calls === 'feed'
  // The strategy's clock starts at the first event's time at the exchange.
  if (!by_feed && r.due[Rank.STEP] === Number.POSITIVE_INFINITY && r.columns.length > 0) {
    r.due[Rank.STEP] = r.columns.exch_us[0]! + r.settings.period
  }
  if (complete && r.columns.length > 0) {
    const { period, feed_latency, entry_latency, response_latency } = r.settings
    const last = r.columns.exch_us[r.columns.length - 1]!
    r.latest_end = last + feed_latency + ROUNDS_MAX * (entry_latency + response_latency + period)
  }
  r.due[Rank.LOCAL_FEED] = rowDue(r, r.local_row) + r.settings.feed_latency
  r.due[Rank.EXCHANGE_FEED] = rowDue(r, r.exchange_row)
  // A call that is due stays; one whose time was not known now gets it.
  if (by_feed && !Number.isFinite(r.due[Rank.STEP]!)) r.due[Rank.STEP] = r.due[Rank.LOCAL_FEED]!
  run(worldOf(r), Number.POSITIVE_INFINITY)
}

/** Drop the window's rows that both ends have seen, to make room for more. */
export function shift(r: Replay): void {
  const seen = Math.min(r.local_row, r.exchange_row)
  const { exch_us, price, size, kind, side, length } = r.columns
  for (const column of [exch_us, price, size, kind, side]) column.copyWithin(0, seen, length)
  r.columns.length = length - seen
  r.local_row -= seen
  r.exchange_row -= seen
}

/** Where the replay stands. */
export function resultOf(r: Replay): Result {
  return { trades: r.desk.trades, position: r.desk.position, cash: r.desk.cash }
}

function worldOf(r: Replay): World {
  return {
    due: r.due,
    fire(rank) {
      if (rank === Rank.LOCAL_FEED) localFeed(r)
      else if (rank === Rank.EXCHANGE_FEED) exchangeFeed(r)
      else if (rank === Rank.STEP) step(r)
      else if (rank === Rank.LOCAL_ANSWER) localAnswer(r)
      else exchangeOrder(r)
    },
  }
}

function rowDue(r: Replay, row: number): number {
  if (row < r.columns.length) return r.columns.exch_us[row]!
  return r.complete ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
}

/**
 * Rows reach the strategy's book, as many as come before it looks. Answers do not touch the book, so rows need not
 * wait for them; but they stay behind the exchange's cursor, so that the window can be shifted.
 */
function localFeed(r: Replay): void {
  const { exch_us, kind, side, price, size } = r.columns
  const book = r.desk.book
  const latest = r.due[Rank.STEP]! - r.settings.feed_latency
  const end = r.exchange_row
  let row = r.local_row
  do {
    if (kind[row] === Kind.LEVEL)
      setUnhashed(book, side[row] === Side.BID ? BID : ASK, price[row]!, size[row]!)
    row++
  } while (row < end && exch_us[row]! <= latest)
  r.local_row = row
  r.due[Rank.LOCAL_FEED] = rowDue(r, row) + r.settings.feed_latency
}

/** Rows reach the exchange, as many as come before an order does or the strategy may send one. */
function exchangeFeed(r: Replay): void {
  const { exch_us, kind, side, price, size, length } = r.columns
  const ex = r.exchange
  const latest = Math.min(r.due[Rank.EXCHANGE_ORDER]!, r.due[Rank.STEP]!)
  let row = r.exchange_row
  let now = exch_us[row]!
  do {
    ex.now = now
    if (kind[row] !== Kind.LEVEL) onTrade(ex, side[row]!, price[row]!, size[row]!)
    else if (side[row] === Side.BID) onBid(ex, price[row]!, size[row]!)
    else onAsk(ex, price[row]!, size[row]!)
    row++
    now = row < length ? exch_us[row]! : Number.POSITIVE_INFINITY
  } while (now <= latest && row < length)
  r.exchange_row = row
  r.due[Rank.EXCHANGE_FEED] = rowDue(r, row)
  r.due[Rank.LOCAL_ANSWER] = dueAt(r.answers)
}

function exchangeOrder(r: Replay): void {
  r.exchange.now = r.due[Rank.EXCHANGE_ORDER]!
  const wire = r.requests
  const at = take(wire)
  if (wire.kind[at] === Message.NEW) onNew(r.exchange, wire.order[at]!)
  else onCancel(r.exchange, wire.order[at]!)
  r.due[Rank.EXCHANGE_ORDER] = dueAt(wire)
  r.due[Rank.LOCAL_ANSWER] = dueAt(r.answers)
}

function localAnswer(r: Replay): void {
  const wire = r.answers
  const at = take(wire)
  onAnswer(r.desk, wire.order[at]!, wire.kind[at]!)
  r.due[Rank.LOCAL_ANSWER] = dueAt(wire)
}

/**
 * The strategy is called at the end of a whole step; with nothing left to come, the step is never whole. Steps that only
 * rows come before follow at once. HOT.
 */
function step(r: Replay): void {
  do {
    const time = r.due[Rank.STEP]!
    r.due[Rank.STEP] = Number.POSITIVE_INFINITY
    if (!isAnythingLeft(r.due)) return
    if (time > r.latest_end) throw new ReplayError()
    call(r, time)
  } while (runToStep(r))
}

function isAnythingLeft(due: Float64Array): boolean {
  for (let rank = 0; rank < Rank.STEP; rank++) if (due[rank]! < Number.POSITIVE_INFINITY) return true
  return false
}

function call(r: Replay, time: number): void {
  const due = r.due
  // Rows that arrive at this time have all arrived, so that the next row's time is a later one.
  due[Rank.STEP] = r.settings.calls === 'feed' ? due[Rank.LOCAL_FEED]! : time + r.settings.period
  r.steps++
  r.desk.now = time
  quote(r.desk, r.settings.order_size, r.settings.max_position)
  due[Rank.EXCHANGE_ORDER] = dueAt(r.requests)
}

/**
 * Handle the rows before the next step, where neither orders nor answers come before it: the clock's own order, without
 * its search for what is next.
 *
 * @returns is that step next? If not, the clock goes on from wherever this has come to
 */
function runToStep(r: Replay): boolean {
  const due = r.due
  const time = due[Rank.STEP]!
  if (due[Rank.EXCHANGE_ORDER]! <= time || due[Rank.LOCAL_ANSWER]! <= time) return false
  if (!areRowsKnown(due)) return false
  if (due[Rank.EXCHANGE_FEED]! <= time) exchangeFeed(r)
  if (due[Rank.LOCAL_FEED]! <= time) localFeed(r)
  return areRowsKnown(due) && due[Rank.LOCAL_ANSWER]! > time
}

/** Can both ends say when their next row comes? */
function areRowsKnown(due: Float64Array): boolean {
  const unknown = Number.NEGATIVE_INFINITY
  return due[Rank.EXCHANGE_FEED]! > unknown && due[Rank.LOCAL_FEED]! > unknown
}

/** A replay that would never end. */
export class ReplayError extends Error {
  readonly code = 'compat.endless'
  readonly fix = 'end the rows with a book whose best bid is below its best ask'
  constructor() {
    super(
      'the rows end with a crossed book, on which every post-only quote expires and is sent again for ever',
    )
    this.name = 'Compat.ReplayError'
  }
}
