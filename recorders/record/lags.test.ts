import { describe, expect, test } from 'vitest'
import { allocate } from '../../core/events/index.ts'
import type { FrameRecord } from '../journal/record.ts'
import { createLags } from './lags.ts'

const frame = (wall_us: number): FrameRecord => ({
  type: 'frame',
  wall_us,
  mono_us: 0,
  connection: 7,
  seq: 0,
  bytes: new Uint8Array(),
})

/** One row that a frame made. */
function rowAt(local_us: number, exch_us: number) {
  const columns = allocate(1)
  columns.length = 1
  columns.local_us[0] = local_us
  columns.exch_us[0] = exch_us
  return columns
}

describe('lag', () => {
  test('is reception minus the venue’s stamp, by the venue’s clock', () => {
    const lags = createLags()
    expect(lags.of('binance', frame(1_000_000), rowAt(1_000_000, 970_000))).toBe(30_000)
    lags.note({ note: 'clock', feed: 'binance', offset_us: 5_000, rtt_us: 1, how: '' })
    expect(lags.of('binance', frame(1_000_000), rowAt(1_000_000, 970_000))).toBe(35_000)
    expect(lags.of('kraken', frame(1_000_000), rowAt(1_000_000, 970_000))).toBe(30_000)
  })

  test('is not made of an offset that may as well be nothing, though the clock is known then', () => {
    const lags = createLags()
    lags.note({ note: 'clock', feed: 'gamma', offset_us: -130_000, rtt_us: 1, error_us: 137_000, how: '' })
    expect(lags.of('gamma', frame(1_000_000), rowAt(1_000_000, 972_000))).toBe(28_000)
    expect([lags.timed(), lags.venueOffset()]).toEqual([true, -130_000])
    lags.note({ note: 'clock', feed: 'gamma', offset_us: -230_000, rtt_us: 1, error_us: 137_000, how: '' })
    expect(lags.of('gamma', frame(1_000_000), rowAt(1_000_000, 672_000))).toBe(98_000)
  })

  test('is not known where the frame made no row, says no time, or one of another day', () => {
    const lags = createLags()
    expect(lags.of('binance', frame(2_000_000), rowAt(1_000_000, 970_000))).toBeNull()
    expect(lags.of('binance', frame(1_000_000), rowAt(1_000_000, 0))).toBeNull()
    expect(lags.of('binance', frame(1e12), rowAt(1e12, 1))).toBeNull()
    expect(lags.of('binance', frame(1_000_000), allocate(1))).toBeNull()
  })
})

test('connections are known from opening to close', () => {
  const lags = createLags()
  lags.note({ note: 'opened', connection: 7, feed: 'rtds', line: 'rtds/0', leads: true, keys: [] })
  expect(lags.connections.get(7)).toEqual({ feed: 'rtds', line: 'rtds/0' })
  lags.note({ note: 'closed', connection: 7, code: 1000, reason: '' })
  expect(lags.connections.size).toBe(0)
})

test('the time that names windows is that of the prediction market, the nearest to it that is known', () => {
  const lags = createLags()
  const clock = (feed: 'kalshi' | 'gamma' | 'clob_market' | 'binance', offset_us: number) =>
    lags.note({ note: 'clock', feed, offset_us, rtt_us: 1, how: '' })
  clock('binance', 1)
  expect([lags.timed(), lags.venueOffset()]).toEqual([false, 0])
  clock('kalshi', 2)
  expect([lags.timed(), lags.venueOffset()]).toEqual([true, 2])
  clock('gamma', 3)
  expect(lags.venueOffset()).toBe(3)
  clock('clob_market', 4)
  clock('gamma', 5)
  expect(lags.venueOffset()).toBe(4)
})
