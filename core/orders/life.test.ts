import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OrderStatus, Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import { MICRO, notional } from '../units/index.ts'
import { type Draft, Life, Orders, type OrdersState, Reserved } from './index.ts'

const { SENT, LIVE, DELAYED, PARTIAL, FILLED, CANCELLED, REJECTED, EXPIRED, UNKNOWN } = OrderStatus

function draftOf(changes: Partial<Draft> = {}): Draft {
  return { ...Orders.createDraft(), price: 5000, size: 20 * MICRO, ...changes }
}

function fresh(changes: Partial<Draft> = {}): { orders: OrdersState; n: number; slot: number } {
  const orders = Orders.create(2, 8)
  const n = Orders.open(orders, draftOf(changes), 100)
  return { orders, n, slot: Orders.find(orders, n) }
}

const transition = (n: number) => expect.objectContaining({ code: 'orders.transition', order: n }) as Error

describe('the life of an order', () => {
  test('sent, live, partly filled, filled', () => {
    const { orders, n, slot } = fresh()
    expect(orders.status[slot]).toBe(SENT)
    Life.accepted(orders, n, 200)
    expect([orders.status[slot], orders.accepted_us[slot]]).toEqual([LIVE, 200])
    Life.filled(orders, n, 5 * MICRO, 2.5 * MICRO, 300)
    expect([orders.status[slot], orders.filled[slot], orders.done_us[slot]]).toEqual([PARTIAL, 5 * MICRO, 0])
    Life.filled(orders, n, 15 * MICRO, 7.5 * MICRO, 400)
    expect([orders.status[slot], orders.filled[slot], orders.done_us[slot]]).toEqual([
      FILLED,
      20 * MICRO,
      400,
    ])
    expect(orders.open).toBe(0)
  })

  test('sent and rejected with its code', () => {
    const { orders, n, slot } = fresh()
    Life.rejected(orders, n, RejectCode.CROSSES, 200)
    expect([orders.status[slot], orders.reason[slot], orders.done_us[slot]]).toEqual([
      REJECTED,
      RejectCode.CROSSES,
      200,
    ])
  })

  test('held, then matched and ended: what is left of a marketable order is cancelled', () => {
    const { orders, n, slot } = fresh({ tif: Tif.FAK, level: 255, post_only: false })
    Life.delayed(orders, n)
    expect([orders.status[slot], Life.canCancel(orders, slot)]).toEqual([DELAYED, false])
    Life.filled(orders, n, 5 * MICRO, 2.5 * MICRO, 300)
    expect([orders.status[slot], Life.canCancel(orders, slot)]).toEqual([PARTIAL, false])
    Life.cancelled(orders, n, 301)
    expect([orders.status[slot], orders.done_us[slot]]).toEqual([CANCELLED, 301])
  })

  test('an order by money that spent all but less than a cent is filled; its end is told once more without harm', () => {
    const money = { tif: Tif.FAK, level: 255, amount: 10 * MICRO }
    const nearly = fresh(money)
    // Better prices buy more shares than it named.
    Life.filled(nearly.orders, nearly.n, 25 * MICRO, 9.995 * MICRO, 300)
    Life.cancelled(nearly.orders, nearly.n, 301)
    expect(nearly.orders.status[nearly.slot]).toBe(FILLED)
    const part = fresh(money)
    Life.filled(part.orders, part.n, 5 * MICRO, 9.98 * MICRO, 300)
    Life.cancelled(part.orders, part.n, 301)
    expect(part.orders.status[part.slot]).toBe(CANCELLED)
    const whole = fresh(money)
    Life.filled(whole.orders, whole.n, 20 * MICRO, 10 * MICRO, 300)
    Life.cancelled(whole.orders, whole.n, 301)
    expect([whole.orders.status[whole.slot], whole.orders.done_us[whole.slot]]).toEqual([FILLED, 300])
  })

  test('a cancel asked for, refused, asked for again and done', () => {
    const { orders, n, slot } = fresh()
    expect(() => Life.cancelSent(orders, n, 150)).toThrow(transition(n))
    Life.accepted(orders, n, 200)
    Life.cancelSent(orders, n, 300)
    expect([orders.cancel_pending[slot], orders.cancel_us[slot], Life.canCancel(orders, slot)]).toEqual([
      1,
      300,
      false,
    ])
    expect(() => Life.cancelSent(orders, n, 301)).toThrow(transition(n))
    Life.cancelRejected(orders, n, RejectCode.CANCEL_HELD)
    expect([orders.cancel_pending[slot], orders.status[slot]]).toEqual([0, LIVE])
    expect(() => Life.cancelRejected(orders, n, RejectCode.CANCEL_HELD)).toThrow(transition(n))
    Life.cancelSent(orders, n, 400)
    Life.cancelled(orders, n, 500)
    expect([orders.status[slot], orders.cancel_pending[slot]]).toEqual([CANCELLED, 0])
    expect(() => Life.cancelled(orders, n, 501)).toThrow(transition(n))
  })

  test('a cancel that lost the race against the last fill is told so', () => {
    const { orders, n, slot } = fresh()
    Life.accepted(orders, n, 200)
    Life.cancelSent(orders, n, 300)
    Life.filled(orders, n, 20 * MICRO, 10 * MICRO, 350)
    Life.cancelRejected(orders, n, RejectCode.CANCEL_MATCHED)
    expect([orders.status[slot], orders.cancel_pending[slot]]).toEqual([FILLED, 0])
  })

  test('a fill heard of before the acceptance, and after the cancel, counts', () => {
    const { orders, n, slot } = fresh()
    Life.filled(orders, n, 5 * MICRO, 2.5 * MICRO, 150)
    Life.accepted(orders, n, 200)
    expect(orders.status[slot]).toBe(PARTIAL)
    Life.cancelSent(orders, n, 300)
    Life.cancelled(orders, n, 400)
    Life.filled(orders, n, 5 * MICRO, 2.5 * MICRO, 450)
    expect([orders.status[slot], orders.filled[slot], orders.done_us[slot]]).toEqual([
      CANCELLED,
      10 * MICRO,
      400,
    ])
    const late = fresh()
    Life.filled(late.orders, late.n, 20 * MICRO, 10 * MICRO, 150)
    Life.accepted(late.orders, late.n, 200)
    expect([late.orders.status[late.slot], late.orders.accepted_us[late.slot]]).toEqual([FILLED, 200])
  })

  test('an unknown outcome freezes its market until any answer comes', () => {
    for (const answer of ['accepted', 'rejected', 'cancelled', 'filled', 'expired', 'delayed'] as const) {
      const { orders, n, slot } = fresh({ market: 1 })
      Life.lost(orders, n)
      expect([orders.status[slot], orders.unknown[1], orders.unknown[0]]).toEqual([UNKNOWN, 1, 0])
      if (answer === 'accepted') Life.accepted(orders, n, 300)
      else if (answer === 'rejected') Life.rejected(orders, n, RejectCode.BALANCE, 300)
      else if (answer === 'cancelled') Life.cancelled(orders, n, 300)
      else if (answer === 'filled') Life.filled(orders, n, MICRO, 500_000, 300)
      else if (answer === 'expired') Life.expired(orders, n, 300)
      else Life.delayed(orders, n)
      expect(orders.unknown[1]).toBe(0)
    }
    const known = fresh()
    Life.accepted(known.orders, known.n, 200)
    Life.lost(known.orders, known.n)
    Life.accepted(known.orders, known.n, 900)
    expect([known.orders.status[known.slot], known.orders.accepted_us[known.slot]]).toEqual([LIVE, 200])
  })

  test('what cannot be is refused and changes nothing', () => {
    const { orders, n } = fresh()
    const unknown = expect.objectContaining({ code: 'orders.unknown' }) as Error
    expect(() => Life.accepted(orders, n + 1, 200)).toThrow(unknown)
    expect(() => Life.accepted(orders, 0, 200)).toThrow(unknown)
    Life.accepted(orders, n, 200)
    expect(() => Life.accepted(orders, n, 201)).toThrow(transition(n))
    expect(() => Life.rejected(orders, n, RejectCode.TICK, 201)).toThrow(/"rejected" cannot follow LIVE/)
    expect(() => Life.delayed(orders, n)).toThrow(transition(n))
    const overfill = expect.objectContaining({ code: 'orders.overfill' }) as Error
    expect(() => Life.filled(orders, n, 20 * MICRO + 1, 10 * MICRO, 201)).toThrow(overfill)
    expect(() => Life.filled(orders, n, 0, 0, 201)).toThrow(overfill)
    const money = fresh({ amount: 10 * MICRO, tif: Tif.FAK })
    expect(() => Life.filled(money.orders, money.n, MICRO, 10 * MICRO + 2, 201)).toThrow(overfill)
    Life.expired(orders, n, 300)
    expect(orders.status[Orders.find(orders, n)]).toBe(EXPIRED)
    expect(() => Life.expired(orders, n, 301)).toThrow(transition(n))
    expect(() => Life.lost(orders, n)).toThrow(transition(n))
  })
})

