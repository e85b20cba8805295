import { describe, expect, test } from 'vitest'
import { Tif } from '../machine/records.ts'
import { RejectCode } from '../risk/codes.ts'
import { MICRO, MS, SECOND } from '../units/index.ts'
import * as Exchange from './exchange.ts'
import * as Trial from './trial.fixture.ts'

const { ask, bid, cancel, message, send, story, until } = Trial
const S = MICRO

function trial(options: Trial.TrialOptions = {}) {
  const made = Trial.create({ shares: 100 * S, ...options })
  message(made, [bid(4900, 10 * S), ask(5100, 10 * S)])
  return made
}

const slow = { settings: { entry_latency_ms: 50, response_latency_ms: 30 } }

describe('time', () => {
  test('an order acts after the entry latency, its answer comes after the response latency', () => {
    const t = trial(slow)
    const order = send(t, { price: 5100 })
    until(t, 50 * MS - 1)
    expect(t.ex.state.cash_reserved).toBe(0)
    message(t, [ask(5100, 3 * S)])
    until(t, 80 * MS - 1)
    expect(story(t, order)).toEqual([])
    until(t, 80 * MS)
    expect(story(t, order)).toEqual([`FILL_MATCHED 5100×${3 * S}`, 'ORDER_ACCEPTED'])
  })

  test('nothing under way is due at Infinity, and the next request says when', () => {
    const t = trial(slow)
    expect(Exchange.nextRequest(t.ex)).toBe(Number.POSITIVE_INFINITY)
    send(t)
    expect(Exchange.nextRequest(t.ex)).toBe(50 * MS)
  })
})

describe('requests due at the same time go in the order in which they were made', () => {
  test('create, then cancel: it rested for no time at all', () => {
    const t = trial(slow)
    const order = send(t, { price: 5000 })
    cancel(t, order)
    until(t, SECOND)
    expect(story(t, order)).toEqual(['ORDER_ACCEPTED', `ORDER_CANCELLED ${10 * S}`])
  })

  test('cancel twice: the second comes too late', () => {
    const t = trial()
    const order = send(t, { price: 5000 })
    cancel(t, order)
    cancel(t, order)
    expect(story(t, order).slice(1)).toEqual([
      `ORDER_CANCELLED ${10 * S}`,
      `CANCEL_REJECTED ${RejectCode.CANCEL_MATCHED}`,
    ])
  })

  test('expiry and cancel: the expiry was set first', () => {
    const t = trial({ settings: { entry_latency_ms: 50 } })
    const order = send(t, { price: 5000, tif: Tif.GTD, expire_us: 200 * MS })
    until(t, 150 * MS)
    cancel(t, order)
    until(t, 200 * MS)
    expect(story(t, order).slice(1)).toEqual([
      `ORDER_EXPIRED ${10 * S}`,
      `CANCEL_REJECTED ${RejectCode.CANCEL_MATCHED}`,
    ])
  })

  test('hold and cancel: still held, then matched', () => {
    const t = trial({ settings: { entry_latency_ms: 150 }, terms: { hold_us: () => 150 * MS } })
    const order = send(t, { price: 5100 })
    until(t, 150 * MS)
    cancel(t, order)
    until(t, 300 * MS)
    // The hold was set in the moment of the cancel, before it.
    expect(story(t, order)).toEqual([
      'ORDER_DELAYED',
      `FILL_MATCHED 5100×${10 * S}`,
      `CANCEL_REJECTED ${RejectCode.CANCEL_MATCHED}`,
    ])
  })

  test('close and order: whichever was made first', () => {
    const t = trial({ settings: { entry_latency_ms: 50 } })
    const early = send(t, { price: 5000 })
    Exchange.scheduleClose(t.ex, 0, 50 * MS)
    const late = send(t, { price: 5000 })
    until(t, 50 * MS)
    expect(story(t, early)).toEqual(['ORDER_ACCEPTED', `ORDER_CANCELLED ${10 * S}`])
    expect(story(t, late)).toEqual([`ORDER_REJECTED ${RejectCode.MARKET_CLOSED}`])
  })
})

