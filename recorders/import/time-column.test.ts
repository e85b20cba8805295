import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTimeColumn, readClock, stampOf } from './time-column.ts'

/** Whole µs, some hours inside of 2000 to 2100. */
const moment = fc.integer({ min: 946_700_000_000_000, max: 4_102_400_000_000_000 })

describe('a time', () => {
  test('is the same in every unit and form, to the µs', () => {
    fc.assert(
      fc.property(moment, (us) => {
        const seconds = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`
        const millis = `${Math.floor(us / 1e3)}.${String(us % 1e3).padStart(3, '0')}`
        const micros = String(us % 1_000).padStart(3, '0')
        const iso = new Date(Math.floor(us / 1_000)).toISOString().replace('Z', micros)
        const forms = [seconds, millis, String(us), us, `${us}000`, `${iso}Z`, `${iso.replace('T', ' ')}+00`]
        for (const form of forms) expect(stampOf(form), String(form)).toBe(us)
        expect(stampOf(`${iso}+02:00`)).toBe(us - 7_200e6)
        expect(readClock(iso.replace('T', ' '))).toBe(us)
      }),
    )
  })

  test('finer than a µs is the nearest one', () => {
    expect(stampOf('1776254400123456499')).toBe(1_776_254_400_123_456)
    expect(stampOf('1776254400123456500')).toBe(1_776_254_400_123_457)
    expect(stampOf('2026-04-15T12:00:00.999999999Z')).toBe(1_776_254_401_000_000)
  })

  test('of no day between 2000 and 2100, without a zone, or of another notation is none', () => {
    const texts = ['', 'soon', '0', '-1776254400', '1.776e9', '177625440', '9999999999', '2026-04-15']
    for (const text of [...texts, '2026-04-15T12:00:00', '2026-02-30T12:00:00Z'])
      expect(stampOf(text), text).toBeNaN()
    for (const value of [Number.NaN, null, undefined, {}, [], true, 1e20])
      expect(stampOf(value), String(value)).toBeNaN()
  })
})

describe('a column', () => {
  function columnOf(values: readonly string[], usual: 's' | 'ms' = 'ms') {
    const column = createTimeColumn('folder/a.csv', 'at', usual)
    for (const value of values) column.look(value)
    return column
  }

  test('is in the unit of most of its values; others are refused, and the unit is told where it is unusual', () => {
    const column = columnOf(['1776254400', '1776254401', '1776254402000', 'x'])
    expect(column.read('1776254400')).toBe(1_776_254_400e6)
    expect(column.read('1776254402000')).toContain('another unit')
    expect(column.read('x')).toContain('neither')
    expect(column.read('2026-04-15 12:00:00')).toBe('a time without a zone')
    expect(column.inferred()).toMatchObject([
      { what: 'times of at in a.csv are in seconds', agreement: '2 of 3' },
    ])
    expect(columnOf(['1776254400'], 's').inferred()).toEqual([])
    expect(columnOf([]).inferred()).toEqual([])
  })
})
