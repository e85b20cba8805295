import { describe, expect, test } from 'vitest'
import { Flag } from '../events/index.ts'
import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import { TAPERED } from '../strategies/view.fixture.ts'
import { MICRO, MS, SECOND, uniformGrid } from '../units/index.ts'
import * as Exchange from './exchange.ts'
import { slipped } from './sweep.ts'
import * as Trial from './trial.fixture.ts'

const { ask, bid, message, send, story } = Trial
const S = MICRO

/** Asks 10 at 0.51, 10 at 0.52, 10 at 0.54; bids 10 at 0.49, 10 at 0.48. */
function trial(options: Trial.TrialOptions = {}) {
  const made = Trial.create({ shares: 100 * S, ...options })
  const asks = [ask(5100, 10 * S), ask(5200, 10 * S), ask(5400, 10 * S)]
  message(made, [bid(4900, 10 * S), bid(4800, 10 * S), ...asks])
  return made
}

describe('a marketable order walks the displayed levels', () => {
  test('GTC: takes what is within its limit and rests with the rest', () => {
    const t = trial()
    const order = send(t, { price: 5300, size: 25 * S })
    expect(story(t, order)).toEqual([
      `FILL_MATCHED 5100×${10 * S}`,
      `FILL_MATCHED 5200×${10 * S}`,
      'ORDER_ACCEPTED',
    ])
    Trial.cancel(t, order)
    expect(story(t, order).at(-1)).toBe(`ORDER_CANCELLED ${5 * S}`)
  })

  test('GTC filled whole: the fill is the end, and nothing is reserved', () => {
    const t = trial()
    expect(story(t, send(t, { price: 5300, size: 10 * S }))).toEqual([`FILL_MATCHED 5100×${10 * S}`])
    expect(t.ex.state.cash_reserved).toBe(0)
    expect(t.ex.state.cash).toBe(1000 * MICRO - 5_100_000)
  })

  test('FAK by shares: what it did not get is cancelled', () => {
    const t = trial()
    expect(story(t, send(t, { price: 5300, size: 25 * S, tif: Tif.FAK }))).toEqual([
      `FILL_MATCHED 5100×${10 * S}`,
      `FILL_MATCHED 5200×${10 * S}`,
      `ORDER_CANCELLED ${5 * S}`,
    ])
  })

  test('FAK filled whole ends with a cancellation of nothing', () => {
    const t = trial()
    expect(story(t, send(t, { side: 2, price: 4800, size: 15 * S, tif: Tif.FAK }))).toEqual([
      `FILL_MATCHED 4900×${10 * S}`,
      `FILL_MATCHED 4800×${5 * S}`,
      'ORDER_CANCELLED 0',
    ])
  })

  test('FAK by money: spends it to the last micro-USDC, and says what it could not spend', () => {
    const t = trial()
    const money = { tif: Tif.FAK, price: 5200, size: 0 }
    // $5.10 buy the first level, $2.00 at 0.52 buy 3.846153 shares.
    expect(story(t, send(t, { ...money, amount: 7_100_000 }))).toEqual([
      `FILL_MATCHED 5100×${10 * S}`,
      'FILL_MATCHED 5200×3846153',
      'ORDER_CANCELLED 0',
    ])
    expect(t.ex.state.cash).toBe(1000 * MICRO - 7_100_000)
    // 6.153847 shares are left at 0.52: 3.200001 of the four dollars.
    expect(story(t, send(t, { ...money, amount: 4_000_000 }))).toEqual([
      'FILL_MATCHED 5200×6153847',
      'ORDER_CANCELLED 0 $799999',
    ])
  })

  test('FOK: whole or not at all, by shares and by money', () => {
    const t = trial()
    const fok = { tif: Tif.FOK, price: 5300 }
    expect(story(t, send(t, { ...fok, size: 20_010_000 }))).toEqual([
      `ORDER_REJECTED ${RejectCode.FOK_UNFILLED}`,
    ])
    expect(story(t, send(t, { ...fok, size: 0, amount: 10_310_000 }))).toEqual([
      `ORDER_REJECTED ${RejectCode.FOK_UNFILLED}`,
    ])
    expect(t.ex.state.cash).toBe(1000 * MICRO)
    expect(story(t, send(t, { ...fok, size: 20 * S })).at(-1)).toBe('ORDER_CANCELLED 0')
  })

  test.each([
    ['queue-pessimistic', 'by-fill', 0],
    ['depth', 'by-fill', 0],
    ['bbo', 'by-fill', 0],
    ['queue-neutral', 'by-fill', 1],
    ['queue-optimistic', 'by-fill', 5],
    ['queue-optimistic', 'pessimistic', 0],
    ['depth', 'neutral', 1],
    ['bbo', 'optimistic', 5],
  ] as const)('%s, taken depth %s: of 10, 8 taken, 5 left: %i are there', (fill, taken_depth, there) => {
    const t = trial({ settings: { fill, taken_depth, slip_bps: 0 } })
    const take = (size: number) => Trial.filled(t, send(t, { tif: Tif.FAK, price: 5100, size: size * S })) / S
    expect(take(8)).toBe(8)
    message(t, [ask(5100, 5 * S)])
    expect(take(6)).toBe(there)
    message(t, [ask(5100, 9 * S)])
    // What a level grows by is new under every assumption.
    expect(take(20)).toBe(there === 5 ? 9 : 4)
  })

  test('depth that we took is gone while its level stands', () => {
    const t = trial()
    const take = () => Trial.filled(t, send(t, { tif: Tif.FAK, price: 5100, size: 8 * S }))
    expect(take()).toBe(8 * S)
    message(t, [ask(5200, 11 * S)])
    expect(take()).toBe(2 * S)
    message(t, [ask(5100, 0), ask(5100, 10 * S)])
    expect(take()).toBe(0)
  })

  test('what rests across the book does not find as a maker what it took as a taker', () => {
    const t = trial()
    const order = send(t, { price: 5100, size: 15 * S })
    message(t, [bid(4000, S)])
    expect(Trial.filled(t, order)).toBe(10 * S)
    message(t, [ask(5100, 2 * S)])
    expect(Trial.filled(t, order)).toBe(10 * S)
    message(t, [ask(5100, 4 * S)])
    expect(story(t, order).at(-1)).toBe(`FILL_MATCHED 5100×${2 * S}`)
  })
})

