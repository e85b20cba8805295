import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { MICRO, ONE } from '../units/index.ts'
import * as Accounts from './accounts.ts'
import * as Exchange from './exchange.ts'
import * as Orders from './orders.ts'

/** The simulator's own venue: whatever owners do, books stay books and nobody makes or loses a share or a cent out of nothing. */

const OWNERS = 5
const TICK = 100

type Act =
  | { kind: 'post'; owner: number; bid: boolean; price: number; lots: number }
  | { kind: 'cancel'; bid: boolean; nth: number; lots: number }
  | { kind: 'take'; owner: number; buys: boolean; sells: boolean; limit: number; lots: number }

const lots = fc.integer({ min: 1, max: 50_000 })
const price = fc.integer({ min: 1, max: 99 }).map((cents) => cents * TICK)
const owner = fc.nat(OWNERS - 1)
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('post' as const), owner, bid: fc.boolean(), price, lots }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('cancel' as const),
        bid: fc.boolean(),
        nth: fc.nat(200),
        lots,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('take' as const),
        owner,
        buys: fc.boolean(),
        sells: fc.boolean(),
        limit: price,
        lots,
      }),
    },
  ),
  { minLength: 1, maxLength: 120 },
)

function perform(exchange: Exchange.Exchange, act: Act): number {
  if (act.kind === 'post') {
    const side = act.bid ? Book.BID : Book.ASK
    return Exchange.post(exchange, act.owner, side, act.price, act.lots * Accounts.LOT) ? 1 : 0
  }
  if (act.kind === 'take')
    return Exchange.take(exchange, act.owner, act.buys, act.sells, act.limit, act.lots * Accounts.LOT)
  const side = act.bid ? Book.BID : Book.ASK
  const resting = [...restingAt(exchange, side)]
  const order = resting[act.nth % Math.max(1, resting.length)]
  if (order === undefined) return 0
  const size = Math.min(act.lots * Accounts.LOT, exchange.orders.size[order.order]!)
  Exchange.cancel(exchange, side, order.price, order.order, size)
  return size
}

/** Every resting order of a side, from the touch outwards, each level in its own order. */
function* restingAt({ orders }: Exchange.Exchange, side: 1 | 2): Generator<{ price: number; order: number }> {
  for (let p = Book.best(orders.book, side); p >= 0; p = Book.next(orders.book, side, p)) {
    for (let o = orders.first[Orders.levelOf(side, p)]!; o >= 0; o = orders.next[o]!)
      yield { price: p, order: o }
  }
}

/** A fresh market in which everyone holds some of both outcomes. */
function started(): Exchange.Exchange {
  const exchange = Exchange.create(OWNERS)
  Exchange.reset(exchange, TICK)
  for (let o = 0; o < OWNERS; o++) {
    const other = (o + 1) % OWNERS
    Exchange.post(exchange, o, Book.BID, 5_000, 100 * MICRO)
    Exchange.take(exchange, other, false, false, 5_000, 100 * MICRO)
  }
  Exchange.forget(exchange)
  return exchange
}

const sum = (column: Float64Array) => column.reduce((a, b) => a + b, 0)

function always(run: (exchange: Exchange.Exchange, act: Act) => void): void {
  fc.assert(
    fc.property(acts, (list) => {
      const exchange = started()
      for (const act of list) run(exchange, act)
    }),
    { numRuns: 150 },
  )
}

