import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { MS, SECOND } from '../units/index.ts'
import { Limiter, settings } from './index.ts'

const config = {
  ...defaults(settings),
  create_rate: 40,
  create_burst: 60,
  cancel_rate: 80,
  cancel_burst: 120,
}

describe('token buckets', () => {
  test('start full, run dry, refill at their rate and never above their burst', () => {
    const limiter = Limiter.create(config)
    Limiter.refill(limiter, config, 1_776_254_400 * SECOND)
    expect([Limiter.creates(limiter), Limiter.cancels(limiter)]).toEqual([60, 120])
    Limiter.spend(limiter, 60, 100)
    expect([Limiter.creates(limiter), Limiter.cancels(limiter)]).toEqual([0, 20])
    Limiter.refill(limiter, config, 1_776_254_400 * SECOND + 24 * MS)
    expect(Limiter.creates(limiter)).toBe(0)
    Limiter.refill(limiter, config, 1_776_254_400 * SECOND + 25 * MS)
    expect([Limiter.creates(limiter), Limiter.cancels(limiter)]).toEqual([1, 22])
    Limiter.refill(limiter, config, 1_776_254_500 * SECOND)
    expect([Limiter.creates(limiter), Limiter.cancels(limiter)]).toEqual([60, 120])
  })

  test('time that stands still or steps back brings nothing', () => {
    const limiter = Limiter.create(config)
    Limiter.refill(limiter, config, 10 * SECOND)
    Limiter.spend(limiter, 60, 0)
    Limiter.refill(limiter, config, 10 * SECOND)
    Limiter.refill(limiter, config, 5 * SECOND)
    expect(Limiter.creates(limiter)).toBe(0)
    expect(limiter.time_us).toBe(10 * SECOND)
  })

  test('more than there is is refused and takes nothing', () => {
    const limiter = Limiter.create(config)
    expect(() => Limiter.spend(limiter, 61, 0)).toThrow(
      expect.objectContaining({ code: 'orders.rate' }) as Error,
    )
    expect(() => Limiter.spend(limiter, 0, 121)).toThrow(/token buckets/)
    expect(Limiter.creates(limiter)).toBe(60)
  })

  test('over any stretch no more is sent than burst and rate allow', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 80 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const limiter = Limiter.create(config)
        let now = 0
        let sent = 0
        for (const [ms, wanted] of steps) {
          now += ms * MS
          Limiter.refill(limiter, config, now)
          const n = Math.min(wanted, Limiter.creates(limiter))
          Limiter.spend(limiter, n, 0)
          sent += n
          expect(sent).toBeLessThanOrEqual(config.create_burst + (now * config.create_rate) / SECOND)
        }
      }),
    )
  })
})
