import { describe, expect, test } from 'vitest'
import { Flag } from '../events/index.ts'
import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import { MICRO, MS } from '../units/index.ts'
import * as Exchange from './exchange.ts'
import { FILL_MODELS } from './settings.ts'
import * as Trial from './trial.fixture.ts'

const { ask, bid, cancel, message, send, story } = Trial
const S = MICRO

function trial(options: Trial.TrialOptions = {}) {
  const made = Trial.create({ shares: 100 * S, ...options })
  message(made, [bid(5000, 30 * S), ask(5200, 30 * S)])
  return made
}

const crossing = [bid(5000, 0), ask(4900, S)]
const quiet = [bid(5000, 8 * S)]

describe('after a gap', () => {
  test.each(FILL_MODELS)('%s: a crossed order is filled whole at its own price, and marked', (fill) => {
    const t = trial({ settings: { fill } })
    const order = send(t)
    Exchange.beginSilence(t.ex, 0)
    message(t, crossing)
    expect(story(t, order).slice(1)).toEqual([`FILL_MATCHED 5000×${10 * S}`])
    const fill_answer = t.answers.find((one) => one.kind === 'FILL_MATCHED')!
    expect(fill_answer.flags).toBe(Flag.MAKER | Flag.GAP_FILL)
    expect(t.ex.state.gap_fills).toBe(1)
  })

  test.each(FILL_MODELS)('%s: any other goes to the back of the queue', (fill) => {
    const t = trial({ settings: { fill } })
    const order = send(t)
    message(t, [Trial.sells(5000, 29 * S)])
    Exchange.beginSilence(t.ex, 0)
    message(t, quiet)
    message(t, [Trial.sells(5000, 10 * S)])
    expect(Trial.filled(t, order)).toBe(2 * S)
  })

  test('the other side is the mirror', () => {
    const t = trial()
    const up = send(t, { side: 2, price: 5100 })
    const down = send(t, { outcome: 1, price: 4900 })
    Exchange.beginSilence(t.ex, 0)
    message(t, [bid(5100, S)])
    expect([Trial.filled(t, up), Trial.filled(t, down)]).toEqual([10 * S, 10 * S])
  })

  test('a message that changes nothing is a book too; prints alone are not', () => {
    const t = trial()
    const order = send(t)
    Exchange.beginSilence(t.ex, 0)
    cancel(t, order)
    message(t, [Trial.sells(4000, 50 * S)])
    expect(story(t, order)).toEqual(['ORDER_ACCEPTED'])
    message(t, [])
    expect(story(t, order).at(-1)).toBe(`ORDER_CANCELLED ${10 * S}`)
  })

  test('a reset is no book before levels follow it', () => {
    const t = trial()
    const order = send(t)
    message(t, [{ row: 'reset' }])
    cancel(t, order)
    message(t, [])
    message(t, [Trial.sells(5000, S)])
    expect(story(t, order)).toEqual(['ORDER_ACCEPTED'])
    message(t, [bid(5000, 9 * S)])
    expect(story(t, order).at(-1)).toBe(`ORDER_CANCELLED ${10 * S}`)
  })

  test('nor when silence is told of once more in between', () => {
    const t = trial()
    const order = send(t)
    message(t, [{ row: 'reset' }])
    Exchange.beginSilence(t.ex, 0)
    cancel(t, order)
    message(t, [])
    expect(story(t, order)).toEqual(['ORDER_ACCEPTED'])
  })

  test('a reset with its levels in one message is a gap like any other', () => {
    const t = trial()
    const crossed = send(t, { price: 5100 })
    const stays = send(t, { price: 5000 })
    message(t, [{ row: 'reset' }, bid(5000, 9 * S), ask(5100, S)])
    expect(Trial.filled(t, crossed)).toBe(10 * S)
    // A print right after the reset may be of a trade that its book shows already.
    message(t, [Trial.sells(5000, 10 * S)])
    expect(Trial.filled(t, stays)).toBe(0)
    Trial.until(t, t.now + 200 * MS)
    message(t, [Trial.sells(5000, 10 * S)])
    expect(Trial.filled(t, stays)).toBe(S)
  })
})

