import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../../config/index.ts'
import { allocate, type Columns, Kind } from '../../events/index.ts'
import { Replay, Stream, settings } from './index.ts'
import type { Settings } from './settings.ts'

const MS = 1_000_000
const standard = defaults(settings)

function streamOf(seed: number, events: number): Columns {
  const stream = Stream.createStream(seed, events)
  const columns = allocate(Math.max(events, 20) + 2)
  Stream.fill(stream, columns)
  return columns
}

/** The same through a small window, rows coming in pieces. */
function windowed(rows: Columns, s: Settings, capacity: number, piece: number): Replay.Result {
  const columns = allocate(capacity)
  const r = Replay.createReplay(columns, s)
  let next = 0
  do {
    Replay.shift(r)
    const count = Math.min(capacity - columns.length, piece, rows.length - next)
    expect(count > 0 || next === rows.length).toBe(true)
    for (const name of ['exch_us', 'kind', 'side', 'price', 'size'] as const)
      columns[name].set(rows[name].subarray(next, next + count), columns.length)
    columns.length += count
    next += count
    Replay.advance(r, next === rows.length)
  } while (next < rows.length)
  return Replay.resultOf(r)
}

const made = new Map<number, Columns>()
function million(seed: number): Columns {
  const columns = made.get(seed) ?? streamOf(seed, 1_000_000)
  made.set(seed, columns)
  return columns
}

describe('compatibility mode', () => {
  test.each([
    [42, 100, 4060, -20, 351.8],
    [42, 10, 5151, 10, 397.1],
    [42, 1, 5314, 20, 420],
    [7, 100, 3975, -50, 325.9],
    [7, 10, 5130, -40, 427.3],
    [7, 1, 5281, -30, 437.2],
  ])(
    'equals the outside oracle: seed %i, a million events, %i ms',
    (seed, period_ms, trades, position, cash) => {
      const result = Replay.replay(million(seed), { ...standard, period: period_ms * MS })
      expect(result).toEqual({ trades, position, cash: Math.round(cash * 10_000) })
    },
  )

  test.each([
    ['replay alone', { max_position: 0 }, 4859, 0, 0, 0],
    ['at every feed', { calls: 'feed' }, 970_727, 5334, 20, 421.9],
  ] as const)(
    'equals hftbacktest’s Python package in the cases of the side-by-side: %s',
    (_, some, steps, trades, position, cash) => {
      const r = Replay.createReplay(million(42), { ...standard, ...some })
      Replay.advance(r, true)
      expect(Replay.resultOf(r)).toEqual({ trades, position, cash: Math.round(cash * 10_000) })
      expect(r.steps).toBe(steps)
    },
  )

  test('the window’s size and the pieces in which rows come change nothing', () => {
    const pieces = fc.integer({ min: 1, max: 400 })
    const latency = fc.constantFrom(0, 1, 20 * MS)
    const pace = fc.constantFrom<Partial<Settings>>({ period: MS }, { period: 33 * MS }, { calls: 'feed' })
    fc.assert(
      fc.property(fc.maxSafeInteger(), pieces, latency, pace, (seed, piece, feed_latency, p) => {
        const columns = streamOf(seed, 5_000)
        const s = { ...standard, feed_latency, ...p }
        expect(windowed(columns, s, 500, piece)).toEqual(Replay.replay(columns, s))
      }),
      { numRuns: 40 },
    )
  })

  test('an empty stream ends at once', () => {
    expect(Replay.replay(allocate(0), standard)).toEqual({ trades: 0, position: 0, cash: 0 })
  })

  test('rows that end with a crossed book are an error, not an endless run', () => {
    // The second bid, out of step with the first quotes, keeps something under way at all times.
    const columns = allocate(3)
    columns.length = 3
    columns.kind.fill(Kind.LEVEL)
    columns.size.fill(5)
    columns.exch_us.set([0, 0, 50 * MS])
    columns.side.set([1, 2, 1])
    columns.price.set([5_000, 4_900, 5_100])
    const crossed = () => Replay.replay(columns, { ...standard, period: 7 * MS })
    expect(crossed).toThrow(expect.objectContaining({ code: 'compat.endless' }))
  })

  test('more orders than there is room for is an error that says what to raise', () => {
    const columns = streamOf(42, 100_000)
    const slow = { ...standard, entry_latency: 60_000 * MS, period: MS, orders_max: 2 }
    expect(() => Replay.replay(columns, slow)).toThrow(
      expect.objectContaining({ code: 'compat.orders', field: 'orders_max' }),
    )
  })
})
