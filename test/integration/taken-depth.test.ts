import { beforeAll, describe, expect, test } from 'vitest'
import { Flag, Kind } from '../../core/events/index.ts'
import { IntentKind } from '../../core/machine/records.ts'
import { MS, ONE, SECOND } from '../../core/units/index.ts'
import { backtestConfig, SHIPPED } from '../../engine/runners/backtest-config.ts'
import { execute } from '../../engine/runners/execute.ts'
import { type Figures, figuresOf } from '../../engine/runners/summary.ts'
import { openTape, type Tape } from '../../engine/runners/tape.ts'
import { strategy } from '../fixtures/strategies/sweeper.ts'

/** Depth does not grow back: what a taker without limits gets on the shipped recording, and a second way to find every fill. */

const LATENCY_MS = 50
const GAP_S = 5
/** A window’s shares that nobody could have bought, and no limit of risk in the way. */
const PARAMS = [
  'strategy.shares=200000',
  'risk.per_trade=1e7',
  'risk.per_market=1e7',
  'risk.global=1e8',
  'risk.hard_notional=1e8',
  'risk.daily_drawdown=1e7',
  'risk.max_leverage=100',
  'risk.cooldown_rejections=1000000',
  'risk.cooldown_losses=1000000',
  'portfolio.initial_cash_usdc=1e6',
  `exchange.entry_latency_ms=${LATENCY_MS}`,
  `exchange.gap_s=${GAP_S}`,
]

type Row = Record<string, number>
type Fill = { order: number; price: number; size: number }
type Run = { figures: Figures; orders: Row[]; fills: Fill[] }

let tape: Tape
beforeAll(async () => {
  tape = await openTape([SHIPPED])
})

async function sweep(params: readonly string[] = []): Promise<Run> {
  const rows: Record<string, Row[]> = { intents: [], fills: [] }
  const config = backtestConfig(strategy, tape, { env: {}, cwd: null, params: [...PARAMS, ...params] })
  const world = await execute(
    { tape, strategy, config, seed: 1 },
    {
      drain(table) {
        for (let row = 0; row < table.length; row++)
          rows[table.name]?.push(
            Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, column[row]!])),
          )
        table.length = 0
      },
    },
  )
  const orders = rows.intents!.filter((one) => one.kind === IntentKind.CREATE && one.gate === 0)
  const fills = rows.fills!.sort((a, b) => a.fill! - b.fill!)
  expect(fills.every((one) => one.maker === 0)).toBe(true)
  return {
    figures: figuresOf(world),
    orders,
    fills: fills.map((one) => ({ order: one.order!, price: one.price!, size: one.size! })),
  }
}

/** A level as the tape shows it, and what of it is ours. */
type Level = { size: number; taken: number }
/** What was taken after a level went from one size to another. */
type Carry = (taken: number, before: number, size: number) => number

/**
 * The same orders on the same tape once more, from the description alone: maps for books, one level at a time, no thought
 * of speed. Every order buys by money, fill and kill.
 */
async function again(orders: readonly Row[], carry: Carry): Promise<Fill[]> {
  const { markets, instruments } = tape.instruments
  const books = markets.map(() => [new Map<number, Level>(), new Map<number, Level>()] as const)
  const heard_us = markets.map(({ start_us }) => start_us)
  const queue = orders.map((one) => ({ ...one, at: one.time_us! + LATENCY_MS * MS }) as Row)
  const fills: Fill[] = []
  const arrive = (one: Row) => {
    const market = one.market!
    const up = one.outcome === 0
    if (one.at! >= markets[market]!.end_us || one.at! >= heard_us[market]! + GAP_S * SECOND) return
    const side = books[market]![up ? 1 : 0]!
    const limit = up ? one.price! : ONE - one.price!
    const prices = [...side.keys()].filter((p) => side.get(p)!.size > 0 && (up ? p <= limit : p >= limit))
    let left = one.amount!
    for (const p of prices.sort((a, b) => (up ? a - b : b - a))) {
      const level = side.get(p)!
      const price = up ? p : ONE - p
      const size = Math.min(Math.max(0, level.size - level.taken), Math.floor((left * ONE) / price))
      if (size === 0) continue
      level.taken += size
      left -= Math.ceil((size * price) / ONE)
      fills.push({ order: one.order!, price, size })
    }
  }
  let next = 0
  // Sizes before the present message of the levels that it changed.
  let changed = new Map<Level, number>()
  for await (const columns of tape.read()) {
    for (let i = 0; i < columns.length; i++) {
      const now = columns.local_us[i]!
      while (next < queue.length && queue[next]!.at! <= now) arrive(queue[next++]!)
      const token = instruments[columns.instrument[i]!]
      if (token?.kind === 'token') {
        heard_us[token.market] = Math.max(heard_us[token.market]!, now)
        if (columns.kind[i] === Kind.LEVEL) {
          const down = token.outcome === 'down'
          const price = down ? ONE - columns.price[i]! : columns.price[i]!
          const of = books[token.market]![(columns.side[i] === 1) !== down ? 0 : 1]!
          const level = of.get(price) ?? { size: 0, taken: 0 }
          of.set(price, level)
          if (!changed.has(level)) changed.set(level, level.size)
          level.size = columns.size[i]!
        }
      }
      if ((columns.flags[i]! & Flag.LAST) === 0) continue
      for (const [level, before] of changed)
        if (level.size !== before) level.taken = carry(level.taken, before, level.size)
      changed = new Map()
    }
  }
  return fills
}

const CARRY: Record<string, Carry> = {
  pessimistic: (taken, _before, size) => Math.min(taken, size),
  neutral: (taken, before, size) =>
    size < before ? Number((BigInt(taken) * BigInt(size) + BigInt(before) - 1n) / BigInt(before)) : taken,
  optimistic: () => 0,
}

describe('a taker who wants 200,000 shares of every window', () => {
  test.each(Object.keys(CARRY))('%s: every fill is found a second way', async (assumption) => {
    const { orders, fills } = await sweep([`exchange.taken_depth=${assumption}`])
    expect(fills.length).toBeGreaterThan(300)
    expect(await again(orders, CARRY[assumption]!)).toEqual(fills)
  })

  test('gets a fraction of what changes of the levels would give it, and is told that it took nearly all', async () => {
    const { figures, fills } = await sweep()
    const shares = fills.reduce((sum, { size }) => sum + size, 0) / 1e6
    expect(shares).toBeLessThan(250_000)
    expect(figures.taken.taken_shares).toBeCloseTo(shares, 6)
    expect(figures.taken.share).toBeGreaterThan(0.8)
    expect(figures.taken.share).toBeLessThanOrEqual(1)
    const { figures: flattered } = await sweep(['exchange.taken_depth=optimistic'])
    expect(flattered.taken.taken_shares).toBeGreaterThan(3 * shares)
    // More than was ever displayed: the share says so.
    expect(flattered.taken.share).toBeGreaterThan(1)
  })
})
