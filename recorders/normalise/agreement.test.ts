import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agreementState, createAgreement, Heard, hear, judge } from './agreement.ts'

const AGE_US = 5_000
const both = [
  { id: 1, opened_us: 0 },
  { id: 2, opened_us: 0 },
]

describe('what two connections say', () => {
  test('is new once, then said elsewhere, then repeated', () => {
    const agreement = createAgreement()
    expect(hear(agreement, 'a', 1, 10)).toBe(Heard.NEW)
    expect(hear(agreement, 'a', 2, 11)).toBe(Heard.ELSEWHERE)
    expect(hear(agreement, 'a', 1, 12)).toBe(Heard.REPEATED)
  })

  test('is missed where it was not said in time, by who was open all the while', () => {
    const said = fc.array(fc.record({ by: fc.constantFrom(1, 2), event: fc.integer({ min: 0, max: 30 }) }))
    fc.assert(
      fc.property(said, (list) => {
        const agreement = createAgreement()
        const heard: [Set<number>, Set<number>] = [new Set(), new Set()]
        for (const { by, event } of list) {
          hear(agreement, String(event), by, 20_000)
          heard[by - 1]!.add(event)
        }
        judge(agreement, both, 20_000 + AGE_US - 1, AGE_US, 1_000)
        expect(agreement.missed.size).toBe(0)
        judge(agreement, both, 20_000 + AGE_US, AGE_US, 1_000)
        expect(agreement.missed.get(1) ?? 0).toBe(
          [...heard[1]].filter((event) => !heard[0].has(event)).length,
        )
        expect(agreement.missed.get(2) ?? 0).toBe(
          [...heard[0]].filter((event) => !heard[1].has(event)).length,
        )
        expect(agreement.events.size).toBe(0)
      }),
    )
  })

  test('is not missed by one that was opened a moment before', () => {
    const agreement = createAgreement()
    hear(agreement, 'a', 1, 20_000)
    const late = [both[0]!, { id: 2, opened_us: 20_000 - AGE_US + 1 }]
    judge(agreement, late, 30_000, AGE_US, 1_000)
    expect(agreement.missed.size).toBe(0)
  })

  test('is bounded: the oldest beyond the limit go unjudged, and are counted', () => {
    const agreement = createAgreement()
    for (let i = 0; i < 100; i++) hear(agreement, String(i), 1, 20_000 + i)
    judge(agreement, both, 20_100, AGE_US, 40)
    expect([agreement.events.size, agreement.unjudged, agreement.missed.size]).toEqual([40, 60, 0])
    expect(agreement.events.has('59')).toBe(false)
    expect(agreementState(createAgreement(agreementState(agreement)))).toEqual(agreementState(agreement))
  })
})