describe('the table', () => {
  test('numbers rise, skip slots that are open, and a done order is found until its slot is taken', () => {
    const orders = Orders.create(1, 4)
    const numbers = [1, 2, 3].map((time) => Orders.open(orders, draftOf(), time))
    expect(numbers).toEqual([1, 2, 3])
    Life.rejected(orders, 1, RejectCode.TICK, 10)
    Life.rejected(orders, 3, RejectCode.TICK, 10)
    expect([4, 5].map((time) => Orders.open(orders, draftOf(), time))).toEqual([4, 5])
    // Slot 1 has order 5, slot 2 still order 2, so 6 is skipped.
    expect(Orders.find(orders, 1)).toBe(-1)
    expect(Orders.find(orders, 3)).toBe(3)
    expect(Orders.open(orders, draftOf(), 6)).toBe(7)
    expect(Orders.find(orders, 3)).toBe(-1)
    expect([2, 4, 5, 7].map((n) => orders.number[Orders.find(orders, n)])).toEqual([2, 4, 5, 7])
  })

  test('full, and drafts that cannot be, are refused', () => {
    const orders = Orders.create(1, 2)
    Orders.open(orders, draftOf(), 1)
    Orders.open(orders, draftOf(), 1)
    expect(() => Orders.open(orders, draftOf(), 1)).toThrow(
      expect.objectContaining({ code: 'orders.full' }) as Error,
    )
    const draft = expect.objectContaining({ code: 'orders.draft' }) as Error
    const empty = Orders.create(1, 2)
    expect(() => Orders.open(empty, draftOf({ size: 0 }), 1)).toThrow(draft)
    expect(() => Orders.open(empty, draftOf({ price: 0 }), 1)).toThrow(draft)
    expect(() => Orders.open(empty, draftOf({ market: 1 }), 1)).toThrow(draft)
  })

  test('reserves what open orders may cost, by kind', () => {
    const orders = Orders.create(1, 8)
    const bid = Orders.open(orders, draftOf({ price: 3333, size: 10.01 * MICRO }), 1)
    expect(orders.reserved[0]).toBe(notional(10.01 * MICRO, 3333, 'up'))
    const taker = draftOf({
      outcome: 1,
      tif: Tif.FAK,
      amount: 10 * MICRO,
      fee_reserve: 400_000,
      size: 20 * MICRO,
    })
    const taking = Orders.open(orders, taker, 1)
    expect([orders.taking_cost[1], orders.taking[1], orders.buying[0]]).toEqual([
      10_400_000,
      20 * MICRO,
      10.01 * MICRO,
    ])
    Life.filled(orders, taking, 10 * MICRO, 5 * MICRO, 2)
    expect([orders.taking_cost[1], orders.taking[1]]).toEqual([5_200_000, 10 * MICRO])
    Orders.open(orders, draftOf({ side: 2, size: 7 * MICRO }), 1)
    expect(orders.selling[0]).toBe(7 * MICRO)
    Life.cancelled(orders, taking, 3)
    Life.rejected(orders, bid, RejectCode.TICK, 3)
    expect([orders.reserved[0], orders.reserved_total, orders.taking[1]]).toEqual([0, 0, 0])
  })
})