describe('the fee of a taker', () => {
  const fee = { rate_ppm: 70_000, exponent: 1, taker_only: true }

  test('in USDC on top of a buy and off a sell', () => {
    const t = trial({ terms: { fee } })
    send(t, { price: 5100 })
    expect(t.ex.state.cash).toBe(1000 * MICRO - 5_100_000 - 174_930)
    send(t, { side: 2, price: 4900 })
    expect(t.ex.state.cash).toBe(1000 * MICRO - 5_100_000 + 4_900_000 - 2 * 174_930)
    expect(t.answers.filter((one) => one.kind === 'FILL_MATCHED').map((one) => one.fee)).toEqual([
      174_930, 174_930,
    ])
  })

  test('in shares off a buy, by the rules of its time', () => {
    const charged_in = () =>
      ({ buy: 'shares', sell: 'usdc', buy_amount: 'usdc_value_over_price', cents: false }) as const
    const t = trial({ terms: { fee, charged_in } })
    const order = send(t, { price: 5100 })
    const matched = t.answers.find((one) => one.order === order)!
    expect(matched.fee).toBe(343_000) // 0.07 · 10 · 0.49
    expect(matched.flags).toBe(Flag.FEE_IN_SHARES)
    expect(t.ex.state.cash).toBe(1000 * MICRO - 5_100_000)
    expect(t.ex.state.markets[0]!.held[0]).toBe(110 * S - 343_000)
  })

  test('may take all of a crumb, and the account still adds up when that is confirmed', () => {
    const charged_in = () => ({ buy: 'shares', sell: 'usdc', buy_amount: 'shares', cents: false }) as const
    for (const fail_probability of [0, 1]) {
      const t = Trial.create({ terms: { fee, charged_in }, settings: { fail_probability } })
      message(t, [ask(5100, 1)])
      expect(story(t, send(t, { price: 5100, tif: Tif.FAK }))[0]).toBe('FILL_MATCHED 5100×1')
      Trial.drain(t)
      const { cash, cash_pending, markets } = t.ex.state
      expect([cash_pending, ...markets[0]!.held, ...markets[0]!.pending]).toEqual([0, 0, 0, 0, 0])
      expect(cash).toBe(1000 * MICRO - (fail_probability === 1 ? 0 : 1))
    }
  })

  test('in cents over all fills of an order, the same that its balance was checked for', () => {
    const charged_in = () => ({ buy: 'usdc', sell: 'usdc', buy_amount: 'usdc', cents: true }) as const
    const asks = [ask(5000, S), ask(5010, S), ask(5020, S), ask(5030, S)]
    // 2.006 and fees of four times 0.0175 are 2.08 in whole cents; the check counts the limit, 2.012.
    for (const cash of [2_086_000, 2_085_999]) {
      const t = Trial.create({ terms: { fee, charged_in, min_size: 10_000 }, cash, tick: 10 })
      message(t, asks)
      const fills = story(t, send(t, { price: 5030, size: 4 * S, tif: Tif.FAK }))
      if (cash < 2_086_000) expect(fills).toEqual([`ORDER_REJECTED ${RejectCode.BALANCE}`])
      else expect([fills.length, t.ex.state.cash]).toEqual([5, 6_000])
    }
  })

  test('is not a maker’s, where only takers pay', () => {
    const t = trial({ terms: { fee } })
    send(t, { price: 5000 })
    message(t, [Trial.sells(5000, 50 * S)])
    expect(t.ex.state.cash).toBe(1000 * MICRO - 5_000_000)
  })

  test('is a maker’s too where the market says so', () => {
    const t = trial({ terms: { fee: { ...fee, taker_only: false } } })
    send(t, { price: 5000 })
    message(t, [Trial.sells(5000, 50 * S)])
    expect(t.ex.state.cash).toBe(1000 * MICRO - 5_000_000 - 175_000)
  })
})

