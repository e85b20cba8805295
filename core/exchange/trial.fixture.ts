import * as Book from '../book/module.ts'
import { TimeQueue } from '../clock/index.ts'
import { defaults, sortedKeys } from '../config/index.ts'
import { Kind } from '../events/index.ts'
import { Tif } from '../machine/records.ts'
import { MarketFeed } from '../markets/index.ts'
import { MICRO, type MicroShares, type Micros, type MicroUsdc, type Tick } from '../units/index.ts'
import * as Exchange from './exchange.ts'
import * as Resting from './resting.ts'
import { settings } from './settings.ts'
import { configure, createState } from './state.ts'
import type { Terms } from './terms.ts'

/**
 * An exchange driven by hand, for tests: a clock that a test moves, messages that it makes up, and everything that the
 * venue answered so far in plain objects. Prices of messages are canonical.
 */
export type Trial = {
  ex: Exchange.Exchange
  now: Micros
  /** Number of the next order. */
  next: number
  /** All that arrived so far. */
  readonly answers: Answer[]
}

/** An answer as it arrived. */
export type Answer = {
  at: Micros
  kind: string
  market: number
  order: number
  x: number
  y: number
  flags: number
  number: number
  fee: number
}

/** A row of a message. */
export type Row =
  | { row: 'level'; side: 1 | 2; price: Tick; size: MicroShares; exch_us?: Micros }
  | { row: 'trade'; taker: 1 | 2; price: Tick; size: MicroShares; exch_us?: Micros }
  | { row: 'reset' }

/** What a test sets: anything it does not is the default, but latencies, which are 0. */
export type TrialOptions = {
  settings?: Partial<Parameters<typeof configure>[0]>
  terms?: Partial<Terms>
  markets?: number
  cash?: MicroUsdc
  /** Shares of each outcome in each market. */
  shares?: MicroShares
  tick?: Tick
  seed?: number
  prints?: boolean
}

const NAMES: string[] = []
for (const name of sortedKeys(Kind)) NAMES[Kind[name as keyof typeof Kind]] = name

/** An exchange at time 0, with empty books. */
export function create(options: TrialOptions = {}): Trial {
  const { markets = 1, cash = 1_000 * MICRO, shares = 0, tick = 100, seed = 1, prints = true } = options
  const terms: Terms = {
    min_size: 5 * MICRO,
    marketable_buy_min: MICRO,
    fee: { rate_ppm: 0, exponent: 1, taker_only: true },
    grid: null,
    charged_in: () => ({ buy: 'usdc', sell: 'usdc', buy_amount: 'usdc', cents: false }),
    hold_us: () => 0,
    ...options.terms,
  }
  const state = createState(markets, cash, seed, terms.charged_in(0).cents)
  for (const market of state.markets) market.held = [shares, shares]
  const config = configure({
    ...defaults(settings),
    entry_latency_ms: 0,
    response_latency_ms: 0,
    gtd_min_life_s: 0,
    ...options.settings,
  })
  const feeds = state.markets.map(() => ({ ...MarketFeed.create(tick), book: Book.create() }))
  return { ex: { state, config, feeds, terms: feeds.map(() => terms), prints }, now: 0, next: 1, answers: [] }
}

/** Let everything happen that is due until a time, that time included: answers before requests. */
export function until(trial: Trial, time: Micros): void {
  const { state } = trial.ex
  for (;;) {
    const answered = TimeQueue.next(state.answers)
    const requested = TimeQueue.next(state.requests)
    const due = Math.min(answered, requested)
    if (due > time || due === Number.POSITIVE_INFINITY) break
    trial.now = due
    if (answered <= requested) receive(trial)
    else Exchange.fireRequest(trial.ex, due)
  }
  if (time < Number.POSITIVE_INFINITY) trial.now = time
}

/** Everything that is under way arrives. */
export function drain(trial: Trial): void {
  until(trial, Number.POSITIVE_INFINITY)
}