describe('after any act', () => {
  test('the book is not crossed', () => {
    always((exchange, act) => {
      perform(exchange, act)
      expect(Book.crossed(exchange.orders.book)).toBe(false)
    })
  })

  test('a level shows the sum of its orders, counted right', () => {
    always((exchange, act) => {
      perform(exchange, act)
      const { orders } = exchange
      let live = 0
      for (const side of [Book.BID, Book.ASK] as const) {
        const shown = new Map<number, { size: number; count: number }>()
        for (const { price: at, order } of restingAt(exchange, side)) {
          const level = shown.get(at) ?? { size: 0, count: 0 }
          shown.set(at, { size: level.size + orders.size[order]!, count: level.count + 1 })
          live++
        }
        for (const [at, { size, count }] of shown) {
          expect(size).toBe(Book.size(orders.book, side, at))
          expect(count).toBe(orders.count[Orders.levelOf(side, at)])
        }
        expect(shown.size).toBe(Book.levels(orders.book, side).length)
      }
      expect(live).toBe(orders.live)
    })
  })

  test('there are as many Up as Down shares as pairs, and money and pairs sum to nothing', () => {
    always((exchange, act) => {
      perform(exchange, act)
      const { accounts } = exchange
      expect(sum(accounts.up)).toBe(accounts.pairs)
      expect(sum(accounts.down)).toBe(accounts.pairs)
      expect(Accounts.balance(accounts)).toBe(0)
    })
  })

  test('nobody holds less than none, nor sells what is not there', () => {
    always((exchange, act) => {
      perform(exchange, act)
      const { accounts, orders } = exchange
      const up = new Float64Array(OWNERS)
      const down = new Float64Array(OWNERS)
      for (const side of [Book.BID, Book.ASK] as const) {
        for (const { order } of restingAt(exchange, side)) {
          const whose = orders.owner[order]!
          if (orders.sells[order] === 1) (side === Book.BID ? down : up)[whose]! += orders.size[order]!
        }
      }
      for (let o = 0; o < OWNERS; o++) {
        expect(accounts.up_reserved[o]).toBe(up[o])
        expect(accounts.down_reserved[o]).toBe(down[o])
        expect(Accounts.freeUp(accounts, o)).toBeGreaterThanOrEqual(0)
        expect(Accounts.freeDown(accounts, o)).toBeGreaterThanOrEqual(0)
      }
    })
  })

  test('the prints are what the levels lost, inside the limit, best price first', () => {
    always((exchange, act) => {
      const { orders, prints } = exchange
      const side = act.kind === 'take' && act.buys ? Book.ASK : Book.BID
      const before = new Map(Book.levels(orders.book, side))
      Exchange.forget(exchange)
      const traded = perform(exchange, act)
      if (act.kind !== 'take') {
        expect(prints.length).toBe(0)
        return
      }
      let total = 0
      for (let i = 0; i < prints.length; i++) {
        const at = prints.price[i]!
        expect(Book.size(orders.book, side, at)).toBe(before.get(at)! - prints.size[i]!)
        expect(act.buys ? at <= act.limit : at >= act.limit).toBe(true)
        if (i > 0) expect(act.buys ? at > prints.price[i - 1]! : at < prints.price[i - 1]!).toBe(true)
        total += prints.size[i]!
      }
      expect(total).toBe(traded)
      expect(traded).toBeLessThanOrEqual(act.lots * Accounts.LOT)
    })
  })

  test('a taker leaves nothing behind that it wanted and could have', () => {
    always((exchange, act) => {
      const free =
        act.kind !== 'take' || !act.sells
          ? Number.POSITIVE_INFINITY
          : act.buys
            ? Accounts.freeDown(exchange.accounts, act.owner)
            : Accounts.freeUp(exchange.accounts, act.owner)
      const traded = perform(exchange, act)
      if (act.kind !== 'take') return
      const { best_ask, best_bid } = exchange.orders.book
      const more = act.buys ? best_ask >= 0 && best_ask <= act.limit : best_bid >= act.limit
      if (more) expect(traded).toBe(Math.min(act.lots * Accounts.LOT, free))
    })
  })

  test('all that changed is told of', () => {
    always((exchange, act) => {
      const { orders, touched } = exchange
      const sides = [Book.BID, Book.ASK] as const
      const before = sides.map((side) => new Map(Book.levels(orders.book, side)))
      Exchange.forget(exchange)
      perform(exchange, act)
      const told = new Set(
        Array.from({ length: touched.length }, (_, i) => `${touched.side[i]} ${touched.price[i]}`),
      )
      for (const side of sides) {
        const now = new Map(Book.levels(orders.book, side))
        for (const at of new Set([...now.keys(), ...before[side - 1]!.keys()]))
          if (now.get(at) !== before[side - 1]!.get(at)) expect(told).toContain(`${side} ${at}`)
      }
    })
  })
})

