import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ASK, BID, type BookSide, set } from '../../book/module.ts'
import { createDesk, onAnswer } from './desk.ts'
import { createExchange, onAsk, onBid, onCancel, onNew, onTrade } from './exchange.ts'
import { createMessages, Message, type Messages, take } from './messages.ts'
import { arrived, createOrders, finish, open } from './orders.ts'
import { createResting, rest, withdraw } from './resting.ts'
import { quote } from './strategy.ts'

function venue() {
  const orders = createOrders(16)
  const answers = createMessages(16)
  const ex = createExchange(orders, answers, 0)
  for (const [bid, ask] of [
    [5_000, 5_200],
    [4_900, 5_300],
  ] as const) {
    onBid(ex, bid, 100)
    onAsk(ex, ask, 100)
  }
  const place = (side: BookSide, price: number) => {
    const slot = open(orders, side, price, 10)
    onNew(ex, slot)
    return slot
  }
  return { ex, orders, answers, place }
}

/** All answers so far, as [order, kind]. */
function drain(wire: Messages): [number, number][] {
  const list: [number, number][] = []
  while (wire.taken !== wire.sent) {
    const at = take(wire)
    list.push([wire.order[at]!, wire.kind[at]!])
  }
  return list
}

describe('the exchange of the compatibility mode', () => {
  test('an order that would cross expires, one that would not rests behind what is shown', () => {
    const { orders, answers, place } = venue()
    const crossing = [place(BID, 5_200), place(ASK, 5_000)]
    const inside = [place(BID, 5_100), place(BID, 5_000)]
    expect(drain(answers)).toEqual([
      ...crossing.map((slot) => [slot, Message.EXPIRED]),
      ...inside.map((slot) => [slot, Message.ACCEPTED]),
    ])
    expect(inside.map((slot) => orders.front[slot])).toEqual([0, 100])
  })

  test('orders at one price fill from the oldest on', () => {
    const { ex, answers, place } = venue()
    const [first, second] = [place(BID, 5_100), place(BID, 5_100)]
    drain(answers)
    onTrade(ex, ASK, 5_100, 1)
    expect(drain(answers)).toEqual([
      [first, Message.FILLED],
      [second, Message.FILLED],
    ])
  })

  test('trades eat what is ahead; only the excess fills', () => {
    const { ex, answers, place } = venue()
    const slot = place(BID, 5_000)
    drain(answers)
    onTrade(ex, ASK, 5_000, 100)
    expect(drain(answers)).toEqual([])
    onTrade(ex, ASK, 5_000, 1)
    expect(drain(answers)).toEqual([[slot, Message.FILLED]])
  })

  test('a trade through, and a book that rises to them, fill every order they pass', () => {
    const { ex, answers, place } = venue()
    const sells = [place(ASK, 5_100), place(ASK, 5_200), place(ASK, 5_300)]
    drain(answers)
    onTrade(ex, BID, 5_200, 5)
    expect(drain(answers)).toEqual([[sells[0], Message.FILLED]])
    onBid(ex, 5_300, 1)
    expect(drain(answers)).toEqual([
      [sells[1], Message.FILLED],
      [sells[2], Message.FILLED],
    ])
  })

  test('a cancel is answered once done, and refused when the order rests no longer', () => {
    const { ex, orders, answers, place } = venue()
    const slot = place(BID, 5_000)
    onCancel(ex, slot)
    onCancel(ex, slot)
    expect(drain(answers).map(([, kind]) => kind)).toEqual([
      Message.ACCEPTED,
      Message.CANCELLED,
      Message.CANCEL_REJECTED,
    ])
    expect(orders.resting[slot]).toBe(0)
  })
})