describe('cancels', () => {
  test('that overtake their order find none', () => {
    const t = trial({ settings: { latency_model: 'samples', latency_samples_ms: ['1', '90'] }, seed: 2 })
    let overtaken = 0
    for (let i = 0; i < 40; i++) {
      const order = send(t, { price: 5000 })
      cancel(t, order)
      until(t, t.now + SECOND)
      const [first, ...rest] = story(t, order)
      if (first === `CANCEL_REJECTED ${RejectCode.CANCEL_UNKNOWN}`) {
        overtaken++
        expect(rest).toEqual(['ORDER_ACCEPTED'])
        cancel(t, order)
        until(t, t.now + SECOND)
      }
      expect(story(t, order).at(-1)).toBe(`ORDER_CANCELLED ${10 * S}`)
    }
    expect(overtaken).toBeGreaterThan(2)
    expect(overtaken).toBeLessThan(38)
  })

  test('of a number that never was are answered too', () => {
    const t = trial()
    cancel(t, 77)
    expect(story(t, 77)).toEqual([`CANCEL_REJECTED ${RejectCode.CANCEL_MATCHED}`])
  })

  test('free what was reserved', () => {
    const t = trial()
    const buy = send(t, { price: 5000 })
    const sell = send(t, { side: 2, price: 5000, outcome: 1 })
    expect(t.ex.state.cash_reserved).toBe(5 * MICRO)
    expect(t.ex.state.markets[0]!.reserved).toEqual([0, 10 * S])
    cancel(t, buy)
    cancel(t, sell)
    expect(t.ex.state.cash_reserved).toBe(0)
    expect(t.ex.state.markets[0]!.reserved).toEqual([0, 0])
  })
})

describe('latency', () => {
  test('a constant one draws nothing', () => {
    const t = trial(slow)
    const before = t.ex.state.latency_rng.slice()
    cancel(t, send(t))
    until(t, SECOND)
    expect(t.ex.state.latency_rng).toEqual(before)
  })

  test.each(['exponential', 'samples'] as const)(
    '%s: seeded, and answers never overtake',
    (latency_model) => {
      const settings = { latency_model, latency_samples_ms: ['5', '20', '300'], latency_jitter_ms: 200 }
      const run = (seed: number) => {
        const t = trial({ settings, seed })
        for (let i = 0; i < 60; i++) {
          send(t, { price: i % 2 === 0 ? 5100 : 5000, size: 5 * S })
          until(t, t.now + 7 * MS)
          message(t, [ask(5100, (10 + i) * S)])
        }
        Trial.drain(t)
        return t.answers
      }
      const answers = run(5)
      expect(run(5)).toEqual(answers)
      expect(run(6)).not.toEqual(answers)
      for (let i = 1; i < answers.length; i++)
        expect(answers[i]!.at).toBeGreaterThanOrEqual(answers[i - 1]!.at)
    },
  )

  test('with an exponential part is never less than the constant, and has its mean', () => {
    const settings = { latency_model: 'exponential' as const, entry_latency_ms: 50, latency_jitter_ms: 20 }
    const t = trial({ settings, cash: 1e12 })
    for (let i = 0; i < 2000; i++) cancel(t, i)
    const due = [...t.ex.state.requests.time.slice(0, 2000)]
    expect(Math.min(...due)).toBeGreaterThanOrEqual(50 * MS)
    const mean = due.reduce((sum, at) => sum + at, 0) / due.length
    // Four standard errors of an exponential of mean 20 ms.
    expect(Math.abs(mean - 70 * MS)).toBeLessThan((4 * 20 * MS) / Math.sqrt(2000))
  })

  test('of samples is one of them', () => {
    const t = trial({ settings: { latency_model: 'samples', latency_samples_ms: ['10', '25.5'] } })
    for (let i = 0; i < 50; i++) send(t, { price: 100, size: 5 * S })
    const { time, length } = t.ex.state.requests
    expect([...new Set(time.slice(0, length))].sort((a, b) => a - b)).toEqual([10 * MS, 25_500])
  })
})

