import { describe, expect, test } from 'vitest'
import { Flag } from '../events/index.ts'
import { MICRO, MS } from '../units/index.ts'
import * as Trial from './trial.fixture.ts'

const { ask, bid, buys, message, sells, send, story } = Trial
/** So long that what was told before finds no other telling any more. */
const pass = (t: Trial.Trial) => Trial.until(t, t.now + 200 * MS)
const S = MICRO
const MODELS = ['queue-pessimistic', 'queue-neutral', 'queue-optimistic', 'depth', 'bbo'] as const

function trial(fill: (typeof MODELS)[number] = 'queue-pessimistic', options: Trial.TrialOptions = {}) {
  const made = Trial.create({ shares: 100 * S, ...options, settings: { fill, ...options.settings } })
  message(made, [bid(5000, 30 * S), ask(5200, 30 * S)])
  return made
}

describe('a resting order, whatever the model', () => {
  test.each(MODELS)('%s: joins behind the size shown, fills by the print beyond it', (fill) => {
    const t = trial(fill)
    const order = send(t)
    message(t, [sells(5000, 30 * S)])
    expect(Trial.filled(t, order)).toBe(0)
    message(t, [sells(5000, 4 * S)])
    expect(Trial.filled(t, order)).toBe(4 * S)
    message(t, [sells(5000, 40 * S)])
    expect(story(t, order)).toEqual([
      'ORDER_ACCEPTED',
      `FILL_MATCHED 5000×${4 * S}`,
      `FILL_MATCHED 5000×${6 * S}`,
    ])
    expect(t.answers.find((one) => one.kind === 'FILL_MATCHED')?.flags).toBe(Flag.MAKER)
  })

  test.each(MODELS)('%s: a print through its price fills it for at most the print', (fill) => {
    const t = trial(fill)
    const order = send(t)
    message(t, [sells(4900, 7 * S)])
    expect(Trial.filled(t, order)).toBe(7 * S)
  })

  test.each(MODELS)(
    '%s: the other side at or through its price fills it at its own price, once a share',
    (fill) => {
      const t = trial(fill, { settings: { taken_depth: 'pessimistic' } })
      const order = send(t)
      message(t, [bid(5000, 0), ask(4900, 3 * S)])
      message(t, [bid(4000, 1)])
      expect(story(t, order).slice(1)).toEqual([`FILL_MATCHED 5000×${3 * S}`])
      message(t, [ask(4900, 4 * S)])
      expect(Trial.filled(t, order)).toBe(4 * S)
    },
  )

  test.each(MODELS)('%s: a crossed level that flickers gives no more than it grew by', (fill) => {
    const t = trial(fill, { settings: { taken_depth: 'pessimistic' } })
    const order = send(t)
    message(t, [bid(5000, 0), ask(4900, 3 * S)])
    for (let i = 0; i < 4; i++) {
      message(t, [ask(4900, 3.1 * S)])
      message(t, [ask(4900, 3 * S)])
    }
    expect(Trial.filled(t, order)).toBe(3.4 * S)
  })

  test.each(MODELS)('%s: a buyer’s print and a bid coming up fill an ask', (fill) => {
    const t = trial(fill)
    const order = send(t, { side: 2, price: 5100 })
    message(t, [buys(5100, 2 * S)])
    message(t, [ask(5200, 0), bid(5100, 3 * S)])
    expect(Trial.filled(t, order)).toBe(5 * S)
  })

  test.each(MODELS)('%s: a Down bid is an Up ask: the same tape fills it', (fill) => {
    const t = trial(fill)
    const order = send(t, { outcome: 1, price: 4900 })
    message(t, [buys(5100, 2 * S)])
    expect(story(t, order)).toEqual(['ORDER_ACCEPTED', `FILL_MATCHED 4900×${2 * S}`])
    expect(t.ex.state.markets[0]!.held).toEqual([100 * S, 102 * S])
  })

  test.each(MODELS)('%s: a book that crosses itself inside a message fills nothing', (fill) => {
    const t = trial(fill)
    const order = send(t, { price: 5100 })
    message(t, [ask(5100, 50 * S), bid(5100, 5 * S), ask(5100, 0)])
    expect(Trial.filled(t, order)).toBe(0)
  })

  test.each(MODELS)('%s: one print is shared between our orders by price, then time', (fill) => {
    const t = trial(fill)
    message(t, [bid(5000, 0), bid(4000, S)])
    pass(t)
    const second = send(t, { price: 5000 })
    const third = send(t, { price: 5000 })
    const first = send(t, { price: 5100 })
    message(t, [sells(5000, 22 * S)])
    expect([first, second, third].map((o) => Trial.filled(t, o))).toEqual([10 * S, 10 * S, 2 * S])
  })

  test.each(MODELS)(
    '%s: what is ahead of both our orders at a price is ahead of the second’s first',
    (fill) => {
      const t = trial(fill)
      const first = send(t)
      const second = send(t)
      message(t, [sells(5000, 33 * S)])
      expect([Trial.filled(t, first), Trial.filled(t, second)]).toEqual([3 * S, 0])
      message(t, [sells(5000, 9 * S)])
      expect([Trial.filled(t, first), Trial.filled(t, second)]).toEqual([10 * S, 2 * S])
    },
  )

  test.each(MODELS)('%s: displayed depth is shared between our crossed orders', (fill) => {
    const t = trial(fill)
    const low = send(t, { price: 5000 })
    const high = send(t, { price: 5100 })
    message(t, [bid(5000, 0), ask(5200, 0), ask(4900, 8 * S), ask(5000, 5 * S)])
    expect([Trial.filled(t, high), Trial.filled(t, low)]).toEqual([10 * S, 3 * S])
  })
})