/** A message arrives, as one group of rows. */
export function message(trial: Trial, rows: readonly Row[], market = 0): void {
  const { ex } = trial
  const book = ex.feeds[market]!.book!
  for (const row of rows) {
    const exch_us = row.row === 'reset' ? 0 : (row.exch_us ?? 0)
    if (row.row === 'trade') Resting.onTrade(ex, market, row.taker, row.price, row.size, exch_us, trial.now)
    else if (row.row === 'reset') {
      Book.clear(book)
      Resting.onReset(ex, market, trial.now)
    } else {
      const before = Book.set(book, row.side, row.price, row.size)
      if (before !== row.size)
        Resting.onLevel(ex, market, row.side, row.price, before, row.size, exch_us, trial.now)
    }
  }
  Resting.onMessage(ex, market, trial.now)
  until(trial, trial.now)
}

/** A level of the message under construction. */
export function bid(price: Tick, size: MicroShares): Row {
  return { row: 'level', side: 1, price, size }
}

/** See {@link bid}. */
export function ask(price: Tick, size: MicroShares): Row {
  return { row: 'level', side: 2, price, size }
}

/** A seller hits bids at a price. */
export function sells(price: Tick, size: MicroShares): Row {
  return { row: 'trade', taker: 2, price, size }
}

/** A buyer lifts asks at a price. */
export function buys(price: Tick, size: MicroShares): Row {
  return { row: 'trade', taker: 1, price, size }
}

/** Send an order now and let what is due at once happen; a GTC bid for Up unless said otherwise. Returns its number. */
export function send(trial: Trial, order: Partial<Exchange.NewOrder> = {}): number {
  const number = trial.next++
  Exchange.send(
    trial.ex,
    {
      order: number,
      market: 0,
      outcome: 0,
      side: 1,
      price: 5_000,
      size: 10 * MICRO,
      amount: 0,
      tif: Tif.GTC,
      post_only: false,
      expire_us: 0,
      ...order,
    },
    trial.now,
  )
  until(trial, trial.now)
  return number
}

/** Ask for a cancel now and let what is due at once happen. */
export function cancel(trial: Trial, order: number, market = 0): void {
  Exchange.cancel(trial.ex, market, order, trial.now)
  until(trial, trial.now)
}

/** What arrived about an order, as short texts: `FILL_MATCHED 5000×10000000`, `ORDER_REJECTED 5`. */
export function story(trial: Trial, order: number): string[] {
  return trial.answers.filter((one) => one.order === order && !isChain(one)).map(describe)
}

/** Micro-shares of an order filled so far. */
export function filled(trial: Trial, order: number): MicroShares {
  return trial.answers
    .filter((one) => one.order === order && one.kind === 'FILL_MATCHED')
    .reduce((sum, one) => sum + one.y, 0)
}

function isChain(one: Answer): boolean {
  return one.kind.startsWith('FILL_') && one.kind !== 'FILL_MATCHED'
}

function describe(one: Answer): string {
  if (one.kind === 'FILL_MATCHED') return `${one.kind} ${one.x}×${one.y}`
  if (one.kind.endsWith('REJECTED')) return `${one.kind} ${one.x}`
  if (one.kind === 'ORDER_CANCELLED' || one.kind === 'ORDER_EXPIRED')
    return `${one.kind} ${one.x}${one.y > 0 ? ` $${one.y}` : ''}`
  return one.kind
}

function receive(trial: Trial): void {
  const { answers } = trial.ex.state
  const at = TimeQueue.pop(answers)
  trial.answers.push({
    at: answers.time[at]!,
    kind: NAMES[answers.kind[at]!]!,
    market: answers.market[at]!,
    order: answers.order[at]!,
    x: answers.x[at]!,
    y: answers.y[at]!,
    flags: answers.flags[at]!,
    number: answers.z[at]!,
    fee: answers.w[at]!,
  })
}