test('at one price the first to come is the first to trade', () => {
  const exchange = started()
  Exchange.post(exchange, 3, Book.BID, 4_000, 10 * MICRO)
  Exchange.post(exchange, 4, Book.BID, 4_000, 10 * MICRO)
  const before = exchange.accounts.up.slice()
  const down = exchange.accounts.down.slice()
  Exchange.take(exchange, 0, false, false, 4_000, 15 * MICRO)
  const change = (o: number) =>
    exchange.accounts.up[o]! - before[o]! - (exchange.accounts.down[o]! - down[o]!)
  expect(change(3)).toBe(10 * MICRO)
  expect(change(4)).toBe(5 * MICRO)
})

describe('a trade is', () => {
  const trade = (maker_sells: boolean, taker_sells: boolean) => {
    const exchange = Exchange.create(2)
    Exchange.reset(exchange, TICK)
    const { accounts } = exchange
    accounts.pairs = 200 * MICRO
    if (maker_sells) accounts.down[0] = 100 * MICRO
    if (taker_sells) accounts.up[1] = 100 * MICRO
    Exchange.post(exchange, 0, Book.BID, 3_000, 100 * MICRO)
    Exchange.take(exchange, 1, false, taker_sells, 3_000, 100 * MICRO)
    const { up, down, cash, pairs, traded } = accounts
    return { up: [...up], down: [...down], cash: [...cash], pairs, traded }
  }
  const shares = 100 * MICRO
  const at30 = 30 * MICRO
  const at70 = 70 * MICRO

  test('complement where a buyer of Up meets a seller of Up: shares change hands at p', () => {
    const { up, down, cash, pairs, traded } = trade(false, true)
    expect({ up, down, cash, pairs }).toEqual({
      up: [shares, 0],
      down: [0, 0],
      cash: [-at30, at30],
      pairs: 200 * MICRO,
    })
    expect(traded).toEqual({ complement: shares, mint: 0, merge: 0 })
  })

  test('mint where buyers of both outcomes meet, at p and 1 − p', () => {
    const { up, down, cash, pairs, traded } = trade(false, false)
    expect({ up, down, cash, pairs }).toEqual({
      up: [shares, 0],
      down: [0, shares],
      cash: [-at30, -at70],
      pairs: 200 * MICRO + shares,
    })
    expect(traded.mint).toBe(shares)
  })

  test('merge where sellers of both outcomes meet', () => {
    const { up, down, cash, pairs, traded } = trade(true, true)
    expect({ up, down, cash, pairs }).toEqual({
      up: [0, 0],
      down: [0, 0],
      cash: [at70, at30],
      pairs: 200 * MICRO - shares,
    })
    expect(traded.merge).toBe(shares)
  })

  test('complement on the other token where a seller of Down meets a buyer of Down', () => {
    const { up, down, cash, traded } = trade(true, false)
    expect({ up, down, cash }).toEqual({ up: [0, 0], down: [0, shares], cash: [at70, -at70] })
    expect(traded.complement).toBe(shares)
  })
})

test('at the end every pair is paid out, and all money together is nothing again', () => {
  for (const payout of [ONE, 0, ONE / 2]) {
    const { accounts } = started()
    expect(accounts.pairs).toBeGreaterThan(0)
    Accounts.redeem(accounts, payout)
    expect(accounts.pairs).toBe(0)
    expect(sum(accounts.up) + sum(accounts.down)).toBe(0)
    expect(sum(accounts.cash)).toBe(0)
  }
})

test('an order off the grid, outside the range or across the other side does not rest', () => {
  const exchange = started()
  Exchange.post(exchange, 0, Book.ASK, 6_000, MICRO)
  for (const [side, at] of [
    [Book.BID, 4_050],
    [Book.BID, 0],
    [Book.BID, ONE],
    [Book.BID, 6_000],
    [Book.BID, 7_000],
    [Book.ASK, 10],
  ] as const)
    expect(Exchange.post(exchange, 1, side, at, MICRO), `${side} ${at}`).toBe(false)
})

test('a full book takes no more orders, and says so', () => {
  const exchange = Exchange.create(1)
  Exchange.reset(exchange, TICK)
  let rested = 0
  while (Exchange.post(exchange, 0, Book.BID, 100, MICRO)) rested++
  expect(rested).toBe(16_384)
  expect(() => Orders.rest(exchange.orders, Book.BID, 100, MICRO, 0, false)).toThrow(
    expect.objectContaining({ code: 'simulate.orders' }),
  )
})
