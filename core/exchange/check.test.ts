import { describe, expect, test } from 'vitest'
import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import { gridOf, MICRO, SECOND } from '../units/index.ts'
import type { NewOrder } from './exchange.ts'
import * as Exchange from './exchange.ts'
import { isVenueText, rejectText } from './reject-text.ts'
import * as Trial from './trial.fixture.ts'

const S = MICRO

/** A market with 20 shares a side, 1 Up at 0.60 more; 10 USDC and 10 shares of each. */
function trial(options: Trial.TrialOptions = {}) {
  const made = Trial.create({ cash: 10 * MICRO, shares: 10 * S, ...options })
  Trial.message(made, [Trial.bid(4900, 20 * S), Trial.ask(5100, 20 * S), Trial.ask(6000, S)])
  return made
}

/** Sends one order and returns the code of its refusal, 0 when it was taken. */
function refusal(order: Partial<NewOrder>, t = trial()): number {
  const number = Trial.send(t, order)
  const answer = t.answers.find((one) => one.order === number && one.kind === 'ORDER_REJECTED')
  if (answer !== undefined) {
    expect(Trial.story(t, number)).toHaveLength(1)
    expect(Trial.filled(t, number)).toBe(0)
  }
  return answer?.x ?? RejectCode.NONE
}

const sell = { side: 2 as const, price: 5100 }
const fak = { tif: Tif.FAK, price: 5100 }

describe('prices in several steps', () => {
  const grid = gridOf([
    { from: 0, step: 10 },
    { from: 1_000, step: 100 },
    { from: 9_000, step: 10 },
  ])
  const cash = 1_000 * MICRO
  const refused = (order: Partial<NewOrder>) =>
    refusal(order, trial({ tick: 10, terms: { grid }, cash, shares: cash }))

  test.each([0, 1] as const)('of outcome %d: each band has its own, and the edges are of both', (outcome) => {
    for (const price of [4_850, 1_010, 1_050, 8_990, 995, 9_005])
      for (const side of [1, 2] as const) expect(refused({ price, outcome, side })).toBe(RejectCode.TICK)
    for (const price of [10, 990, 1_000, 1_100, 4_800, 8_900, 9_000, 9_010, 9_990])
      for (const side of [1, 2] as const) expect(refused({ price, outcome, side })).toBe(RejectCode.NONE)
    for (const price of [5, 9_995]) expect(refused({ price, outcome })).toBe(RejectCode.PRICE_RANGE)
  })
})

