import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Evidence } from './index.ts'

const { Stage } = Evidence

describe('the life of a fill', () => {
  test('matched, mined, confirmed; each stage with its time', () => {
    const state = Evidence.create(4)
    const slot = Evidence.open(state, 7, 3, 100)
    expect(Evidence.stage(state, 7)).toBe(Stage.MATCHED)
    expect(Evidence.mine(state, 7, 200)).toBe(true)
    expect(Evidence.stage(state, 7)).toBe(Stage.MINED)
    expect([state.matched_us[slot], state.mined_us[slot]]).toEqual([100, 200])
    expect(Evidence.close(state, 7)).toBe(3)
    expect(Evidence.stage(state, 7)).toBe(Stage.NONE)
  })

  test('a dropped transaction is retried, and may be mined again', () => {
    const state = Evidence.create(4)
    const slot = Evidence.open(state, 7, 3, 100)
    Evidence.mine(state, 7, 200)
    expect(Evidence.retry(state, 7)).toBe(true)
    expect([Evidence.stage(state, 7), state.mined_us[slot], state.retries[slot]]).toEqual([
      Stage.RETRYING,
      0,
      1,
    ])
    expect(Evidence.mine(state, 7, 300)).toBe(true)
    expect(state.mined_us[slot]).toBe(300)
  })

  test('what a stream says twice changes nothing', () => {
    const state = Evidence.create(4)
    const slot = Evidence.open(state, 7, 3, 100)
    Evidence.retry(state, 7)
    expect(Evidence.retry(state, 7)).toBe(false)
    expect(state.retries[slot]).toBe(1)
    Evidence.mine(state, 7, 200)
    expect(Evidence.mine(state, 7, 900)).toBe(false)
    expect(state.mined_us[slot]).toBe(200)
  })

  test('impossible steps are refused with the fill and what to do', () => {
    const state = Evidence.create(2)
    const code = (step: () => void): string => {
      try {
        step()
      } catch (error) {
        const { code, field, fix } = error as Evidence.EvidenceError
        expect([field, fix.length > 10]).toEqual(['fill_no', true])
        return code
      }
      return 'none'
    }
    Evidence.open(state, 1, 0, 0)
    expect(code(() => Evidence.open(state, 1, 0, 0))).toBe('evidence.duplicate')
    expect(code(() => Evidence.open(state, -1, 0, 0))).toBe('evidence.number')
    expect(code(() => Evidence.open(state, 1.5, 0, 0))).toBe('evidence.number')
    Evidence.open(state, 2, 0, 0)
    expect(code(() => Evidence.open(state, 3, 0, 0))).toBe('evidence.full')
    Evidence.close(state, 1)
    for (const step of [Evidence.close, Evidence.retry])
      expect(code(() => step(state, 1))).toBe('evidence.unknown')
    expect(code(() => Evidence.mine(state, 1, 0))).toBe('evidence.unknown')
    expect(Evidence.open(state, 3, 0, 0)).toBe(0)
  })

  test('finds every open fill and no other, whatever the order of opening and closing, as a plain map does', () => {
    // Few distinct numbers, and numbers 2^32 apart that meet in the table, so that runs of probes form and break.
    const number = fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0, max: 100 }).map((k) => k * 0x1_0000_0000),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    )
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 1_000, size: 'max' }), (numbers) => {
        const state = Evidence.create(150)
        const naive = new Map<number, { slot: number; market: number }>()
        for (const [market, fill] of numbers.entries()) {
          const known = naive.get(fill)
          if (known !== undefined) {
            expect(Evidence.slot(state, fill)).toBe(known.slot)
            expect(Evidence.close(state, fill)).toBe(known.market)
            naive.delete(fill)
          } else if (naive.size < 150) {
            naive.set(fill, { slot: Evidence.open(state, fill, market, 0), market })
          }
          expect(state.open).toBe(naive.size)
        }
        const slots = new Set<number>()
        for (const [fill, { slot }] of naive) {
          expect(Evidence.slot(state, fill)).toBe(slot)
          slots.add(slot)
        }
        expect(slots.size).toBe(naive.size)
        for (const fill of numbers) if (!naive.has(fill)) expect(Evidence.slot(state, fill)).toBe(-1)
      }),
    )
  })
})
