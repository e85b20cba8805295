import { describe, expect, test } from 'vitest'
import type { FeedName } from '../journal/record.ts'
import { CLOCK_S } from '../limits.ts'
import { type Answer, CLOCK_SOURCES, type Requester } from '../supervisor/index.ts'
import { trial } from '../supervisor/world.fixture.ts'
import { refuseFarClock } from './clock-check.ts'
import { createClockWatch } from './clock-watch.ts'

const DAYS = 86_400
const ENDPOINTS = { 'binance.rest': 'x', 'coinbase.rest': 'x', 'kraken.rest': 'x' }

/** Venues whose clocks are so many seconds from ours; null: never answers. */
function venues(offsets_s: Partial<Record<FeedName, number | null>>) {
  const { world, time } = trial({}, { endpoints: ENDPOINTS })
  const requester: Requester = {
    pending: 0,
    stop: async () => {},
    async ask(ask) {
      const offset_s = offsets_s[ask.feed] ?? null
      if (offset_s === null) return new Promise(() => undefined)
      const at = world.clock.receipt().wall_us
      const venue_us = at + offset_s * 1e6
      return {
        status: 200,
        ok: true,
        reason: '',
        bytes: new Uint8Array(0),
        text: () => `{"serverTime":${Math.floor(venue_us / 1e3)},"unixtime":${Math.floor(venue_us / 1e6)}}`,
        sent_us: at,
        head_us: at,
        retry_after_ms: null,
        date_ms: Math.floor(venue_us / 1e6) * 1e3,
      } satisfies Answer
    },
  }
  return {
    time,
    async judged(): Promise<string> {
      const judging = refuseFarClock('rec', world, requester, CLOCK_SOURCES).then(
        () => 'accepted',
        (error) => `${error.code}: ${error.message}`,
      )
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
      time.advance(3_000)
      return judging
    },
  }
}

describe('a clock where a recording begins', () => {
  test.each<[string, Partial<Record<FeedName, number | null>>]>([
    ['is accepted that every venue agrees with', { binance: 0, coinbase: 1, kraken: -1 }],
    ['is accepted that is off by hours', { binance: 7_200, coinbase: 7_200, kraken: 7_200 }],
    ['is accepted that one venue agrees with', { binance: -400 * DAYS, coinbase: 2, kraken: null }],
    ['is accepted where nobody answers', { binance: null, coinbase: null, kraken: null }],
  ])('%s', async (_, offsets) => {
    expect(await venues(offsets).judged()).toBe('accepted')
  })

  test.each([-400, -2, 2, 400])('is refused when all venues are %i days away', async (days) => {
    const said = await venues({ binance: days * DAYS, coinbase: days * DAYS, kraken: null }).judged()
    expect(said).toMatch(/^recording\.time: this machine's clock is wrong: it says 2026-09-21T/)
    expect(said).toContain(
      `the venues' clocks say ${new Date(1_790_000_001e3 + days * DAYS * 1e3).toISOString().slice(0, 13)}`,
    )
  })

  test('is not waited for longer than a moment', async () => {
    const waiting = venues({ binance: null })
    await waiting.judged()
    expect(waiting.time.waiting).toBe(0)
  })
})

describe('a clock while it is recorded', () => {
  const offset = (feed: FeedName, seconds: number) =>
    ({ note: 'clock', feed, offset_us: seconds * 1e6, rtt_us: 1, how: '' }) as const

  test('is no problem as it is, nor a step that a time service makes', () => {
    const watch = createClockWatch(false)
    expect(watch.status()).toEqual({ steps: 0, moved_s: 0, venues_s: null })
    watch.note(offset('binance', 0.2))
    watch.note({ note: 'clock_step', moved_us: -500_000 })
    expect(watch.status()).toEqual({ steps: 1, moved_s: -0.5, venues_s: 0.2 })
    expect(watch.problem(0)).toBe('')
  })

  test.each([1, -1])('that is stepped far is one, %i forwards', (sign) => {
    const watch = createClockWatch(false)
    watch.note({ note: 'clock_step', moved_us: sign * (CLOCK_S.before_end + 1) * 1e6 })
    expect(watch.problem(0)).toMatch(
      sign > 0
        ? /stepped once, \+11\.0 s: the recording keeps/
        : /stepped once, -11\.0 s: the recording keeps/,
    )
    watch.note({ note: 'clock_step', moved_us: -sign * (CLOCK_S.before_end + 1) * 1e6 })
    expect([watch.problem(0), watch.status().steps]).toEqual(['', 2])
  })

  test('that every venue contradicts is one, but for a sandbox', () => {
    for (const sandboxed of [false, true]) {
      const watch = createClockWatch(sandboxed)
      watch.note(offset('binance', -3 * DAYS))
      const first = watch.problem(Date.UTC(2026, 10, 30) * 1e3)
      watch.note(offset('kraken', 1))
      expect([first !== '', watch.problem(0)]).toEqual([!sandboxed, ''])
      if (!sandboxed) expect(first).toMatch(/it says 2026-11-30T00:00:00.*clocks say 2026-11-27T00:00:00/)
    }
  })
})