describe('in a gap', () => {
  test('a cancel waits, and comes too late for a crossed order', () => {
    const t = trial()
    const first = send(t)
    const second = send(t, { price: 4800 })
    Exchange.beginSilence(t.ex, 0)
    cancel(t, first)
    cancel(t, second)
    cancel(t, second)
    expect(story(t, first)).toEqual(['ORDER_ACCEPTED'])
    message(t, crossing)
    expect(story(t, first).slice(1)).toEqual([
      `FILL_MATCHED 5000×${10 * S}`,
      `CANCEL_REJECTED ${RejectCode.CANCEL_MATCHED}`,
    ])
    expect(story(t, second).slice(1)).toEqual([`ORDER_CANCELLED ${10 * S}`])
  })

  test('an expiry waits as a cancel does', () => {
    const t = trial()
    const gtd = { tif: Tif.GTD, expire_us: 10 * MS }
    const first = send(t, gtd)
    const second = send(t, { ...gtd, price: 4800 })
    Exchange.beginSilence(t.ex, 0)
    Trial.until(t, 20 * MS)
    cancel(t, second)
    message(t, crossing)
    expect(Trial.filled(t, first)).toBe(10 * S)
    expect(story(t, second).slice(1)).toEqual([`ORDER_EXPIRED ${10 * S}`])
  })

  test('a cancel that came before the expiry stays a cancel', () => {
    const t = trial()
    const order = send(t, { tif: Tif.GTD, expire_us: 10 * MS })
    Exchange.beginSilence(t.ex, 0)
    cancel(t, order)
    Trial.until(t, 20 * MS)
    message(t, [])
    expect(story(t, order).at(-1)).toBe(`ORDER_CANCELLED ${10 * S}`)
  })

  test('nothing matches and nothing crosses: nobody knows the book', () => {
    const t = trial()
    Exchange.beginSilence(t.ex, 0)
    const fak = send(t, { tif: Tif.FAK, price: 5200 })
    const fok = send(t, { tif: Tif.FOK, price: 5200 })
    const post_only = send(t, { price: 5200, post_only: true })
    expect(story(t, fak)).toEqual([`ORDER_REJECTED ${RejectCode.FAK_NO_MATCH}`])
    expect(story(t, fok)).toEqual([`ORDER_REJECTED ${RejectCode.FOK_UNFILLED}`])
    expect(story(t, post_only)).toEqual(['ORDER_ACCEPTED'])
    message(t, [])
    expect(Trial.filled(t, post_only)).toBe(10 * S)
  })

  test('an order whose hold ends rests unmatched, exposed like the others', () => {
    const t = trial({ terms: { hold_us: () => 150 * MS } })
    const order = send(t, { price: 5200 })
    Exchange.beginSilence(t.ex, 0)
    Trial.until(t, 150 * MS)
    expect(story(t, order)).toEqual(['ORDER_DELAYED', 'ORDER_ACCEPTED'])
    message(t, [])
    expect(t.answers.find((one) => one.kind === 'FILL_MATCHED')?.flags).toBe(Flag.MAKER | Flag.GAP_FILL)
  })

  test('the market’s end waits too: then the first book decides, and what is left is cancelled', () => {
    const t = trial()
    const first = send(t)
    const second = send(t, { price: 4800 })
    Exchange.beginSilence(t.ex, 0)
    Exchange.scheduleClose(t.ex, 0, 5)
    Trial.until(t, 5)
    expect(story(t, send(t))).toEqual([`ORDER_REJECTED ${RejectCode.MARKET_CLOSED}`])
    message(t, crossing)
    expect(Trial.filled(t, first)).toBe(10 * S)
    expect(story(t, second).at(-1)).toBe(`ORDER_CANCELLED ${10 * S}`)
  })

  test.each([
    ['Down won', 0, 10, 0],
    ['Up won', 10_000, 0, 10],
    ['half each', 5_000, 0, 0],
    ['nobody knows', -1, 0, 0],
  ])('no book comes and %s: the outcome is the book', (_, payout, bought, sold) => {
    const t = trial()
    const buy = send(t, { price: 4900 })
    const sell = send(t, { side: 2, price: 5100 })
    Exchange.beginSilence(t.ex, 0)
    cancel(t, buy)
    Exchange.resolve(t.ex, 0, payout, 1)
    Trial.until(t, 1)
    expect([Trial.filled(t, buy), Trial.filled(t, sell)]).toEqual([bought * S, sold * S])
    const last = (filled: number) =>
      filled > 0 ? /^(FILL_MATCHED|CANCEL_REJECTED)/ : new RegExp(`^ORDER_CANCELLED ${10 * S}`)
    expect(story(t, buy).at(-1)).toMatch(last(bought))
    expect(story(t, sell).at(-1)).toMatch(last(sold))
  })

  test('a split at half crosses a bid above it, not one at it', () => {
    const t = trial()
    const [above, at] = [send(t, { price: 5100 }), send(t, { price: 5000 })]
    Exchange.beginSilence(t.ex, 0)
    Exchange.resolve(t.ex, 0, 5_000, 1)
    Trial.until(t, 1)
    expect([Trial.filled(t, above), Trial.filled(t, at)]).toEqual([10 * S, 0])
  })
})

