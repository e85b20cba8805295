import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR, MS, parseIso } from '../units/index.ts'
import { behindUtc, instants } from './eastern.ts'

const platform = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'America/New_York',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  hourCycle: 'h23',
})

/** Wall clock of New York by the platform's time zone database. */
function wall(us: number) {
  const parts = platform.formatToParts(new Date(us / MS))
  const of = (type: string) => Number(parts.find((part) => part.type === type)!.value)
  return { year: of('year'), month: of('month'), day: of('day'), hour: of('hour') }
}

describe('Eastern time', () => {
  test('shows the hour that the time zone database shows, at any hour of 2007 to 2037', () => {
    const first = parseIso('2007-01-01') / HOUR
    const last = parseIso('2038-01-01') / HOUR - 1
    fc.assert(
      fc.property(fc.integer({ min: first, max: last }), (hours) => {
        const us = hours * HOUR
        const { year, month, day, hour } = wall(us)
        expect(instants(year, month, day, hour)).toContain(us)
      }),
      { numRuns: 3000 },
    )
  })

  test('changes at 02:00 local on the second Sunday of March and the first of November', () => {
    expect(behindUtc(parseIso('2026-03-08T07:00:00Z') - 1)).toBe(5 * HOUR)
    expect(behindUtc(parseIso('2026-03-08T07:00:00Z'))).toBe(4 * HOUR)
    expect(behindUtc(parseIso('2026-11-01T06:00:00Z') - 1)).toBe(4 * HOUR)
    expect(behindUtc(parseIso('2026-11-01T06:00:00Z'))).toBe(5 * HOUR)
  })

  test('the hour that spring skips never comes; the one that autumn repeats comes twice', () => {
    expect(instants(2026, 3, 8, 2)).toEqual([])
    expect(instants(2026, 11, 1, 1)).toEqual([
      parseIso('2026-11-01T05:00:00Z'),
      parseIso('2026-11-01T06:00:00Z'),
    ])
    expect(instants(2026, 7, 4, 12)).toEqual([parseIso('2026-07-04T16:00:00Z')])
  })
})
