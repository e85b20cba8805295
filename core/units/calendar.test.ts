import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { civilFromDays, DAY, daysFromCivil, formatIso, parseIso, weekday } from './index.ts'

/** 1 January 0001 to 31 December 9999. */
const FIRST_DAY = -719_162
const LAST_DAY = 2_932_896
const days = fc.integer({ min: FIRST_DAY, max: LAST_DAY })

describe('the calendar', () => {
  test('agrees with the platform’s on every day', () => {
    fc.assert(
      fc.property(days, (n) => {
        const date = new Date(n * 86_400_000)
        expect(civilFromDays(n)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        })
        expect(weekday(n)).toBe(date.getUTCDay())
      }),
      { numRuns: 2000 },
    )
  })

  test('days and dates are each other’s inverse', () => {
    fc.assert(
      fc.property(days, (n) => {
        const { year, month, day } = civilFromDays(n)
        expect(daysFromCivil(year, month, day)).toBe(n)
      }),
      { numRuns: 2000 },
    )
  })

  test('weekdays before the epoch do not go negative', () => {
    expect(weekday(-1)).toBe(3)
    expect(weekday(-8)).toBe(3)
  })
})

describe('ISO instants', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-04-15', 20558 * DAY],
    ['2026-04-28T11:00:00Z', 1_777_374_000_000_000],
    ['2026-04-28T13:00:00+02:00', 1_777_374_000_000_000],
    ['2026-04-28T06:30:00-04:30', 1_777_374_000_000_000],
    ['2026-04-28T11:00Z', 1_777_374_000_000_000],
    ['2026-04-28 11:00:00.000001Z', 1_777_374_000_000_001],
    ['2026-04-28T11:00:00.5Z', 1_777_374_000_500_000],
    ['1969-12-31T23:59:59.999Z', -1000],
  ])('%s is read exactly', (text, us) => {
    expect(parseIso(text)).toBe(us)
  })

  test('writing and reading give the instant back, and the platform reads the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (us) => {
        expect(parseIso(formatIso(us))).toBe(us)
        expect(Date.parse(formatIso(us - (((us % 1000) + 1000) % 1000)))).toBe(Math.floor(us / 1000))
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    '2026-04-28T11:00:00',
    '2026-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-04-31',
    '2026-04-28T24:00:00Z',
    '2026-04-28T11:60:00Z',
    '2026-04-28T11:00:60Z',
    '1776240000',
    'today',
    '',
  ])('"%s" is refused', (text) => {
    expect(() => parseIso(text)).toThrow(expect.objectContaining({ code: 'units.time' }))
  })
})