describe('the taker hold', () => {
  const held = (options: Trial.TrialOptions = {}) =>
    trial({ ...options, terms: { hold_us: () => 150 * MS, ...options.terms } })

  test('a marketable order waits, and meets the book at its end', () => {
    const t = held()
    const order = send(t, { price: 5100, tif: Tif.FAK })
    expect(story(t, order)).toEqual(['ORDER_DELAYED'])
    message(t, [ask(5100, 4 * S)])
    Trial.until(t, 150 * MS - 1)
    expect(story(t, order)).toHaveLength(1)
    Trial.until(t, 150 * MS)
    expect(story(t, order).slice(1)).toEqual([`FILL_MATCHED 5100×${4 * S}`, `ORDER_CANCELLED ${6 * S}`])
  })

  test('as long as was in force when it arrived', () => {
    const t = trial({ terms: { hold_us: (at) => (at < 10 ? 500 * MS : 0) } })
    const order = send(t, { price: 5100 })
    Trial.until(t, 500 * MS - 1)
    expect(Trial.filled(t, order)).toBe(0)
    Trial.until(t, 500 * MS)
    expect(Trial.filled(t, order)).toBe(10 * S)
  })

  test('what does not cross does not wait', () => {
    const t = held()
    expect(story(t, send(t, { price: 5000 }))).toEqual(['ORDER_ACCEPTED'])
  })

  test('no cancel works during it', () => {
    const t = held()
    const order = send(t, { price: 5100 })
    Trial.cancel(t, order)
    expect(story(t, order)).toEqual(['ORDER_DELAYED', `CANCEL_REJECTED ${RejectCode.CANCEL_HELD}`])
    Trial.until(t, 150 * MS)
    expect(Trial.filled(t, order)).toBe(10 * S)
  })

  test('at its end tick, balance and market are checked again', () => {
    const cases: [number, (t: Trial.Trial) => void][] = [
      [
        RejectCode.TICK,
        (t) => {
          t.ex.feeds[0]!.tick = 1000
        },
      ],
      [RejectCode.MARKET_CLOSED, (t) => Exchange.scheduleClose(t.ex, 0, 1)],
    ]
    for (const [code, change] of cases) {
      const t = held()
      const order = send(t, { price: 5100 })
      change(t)
      Trial.until(t, 150 * MS)
      expect(story(t, order)).toEqual(['ORDER_DELAYED', `ORDER_REJECTED ${code}`])
      expect(t.ex.state.cash_reserved).toBe(0)
    }
  })

  test('what it reserved while it waited is its own at the end', () => {
    const t = held({ cash: 5_100_000 })
    const order = send(t, { price: 5100 })
    Trial.until(t, 150 * MS)
    expect(Trial.filled(t, order)).toBe(10 * S)
    expect([t.ex.state.cash, t.ex.state.cash_reserved]).toEqual([0, 0])
  })

  test('the fee is not reserved while it waits: what others took meanwhile is missing at the end', () => {
    const fee = { rate_ppm: 70_000, exponent: 1, taker_only: true }
    const t = held({ cash: 7_700_000, terms: { fee } })
    const order = send(t, { price: 5100 })
    send(t, { price: 5000, size: 5 * S })
    Trial.until(t, 150 * MS)
    expect(story(t, order)).toEqual(['ORDER_DELAYED', `ORDER_REJECTED ${RejectCode.BALANCE}`])
  })

  test('a GTD order needs its full life when it arrives, and only some when the hold ends', () => {
    const settings = { gtd_min_life_s: 1 }
    const gtd = (expire_us: number, hold_us = 150 * MS) => {
      const t = held({ settings, terms: { hold_us: () => hold_us } })
      const order = send(t, { price: 5100, tif: Tif.GTD, expire_us })
      Trial.until(t, 2 * SECOND)
      return story(t, order)
    }
    expect(gtd(SECOND - 1)).toEqual([`ORDER_REJECTED ${RejectCode.EXPIRATION}`])
    expect(gtd(SECOND)).toEqual(['ORDER_DELAYED', `FILL_MATCHED 5100×${10 * S}`])
    expect(gtd(SECOND, SECOND)).toEqual(['ORDER_DELAYED', `ORDER_REJECTED ${RejectCode.EXPIRATION}`])
  })

  test('an order that no longer crosses at its end comes to rest', () => {
    const t = held()
    const order = send(t, { price: 5100 })
    message(t, [ask(5100, 0)])
    Trial.until(t, 150 * MS)
    expect(story(t, order)).toEqual(['ORDER_DELAYED', 'ORDER_ACCEPTED'])
  })
})