describe('cancellations', () => {
  test('never advance the pessimistic queue, even when the level empties and comes back', () => {
    const t = trial()
    const order = send(t)
    message(t, [bid(5000, 1 * S)])
    message(t, [bid(5000, 0)])
    message(t, [bid(5000, 8 * S)])
    message(t, [sells(5000, 30 * S)])
    expect(Trial.filled(t, order)).toBe(0)
    message(t, [sells(5000, S)])
    expect(Trial.filled(t, order)).toBe(S)
  })

  test('advance the neutral queue by their share alone', () => {
    const t = trial('queue-neutral')
    send(t)
    message(t, [bid(5000, 50 * S)])
    message(t, [bid(5000, 40 * S)])
    // Until then it may be printed yet.
    Trial.until(t, 100 * MS)
    expect(t.ex.state.orders.ahead[0]).toBe(30 * S)
    Trial.until(t, 101 * MS)
    // 30 of 50 are ahead: (30/50)³ of the ten cancelled came from there.
    expect(t.ex.state.orders.ahead[0]).toBe(27_840_000)
  })

  test('are what is left of a decrease after the prints before it', () => {
    const t = trial('queue-neutral')
    send(t)
    message(t, [sells(5000, 10 * S), bid(5000, 20 * S)])
    expect(t.ex.state.orders.ahead[0]).toBe(20 * S)
    message(t, [bid(5000, 15 * S)])
    pass(t)
    expect(t.ex.state.orders.ahead[0]).toBe(15 * S)
  })

  test.each(['queue-neutral', 'queue-optimistic'] as const)(
    '%s: a print from before we joined explains the decrease after it, and we are no further back than what is left',
    (fill) => {
      const t = trial(fill)
      message(t, [sells(5000, 10 * S)])
      const order = send(t)
      message(t, [bid(5000, 20 * S)])
      message(t, [sells(5000, 21 * S)])
      expect(Trial.filled(t, order)).toBe(S)
    },
  )

  test('prints where no level stands are not kept: there is no decrease for them to explain', () => {
    const t = trial('queue-neutral')
    message(t, [sells(4000, S), sells(5000, S), buys(9000, S)])
    const { told } = t.ex.state.markets[0]!
    expect(told.price.slice(told.first, told.end)).toEqual([5000])
  })

  test('are trades to the optimistic queue', () => {
    const t = trial('queue-optimistic')
    const order = send(t)
    message(t, [bid(5000, 60 * S)])
    message(t, [bid(5000, 25 * S)])
    expect(Trial.filled(t, order)).toBe(0)
    pass(t)
    expect(Trial.filled(t, order)).toBe(5 * S)
    const again = send(t, { price: 5000 })
    message(t, [bid(5000, 0)])
    pass(t)
    expect([Trial.filled(t, order), Trial.filled(t, again)]).toEqual([10 * S, 0])
  })
})

describe('a tape without prints', () => {
  test.each([
    ['queue-pessimistic', 0],
    ['queue-neutral', 10],
    ['queue-optimistic', 10],
  ] as const)(
    '%s: a level gone from the touch after a whole message was traded through: %i shares',
    (fill, n) => {
      const t = trial(fill, { prints: false })
      const order = send(t)
      message(t, [bid(5000, 45 * S)])
      message(t, [bid(5000, 0), bid(4900, S)])
      expect(Trial.filled(t, order)).toBe(n * S)
    },
  )

  test('neutral: only beyond what was ahead, and shared between our orders', () => {
    const t = trial('queue-neutral', { prints: false })
    const first = send(t)
    const second = send(t)
    message(t, [bid(5000, 42 * S)])
    message(t, [bid(5000, 0)])
    expect([Trial.filled(t, first), Trial.filled(t, second)]).toEqual([10 * S, 2 * S])
  })

  test('neutral: not when the touch stays, nor when the level is back within the message', () => {
    const t = trial('queue-neutral', { prints: false })
    const order = send(t)
    message(t, [bid(5000, 45 * S), bid(5100, S)])
    message(t, [bid(5000, 0)])
    message(t, [bid(5000, 45 * S), bid(5100, 0)])
    message(t, [bid(5000, 0), bid(5000, 45 * S)])
    expect(Trial.filled(t, order)).toBe(0)
  })
})
