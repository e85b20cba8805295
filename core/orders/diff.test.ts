import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { Tif } from '../machine/records.ts'
import { QuoteSettings, Quotes, Rewards } from '../quotes/index.ts'
import { Gate, RejectCode } from '../risk/codes.ts'
import {
  addResting,
  addTaker,
  createDesired,
  type Desired,
  resetDesired,
  standAside,
} from '../strategies/strategy.ts'
import { anyView } from '../strategies/view.fixture.ts'
import { floorPrice, MICRO, MS, ONE, SECOND, uniformGrid } from '../units/index.ts'
import {
  Diff,
  type Draft,
  Life,
  Limiter,
  Orders,
  type OrdersConfig,
  type OrdersState,
  Plan,
  settings,
} from './index.ts'

const config: OrdersConfig = { ...defaults(settings), capacity: 64 }
const START = 1_776_254_400 * SECOND

/** A market, its live orders and what is wanted of it. */
type Desk = {
  orders: OrdersState
  limiter: Limiter.Limiter
  differ: Diff.Differ
  desired: Desired
  facts: Diff.Facts & { q_up: number }
}

function desk(changes: Partial<OrdersConfig> = {}): Desk {
  const all = { ...config, ...changes }
  return {
    orders: Orders.create(2, all.capacity),
    limiter: Limiter.create(all),
    differ: Diff.create(all),
    desired: createDesired(),
    facts: { market: 0, time_us: START, grid: uniformGrid(100), q_up: 0.5, unpaired: 0 },
  }
}

/** A live order, accepted long enough ago to be old. */
function live(d: Desk, draft: Partial<Draft>, age_ms = 10_000): number {
  const at = d.facts.time_us - age_ms * MS
  const n = Orders.open(d.orders, { ...Orders.createDraft(), size: 20 * MICRO, ...draft }, at)
  Life.accepted(d.orders, n, at)
  return n
}

function bid(d: Desk, outcome: number, price: number, level = 0, shares = 20, completing = false): void {
  addResting(d.desired, outcome, 1, level, price, shares * MICRO, completing)
}

function decide(d: Desk): { cancels: [number, number][]; creates: number[]; plan: Plan.Plan } {
  const plan = Diff.decide(d.differ, d.orders, d.limiter, d.facts, d.desired)
  return {
    cancels: Array.from({ length: plan.cancels }, (_, i) => [plan.cancel[i]!, plan.why[i]!]),
    creates: [...plan.create.subarray(0, plan.creates)],
    plan,
  }
}

const { Why } = Plan

describe('what is kept', () => {
  test('an order near its desired price and size, by the limits exactly', () => {
    const near = (price: number, shares: number) => {
      const d = desk()
      live(d, { price: 5000, level: 0 })
      bid(d, 0, price, 0, shares)
      return decide(d)
    }
    expect(near(5000, 20).plan.kept).toBe(1)
    expect(near(5100, 20)).toMatchObject({ cancels: [], creates: [] })
    expect(near(5200, 20).cancels).toEqual([[1, Why.REPLACE]])
    expect(near(4900, 16).cancels).toEqual([])
    expect(near(4900, 15.99).cancels).toEqual([[1, Why.REPLACE]])
    // 26.66 · 0.75 = 19.995 ≤ 20 < 26.67 · 0.75.
    expect(near(5000, 26.66).cancels).toEqual([])
    expect(near(5000, 26.68).cancels).toEqual([[1, Why.REPLACE]])
  })

  test('what is left of an order counts, not what it was', () => {
    const d = desk()
    const n = live(d, { price: 5000 })
    Life.filled(d.orders, n, 10 * MICRO, 5 * MICRO, START)
    bid(d, 0, 5000, 0, 20)
    expect(decide(d).cancels).toEqual([[n, Why.REPLACE]])
  })

  test('a young order, however far; but never one that is not wanted', () => {
    const d = desk()
    live(d, { price: 5000 }, 249)
    bid(d, 0, 4000)
    expect(decide(d).plan).toMatchObject({ kept: 1, cancels: 0, creates: 0, waiting: 0 })
    d.facts = { ...d.facts, time_us: START + MS }
    expect(decide(d).cancels).toEqual([[1, Why.REPLACE]])
    resetDesired(d.desired)
    d.facts = { ...d.facts, time_us: START }
    expect(decide(d).cancels).toEqual([[1, Why.UNWANTED]])
  })

  test('orders of another market are not looked at', () => {
    const d = desk()
    live(d, { market: 1, price: 5000 })
    bid(d, 0, 4000)
    expect(decide(d)).toMatchObject({ cancels: [], creates: [0] })
  })
})

