import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FeeSchedule } from '../events/index.ts'
import { MICRO, notional, ONE } from '../units/index.ts'
import { type BuyAmount, Fees } from './index.ts'

const BUY = 1
const SELL = 2
const SHARES = 100 * MICRO

const schedule = (rate: number, exponent = 1, taker_only = true): FeeSchedule => ({
  rate_ppm: Math.round(rate * MICRO),
  exponent,
  taker_only,
})
const LEGACY = schedule(0.25, 2)

const usdc = (s: FeeSchedule, price: number, size: number, side = BUY) =>
  Fees.taker(s, 'usdc', 'usdc', side, price, size, Fees.createOut()).fee_usdc
const shares = (s: FeeSchedule, mode: BuyAmount, price: number, size: number) =>
  Fees.taker(s, 'shares', mode, BUY, price, size, Fees.createOut()).fee_shares

/** The formula in whole rationals: top over bottom, in 1e-6. */
function exact(s: FeeSchedule, price: number, size: number): [bigint, bigint] {
  const q = BigInt(price) * BigInt(ONE - price)
  const one = BigInt(ONE) * BigInt(ONE)
  const power = BigInt(s.exponent)
  return [BigInt(size) * BigInt(s.rate_ppm) * q ** power, BigInt(MICRO) * one ** power]
}

describe('fee of 100 shares, as published', () => {
  const RATES = [0.07, 0.05, 0.04, 0.03, 0.072]
  test.each([
    [0.01, [0.0693, 0.0495, 0.0396, 0.0297, 0.07128]],
    [0.05, [0.3325, 0.2375, 0.19, 0.1425, 0.342]],
    [0.1, [0.63, 0.45, 0.36, 0.27, 0.648]],
    [0.2, [1.12, 0.8, 0.64, 0.48, 1.152]],
    [0.3, [1.47, 1.05, 0.84, 0.63, 1.512]],
    [0.4, [1.68, 1.2, 0.96, 0.72, 1.728]],
    [0.5, [1.75, 1.25, 1.0, 0.75, 1.8]],
  ])('at %d and its complement', (p, fees) => {
    const price = Math.round(p * ONE)
    for (const [i, rate] of RATES.entries()) {
      const micro = Math.round(fees[i]! * MICRO)
      for (const side of [BUY, SELL]) {
        expect(usdc(schedule(rate), price, SHARES, side)).toBe(micro)
        expect(usdc(schedule(rate), ONE - price, SHARES, side)).toBe(micro)
      }
    }
  })

  test.each([
    // price, tokens of a BUY = USD of a SELL, USD value of the BUY's fee; four decimals as published
    [0.05, 0.0564, 0.0028],
    [0.1, 0.2025, 0.0203],
    [0.2, 0.64, 0.128],
    [0.3, 1.1025, 0.3307],
    [0.4, 1.44, 0.576],
    [0.5, 1.5625, 0.7813],
    [0.6, 1.44, 0.864],
    [0.7, 1.1025, 0.7718],
    [0.8, 0.64, 0.512],
    [0.9, 0.2025, 0.1822],
    [0.95, 0.0564, 0.0536],
  ])('by the curve of early 2026, at %d', (p, tokens, value) => {
    const price = Math.round(p * ONE)
    const fee_shares = shares(LEGACY, 'shares', price, SHARES)
    const fee_usdc = usdc(LEGACY, price, SHARES, SELL)
    const published = (micro: number) => Math.abs(micro / MICRO - tokens)
    expect(published(fee_shares)).toBeLessThanOrEqual(0.00005)
    expect(published(fee_usdc)).toBeLessThanOrEqual(0.00005)
    // The value of a share fee: what was paid beyond the shares that stayed.
    const worth = Fees.valueOfShareFee(notional(SHARES, price, 'up'), SHARES - fee_shares, price)
    expect(Math.abs(worth / MICRO - value)).toBeLessThanOrEqual(0.000051)
  })

  test('by the curve of early 2026, exact where four decimals hide digits', () => {
    expect(shares(LEGACY, 'shares', 500, SHARES)).toBe(56_407) // 0.05640625 tokens, up
    expect(usdc(LEGACY, 500, SHARES, SELL)).toBe(56_400) // down to 1e-5
    expect(shares(LEGACY, 'shares', 5000, SHARES)).toBe(1_562_500)
  })
})