describe('the venue refuses', () => {
  test.each([
    ['a price off the tick', { price: 4950 }, RejectCode.TICK],
    ['a price off the tick, of Down', { price: 4950, outcome: 1 as const }, RejectCode.TICK],
    ['a price of 0', { price: 0 }, RejectCode.PRICE_RANGE],
    ['a price of 1', { price: 10_000 }, RejectCode.PRICE_RANGE],
    ['a price inside (0, 1) by less than a tick', { price: 50 }, RejectCode.PRICE_RANGE],
    ['a third decimal of a size', { size: 5_001_000 }, RejectCode.DECIMALS],
    ['a third decimal of money', { ...fak, size: 0, amount: 1_001_000 }, RejectCode.DECIMALS],
    ['less than the minimum size', { size: 4_990_000 }, RejectCode.MIN_SIZE],
    ['nothing', { size: 0 }, RejectCode.MIN_SIZE],
    ['to sell nothing', { ...sell, ...fak, size: 0 }, RejectCode.MIN_SIZE],
    ['a post-only bid at the ask', { price: 5100, post_only: true }, RejectCode.CROSSES],
    [
      'a post-only ask through the bid',
      { side: 2 as const, price: 4800, post_only: true },
      RejectCode.CROSSES,
    ],
    ['to buy for less than $1 at once', { ...fak, size: 0, amount: 990_000 }, RejectCode.MARKETABLE_MIN],
    ['to spend more than is there', { price: 4900, size: 21 * S }, RejectCode.BALANCE],
    ['to spend more money than is there', { ...fak, size: 0, amount: 10_010_000 }, RejectCode.BALANCE],
    ['to sell more than is held', { ...sell, size: 10_010_000 }, RejectCode.BALANCE],
    ['to sell more Down than is held', { ...sell, outcome: 1 as const, size: 11 * S }, RejectCode.BALANCE],
    ['a FAK that meets nobody', { ...fak, price: 5000 }, RejectCode.FAK_NO_MATCH],
    ['a FOK that meets too little', { tif: Tif.FOK, price: 5100, size: 20_010_000 }, RejectCode.BALANCE],
  ])('%s', (_, order, code) => {
    expect(refusal(order)).toBe(code)
  })

  test('a FOK for more than is displayed within its limit', () => {
    const rich = () => trial({ cash: 100 * MICRO })
    const fok = { tif: Tif.FOK, price: 5100 }
    expect(refusal({ ...fok, size: 20_010_000 }, rich())).toBe(RejectCode.FOK_UNFILLED)
    expect(refusal({ ...fok, size: 20 * S }, rich())).toBe(RejectCode.NONE)
    expect(refusal({ ...fok, amount: 10_210_000 }, rich())).toBe(RejectCode.FOK_UNFILLED)
    expect(refusal({ ...fok, amount: 10_200_000 }, rich())).toBe(RejectCode.NONE)
  })

  test('a marketable limit order for less than $1, where a resting one may stand', () => {
    const cheap = () => {
      const made = Trial.create({ cash: 10 * MICRO })
      Trial.message(made, [Trial.ask(1000, 20 * S)])
      return made
    }
    expect(refusal({ price: 1000, size: 9 * S }, cheap())).toBe(RejectCode.MARKETABLE_MIN)
    expect(refusal({ price: 900, size: 9 * S }, cheap())).toBe(RejectCode.NONE)
    expect(refusal({ price: 1000, size: 10 * S }, cheap())).toBe(RejectCode.NONE)
  })

  test('to sell at once below the minimum size: no, that is for orders that may rest', () => {
    expect(refusal({ side: 2, price: 4900, tif: Tif.FAK, size: S })).toBe(RejectCode.NONE)
  })

  test('a GTD order that would leave too soon', () => {
    const gtd = { tif: Tif.GTD, price: 4900 }
    const t = () => trial({ settings: { gtd_min_life_s: 120 } })
    expect(refusal({ ...gtd, expire_us: 120 * SECOND - 1 }, t())).toBe(RejectCode.EXPIRATION)
    expect(refusal({ ...gtd, expire_us: 120 * SECOND }, t())).toBe(RejectCode.NONE)
  })

  test('everything in a market that is closed, or has no book', () => {
    const closed = trial()
    Exchange.scheduleClose(closed.ex, 0, 0)
    Trial.until(closed, 0)
    expect(refusal({}, closed)).toBe(RejectCode.MARKET_CLOSED)
    const blank = Trial.create()
    blank.ex.feeds[0]!.book = null
    expect(refusal({}, blank)).toBe(RejectCode.NO_BOOK)
  })

  test('by the tick of the moment: a change in mid-market decides what comes after it, and not what rests', () => {
    const t = trial()
    expect(refusal({ price: 4950 }, t)).toBe(RejectCode.TICK)
    t.ex.feeds[0]!.tick = 50
    const rests = Trial.send(t, { price: 4950, size: 5 * S })
    t.ex.feeds[0]!.tick = 100
    expect(refusal({ price: 4950 }, t)).toBe(RejectCode.TICK)
    Trial.message(t, [Trial.sells(4900, 5 * S)])
    expect(Trial.filled(t, rests)).toBe(5 * S)
  })

  test('what open orders reserve, not twice', () => {
    const t = trial()
    const first = Trial.send(t, { price: 4900, size: 10 * S })
    expect(refusal({ price: 4900, size: 11 * S }, t)).toBe(RejectCode.BALANCE)
    Trial.cancel(t, first)
    expect(refusal({ price: 4900, size: 11 * S }, t)).toBe(RejectCode.NONE)
    Trial.send(t, { ...sell, price: 5200, size: 6 * S })
    expect(refusal({ ...sell, price: 5200, size: 5 * S }, t)).toBe(RejectCode.BALANCE)
  })

  test('a taker that can pay its shares but not its fee on top', () => {
    const fee = { rate_ppm: 70_000, exponent: 1, taker_only: true }
    const t = (cash: number) => trial({ cash, terms: { fee } })
    // 10 shares at 0.51: 5.10 and a fee of 0.17493.
    expect(refusal({ price: 5100 }, t(5_274_920))).toBe(RejectCode.BALANCE)
    expect(refusal({ price: 5100 }, t(5_274_930))).toBe(RejectCode.NONE)
    // By money, at a limit where the fee would be lower than at the price it gets.
    expect(refusal({ ...fak, price: 9900, size: 0, amount: 5_100_000 }, t(5_274_920))).toBe(
      RejectCode.BALANCE,
    )
    expect(refusal({ ...fak, price: 9900, size: 0, amount: 5_100_000 }, t(5_274_930))).toBe(RejectCode.NONE)
  })

  test('a buy that its limit would cost too much, however good the book', () => {
    expect(refusal({ price: 9900, size: 10 * S }, trial({ cash: 9_899_999 }))).toBe(RejectCode.BALANCE)
    expect(refusal({ price: 9900, size: 10 * S }, trial({ cash: 9_900_000 }))).toBe(RejectCode.NONE)
  })

  test('a taker whose fills, each rounded up, cost a micro-USDC more than its limit says', () => {
    const t = (cash: number) => {
      const made = Trial.create({ cash })
      Trial.message(made, [Trial.ask(4900, 1), Trial.ask(5000, 1), Trial.ask(5100, 20 * S)])
      return made
    }
    expect(refusal({ price: 5100, size: 5 * S }, t(2_550_000))).toBe(RejectCode.BALANCE)
    const paid = t(2_550_001)
    expect(refusal({ price: 5100, size: 5 * S }, paid)).toBe(RejectCode.NONE)
    expect(paid.ex.state.cash).toBe(0)
  })

  test('shares that are bought and not confirmed, as the venue does', () => {
    const t = trial({ shares: 0 })
    Trial.send(t, { price: 5100 })
    expect(refusal({ ...sell, size: 5 * S }, t)).toBe(RejectCode.BALANCE)
    Trial.until(t, 4 * SECOND - 1)
    expect(refusal({ ...sell, size: 5 * S }, t)).toBe(RejectCode.BALANCE)
    Trial.until(t, 4 * SECOND)
    expect(refusal({ ...sell, size: 5 * S }, t)).toBe(RejectCode.NONE)
  })
})

