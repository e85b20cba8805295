import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MICRO, ONE } from '../units/index.ts'
import * as Amounts from './amounts.ts'

const BUY = 1
const SELL = 2
const TICKS = [1, 10, 25, 50, 100, 1000]
const AMOUNT_DECIMALS: Record<number, number> = { 1: 6, 10: 5, 25: 6, 50: 5, 100: 4, 1000: 3 }

const e4 = (x: number) => Math.round(x * 10_000)
const micro = (x: number) => Math.round(x * MICRO)
const limit = (side: number, price: number, size: number, tick: number) =>
  Amounts.limit(side, price, size, tick, Amounts.createAmounts())
const market = (
  side: number,
  price: number,
  quantity: number,
  tick: number,
  accuracy: Amounts.Accuracy = 'venue',
  buy_min = MICRO,
) => Amounts.market(side, price, quantity, tick, buy_min, accuracy, Amounts.createAmounts())

describe('amounts equal those of the venue’s own client', () => {
  test.each([
    [BUY, 0.56, 21.04, 0.01, 11782400, 21040000],
    [SELL, 0.56, 21.04, 0.01, 21040000, 11782400],
    [BUY, 0.056, 21.04, 0.001, 1178240, 21040000],
    [BUY, 0.057, 33.33, 0.001, 1899810, 33330000],
    [BUY, 0.0057, 100.01, 0.0001, 570057, 100010000],
    [BUY, 0.5, 21.045, 0.1, 10520000, 21040000],
    [SELL, 0.07, 17.18, 0.01, 17180000, 1202600],
    [BUY, 0.29, 3.33, 0.01, 965700, 3330000],
    [BUY, 0.2475, 100, 0.0025, 24750000, 100000000],
    [BUY, 0.555, 12.34, 0.005, 6848700, 12340000],
  ])('limit %d at %d, size %d, tick %d', (side, price, size, tick, maker, taker) => {
    expect(limit(side, e4(price), micro(size), e4(tick))).toEqual({ maker, taker })
  })

  test.each([
    // the client's amounts, then what the venue takes: at most 4 decimals
    [BUY, 0.56, 100, 0.01, 100000000, 178571400, 178571400],
    [BUY, 0.57, 100, 0.01, 100000000, 175438500, 175438500],
    [BUY, 0.987, 10, 0.001, 10000000, 10131710, 10131700],
    [BUY, 0.0057, 10.01, 0.0001, 10010000, 1756140350, 1756140300],
    [SELL, 0.56, 21.04, 0.01, 21040000, 11782400, 11782400],
    [SELL, 0.987, 33.33, 0.001, 33330000, 32896710, 32896700],
  ])('market %d at %d, quantity %d, tick %d', (side, price, quantity, tick, maker, taker, taken) => {
    const [p, q, t] = [e4(price), micro(quantity), e4(tick)]
    expect(market(side, p, q, t, 'builder')).toEqual({ maker, taker })
    expect(market(side, p, q, t, 'venue')).toEqual({ maker, taker: taken })
  })
})

const tick = fc.constantFrom(...TICKS)
const priceAt = (t: number) => fc.integer({ min: 1, max: ONE / t - 1 }).map((n) => n * t)
const quantity = fc.integer({ min: 20_000, max: 800_000 * MICRO })
const order = tick.chain((t) =>
  fc.record({ t: fc.constant(t), price: priceAt(t), q: quantity, side: fc.constantFrom(BUY, SELL) }),
)

describe('properties', () => {
  test('a resting order’s amounts are its price exactly, in the decimals of the tick', () => {
    fc.assert(
      fc.property(order, ({ t, price, q, side }) => {
        const { maker, taker } = limit(side, price, q, t)
        const [usdc, shares] = side === BUY ? [maker, taker] : [taker, maker]
        expect(BigInt(usdc) * BigInt(ONE)).toBe(BigInt(shares) * BigInt(price))
        expect(shares % 10_000).toBe(0)
        expect(q - shares).toBeLessThan(10_000)
        expect(usdc % 10 ** (6 - AMOUNT_DECIMALS[t]!)).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })

  test('a marketable order’s amounts have 2 and 4 decimals, and never a limit off by 1e-4', () => {
    fc.assert(
      fc.property(order, ({ t, price, q, side }) => {
        fc.pre(q >= MICRO)
        const { maker, taker } = market(side, price, q, t)
        expect(maker % 10_000).toBe(0)
        expect(taker % 100).toBe(0)
        expect(q - maker).toBeLessThan(10_000)
        const implied = side === BUY ? maker / taker : taker / maker
        const beyond = side === BUY ? implied - price / ONE : price / ONE - implied
        expect(beyond).toBeLessThan(1e-4)
        expect(beyond).toBeGreaterThan(-1e-12)
      }),
      { numRuns: 1000 },
    )
  })

  test('rounding once is the same as the client’s rounding up four places on and then down', () => {
    const up = (top: bigint, bottom: bigint) => (top + bottom - 1n) / bottom
    fc.assert(
      fc.property(order, ({ t, price, q, side }) => {
        fc.pre(q >= MICRO)
        const { maker, taker } = market(side, price, q, t, 'builder')
        const places = AMOUNT_DECIMALS[t]!
        const finer = 10n ** BigInt(places + 4)
        const [top, bottom] =
          side === BUY
            ? [BigInt(maker) * BigInt(ONE), BigInt(price)]
            : [BigInt(maker) * BigInt(price), BigInt(ONE)]
        const twice = (up(top * finer, bottom * BigInt(MICRO)) / 10_000n) * 10n ** BigInt(6 - places)
        expect(taker).toBe(Number(twice))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('refusals', () => {
  test.each([
    ['orders.tick', () => limit(BUY, 5000, MICRO, 20)],
    ['orders.tick', () => market(BUY, 5000, MICRO, 0)],
    ['orders.price_range', () => limit(BUY, 0, MICRO, 100)],
    ['orders.price_range', () => limit(BUY, ONE, MICRO, 100)],
    ['orders.price_range', () => limit(SELL, 40, MICRO, 100)],
    ['orders.price_range', () => limit(BUY, 5556, MICRO, 50)],
    ['orders.price_range', () => market(BUY, 99, MICRO, 100)],
    ['orders.size', () => limit(BUY, 5000, 9_999, 100)],
    ['orders.size', () => market(SELL, 5000, 9_999, 100)],
    ['orders.size', () => limit(BUY, 5000, -MICRO, 100)],
    ['orders.size', () => market(SELL, 1, 10_000, 1)],
    ['orders.marketable_min', () => market(BUY, 5000, MICRO - 1, 100)],
    ['orders.decimals', () => market(SELL, 9870, 10_000, 10)],
  ])('%s', (code, make) => {
    expect(make).toThrow(
      expect.objectContaining({ code, field: expect.any(String), fix: expect.any(String) }),
    )
  })

  test('the smallest marketable BUY is held to what is sent, not to what was asked', () => {
    expect(market(BUY, 5000, MICRO, 100)).toEqual({ maker: MICRO, taker: 2 * MICRO })
    expect(() => market(BUY, 5000, 1_999_999, 100, 'venue', 1_995_000)).toThrow(
      expect.objectContaining({ code: 'orders.marketable_min' }),
    )
  })

  test('a limit between ticks goes half away from zero, a worst price down', () => {
    expect(limit(BUY, 5550, MICRO, 100)).toEqual({ maker: 560_000, taker: MICRO })
    expect(market(SELL, 5599, MICRO, 100)).toEqual({ maker: MICRO, taker: 550_000 })
  })
})