describe('what goes at once', () => {
  test('a bid above its present cap, young or not', () => {
    const d = desk()
    live(d, { price: 5000 }, 1)
    live(d, { outcome: 1, price: 4700 }, 1)
    bid(d, 0, 5000)
    bid(d, 1, 4700)
    Object.assign(d.desired, { cap_up: 0.4999, cap_down: 0.47 })
    expect(decide(d).cancels).toEqual([[1, Why.CAP]])
    Object.assign(d.desired, { cap_up: 0.5, cap_down: 0.4699 })
    expect(decide(d).cancels).toEqual([[2, Why.CAP]])
  })

  test('a completing bid is held to its own cap while it completes, and to the ordinary one when the lean turned', () => {
    const d = desk()
    live(d, { outcome: 1, price: 5200, completing: true })
    bid(d, 1, 5200, 0, 20, true)
    Object.assign(d.desired, { cap_down: 0.45, cap_completing: 0.52 })
    d.facts = { ...d.facts, unpaired: 20 * MICRO }
    expect(decide(d).cancels).toEqual([])
    Object.assign(d.desired, { cap_completing: 0.5199 })
    expect(decide(d).cancels).toEqual([[1, Why.CAP]])
    Object.assign(d.desired, { cap_completing: 0.9 })
    d.facts = { ...d.facts, unpaired: -20 * MICRO }
    expect(decide(d).cancels).toEqual([[1, Why.CAP]])
  })

  test('a completing bid that asks for more than is unpaired', () => {
    const d = desk()
    live(d, { outcome: 1, price: 4000, completing: true })
    bid(d, 1, 4000, 0, 20, true)
    d.facts = { ...d.facts, unpaired: 20 * MICRO }
    expect(decide(d).cancels).toEqual([])
    d.facts = { ...d.facts, unpaired: 20 * MICRO - 1 }
    expect(decide(d).cancels).toEqual([[1, Why.COMPLETED]])
    d.facts = { ...d.facts, unpaired: 0 }
    expect(decide(d).cancels).toEqual([[1, Why.COMPLETED]])
  })

  test('the bid with the smaller edge while both cost more than the target, Up on ties', () => {
    const over = (q_up: number, target_total: number, completing = false) => {
      const d = desk()
      live(d, { price: 5000, level: 0 }, 1)
      live(d, { outcome: 1, price: 4900, level: 0, completing }, 1)
      live(d, { outcome: 1, price: 4700, level: 1 }, 1)
      bid(d, 0, 5000, 0)
      bid(d, 1, 4900, 0, 20, completing)
      bid(d, 1, 4700, 1)
      Object.assign(d.desired, { target_total })
      d.facts = { ...d.facts, q_up, unpaired: completing ? 100 * MICRO : 0 }
      return decide(d).cancels
    }
    expect(over(0.6, 0.99)).toEqual([])
    // Edges: Up 0.10, Down −0.09.
    expect(over(0.6, 0.9899)).toEqual([[2, Why.TARGET]])
    expect(over(0.6, 0.96)).toEqual([
      [2, Why.TARGET],
      [3, Why.TARGET],
    ])
    expect(over(0.4, 0.9899)).toEqual([[1, Why.TARGET]])
    // Equal edges at q − 0.50 = 1 − q − 0.49: Up goes.
    expect(over(0.505, 0.9899)).toEqual([[1, Why.TARGET]])
    // The completing bid does not count: 0.50 + 0.47.
    expect(over(0.6, 0.97, true)).toEqual([])
  })

  test('everything that can be cancelled when the strategy stands aside', () => {
    const d = desk()
    live(d, { price: 5000 }, 1)
    live(d, { outcome: 1, price: 4000 })
    const sent = Orders.open(d.orders, { ...Orders.createDraft(), price: 4800, size: MICRO, level: 1 }, START)
    bid(d, 0, 5000)
    standAside(d.desired, Gate.STALE_ORACLE)
    const first = decide(d)
    expect(first.cancels).toEqual([
      [1, Why.ALL],
      [2, Why.ALL],
    ])
    // The one in flight goes when its answer has come.
    expect(first.plan.kept).toBe(1)
    for (const n of [1, 2]) Life.cancelSent(d.orders, n, START)
    Life.accepted(d.orders, sent, START)
    expect(decide(d).cancels).toEqual([[sent, Why.ALL]])
  })
})