describe('bbo', () => {
  const bbo = (slip_bps: number, options: Trial.TrialOptions = {}) =>
    trial({ ...options, settings: { fill: 'bbo', slip_bps } })
  /** The same where the recording has no sizes. */
  const unsized = (slip_bps: number) => {
    const t = bbo(slip_bps)
    t.ex.feeds[0]!.unsized = true
    return t
  }
  const flags = (t: Trial.Trial) =>
    t.answers.filter((one) => one.kind === 'FILL_MATCHED').map((one) => one.flags)

  test('fills at most what the touch displays, at its slipped price; the rest is no free maker either', () => {
    const t = bbo(10)
    const order = send(t, { price: 5300, size: 50 * S })
    message(t, [bid(4700, S)])
    expect(story(t, order)).toEqual([`FILL_MATCHED 5200×${10 * S}`, 'ORDER_ACCEPTED'])
    // The touch is used up: nobody knows what is behind it.
    expect(story(t, send(t, { price: 5300, tif: Tif.FAK }))).toEqual([
      `ORDER_REJECTED ${RejectCode.FAK_NO_MATCH}`,
    ])
    expect(flags(t)).toEqual([0])
  })

  test('what an order gave up for the slippage is there for the next taker', () => {
    const t = bbo(10)
    expect(story(t, send(t, { price: 5100 }))).toEqual(['ORDER_ACCEPTED'])
    expect(story(t, send(t, { price: 5200, tif: Tif.FAK }))[0]).toBe(`FILL_MATCHED 5200×${10 * S}`)
    expect([t.ex.state.markets[0]!.displayed_shares, t.ex.state.markets[0]!.taken_shares]).toEqual([
      10 * S,
      10 * S,
    ])
  })

  test('without recorded sizes whole, and marked as beyond what anybody knows to be displayed', () => {
    const t = unsized(10)
    expect(story(t, send(t, { price: 5300, size: 50 * S }))).toEqual([`FILL_MATCHED 5200×${50 * S}`])
    expect(story(t, send(t, { side: 2, price: 4000, size: 50 * S }))).toEqual([`FILL_MATCHED 4800×${50 * S}`])
    expect(flags(t)).toEqual([Flag.BEYOND_DISPLAY, Flag.BEYOND_DISPLAY])
    expect(t.ex.state.markets[0]!.taken_shares).toBe(0)
  })

  test('any slippage is at least one tick', () => {
    const t = bbo(0.01)
    expect(story(t, send(t, { price: 5300 }))).toEqual([`FILL_MATCHED 5200×${10 * S}`])
    const fine = bbo(10, { tick: 10 })
    expect(story(fine, send(fine, { price: 5300 }))).toEqual([`FILL_MATCHED 5110×${10 * S}`])
  })

  test('on a grid of several steps it goes to the next price, whatever band that is in', () => {
    for (const [touch, bps, buys, at] of [
      [4_800, 10, true, 4_900],
      [4_800, 10, false, 4_700],
      [990, 10, true, 1_000],
      [1_000, 10, true, 1_100],
      [1_000, 10, false, 990],
      [9_000, 10, false, 8_900],
      [950, 600, true, 1_100],
      [9_000, 120, true, 9_110],
      [9_990, 10, true, 9_990],
      [4_850, 0, true, 4_900],
    ] as const)
      expect(slipped(touch, TAPERED, bps, buys), `${touch}`).toBe(at)
    const t = bbo(10, { tick: 10, terms: { grid: TAPERED } })
    expect(story(t, send(t, { price: 5300 }))).toEqual([`FILL_MATCHED 5200×${10 * S}`])
  })

  test('Down slips in its own terms', () => {
    const t = bbo(100, { tick: 10 })
    // Down's ask is 1 − 0.49; one per cent more is 0.5151.
    expect(story(t, send(t, { outcome: 1, price: 5300 }))).toEqual([`FILL_MATCHED 5160×${10 * S}`])
  })

  test('without slippage the touch itself', () => {
    const t = bbo(0)
    expect(story(t, send(t, { price: 5300 }))).toEqual([`FILL_MATCHED 5100×${10 * S}`])
  })

  test('by money, all of it', () => {
    const t = unsized(10)
    expect(story(t, send(t, { price: 5200, size: 0, amount: 100 * MICRO, tif: Tif.FOK }))).toEqual([
      'FILL_MATCHED 5200×192307692',
      'ORDER_CANCELLED 0',
    ])
  })

  test('never beyond the limit: then no fill, and no free one at the limit later', () => {
    const t = bbo(10)
    expect(story(t, send(t, { price: 5100, tif: Tif.FAK }))).toEqual([
      `ORDER_REJECTED ${RejectCode.FAK_NO_MATCH}`,
    ])
    expect(story(t, send(t, { price: 5100, tif: Tif.FOK }))).toEqual([
      `ORDER_REJECTED ${RejectCode.FOK_UNFILLED}`,
    ])
    const rests = send(t, { price: 5100 })
    message(t, [bid(4000, S)])
    expect(story(t, rests)).toEqual(['ORDER_ACCEPTED'])
    message(t, [ask(5100, 3 * S)])
    expect(Trial.filled(t, rests)).toBe(0)
    message(t, [ask(5100, 5 * S)])
    expect(Trial.filled(t, rests)).toBe(2 * S)
  })

  test('the slipped price by hand', () => {
    expect(slipped(5000, uniformGrid(100), 0, true)).toBe(5000)
    expect(slipped(5000, uniformGrid(100), 10, true)).toBe(5100)
    expect(slipped(5000, uniformGrid(10), 10, true)).toBe(5010)
    expect(slipped(5000, uniformGrid(1), 10, true)).toBe(5005)
    expect(slipped(5000, uniformGrid(1), 10, false)).toBe(4995)
    expect(slipped(5000, uniformGrid(100), 10, false)).toBe(4900)
    expect(slipped(3000, uniformGrid(25), 100, true)).toBe(3050)
    // Inside [δ, 1 − δ].
    expect(slipped(9900, uniformGrid(100), 500, true)).toBe(9900)
    expect(slipped(100, uniformGrid(100), 500, false)).toBe(100)
    // A touch off a coarser grid is no gift.
    expect(slipped(9950, uniformGrid(100), 0, true)).toBe(9950)
    expect(slipped(50, uniformGrid(100), 0, false)).toBe(50)
    // A tenth of a share price that no double holds.
    for (let price = 100; price < 10_000; price += 100) {
      expect(slipped(price, uniformGrid(100), 0, true)).toBe(price)
      expect(slipped(price, uniformGrid(100), 0, false)).toBe(price)
    }
  })
})
