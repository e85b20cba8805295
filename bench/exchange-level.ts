/**
 * Cost of the simulated exchange along the tape: one level change and its message, with nothing of ours resting, with six
 * quotes resting away from the change, and with six at the level that changes; for the pessimistic and the neutral queue.
 * The cost of setting the level in the book is measured alone and beside it. Prints nanoseconds of processor time a change,
 * the median of five rounds, and bytes that the heap grew by a change. `node --expose-gc bench/exchange-level.ts [--json]`
 */
import { Book } from '../core/book/index.ts'
import { defaults } from '../core/config/index.ts'
import {
  configure,
  createState,
  Exchange,
  type FillModel,
  Resting,
  settings,
  type Terms,
} from '../core/exchange/index.ts'
import { Tif } from '../core/machine/records.ts'
import { MarketFeed } from '../core/markets/index.ts'
import { MICRO } from '../core/units/index.ts'

const CHANGES = 4_000_000
const ROUNDS = 5
const QUOTES = 6

type Case = { name: string; fill: FillModel; quotes: number; at_level: boolean; hooks: boolean }

const CASES: readonly Case[] = [
  { name: 'book alone', fill: 'queue-pessimistic', quotes: 0, at_level: false, hooks: false },
  {
    name: 'nothing resting, pessimistic',
    fill: 'queue-pessimistic',
    quotes: 0,
    at_level: false,
    hooks: true,
  },
  { name: 'nothing resting, neutral', fill: 'queue-neutral', quotes: 0, at_level: false, hooks: true },
  {
    name: 'six quotes elsewhere, pessimistic',
    fill: 'queue-pessimistic',
    quotes: QUOTES,
    at_level: false,
    hooks: true,
  },
  {
    name: 'six quotes elsewhere, neutral',
    fill: 'queue-neutral',
    quotes: QUOTES,
    at_level: false,
    hooks: true,
  },
  {
    name: 'six quotes at the level, neutral',
    fill: 'queue-neutral',
    quotes: QUOTES,
    at_level: true,
    hooks: true,
  },
]

const terms: Terms.Terms = {
  min_size: 5 * MICRO,
  marketable_buy_min: MICRO,
  fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
  grid: null,
  charged_in: () => ({ buy: 'usdc', sell: 'usdc', buy_amount: 'usdc', cents: false }),
  hold_us: () => 0,
}

function exchangeOf({ fill, quotes, at_level }: Case): Exchange.Exchange {
  const feed = { ...MarketFeed.create(100), book: Book.create() }
  const ex: Exchange.Exchange = {
    state: createState(1, 1e15, 1),
    config: configure({ ...defaults(settings), fill, entry_latency_ms: 0 }),
    feeds: [feed],
    terms: [terms],
    prints: true,
  }
  for (let i = 0; i < 10; i++) {
    Book.set(feed.book, Book.BID, 5000 - 100 * i, 1000 * MICRO)
    Book.set(feed.book, Book.ASK, 5100 + 100 * i, 1000 * MICRO)
  }
  for (let i = 0; i < quotes; i++) {
    const price = at_level ? 4500 : 5000 - 100 * Math.floor(i / 2)
    Exchange.send(
      ex,
      {
        order: i,
        market: 0,
        outcome: 0,
        side: 1,
        price,
        size: 5 * MICRO,
        amount: 0,
        tif: Tif.GTC,
        post_only: true,
        expire_us: 0,
      },
      0,
    )
    Exchange.fireRequest(ex, 0)
  }
  return ex
}

function round(one: Case): { ns: number; bytes: number } {
  const ex = exchangeOf(one)
  const book = ex.feeds[0]!.book!
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  const start = process.cpuUsage()
  for (let i = 0; i < CHANGES; i++) {
    const size = (1000 + (i & 15)) * MICRO
    const before = Book.set(book, Book.BID, 4500, size)
    if (!one.hooks) continue
    Resting.onLevel(ex, 0, Book.BID, 4500, before, size, 0, i * 1_000)
    Resting.onMessage(ex, 0, i)
  }
  const { user, system } = process.cpuUsage(start)
  const bytes = Math.max(0, process.memoryUsage().heapUsed - heap) / CHANGES
  return { ns: ((user + system) * 1000) / CHANGES, bytes }
}

/** Cost of every case: nanoseconds of processor time and bytes of heap a change, its message included. */
export function levelCost(): { name: string; ns: number; bytes: number }[] {
  return CASES.map((one) => {
    round(one)
    const rounds = Array.from({ length: ROUNDS }, () => round(one))
    const ns = rounds.map((r) => r.ns).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!
    const bytes = Math.min(...rounds.map((r) => r.bytes))
    return { name: one.name, ns: Math.round(ns * 10) / 10, bytes: Math.round(bytes * 1000) / 1000 }
  })
}

if (import.meta.main) {
  const costs = levelCost()
  if (process.argv.includes('--json')) console.log(JSON.stringify(costs))
  else {
    for (const { name, ns, bytes } of costs)
      console.log(`${name.padEnd(36)}${ns.toFixed(1).padStart(8)} ns ${bytes.toFixed(3).padStart(9)} B`)
  }
}