describe('what can be sent', () => {
  test('nothing where an order is open, in flight or leaving', () => {
    const d = desk()
    bid(d, 0, 5000)
    expect(decide(d).creates).toEqual([0])
    const n = Orders.open(d.orders, { ...Orders.createDraft(), price: 4000, size: MICRO }, START - SECOND)
    expect(decide(d)).toMatchObject({ creates: [], plan: { waiting: 0, kept: 1, gate: Gate.NONE } })
    Life.accepted(d.orders, n, START)
    Life.cancelSent(d.orders, n, START)
    expect(decide(d)).toMatchObject({ creates: [], cancels: [], plan: { waiting: 1, kept: 0 } })
    Life.cancelled(d.orders, n, START)
    expect(decide(d).creates).toEqual([0])
  })

  test('never what could trade with our own: Up and Down bids of 1 together, in flight and leaving ones too', () => {
    const meets = (price: number, state: 'sent' | 'live' | 'leaving') => {
      const d = desk()
      const draft = { ...Orders.createDraft(), outcome: 1, price: 5000, size: MICRO, level: 7 }
      const n = Orders.open(d.orders, draft, START)
      if (state !== 'sent') Life.accepted(d.orders, n, START)
      if (state === 'leaving') Life.cancelSent(d.orders, n, START)
      bid(d, 0, price)
      return decide(d)
    }
    for (const state of ['sent', 'live', 'leaving'] as const) {
      expect(meets(5000, state)).toMatchObject({ creates: [], plan: { gate: Gate.SELF_CROSS } })
      expect(meets(4900, state).creates).toEqual([0])
    }
    const d = desk()
    bid(d, 0, 5000)
    bid(d, 1, 5000)
    bid(d, 1, 4900, 1)
    expect(decide(d)).toMatchObject({ creates: [0, 2], plan: { gate: Gate.SELF_CROSS } })
  })

  test('a sell meets our own bid of its outcome, and a sell of the other outcome too', () => {
    const d = desk()
    live(d, { price: 5000, level: 3 })
    bid(d, 0, 5000, 3)
    addTaker(d.desired, 0, 2, 5000, 5 * MICRO, 0, Tif.FAK, false)
    expect(decide(d)).toMatchObject({ creates: [], plan: { gate: Gate.SELF_CROSS } })
    const other = desk()
    addResting(other.desired, 0, 2, 0, 6000, 5 * MICRO, false)
    // Selling Down at 0.40 is buying Up at 0.60.
    addResting(other.desired, 1, 2, 0, 4000, 5 * MICRO, false)
    addResting(other.desired, 1, 2, 1, 4100, 5 * MICRO, false)
    expect(decide(other).creates).toEqual([0, 2])
  })

  test('a bid waits while it would break the pair rule with one that stands, and that one makes way', () => {
    const d = desk()
    live(d, { outcome: 1, price: 4600 })
    bid(d, 0, 5300)
    bid(d, 1, 4500)
    Object.assign(d.desired, { target_total: 0.98 })
    // Kept by nearness alone it would block the new bid for ever: 0.53 + 0.46 > 0.98.
    expect(decide(d)).toMatchObject({ cancels: [[1, Why.MAKE_WAY]], creates: [] })
    Life.cancelSent(d.orders, 1, START)
    expect(decide(d)).toMatchObject({ cancels: [], creates: [] })
    Life.cancelled(d.orders, 1, START)
    expect(decide(d).creates).toEqual([0, 1])
  })

  test('a completing taker waits until the completing bid is gone: both would buy the same shares', () => {
    const d = desk()
    d.facts = { ...d.facts, unpaired: 20 * MICRO }
    const n = live(d, { outcome: 1, price: 4000, completing: true })
    addTaker(d.desired, 1, 1, 5000, 20 * MICRO, 10 * MICRO, Tif.FAK, true)
    expect(decide(d)).toMatchObject({ cancels: [[n, Why.UNWANTED]], creates: [] })
    Life.cancelSent(d.orders, n, START)
    expect(decide(d).creates).toEqual([])
    Life.cancelled(d.orders, n, START)
    expect(decide(d).creates).toEqual([0])
  })

  test('no more than a batch, the token bucket or the table holds', () => {
    const all = (d: Desk) => {
      for (let level = 0; level < 14; level++) {
        bid(d, 0, 4000 - 100 * level, level)
        bid(d, 1, 4000 - 100 * level, level)
      }
      return decide(d)
    }
    expect(all(desk())).toMatchObject({ plan: { creates: 15, waiting: 13, gate: Gate.RATE_LIMIT } })
    const poor = desk()
    Limiter.refill(poor.limiter, config, START)
    Limiter.spend(poor.limiter, 56, 0)
    expect(all(poor).plan.creates).toBe(4)
    expect(all(desk({ capacity: 3 })).plan).toMatchObject({ creates: 3, gate: Gate.RATE_LIMIT })
  })

  test('few cancels go to those that protect us', () => {
    const d = desk({ max_cancels_per_batch: 2 })
    live(d, { price: 1000, level: 5 })
    live(d, { price: 2000, level: 6 })
    live(d, { price: 5000, level: 0 })
    live(d, { price: 4900, level: 1 })
    live(d, { price: 4800, level: 2 })
    Object.assign(d.desired, { cap_up: 0.4 })
    expect(decide(d).cancels).toEqual([
      [3, Why.CAP],
      [4, Why.CAP],
    ])
    const tidy = desk({ max_cancels_per_batch: 2 })
    live(tidy, { price: 1000, level: 5 })
    live(tidy, { price: 5000, level: 0 })
    live(tidy, { price: 900, level: 6 })
    Object.assign(tidy.desired, { cap_up: 0.4 })
    expect(decide(tidy).cancels).toEqual([
      [2, Why.CAP],
      [1, Why.UNWANTED],
    ])
  })

  test('a refused cancel is not sent again for a while', () => {
    const d = desk()
    const n = live(d, { price: 5000 })
    Life.cancelSent(d.orders, n, START)
    Life.cancelRejected(d.orders, n, RejectCode.CANCEL_HELD)
    expect(decide(d)).toMatchObject({ cancels: [], plan: { kept: 1 } })
    d.facts = { ...d.facts, time_us: START + 250 * MS }
    expect(decide(d).cancels).toEqual([[n, Why.UNWANTED]])
  })
})