type Step = { event: number; pick: number; size: number; market: number; kind: number }
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    event: fc.nat(11),
    pick: fc.nat(15),
    size: fc.integer({ min: 1, max: 25 * MICRO }),
    market: fc.nat(2),
    kind: fc.nat(3),
  }),
  { maxLength: 120 },
)

describe('any stream of answers', () => {
  test('leaves sums and lists equal to a recount; what is refused changes nothing', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const orders = Orders.create(3, 8)
        const opened: number[] = []
        list.forEach((step, i) => {
          const before = structuredClone(orders)
          try {
            apply(orders, opened, step, i + 1)
          } catch (error) {
            expect(error).toMatchObject({ name: 'Orders.OrdersError' })
            expect(orders).toEqual(before)
          }
          recount(orders)
        })
      }),
      { numRuns: 150 },
    )
  })
})

function apply(orders: OrdersState, opened: number[], step: Step, now: number): void {
  const n = opened[opened.length - 1 - (step.pick % Math.max(1, Math.min(10, opened.length)))] ?? 99
  const by_money = step.kind === 2
  if (step.event <= 2) {
    const kinds: Partial<Draft>[] = [
      {},
      { side: 2 },
      { tif: Tif.FAK, amount: 5 * MICRO, fee_reserve: 123_457 },
      { tif: Tif.GTC, fee_reserve: 77_777, completing: true },
    ]
    const draft = draftOf({
      market: step.market,
      outcome: step.pick % 2,
      size: step.size,
      price: 1 + (step.size % 9998),
    })
    opened.push(Orders.open(orders, { ...draft, ...kinds[step.kind] }, now))
  } else if (step.event === 3) Life.accepted(orders, n, now)
  else if (step.event === 4)
    Life.filled(orders, n, step.size, notional(step.size, by_money ? 1000 : 5000, 'up'), now)
  else if (step.event === 5) Life.filled(orders, n, Math.ceil(step.size / 10), Math.ceil(step.size / 40), now)
  else if (step.event === 6) Life.cancelSent(orders, n, now)
  else if (step.event === 7) Life.cancelled(orders, n, now)
  else if (step.event === 8) Life.cancelRejected(orders, n, RejectCode.CANCEL_HELD)
  else if (step.event === 9) Life.delayed(orders, n)
  else if (step.event === 10) Life.lost(orders, n)
  else if (step.kind < 2) Life.rejected(orders, n, RejectCode.BALANCE, now)
  else Life.expired(orders, n, now)
}