describe('settings that do not fit together are refused', () => {
  const config = (overrides: Trial.TrialOptions['settings'] & object) => () =>
    Trial.create({ settings: overrides })

  test.each([
    ['latency_samples_ms', { latency_samples_ms: ['1', 'fast'] }],
    ['latency_samples_ms', { latency_samples_ms: ['-1'] }],
    ['latency_samples_ms', { latency_samples_ms: ['60001'] }],
    ['latency_samples_ms', { latency_model: 'samples' as const }],
    ['mined_after_s', { mined_after_s: 5 }],
  ])('%s in %j', (field, overrides) => {
    expect(config(overrides)).toThrow(
      expect.objectContaining({ code: 'exchange.config', field: `exchange.${field}` }),
    )
  })

  test('and those that do become whole µs', () => {
    const { config } = Trial.create({
      settings: { entry_latency_ms: 1.5, latency_samples_ms: ['0.0004'] },
    }).ex
    expect(config.entry_us).toBe(1500)
    expect([...config.samples_us]).toEqual([0])
  })
})

describe('the life of a fill', () => {
  const life = (t: Trial.Trial) =>
    t.answers.filter((one) => one.kind.startsWith('FILL_')).map((one) => [one.at, one.kind])

  test('matched, mined, confirmed', () => {
    const t = trial(slow)
    send(t, { price: 5100 })
    Trial.drain(t)
    expect(life(t)).toEqual([
      [80 * MS, 'FILL_MATCHED'],
      [2 * SECOND + 80 * MS, 'FILL_MINED'],
      [4 * SECOND + 80 * MS, 'FILL_CONFIRMED'],
    ])
  })

  test('matched, retried, failed: the account is as before, but what was reserved stays free', () => {
    const t = trial({
      settings: { fail_probability: 1 },
      terms: { fee: { rate_ppm: 70_000, exponent: 1, taker_only: true } },
    })
    const before = structuredClone({ cash: t.ex.state.cash, market: t.ex.state.markets[0] })
    send(t, { price: 5100 })
    send(t, { side: 2, price: 4900 })
    Trial.drain(t)
    expect(life(t).map(([, kind]) => kind)).toEqual([
      'FILL_MATCHED',
      'FILL_MATCHED',
      'FILL_RETRYING',
      'FILL_RETRYING',
      'FILL_FAILED',
      'FILL_FAILED',
    ])
    const { cash, markets } = t.ex.state
    expect(cash).toBe(before.cash)
    expect(markets[0]!.held).toEqual(before.market!.held)
    expect([t.ex.state.cash_pending, ...markets[0]!.pending]).toEqual([0, 0, 0])
  })

  test('proceeds of a sell pay for nothing before they are confirmed', () => {
    const t = trial({ cash: 0 })
    send(t, { side: 2, price: 4900 })
    expect(t.ex.state.cash).toBe(4_900_000)
    expect(story(t, send(t, { price: 4000, size: 5 * S }))).toEqual([`ORDER_REJECTED ${RejectCode.BALANCE}`])
    until(t, 4 * SECOND)
    expect(story(t, send(t, { price: 4000, size: 5 * S }))).toEqual(['ORDER_ACCEPTED'])
  })

  test('fails as often as it says, by the seed, whatever the latencies draw', () => {
    const fails = (seed: number, settings: Trial.TrialOptions['settings'] & object = {}) => {
      const t = trial({ seed, cash: 1e12, settings: { ...settings, fail_probability: 0.25 } })
      for (let i = 1; i <= 400; i++) {
        message(t, [ask(5100, 5 * S + i)])
        send(t, { price: 5100, size: 5 * S })
        until(t, t.now + SECOND)
      }
      Trial.drain(t)
      return t.answers.filter((one) => one.kind === 'FILL_FAILED').map((one) => one.number)
    }
    const numbers = fails(3)
    expect(numbers.length).toBeGreaterThan(70)
    expect(numbers.length).toBeLessThan(130)
    expect(fails(3, { latency_model: 'exponential' })).toEqual(numbers)
    expect(fails(4)).not.toEqual(numbers)
  })
})