describe('an order of unknown outcome', () => {
  test('freezes its market: nothing new, nothing tidied, but what protects us still goes', () => {
    const d = desk()
    const lost = live(d, { price: 3000, level: 9 })
    live(d, { price: 5000, level: 0 })
    live(d, { price: 2000, level: 1 })
    Life.lost(d.orders, lost)
    bid(d, 1, 2000)
    Object.assign(d.desired, { cap_up: 0.4 })
    const frozen = decide(d)
    expect(frozen).toMatchObject({
      creates: [],
      cancels: [[2, Why.CAP]],
      plan: { gate: Gate.MARKET_FROZEN, kept: 2 },
    })
    Life.cancelled(d.orders, lost, START)
    expect(decide(d)).toMatchObject({
      creates: [0],
      cancels: [
        [2, Why.CAP],
        [3, Why.UNWANTED],
      ],
    })
  })
})

/** Send a plan; acknowledge at once what `acks` says. */
function send(d: Desk, plan: Plan.Plan, acks: () => boolean): void {
  Limiter.spend(d.limiter, plan.creates, plan.cancels)
  const now = d.facts.time_us
  for (let i = 0; i < plan.cancels; i++) {
    Life.cancelSent(d.orders, plan.cancel[i]!, now)
    if (acks()) Life.cancelled(d.orders, plan.cancel[i]!, now)
  }
  for (let i = 0; i < plan.creates; i++) {
    const row = plan.create[i]!
    const n = Orders.open(
      d.orders,
      {
        ...Orders.createDraft(),
        outcome: d.desired.outcome[row]!,
        side: d.desired.side[row]!,
        level: d.desired.level[row]!,
        price: d.desired.price[row]!,
        size: d.desired.size[row]!,
        amount: d.desired.amount[row]!,
        tif: d.desired.tif[row]!,
        completing: d.desired.completing[row] === 1,
      },
      now,
    )
    if (!acks()) continue
    if (d.desired.tif[row]! >= Tif.FAK) Life.cancelled(d.orders, n, now)
    else Life.accepted(d.orders, n, now)
  }
}

/** Answer some of what is in flight. */
function answer(d: Desk, acks: () => boolean): void {
  for (let slot = 0; slot < d.orders.capacity; slot++) {
    if (!Orders.isOpen(d.orders, slot) || !acks()) continue
    const n = d.orders.number[slot]!
    if (d.orders.cancel_pending[slot] === 1) Life.cancelled(d.orders, n, d.facts.time_us)
    else if (d.orders.accepted_us[slot] === 0 && d.orders.tif[slot]! >= Tif.FAK)
      Life.cancelled(d.orders, n, d.facts.time_us)
    else if (d.orders.accepted_us[slot] === 0) Life.accepted(d.orders, n, d.facts.time_us)
  }
}