/** Recompute everything that is kept incrementally. */
function recount(orders: OrdersState): void {
  const reserved = [0, 0, 0]
  const unknown = [0, 0, 0]
  const count = [0, 0, 0]
  const tokens = {
    buying: new Float64Array(6),
    taking: new Float64Array(6),
    taking_cost: new Float64Array(6),
    selling: new Float64Array(6),
  }
  let total = 0
  for (let slot = 0; slot < orders.capacity; slot++) {
    if (!Orders.isOpen(orders, slot)) continue
    const market = orders.market[slot]!
    const token = 2 * market + orders.outcome[slot]!
    const money = Reserved.reserve(orders, slot)
    const rest = Math.max(0, orders.size[slot]! - orders.filled[slot]!)
    reserved[market]! += money
    total += money
    count[market]! += 1
    unknown[market]! += orders.status[slot] === UNKNOWN ? 1 : 0
    expect([FILLED, CANCELLED, REJECTED, EXPIRED]).not.toContain(orders.status[slot])
    if (orders.side[slot] === 2) tokens.selling[token]! += rest
    else if (orders.tif[slot]! >= Tif.FAK) {
      tokens.taking[token]! += rest
      tokens.taking_cost[token]! += money
    } else tokens.buying[token]! += rest
  }
  expect(orders.reserved_total).toBe(total)
  expect([...orders.reserved]).toEqual(reserved)
  expect([...orders.unknown]).toEqual(unknown)
  expect([...orders.count]).toEqual(count)
  expect(orders.open).toBe(count[0]! + count[1]! + count[2]!)
  expect({ ...tokens }).toEqual({
    buying: orders.buying,
    taking: orders.taking,
    taking_cost: orders.taking_cost,
    selling: orders.selling,
  })
  for (let market = 0; market < 3; market++) expect(listed(orders, market)).toBe(count[market])
}

/** Walk a market's list forwards: ascending numbers, links that agree. */
function listed(orders: OrdersState, market: number): number {
  let n = 0
  let before = -1
  for (let slot = orders.first[market]!; slot >= 0; slot = orders.after[slot]!) {
    expect(orders.before[slot]).toBe(before)
    if (before >= 0) expect(orders.number[slot]).toBeGreaterThan(orders.number[before]!)
    expect(orders.market[slot]).toBe(market)
    before = slot
    n++
  }
  expect(orders.last[market]).toBe(before)
  return n
}
