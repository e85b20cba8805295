import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError, defaults } from '../config/index.ts'
import { TAPERED } from '../strategies/view.fixture.ts'
import { ONE, onGrid, stepsFrom, uniformGrid } from '../units/index.ts'
import { Caps, QuoteSettings } from './index.ts'

const config = defaults(QuoteSettings.settings)
const price = fc.integer({ min: -1, max: ONE })
const grid = fc.constantFrom(...[1000, 100, 50, 25, 10, 1].map(uniformGrid), TAPERED)

describe('caps and the pair price', () => {
  test('margin and target follow the speed of the probability over the horizon', () => {
    // φ(z)/√τ_eff = 0.1 and h = 2 s: the probability moves by 0.1·√2.
    const move = Caps.expectedMove(config, 0.1)
    expect(move).toBeCloseTo(0.1414213562, 9)
    expect(Caps.margin(config, move)).toBeCloseTo(0.005 + 0.15 * move, 12)
    expect(Caps.targetTotal(config, move, false)).toBeCloseTo(0.99 - 0.05 * move, 12)
    expect(Caps.targetTotal(config, move, true)).toBeCloseTo(0.97 - 0.05 * move, 12)
  })

  test('the target stays within its bounds, however fast it is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.boolean(), (move, fast) => {
        const total = Caps.targetTotal(config, move, fast)
        expect(total).toBeGreaterThanOrEqual(config.min_total)
        expect(total).toBeLessThanOrEqual(config.max_total)
      }),
    )
    expect(Caps.targetTotal({ ...config, base_total: 0.9999 }, 0, false)).toBe(config.max_total)
  })

  test('settings that contradict each other are refused', () => {
    expect(() => QuoteSettings.assertConfig({ ...config, min_total: 0.999 })).toThrow(ConfigError)
    expect(() => QuoteSettings.assertConfig({ ...config, skew_drop_level0: 0.9 })).toThrow(/skew_drop_level0/)
    expect(() => QuoteSettings.assertConfig(config)).not.toThrow()
  })
})

describe('the competitive price', () => {
  test('is the highest of the grid inside (0, 1), at most the cap, below the ask, at most the improved bid', () => {
    fc.assert(
      fc.property(price, price, price, grid, fc.integer({ min: 0, max: 5 }), (bid, ask, cap, δ, improve) => {
        const result = Caps.competitive(bid, ask, cap, δ, improve)
        if (result === 0) return
        const fits = (price: number) =>
          onGrid(δ, price) &&
          price <= cap &&
          (ask < 0 || price <= stepsFrom(δ, ask, -1)) &&
          (bid < 0 || price <= stepsFrom(δ, bid, improve))
        expect([fits(result), fits(stepsFrom(δ, result, 1))]).toEqual([true, false])
        if (ask >= 0) expect(result).toBeLessThan(ask)
      }),
      { numRuns: 500 },
    )
  })

  test('joins the bid, improves it, and stops one tick below the ask', () => {
    expect(Caps.competitive(5000, 5500, 9000, uniformGrid(100), 0)).toBe(5000)
    expect(Caps.competitive(5000, 5500, 9000, uniformGrid(100), 2)).toBe(5200)
    expect(Caps.competitive(5000, 5100, 9000, uniformGrid(100), 2)).toBe(5000)
    expect(Caps.competitive(5000, 5500, 4390, uniformGrid(100), 2)).toBe(4300)
  })

  test('empty sides: no bid starts from the cap, no ask lets the bid rule', () => {
    expect(Caps.competitive(-1, 5500, 4500, uniformGrid(100), 0)).toBe(4500)
    expect(Caps.competitive(-1, 4000, 4500, uniformGrid(100), 0)).toBe(3900)
    expect(Caps.competitive(5000, -1, 9000, uniformGrid(100), 0)).toBe(5000)
    expect(Caps.competitive(-1, -1, 4567, uniformGrid(100), 0)).toBe(4500)
  })

  test('a cap below one tick means no bid', () => {
    expect(Caps.competitive(5000, 5500, 99, uniformGrid(100), 0)).toBe(0)
    expect(Caps.competitive(5000, 5500, -300, uniformGrid(100), 0)).toBe(0)
    expect(Caps.competitive(-1, 100, 5000, uniformGrid(100), 0)).toBe(0)
  })
})
