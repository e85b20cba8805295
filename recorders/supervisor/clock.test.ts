import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JournalRecord } from '../journal/record.ts'
import { createClock, processReadings, watchClock } from './clock.ts'
import { type ClockSample, offsetOf, watchVenueClocks } from './clock-offset.ts'
import { CLOCK_SOURCES } from './clock-sources.ts'
import type { Answer, Ask, Requester } from './contract.ts'
import { manualTime } from './time.fixture.ts'
import { trial } from './world.fixture.ts'

describe('the timeline’s clock', () => {
  test('never decreases and goes with the monotonic clock, whatever the wall does', () => {
    const step = fc.record({
      wall: fc.integer({ min: -1e9, max: 1e9 }),
      mono: fc.double({ min: 0, max: 1e6, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        let wall = 1_790_000_000_000_000
        let mono = 5_000.25
        const clock = createClock({ wall: () => wall, mono: () => (mono += 0.5) })
        const into = clock.receipt()
        for (const one of steps) {
          const before = { ...into }
          wall += one.wall
          mono += one.mono
          clock.stamp(into)
          expect(into.wall_us).toBeGreaterThanOrEqual(before.wall_us)
          expect(into.wall_us - before.wall_us).toBe(into.mono_us - before.mono_us)
          expect(Math.abs(into.mono_us - before.mono_us - one.mono)).toBeLessThan(2)
          expect(Number.isSafeInteger(into.wall_us)).toBe(true)
        }
      }),
    )
  })

  test('of this process agrees with its wall clock', () => {
    const clock = createClock(processReadings())
    // Two readings of one wall, cut to ms, and the time between them.
    expect(Math.abs(clock.drift_us())).toBeLessThan(50_000)
    expect(clock.receipt().mono_us).toBeGreaterThan(0)
  })

  test('goes on from a later time when told to, and never back', () => {
    const time = manualTime()
    const before = time.clock.receipt()
    time.clock.goOnFrom(before.wall_us - 5)
    expect(time.clock.receipt()).toEqual(before)
    time.clock.goOnFrom(before.wall_us + 3_600_000_000)
    time.advance(10)
    const { wall_us, mono_us } = time.clock.receipt()
    expect([wall_us - before.wall_us, mono_us - before.mono_us]).toEqual([3_600_010_000, 10_000])
  })

  test('notes a step of the wall once, and drift when it adds up to one', () => {
    const time = manualTime()
    const records: JournalRecord[] = []
    const stop = watchClock(time.clock, time, (record) => records.push(record), 50)
    const moved = () => records.splice(0).map((record) => record.type === 'note' && record.note)
    time.advance(10_000)
    time.stepWall(49)
    time.advance(10_000)
    expect(moved()).toEqual([])
    time.stepWall(2)
    time.advance(10_000)
    expect(moved()).toEqual([{ note: 'clock_step', moved_us: 51_000 }])
    time.stepWall(-3_600_000)
    time.advance(10_000)
    expect(moved()).toEqual([{ note: 'clock_step', moved_us: -3_600_000_000 }])
    stop()
    expect(time.waiting).toBe(0)
  })
})

describe('a venue’s clock', () => {
  const sample = fc.record({
    gap: fc.integer({ min: 0, max: 2_000_000 }),
    there: fc.integer({ min: 0, max: 400_000 }),
    back: fc.integer({ min: 0, max: 400_000 }),
  })

  test('is off by what is said, within the error that is said', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5_000_000, max: 5_000_000 }),
        fc.constantFrom(1, 1_000, 1_000_000),
        fc.array(sample, { minLength: 1, maxLength: 8 }),
        (truth, resolution_us, list) => {
          let now = 1_790_000_000_000_000
          const samples: ClockSample[] = list.map(({ gap, there, back }) => {
            const sent_us = now + gap
            const read = sent_us + there + truth
            now = sent_us + there + back
            return { venue_us: read - (read % resolution_us), resolution_us, sent_us, head_us: now }
          })
          const { offset_us, error_us, rtt_us } = offsetOf(samples)!
          expect(Math.abs(offset_us - truth)).toBeLessThanOrEqual(error_us + 1)
          const quickest = Math.min(...list.map(({ there, back }) => there + back))
          expect(rtt_us).toBe(quickest)
          expect(error_us).toBeLessThanOrEqual((quickest + resolution_us) / 2 + 1)
        },
      ),
    )
  })

  test('that was stepped between samples is told by the quickest of them', () => {
    const samples = [
      { venue_us: 10_000_000, resolution_us: 1_000, sent_us: 0, head_us: 4_000 },
      { venue_us: 90_000_000, resolution_us: 1_000, sent_us: 10_000, head_us: 12_000 },
    ]
    expect(offsetOf(samples)).toMatchObject({ offset_us: 89_989_500, rtt_us: 2_000 })
    expect(offsetOf([])).toBeNull()
  })

  test.each([
    ['clob_market', '1790000002\n', 1_790_000_002_000_000],
    ['clob_market', '<html>', null],
    ['binance', '{"serverTime":1790000002123}', 1_790_000_002_123_000],
    ['kraken', '{"error":[],"result":{"unixtime":1790000002,"rfc1123":"Mon"}}', 1_790_000_002_000_000],
    ['kraken', '{"error":["EService:Unavailable"]}', null],
  ])('of %s is read from %s', (feed, text, expected) => {
    expect(CLOCK_SOURCES.find((source) => source.feed === feed)!.read!(text)).toBe(expected)
  })

  test('is compared at once and every few minutes, and left alone where it does not answer', async () => {
    const { world, time, notes } = trial(
      { clock_samples: 4 },
      { endpoints: { 'binance.rest': 'x', 'coinbase.rest': 'x', 'kraken.rest': 'x' } },
    )
    const asked: Ask[] = []
    const requester: Requester = {
      pending: 0,
      stop: async () => {},
      async ask(ask) {
        asked.push(ask)
        const sent_us = world.clock.receipt().wall_us
        const venue_ms = (sent_us + 10_000) / 1_000 + 700
        const answer: Answer = {
          status: ask.feed === 'kraken' ? 503 : 200,
          ok: ask.feed !== 'kraken',
          reason: '',
          bytes: new Uint8Array(0),
          text: () => `{"serverTime":${Math.floor(venue_ms)}}`,
          sent_us,
          head_us: sent_us + 20_000,
          retry_after_ms: null,
          date_ms: Math.floor(venue_ms / 1_000) * 1_000,
        }
        return answer
      },
    }
    const stop = watchVenueClocks(world, requester, CLOCK_SOURCES)
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 30) {
        time.advance(30)
        for (let turn = 0; turn < 6; turn++) await Promise.resolve()
      }
    }
    await pass(3_000)
    const told = notes().flatMap((note) => (note.note === 'clock' ? [note] : []))
    expect(told.map(({ feed }) => feed).toSorted()).toEqual(['binance', 'coinbase'])
    const of = (feed: string) => told.find((note) => note.feed === feed)!
    expect(of('binance').how).toMatch(/^\/api\/v3\/time, ±1[01] ms$/)
    expect(Math.abs(of('binance').offset_us - 700_000)).toBeLessThanOrEqual(11_000)
    expect(of('coinbase').how).toMatch(/^Date header of \/time, ±\d+ ms$/)
    const error_us = Number(/±(\d+)/.exec(of('coinbase').how)![1]) * 1_000
    expect(Math.abs(of('coinbase').offset_us - 700_000)).toBeLessThanOrEqual(error_us)
    expect(error_us).toBeLessThan(200_000)
    expect(asked.every(({ record }) => record === false)).toBe(true)
    await pass(300_000)
    expect(notes().filter(({ note }) => note === 'clock')).toHaveLength(4)
    stop()
    expect(time.waiting).toBe(0)
  })
})