describe('the payment seen on chain', () => {
  // 580.677591 shares, several levels, volume-weighted price 0.527058567, rate 0.07: 10.132090 was paid. The levels are
  // not known, and the price is no tick, so the fill cannot be repeated; its fee can be bracketed.
  const size = 580_677_591
  const paid = 10_132_090

  test('is the formula at that price, rounded down to 1e-5, not to nearest and not up', () => {
    const formula = 580.677591 * 0.07 * 0.527058567 * (1 - 0.527058567)
    expect(formula).toBeCloseTo(10.132097, 6)
    expect(Math.floor(formula * 1e5) * 10).toBe(paid)
    expect(Math.round(formula * 1e5) * 10).toBe(paid + 10)
  })

  test('lies between ours at the ticks on both sides of that price', () => {
    expect(usdc(schedule(0.07), 5270, size)).toBeGreaterThanOrEqual(paid)
    expect(usdc(schedule(0.07), 5271, size)).toBeLessThanOrEqual(paid)
    expect(usdc(schedule(0.07), 5270, size) - usdc(schedule(0.07), 5271, size)).toBeLessThan(300)
  })
})

describe('older formulas of the field, for what they are', () => {
  const first = (n: number, p: number) => n * p * 0.25 * (p * (1 - p)) ** 2
  const tent = (p: number) => 0.0312 * (0.5 - Math.abs(p - 0.5))

  test('shares·p·0.25·(p(1−p))² is the USD value of a BUY’s fee in early 2026', () => {
    for (let price = 100; price < ONE; price += 100) {
      const fee = shares(LEGACY, 'shares', price, SHARES)
      const value = Fees.valueOfShareFee(notional(SHARES, price, 'up'), SHARES - fee, price)
      expect(Math.abs(value - first(100, price / ONE) * MICRO)).toBeLessThanOrEqual(1)
    }
  })

  test('it is not a SELL’s fee then, nor any fee since April', () => {
    expect(usdc(LEGACY, 3000, SHARES, SELL)).toBe(1_102_500)
    expect(first(100, 0.3) * MICRO).toBeCloseTo(330_750, 6)
    expect(usdc(schedule(0.072), 3000, SHARES)).toBe(1_512_000)
  })

  test('0.0312·(0.5−|p−0.5|) is a tent that comes near the curve at one half and nowhere else', () => {
    expect(tent(0.5)).toBeCloseTo(0.0156, 12)
    expect(Fees.perShare(LEGACY, 0.5)).toBe(0.015625)
    expect(tent(0.2) / Fees.perShare(LEGACY, 0.2)).toBeGreaterThan(0.97) // 0.00624 for 0.0064
    expect(tent(0.1) / Fees.perShare(LEGACY, 0.1)).toBeGreaterThan(1.5)
    expect(tent(0.35) / Fees.perShare(LEGACY, 0.35)).toBeLessThan(0.85)
  })
})

const rate_ppm = fc.oneof(
  fc.constantFrom(0, 30_000, 70_000, 72_000, 250_000, MICRO),
  fc.integer({ min: 0, max: MICRO }),
)
const anySchedule = fc.record({ rate_ppm, exponent: fc.constantFrom(1, 2), taker_only: fc.constant(true) })
const anyPrice = fc.oneof(
  fc.integer({ min: 1, max: 99 }).map((c) => c * 100),
  fc.integer({ min: 1, max: 999 }).map((m) => m * 10),
  fc.integer({ min: 1, max: ONE - 1 }),
)
const anySize = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 1_000_000 * MICRO }))
const mode = fc.constantFrom<BuyAmount>('shares', 'usdc_value_over_price')