/** What must hold whatever is open, in flight or leaving. */
function inspect(d: Desk): void {
  const places = new Set<number>()
  let best_bid = -1
  let best_ask = ONE + 1
  for (let slot = d.orders.first[0]!; slot >= 0; slot = d.orders.after[slot]!) {
    const place = Orders.placeOf(d.orders, slot)
    expect(places.has(place)).toBe(false)
    places.add(place)
    const up = d.orders.outcome[slot] === 0
    const at = up ? d.orders.price[slot]! : ONE - d.orders.price[slot]!
    if (up === (d.orders.side[slot] === 1)) best_bid = Math.max(best_bid, at)
    else best_ask = Math.min(best_ask, at)
  }
  expect(best_bid).toBeLessThan(best_ask)
}

const base = { ...defaults(QuoteSettings.settings), ...defaults(Rewards.settings) }
const anyRow = fc.record({
  outcome: fc.nat(1),
  side: fc.integer({ min: 1, max: 2 }),
  level: fc.nat(3),
  price: fc.integer({ min: 30, max: 70 }).map((n) => n * 100),
  shares: fc.integer({ min: 5, max: 60 }),
  taking: fc.boolean(),
  completing: fc.boolean(),
})
type AnyRow = typeof anyRow extends fc.Arbitrary<infer T> ? T : never
const anyWish = fc.record({
  rows: fc.uniqueArray(anyRow, {
    maxLength: 10,
    selector: (r) => [r.outcome, r.side, r.taking ? 255 : r.level].join(),
  }),
  cap: fc.constantFrom(Number.NaN, 0.4, 0.5, 0.6),
  target: fc.constantFrom(Number.NaN, 0.95, 0.98, 0.99),
  q_up: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
  unpaired: fc.integer({ min: -50, max: 50 }),
  aside: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  acks: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  later_ms: fc.constantFrom(0, 10, 100, 300),
})

function wish(d: Desk, w: { rows: AnyRow[]; cap: number; target: number; aside: boolean }): void {
  resetDesired(d.desired)
  for (const r of w.rows) {
    if (r.taking)
      addTaker(
        d.desired,
        r.outcome,
        r.side,
        r.price,
        r.shares * MICRO,
        r.side === 1 ? MICRO : 0,
        Tif.FAK,
        r.completing,
      )
    else addResting(d.desired, r.outcome, r.side, r.level, r.price, r.shares * MICRO, r.completing)
  }
  Object.assign(d.desired, { cap_up: w.cap, cap_down: w.cap, target_total: w.target })
  if (w.aside) standAside(d.desired, Gate.STALE_ORACLE)
}

describe('whatever is wanted, and however late the answers come', () => {
  test('no place holds two orders, none can trade with another of ours, and caps are acted on at once', () => {
    fc.assert(
      fc.property(fc.array(anyWish, { minLength: 1, maxLength: 12 }), (wishes) => {
        const d = desk()
        let beat = 0
        for (const w of wishes) {
          const acks = () => w.acks[beat++ % w.acks.length]!
          d.facts = {
            ...d.facts,
            time_us: d.facts.time_us + w.later_ms * MS,
            q_up: w.q_up,
            unpaired: w.unpaired * MICRO,
          }
          wish(d, w)
          const { plan } = decide(d)
          const cancelled = new Set(plan.cancel.subarray(0, plan.cancels))
          expect(cancelled.size).toBe(plan.cancels)
          for (let slot = d.orders.first[0]!; slot >= 0; slot = d.orders.after[slot]!) {
            if (!Life.canCancel(d.orders, slot) || d.orders.completing[slot] === 1) continue
            const above = d.orders.side[slot] === 1 && d.orders.price[slot]! > floorPrice(w.cap)
            if (w.aside || above) expect(cancelled.has(d.orders.number[slot]!)).toBe(true)
          }
          if (w.aside) expect(plan.creates).toBe(0)
          send(d, plan, acks)
          inspect(d)
          answer(d, acks)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('once all is answered a decision comes to rest, and then keeps everything', () => {
    const d = desk()
    const quoter = Quotes.create(base)
    fc.assert(
      fc.property(anyView, fc.boolean(), (view, fast) => {
        resetDesired(d.desired)
        Quotes.decide(quoter, view, d.desired, fast)
        let rounds = 0
        for (;;) {
          d.facts = {
            market: 0,
            time_us: d.facts.time_us + SECOND,
            grid: view.grid,
            q_up: view.q_up,
            unpaired: view.unpaired,
          }
          const { plan } = decide(d)
          if (plan.creates === 0 && plan.cancels === 0) break
          send(d, plan, () => true)
          inspect(d)
          expect(++rounds).toBeLessThanOrEqual(4)
        }
        expect(d.orders.count[0]).toBe(d.desired.length)
        expect(decide(d).plan).toMatchObject({ kept: d.desired.length, waiting: 0, creates: 0, cancels: 0 })
      }),
      { numRuns: 400 },
    )
  })
})