describe('an order that cannot be put on the wire is a defect, and throws', () => {
  test.each([
    ['order', { order: 0 }],
    ['market', { market: 1 }],
    ['tif', { tif: 9 }],
    ['post_only', { tif: Tif.FAK, post_only: true }],
    ['price', { price: 4900.5 }],
    ['size', { size: Number.NaN }],
    ['amount', { amount: -1 }],
    ['amount', { amount: MICRO }],
    ['amount', { amount: MICRO, tif: Tif.FAK, side: 2 as const }],
    ['expire_us', { expire_us: 1 }],
    ['expire_us', { tif: Tif.GTD }],
  ])('%s in %j', (field, order) => {
    const t = trial()
    Trial.send(t)
    const before = structuredClone(t.ex.state)
    expect(() => Trial.send(t, order)).toThrow(expect.objectContaining({ code: 'exchange.order', field }))
    expect(t.ex.state).toEqual(before)
  })

  test('a number names one order for good', () => {
    const t = trial()
    const order = Trial.send(t)
    Trial.cancel(t, order)
    expect(() => Trial.send(t, { order })).toThrow(expect.objectContaining({ field: 'order' }))
  })

  test('more open orders than the stated limit', () => {
    const t = trial({ settings: { entry_latency_ms: 1 } })
    for (let i = 0; i < 4096; i++) Trial.send(t)
    const before = structuredClone(t.ex.state)
    expect(() => Trial.send(t)).toThrow(expect.objectContaining({ code: 'exchange.orders_full' }))
    expect(t.ex.state).toEqual(before)
  })
})

describe('words of a refusal', () => {
  test('every code has its own', () => {
    const texts = Object.values(RejectCode).map((code) => rejectText(code))
    expect(new Set(texts).size).toBe(Object.keys(RejectCode).length)
    expect(texts.filter((text) => text === '')).toHaveLength(1)
  })

  test('as the venue writes them', () => {
    expect(rejectText(RejectCode.TICK, { price: 4950, tick: 100 })).toBe(
      'order … is invalid. Price (0.495) breaks minimum tick size rule: 0.01',
    )
    expect(rejectText(RejectCode.MIN_SIZE, { size: 4_990_000, min_size: 5 * S })).toBe(
      'order … is invalid. Size (4.99) lower than the minimum: 5',
    )
    expect(rejectText(RejectCode.MIN_SIZE)).toContain('({size})')
    expect(rejectText(RejectCode.PRICE_RANGE, { price: 0, tick: 10 })).toContain(
      '(0) is not from 0.001 to 0.999',
    )
    expect(rejectText(RejectCode.CROSSES)).toBe('invalid post-only order: order crosses book')
    expect(rejectText(RejectCode.BALANCE)).toBe('not enough balance / allowance')
    expect(rejectText(RejectCode.CANCEL_MATCHED)).toBe('already canceled or matched')
  })

  test('says which are ours', () => {
    expect(isVenueText(RejectCode.BALANCE)).toBe(true)
    expect(isVenueText(RejectCode.CANCEL_HELD)).toBe(false)
    expect(() => rejectText(99)).toThrow(expect.objectContaining({ code: 'exchange.reject_code' }))
  })
})