describe('properties', () => {
  test('a USDC fee is the exact number rounded down to 1e-5', () => {
    fc.assert(
      fc.property(anySchedule, anyPrice, anySize, (s, price, size) => {
        const [top, bottom] = exact(s, price, size)
        expect(usdc(s, price, size)).toBe(Number((top / (bottom * 10n)) * 10n))
      }),
      { numRuns: 2000 },
    )
  })

  test('a share fee is the exact number, or value over price, rounded up to 1e-6', () => {
    const up = (top: bigint, bottom: bigint) => Number((top + bottom - 1n) / bottom)
    fc.assert(
      fc.property(anySchedule, anyPrice, anySize, (s, price, size) => {
        const [top, bottom] = exact(s, price, size)
        expect(shares(s, 'shares', price, size)).toBe(up(top, bottom))
        expect(shares(s, 'usdc_value_over_price', price, size)).toBe(
          up(top * BigInt(ONE), bottom * BigInt(price)),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('the formula’s number is symmetric in p and 1−p; the share fee by value is not', () => {
    fc.assert(
      fc.property(anySchedule, anyPrice, anySize, (s, price, size) => {
        expect(usdc(s, ONE - price, size)).toBe(usdc(s, price, size))
        expect(shares(s, 'shares', ONE - price, size)).toBe(shares(s, 'shares', price, size))
      }),
    )
    expect(shares(schedule(0.072), 'usdc_value_over_price', 2000, SHARES)).toBe(5_760_000)
    expect(shares(schedule(0.072), 'usdc_value_over_price', 8000, SHARES)).toBe(1_440_000)
  })

  test('is never negative, never more than was traded, and grows with size', () => {
    fc.assert(
      fc.property(anySchedule, anyPrice, anySize, anySize, mode, (s, price, a, b, m) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)]
        expect(usdc(s, price, small)).toBeGreaterThanOrEqual(0)
        expect(usdc(s, price, small)).toBeLessThanOrEqual(usdc(s, price, large))
        expect(usdc(s, price, large)).toBeLessThanOrEqual(notional(large, price, 'up'))
        expect(shares(s, m, price, small)).toBeLessThanOrEqual(shares(s, m, price, large))
        expect(shares(s, m, price, large)).toBeLessThanOrEqual(large)
      }),
      { numRuns: 1000 },
    )
  })

  test('splitting a fill saves less than one step a piece in USDC, and in shares costs less than one', () => {
    fc.assert(
      fc.property(anySchedule, anyPrice, anySize, anySize, mode, (s, price, a, b, m) => {
        const whole = usdc(s, price, a + b)
        const parts = usdc(s, price, a) + usdc(s, price, b)
        expect(parts).toBeLessThanOrEqual(whole)
        expect(whole - parts).toBeLessThanOrEqual(10)
        const wholeShares = shares(s, m, price, a + b)
        const partShares = shares(s, m, price, a) + shares(s, m, price, b)
        expect(partShares).toBeGreaterThanOrEqual(wholeShares)
        expect(partShares - wholeShares).toBeLessThanOrEqual(1)
      }),
      { numRuns: 1000 },
    )
  })

  test('the real numbers for decisions agree with the fees taken', () => {
    fc.assert(
      fc.property(anySchedule, anyPrice, mode, (s, price, m) => {
        const p = price / ONE
        expect(Math.abs(Fees.perShare(s, p) * 1e6 - usdc(s, price, 1e6 * MICRO) / MICRO)).toBeLessThan(1e-4)
        expect(
          Math.abs(Fees.sharesPerShare(s, m, p) * 1e6 - shares(s, m, price, 1e6 * MICRO) / MICRO),
        ).toBeLessThan(1e-4)
        expect(Fees.sharesPerShare(s, 'usdc', p)).toBe(0)
      }),
    )
  })
})

describe('exponents that are seldom seen', () => {
  const SELDOM = [0, 0.5, 1.5, 2.5, 3, 16]

  test('halves are a root: by hand at prices whose p(1−p) is a square', () => {
    // √(0.5·0.5) is 0.5, √(0.2·0.8) is 0.4, √(0.1·0.9) is 0.3.
    expect(usdc(schedule(0.05, 0.5), 5000, SHARES)).toBe(2_500_000)
    expect(usdc(schedule(0.05, 0.5), 2000, SHARES)).toBe(2_000_000)
    expect(usdc(schedule(0.05, 0.5), 9000, SHARES)).toBe(1_500_000)
    expect(usdc(schedule(0.05, 1.5), 2000, SHARES)).toBe(320_000)
    expect(shares(schedule(0.05, 0.5), 'usdc_value_over_price', 2000, SHARES)).toBe(10_000_000)
    expect(usdc(schedule(0.05, 0), 100, SHARES)).toBe(5_000_000)
    // √(0.45·0.55) is 0.49749…: 2.487468…
    expect(usdc(schedule(0.05, 0.5), 4500, SHARES)).toBe(2_487_460)
    expect(shares(schedule(0.05, 0.5), 'shares', 4500, SHARES)).toBe(2_487_469)
  })

  test('the fee is the whole number on the right side of the exact one, and the next is not', () => {
    const seldom = fc.record({
      rate_ppm,
      exponent: fc.constantFrom(...SELDOM),
      taker_only: fc.constant(true),
    })
    fc.assert(
      fc.property(seldom, anyPrice, anySize, (s, price, size) => {
        // Squares of both sides, so that no root is needed: (fee / 1e6)² against size²·rate²·(p(1−p))^2e.
        const q = BigInt(price) * BigInt(ONE - price)
        const twice = BigInt(2 * s.exponent)
        const top = (BigInt(size) * BigInt(s.rate_ppm)) ** 2n * q ** twice
        const bottom = BigInt(MICRO) ** 2n * BigInt(ONE) ** (2n * twice)
        const above = (fee: number) => BigInt(fee) ** 2n * bottom > top
        const fee = usdc(s, price, size)
        expect([above(fee), above(fee + 10)]).toEqual([false, true])
        const taken = shares(s, 'shares', price, size)
        expect(BigInt(taken) ** 2n * bottom >= top).toBe(true)
        expect(taken === 0 || BigInt(taken - 1) ** 2n * bottom < top).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('the real numbers for decisions agree with the fees taken', () => {
    for (const exponent of SELDOM)
      for (const price of [10, 100, 3333, 5000, 9990])
        expect(
          Math.abs(
            Fees.perShare(schedule(0.05, exponent), price / ONE) * 1e6 -
              usdc(schedule(0.05, exponent), price, 1e6 * MICRO) / MICRO,
          ),
        ).toBeLessThan(1e-4)
  })

  test('what can be computed is known beforehand', () => {
    for (const exponent of SELDOM) expect(Fees.isComputable(schedule(0.05, exponent))).toBe(true)
    for (const exponent of [0.3, -1, 16.5, Number.NaN])
      expect(Fees.isComputable(schedule(0.05, exponent))).toBe(false)
  })
})

describe('rules', () => {
  test('below 1e-5 USDC nothing is charged', () => {
    expect(usdc(schedule(0.07), 5000, 571)).toBe(0) // 9.99e-6
    expect(usdc(schedule(0.07), 5000, 572)).toBe(10)
  })

  test('in April 2026 a BUY gave up 0.072·(1−p) of its shares', () => {
    for (const price of [100, 2500, 5000, 9900]) {
      const f = 0.072 * (1 - price / ONE)
      expect(shares(schedule(0.072), 'usdc_value_over_price', price, SHARES)).toBe(Math.round(f * SHARES))
      expect(Fees.sharesPerShare(schedule(0.072), 'usdc_value_over_price', price / ONE)).toBeCloseTo(f, 15)
    }
  })

  test('all-in cost: price plus fee, or price over what stays', () => {
    expect(Fees.costPerNetShare(schedule(0.07), 'usdc', 0.5)).toBeCloseTo(0.5175, 15)
    expect(Fees.costPerNetShare(schedule(0.072), 'usdc_value_over_price', 0.5)).toBeCloseTo(0.5 / 0.964, 15)
    expect(Fees.costPerNetShare(LEGACY, 'shares', 0.5)).toBeCloseTo(0.5 / 0.984375, 15)
  })

  test('a maker pays nothing where only takers do, and the same where all do', () => {
    const out = { fee_usdc: 7, fee_shares: 7, overpaid: 0 }
    expect(Fees.maker(schedule(0.07), 'usdc', 'usdc', BUY, 5000, SHARES, out)).toEqual({
      fee_usdc: 0,
      fee_shares: 0,
      overpaid: 0,
    })
    expect(Fees.maker(schedule(0.07, 1, false), 'usdc', 'usdc', BUY, 5000, SHARES, out).fee_usdc).toBe(
      1_750_000,
    )
  })

  test('the result is the object given, both fields of it set', () => {
    const out = { fee_usdc: 7, fee_shares: 7, overpaid: 0 }
    expect(Fees.taker(schedule(0.07), 'usdc', 'usdc', SELL, 5000, SHARES, out)).toBe(out)
    expect(out).toEqual({ fee_usdc: 1_750_000, fee_shares: 0, overpaid: 0 })
    expect(Fees.taker(schedule(0), 'shares', 'shares', BUY, 5000, SHARES, out)).toEqual({
      fee_usdc: 0,
      fee_shares: 0,
      overpaid: 0,
    })
  })

  test('a rebate is a range from nothing to the makers’ share of the fee', () => {
    expect(Fees.makerRebate(schedule(0.07), 200_000, 5000, SHARES)).toEqual({ low: 0, high: 350_000 })
    expect(Fees.makerRebate(schedule(0.07), null, 5000, SHARES)).toEqual({ low: 0, high: 1_750_000 })
    expect(Fees.makerRebate(schedule(0), 200_000, 5000, SHARES)).toEqual({ low: 0, high: 0 })
  })

  test.each([
    ['fees.schedule', schedule(0.07, 0.3), 5000, SHARES],
    ['fees.schedule', schedule(0.07, -1), 5000, SHARES],
    ['fees.schedule', schedule(0.07, 16.5), 5000, SHARES],
    ['fees.schedule', schedule(0.07, Number.NaN), 5000, SHARES],
    ['fees.schedule', schedule(1.5), 5000, SHARES],
    ['fees.schedule', { rate_ppm: 0.5, exponent: 1, taker_only: true }, 5000, SHARES],
    ['fees.price', schedule(0.07), 0, SHARES],
    ['fees.price', schedule(0.07), ONE, SHARES],
    ['fees.price', schedule(0.07), 50.5, SHARES],
    ['fees.size', schedule(0.07), 5000, -1],
    ['fees.size', schedule(0.07), 5000, 0.5],
  ])('%s: nonsense is refused', (code, s, price, size) => {
    expect(() => usdc(s, price, size)).toThrow(expect.objectContaining({ code, fix: expect.any(String) }))
    expect(() => Fees.maker(s, 'usdc', 'usdc', BUY, price, size, Fees.createOut())).toThrow()
  })
})