describe('merges and redemptions', () => {
  test('pairs leave at once, their cash comes after the merge latency', () => {
    const t = trial({ shares: 30 * S })
    Exchange.merge(t.ex, 0, 20 * S, t.now)
    until(t, 0)
    expect(t.ex.state.markets[0]!.held).toEqual([10 * S, 10 * S])
    expect(t.ex.state.cash).toBe(1000 * MICRO)
    Trial.drain(t)
    expect(t.ex.state.cash).toBe(1020 * MICRO)
    expect(t.answers).toMatchObject([{ at: 5 * SECOND, kind: 'MERGED', x: 0, y: 20 * S }])
  })

  test('fail when confirmed shares that are not on sale are short, and by bad luck', () => {
    const short = trial({ shares: 30 * S })
    send(short, { side: 2, price: 5200, size: 15 * S })
    Exchange.merge(short.ex, 0, 20 * S, 0)
    const unlucky = trial({ settings: { merge_fail_probability: 1 } })
    Exchange.merge(unlucky.ex, 0, 20 * S, 0)
    for (const t of [short, unlucky]) {
      const { held } = structuredClone(t.ex.state.markets[0]!)
      Trial.drain(t)
      expect(t.answers.at(-1)).toMatchObject({ kind: 'MERGED', x: 1, y: 20 * S })
      expect(t.ex.state.markets[0]!.held).toEqual(held)
      expect(t.ex.state.cash).toBe(1000 * MICRO)
    }
  })

  test('redemption pays what a share is worth, rounded down, after the redeem latency', () => {
    const t = trial({ shares: 3 })
    Exchange.redeem(t.ex, 0, 0, 3, 5_000, 0)
    Exchange.redeem(t.ex, 0, 1, 3, 0, 0)
    Trial.drain(t)
    expect(t.answers).toMatchObject([
      { at: 60 * SECOND, kind: 'REDEEMED', x: 5000, y: 3, flags: 0 },
      { at: 60 * SECOND, kind: 'REDEEMED', x: 0, y: 3, flags: 1 },
    ])
    expect(t.ex.state.cash).toBe(1000 * MICRO + 1)
    expect(t.ex.state.markets[0]!.held).toEqual([0, 0])
  })

  test('no more is redeemed than is there and confirmed', () => {
    const t = trial({ shares: 3 * S, settings: { confirmed_after_s: 100 } })
    send(t, { price: 5100 })
    Exchange.redeem(t.ex, 0, 0, 13 * S, 10_000, 0)
    until(t, 60 * SECOND)
    expect(t.answers.at(-1)).toMatchObject({ kind: 'REDEEMED', y: 3 * S })
    expect(t.ex.state.markets[0]!.held).toEqual([10 * S, 3 * S])
  })
})

describe('the account is never overdrawn', () => {
  test('not by a single micro-USDC of rounding', () => {
    // 5 shares at 0.51 reserve 2.55; three fills that are no whole micro-USDC each round up.
    const t = trial({ cash: 2_550_000 })
    const order = send(t, { price: 5100, size: 5 * S, post_only: false })
    const empty = () => Trial.create({ cash: 2_550_000 })
    const other = empty()
    const resting = send(other, { price: 5100, size: 5 * S })
    for (const size of [1_000_001, 1_000_001, 5 * S]) message(other, [Trial.sells(5100, size)])
    expect(Trial.filled(t, order)).toBe(5 * S)
    expect(other.ex.state.cash).toBe(0)
    expect(other.ex.state.cash_reserved).toBe(0)
    // What no money was left for: less than two micro-shares.
    expect(5 * S - Trial.filled(other, resting)).toBeLessThan(4)
    expect(5 * S - Trial.filled(other, resting)).toBeGreaterThan(0)
    cancel(other, resting)
    expect(story(other, resting).at(-1)).toMatch(/^ORDER_CANCELLED [123]$/)
  })
})
