import { describe, expect, test } from 'vitest'
import { SIDE_TABLES, type SideTable, STAMP, sideRowFault, sideTable } from './side-tables.ts'

const OFFSET = { feed: 'kalshi', offset_us: -5, rtt_us: 12, how: 'Date' }

describe('side tables', () => {
  test('begin with the stamp, name each column once and say what it holds, in which unit', () => {
    for (const { doc, columns } of Object.values<SideTable>(SIDE_TABLES)) {
      expect(doc).toMatch(/\S/)
      expect(columns[0]).toBe(STAMP)
      expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length)
      for (const { name, doc: what, type, unit } of columns) {
        expect(what).toMatch(/\S/)
        expect(name).toMatch(/^[a-z_]+$/)
        if (name.endsWith('_us')) expect(unit).toMatch(/^µs/)
        if (type === 'text') expect(unit).toBe('')
      }
    }
  })

  test('are found by their own names alone', () => {
    expect(sideTable('user_trades')).toBe(SIDE_TABLES.user_trades)
    for (const name of ['', 'constructor', '__proto__', 'events']) expect(sideTable(name)).toBeUndefined()
  })
})

describe('a side row', () => {
  test('fits with its stamp and without, and with null where nothing may be stated', () => {
    expect(sideRowFault('clock_offsets', OFFSET)).toBeUndefined()
    expect(sideRowFault('clock_offsets', { local_us: 1, ...OFFSET })).toBeUndefined()
    const health = { feed: 'rtds', event: 'silent', line: '', detail: '' }
    expect(sideRowFault('feed_health', { ...health, value: null })).toBeUndefined()
  })

  test.each([
    [{ ...OFFSET, offset_us: 0.5 }, 'clock_offsets.offset_us is no number'],
    [{ ...OFFSET, offset_us: -0 }, 'clock_offsets.offset_us is no number'],
    [{ ...OFFSET, offset_us: 2 ** 53 }, 'clock_offsets.offset_us is no number'],
    [{ ...OFFSET, offset_us: null }, 'clock_offsets.offset_us is no number'],
    [{ ...OFFSET, how: 3 }, 'clock_offsets.how is no text'],
    [{ ...OFFSET, local_us: 'now' }, 'clock_offsets.local_us is no instant_us'],
    [{ ...OFFSET, more: 1 }, 'clock_offsets has no column more'],
    [{ feed: 'kalshi', offset_us: 1, how: '' }, 'clock_offsets.rtt_us is missing'],
  ])('%j does not fit', (row, fault) => {
    expect(sideRowFault('clock_offsets', row)).toBe(fault)
  })

  test('of no table fits nowhere', () => {
    expect(sideRowFault('prices', OFFSET)).toMatch(/no side table/)
  })
})