describe('other policies', () => {
  test.each(['ignore', 'strict'] as const)('%s: silence and resets expose nothing', (gaps) => {
    const t = trial({ settings: { gaps } })
    const order = send(t)
    Exchange.beginSilence(t.ex, 0)
    message(t, [{ row: 'reset' }])
    cancel(t, order)
    expect(story(t, order)).toEqual(['ORDER_ACCEPTED', `ORDER_CANCELLED ${10 * S}`])
  })

  test.each(['ignore', 'blackout'] as const)(
    '%s: a reset gives no taken depth back, in however many messages the book is told again',
    (gaps) => {
      const t = trial({ settings: { gaps } })
      const take = () => Trial.filled(t, send(t, { price: 5200, size: 30 * S, tif: Tif.FAK }))
      expect(take()).toBe(30 * S)
      message(t, [{ row: 'reset' }, bid(5000, 50 * S), ask(5200, 30 * S)])
      expect(take()).toBe(0)
      message(t, [{ row: 'reset' }])
      message(t, [bid(5000, 50 * S)])
      message(t, [ask(5300, 50 * S)])
      message(t, [ask(5200, 30 * S)])
      expect(take()).toBe(0)
      message(t, [{ row: 'reset' }])
      message(t, [ask(5200, 37 * S)])
      expect(take()).toBe(7 * S)
    },
  )
})

test('a level that vanished before a reset says nothing: the book was void', () => {
  const t = trial({ prints: false, settings: { gaps: 'ignore', fill: 'queue-neutral' } })
  const order = send(t)
  message(t, [bid(5000, 45 * S)])
  message(t, [bid(5000, 0), { row: 'reset' }, bid(4900, S)])
  expect(Trial.filled(t, order)).toBe(0)
})

test('what was printed before a reset stays traded', () => {
  const t = trial()
  const order = send(t, { price: 5100 })
  message(t, [Trial.sells(5100, 4 * S), { row: 'reset' }])
  expect(story(t, order)).toEqual(['ORDER_ACCEPTED', `FILL_MATCHED 5100×${4 * S}`])
})

test('the end of a market cancels what rests, and resolution too', () => {
  const t = trial()
  const first = send(t)
  Exchange.scheduleClose(t.ex, 0, 5)
  Trial.until(t, 5)
  expect(story(t, first).at(-1)).toBe(`ORDER_CANCELLED ${10 * S}`)
  const other = trial()
  const second = send(other)
  const third = send(other, { side: 2, price: 5100 })
  Exchange.resolve(other.ex, 0, 10_000, 5)
  Trial.until(other, 5)
  expect([second, third].map((one) => story(other, one).at(-1))).toEqual([
    `ORDER_CANCELLED ${10 * S}`,
    `ORDER_CANCELLED ${10 * S}`,
  ])
})