test('resting orders are kept by price, at each price by age', () => {
  const moves = fc.array(
    fc.record({ buy: fc.boolean(), price: fc.integer({ min: 1, max: 4 }), pick: fc.nat() }),
    {
      maxLength: 60,
      size: 'max',
    },
  )
  fc.assert(
    fc.property(moves, (list) => {
      const orders = createOrders(64)
      const resting = createResting()
      let model: number[] = []
      for (const { buy, price, pick } of list) {
        if (model.length > 0 && pick % 3 === 0) {
          const slot = model[pick % model.length]!
          withdraw(resting, orders, slot)
          model = model.filter((s) => s !== slot)
        } else {
          const slot = open(orders, buy ? BID : ASK, price, 1)
          rest(resting, orders, slot)
          model.push(slot)
        }
        const prices = (side: number) =>
          model.filter((s) => orders.side[s] === side).map((s) => orders.price[s]!)
        expect(resting.highest_buy).toBe(Math.max(-1, ...prices(BID)))
        const sells = prices(ASK)
        expect(resting.lowest_sell).toBe(sells.length === 0 ? -1 : Math.min(...sells))
        for (let p = 1; p <= 4; p++) {
          for (const [side, first] of [
            [BID, resting.buys[p]!],
            [ASK, resting.sells[p]!],
          ] as const) {
            const chain: number[] = []
            for (let at = first; at !== 0; at = orders.next[at - 1]!) chain.push(at - 1)
            expect(chain).toEqual(model.filter((s) => orders.side[s] === side && orders.price[s] === p))
          }
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('a slot is not used again while a message about its order is under way', () => {
  const orders = createOrders(2)
  const slot = open(orders, BID, 5_000, 10)
  orders.under_way[slot] = 2
  finish(orders, slot)
  arrived(orders, slot)
  expect(open(orders, BID, 5_000, 10)).not.toBe(slot)
  expect(() => open(orders, BID, 5_000, 10)).toThrow(expect.objectContaining({ code: 'compat.orders' }))
  arrived(orders, slot)
  expect(open(orders, BID, 5_000, 10)).toBe(slot)
})

describe('the oracle’s strategy', () => {
  function desk() {
    const requests = createMessages(16)
    const d = createDesk(createOrders(16), requests, 0)
    set(d.book, BID, 5_000, 1)
    set(d.book, ASK, 5_200, 1)
    return { d, requests }
  }

  test('asks once to cancel an order that the touch has left', () => {
    const { d, requests } = desk()
    quote(d, 10, 100)
    for (const [slot] of drain(requests)) onAnswer(d, slot, Message.ACCEPTED)
    set(d.book, BID, 5_100, 1)
    quote(d, 10, 100)
    quote(d, 10, 100)
    expect(drain(requests).map(([, kind]) => kind)).toEqual([Message.CANCEL, Message.NEW])
  })

  test('does not ask to cancel what is not accepted yet', () => {
    const { d, requests } = desk()
    quote(d, 10, 100)
    set(d.book, BID, 5_100, 1)
    quote(d, 10, 100)
    expect(drain(requests).map(([, kind]) => kind)).toEqual([Message.NEW, Message.NEW, Message.NEW])
  })

  test('stands still while a side is empty, and adds nothing at its limits', () => {
    const { d, requests } = desk()
    set(d.book, ASK, 5_200, 0)
    quote(d, 10, 100)
    expect(drain(requests)).toEqual([])
    set(d.book, ASK, 5_200, 1)
    d.position = 100
    quote(d, 10, 100)
    expect(drain(requests).map(([slot]) => d.orders.side[slot])).toEqual([ASK])
  })

  test('position and cash move when the fill is heard of, by the order’s own price', () => {
    const { d, requests } = desk()
    quote(d, 10, 100)
    const [buy, sell] = drain(requests).map(([slot]) => slot) as [number, number]
    expect([d.position, d.cash, d.trades]).toEqual([0, 0, 0])
    d.orders.under_way[buy] = 2
    onAnswer(d, buy, Message.FILLED)
    expect([d.position, d.cash, d.trades]).toEqual([10, -50_000, 1])
    onAnswer(d, buy, Message.CANCEL_REJECTED)
    onAnswer(d, sell, Message.FILLED)
    expect([d.position, d.cash, d.trades]).toEqual([0, 2_000, 2])
    expect(d.orders.live_count).toBe(0)
  })
})
