import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Rng } from '../../core/random/index.ts'
import { BLOCKS_MIN, type Block, intervalOf, isEnough } from './interval.ts'

/** Blocks that made so much, in USDC, with 1 USDC at stake unless said otherwise. */
function blocks(nets: readonly number[], stake = 1): Block[] {
  return nets.map((net) => ({ net: Math.round(net * 1e6), stake: stake * 1e6, traded: net === 0 ? 0 : 1 }))
}

const nets = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 12, maxLength: 40 })

describe('an interval', () => {
  test('holds the net, grows with it, and is the same however often and in whatever order it is asked for', () => {
    fc.assert(
      fc.property(nets, (values) => {
        const interval = intervalOf(blocks(values))
        fc.pre(interval.low !== null)
        const total = values.reduce((sum, value) => sum + Math.round(value * 1e6), 0) / 1e6
        expect(interval.low!).toBeLessThanOrEqual(total + 1e-9)
        expect(interval.high!).toBeGreaterThanOrEqual(total - 1e-9)
        expect(intervalOf(blocks(values))).toEqual(interval)
        const double = intervalOf(
          blocks(values, 1).map((b) => ({ ...b, net: 2 * b.net, stake: 2 * b.stake })),
        )
        expect(double.low!).toBeCloseTo(2 * interval.low!, 4)
        expect(double.high!).toBeCloseTo(2 * interval.high!, 4)
      }),
      { numRuns: 20 },
    )
  })

  test('turned about is the interval of the other side', () => {
    const values = [3, -1, 4, -1, 5, -9, 2, -6, 5, 3, -5, 8, -9, 7, -9]
    const a = intervalOf(blocks(values))
    const b = intervalOf(blocks(values.map((value) => -value)))
    expect(b.low!).toBeCloseTo(-a.high!, -1)
    expect(b.high!).toBeCloseTo(-a.low!, -1)
  })

  test('is for windows without trades, too: they may have been others', () => {
    const active = intervalOf(blocks([3, -2, 4, -1, 5, -4, 2, -3, 5, 3]))
    const among = intervalOf(blocks([3, -2, 4, -1, 5, -4, 2, -3, 5, 3, ...Array<number>(30).fill(0)]))
    expect(among).toMatchObject({ windows: 10, blocks: 10 })
    expect(among.high! - among.low!).toBeGreaterThan(active.high! - active.low!)
  })

  test('is none over fewer than two traded blocks, and not enough below ten', () => {
    expect(intervalOf([])).toMatchObject({ low: null, high: null, windows: 0, blocks: 0 })
    expect(intervalOf(blocks([5, 0, 0]))).toMatchObject({ low: null, high: null, windows: 1 })
    const some = Array.from({ length: BLOCKS_MIN }, (_, i) => (i % 2 === 0 ? 4 : -1))
    expect(isEnough(intervalOf(blocks(some)))).toBe(true)
    expect(isEnough(intervalOf(blocks(some.slice(1))))).toBe(false)
  })
})

/**
 * How often of 120 tapes of a fair game the interval leaves out 0, above and below. A wrong interval (percentiles of the draws
 * alone) is beyond these bounds in most rows.
 */
describe('a fair game is told from luck about as rarely as is said', () => {
  test.each([
    [10, 0.5],
    [15, 0.95],
    [15, 0.05],
    [33, 0.9],
    [33, 0.2],
  ])('%i windows, bought at %f', (windows, price) => {
    const rng = Rng.create(20_260_807, windows * 100 + Math.round(price * 100))
    let gains = 0
    let losses = 0
    for (let tape = 0; tape < 120; tape++) {
      const values = Array.from({ length: windows }, () => (Rng.uniform(rng) < price ? 1 - price : -price))
      const { low, high } = intervalOf(blocks(values))
      if (low! > 0) gains++
      if (high! < 0) losses++
    }
    expect(gains).toBeLessThanOrEqual(8)
    expect(losses).toBeLessThanOrEqual(8)
  })
})

describe('who only ever won has not shown what losing costs', () => {
  test('nineteen favourites at 0.95 are luck, and sixty at 0.90 are not', () => {
    expect(intervalOf(blocks(Array<number>(19).fill(0.05))).low!).toBeLessThan(0)
    expect(intervalOf(blocks(Array<number>(60).fill(0.1))).low!).toBeGreaterThan(0)
  })
  test('one loss of a cent changes nothing in that', () => {
    expect(intervalOf(blocks([...Array<number>(19).fill(0.05), -0.01])).low!).toBeLessThan(0)
  })
  test('but a loss like that was seen where one was lost', () => {
    expect(intervalOf(blocks([...Array<number>(59).fill(0.1), -0.9])).low!).toBeGreaterThan(0)
  })
  test('and who only ever lost on long shots has not shown what winning brings', () => {
    expect(intervalOf(blocks(Array<number>(19).fill(-0.05))).high!).toBeGreaterThan(0)
    expect(intervalOf(blocks(Array<number>(60).fill(-0.1))).high!).toBeLessThan(0)
  })
})
