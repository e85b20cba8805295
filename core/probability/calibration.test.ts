import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Calibration from './calibration.ts'

const share = fc.integer({ min: 0, max: 1_000 }).map((k) => k / 1_000)
const pairs = fc.array(fc.record({ q: share, o: fc.constantFrom(0, 0.5, 1) }), {
  minLength: 1,
  maxLength: 200,
})

describe('scores', () => {
  test('Brier and log loss by hand', () => {
    const q = [0.8, 0.3, 0.5]
    const o = [1, 1, 0]
    const score = Calibration.score(q, o, 0.005)
    expect(score.count).toBe(3)
    expect(score.brier).toBeCloseTo((0.04 + 0.49 + 0.25) / 3, 12)
    expect(score.log_loss).toBeCloseTo(-(Math.log(0.8) + Math.log(0.3) + Math.log(0.5)) / 3, 12)
    expect(score.base_rate).toBeCloseTo(2 / 3, 12)
    expect(score.brier_base).toBeCloseTo(2 / 9, 12)
    expect(Calibration.brier(q, o)).toBe(score.brier)
    expect(Calibration.logLoss(q, o, 0.005)).toBe(score.log_loss)
  })

  test('a coin scores 0.25 and ln 2; a seer 0', () => {
    const o = [0, 1, 1, 0, 1]
    const coin = Calibration.score(new Float64Array(5).fill(0.5), o, 0)
    expect(coin.brier).toBe(0.25)
    expect(coin.log_loss).toBeCloseTo(Math.LN2, 12)
    expect(Calibration.score(o, o, 0)).toMatchObject({ brier: 0, log_loss: 0 })
  })

  test('one sure miss is not infinite when q is held inside q_min', () => {
    expect(Calibration.logLoss([0], [1], 0.005)).toBeCloseTo(-Math.log(0.005), 12)
    expect(Calibration.logLoss([0], [1], 0)).toBe(Number.POSITIVE_INFINITY)
  })

  test('stating the base rate every time scores brier_base, and nothing constant scores better', () => {
    fc.assert(
      fc.property(pairs, share, (rows, constant) => {
        const o = rows.map((row) => row.o)
        const { base_rate, brier_base } = Calibration.score(o, o, 0)
        expect(
          Calibration.brier(
            o.map(() => base_rate),
            o,
          ),
        ).toBeCloseTo(brier_base, 12)
        expect(
          Calibration.brier(
            o.map(() => constant),
            o,
          ),
        ).toBeGreaterThanOrEqual(brier_base - 1e-12)
      }),
    )
  })

  test('unknown probabilities and outcomes are passed over', () => {
    const score = Calibration.score([0.8, Number.NaN, 0.3, -1], [1, 1, Number.NaN, 1], 0)
    expect(score.count).toBe(1)
    expect(score.brier).toBeCloseTo(0.04, 12)
    expect(Calibration.score([], [], 0)).toMatchObject({ count: 0, brier: Number.NaN })
  })

  test('arrays of different length are refused', () => {
    expect(() => Calibration.score([0.5], [], 0)).toThrow(
      expect.objectContaining({ code: 'calibration.length' }),
    )
    expect(() => Calibration.reliability([0.5], [], 10, 1.96)).toThrow(Calibration.CalibrationError)
  })
})

describe('reliability', () => {
  test('every pair is in exactly one bin, which holds its probability and brackets its frequency', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 20 }), (rows, bins) => {
        const q = rows.map((row) => row.q)
        const o = rows.map((row) => row.o)
        const table = Calibration.reliability(q, o, bins, 1.96)
        expect(table.length).toBe(bins)
        expect(table.reduce((sum, bin) => sum + bin.count, 0)).toBe(rows.length)
        let stated = 0
        for (const bin of table) {
          if (bin.count === 0) {
            expect([bin.stated, bin.observed, bin.low, bin.high]).toEqual([NaN, NaN, NaN, NaN])
            continue
          }
          stated += bin.stated * bin.count
          expect(bin.stated).toBeGreaterThanOrEqual(bin.from - 1e-9)
          expect(bin.stated).toBeLessThanOrEqual(bin.to + 1e-9)
          expect(bin.low).toBeLessThanOrEqual(bin.observed + 1e-12)
          expect(bin.high).toBeGreaterThanOrEqual(bin.observed - 1e-12)
        }
        expect(stated).toBeCloseTo(
          q.reduce((a, b) => a + b, 0),
          9,
        )
      }),
    )
  })

  test('bounds belong to the upper bin, 1 to the last', () => {
    const table = Calibration.reliability([0, 0.1, 0.95, 1], [0, 0, 1, 1], 10, 1.96)
    expect(table.map((bin) => bin.count)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 2])
  })

  test('the Wilson interval of 8 in 10 is 0.49 to 0.94', () => {
    const o = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    const bin = Calibration.reliability(
      o.map(() => 0.75),
      o,
      1,
      1.96,
    )[0]!
    expect(bin.low).toBeCloseTo(0.4902, 4)
    expect(bin.high).toBeCloseTo(0.9433, 4)
  })
})
