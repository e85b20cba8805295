import { expect, test } from 'vitest'
import type { SessionStatus } from '../../recorders/record/index.ts'
import { recordLine, recordScreen } from './record-screen.ts'

const LINE = {
  feed: 'clob_market',
  connections: 1,
  keys: 40,
  frames: 1_234,
  bytes: 9,
  rate: 45.4,
  silent_ms: 1_250,
  reconnects: 2,
  lag_ms: { p50: 12.4, p99: 80.6 },
  reason: 'closed by the venue',
} as const
const STATUS: SessionStatus = {
  out: '/data/rec',
  state: 'recording',
  started_us: 0,
  now_us: 90_061e6,
  messages: 1_234_567,
  events: 7_654_321,
  dropped: 0,
  quarantined: 3,
  gaps: { count: 1, seconds: 12.4 },
  markets: { listed: 8, followed: 2, resolved: 5 },
  clock: { steps: 0, moved_s: 0, venues_s: null },
  lines: [
    { ...LINE, line: 'clob_market/0', state: 'live' },
    {
      ...LINE,
      line: 'rtds/0',
      feed: 'rtds',
      state: 'refused',
      silent_ms: null,
      lag_ms: null,
      reason: 'HTTP 403',
    },
  ],
  disk: { pending_bytes: 1_048_576, journal_bytes: 5_242_880, segments: 4, free_bytes: 3 * 2 ** 30 },
  problem: '',
}

test('one screen says what comes in, how late, what is missing and how the disk does', () => {
  expect(recordScreen({ color: false }, STATUS)).toBe(`recording  1 d 01:01:01  /data/rec
1 234 567 messages, 7 654 321 events, 2 of 8 markets
gaps 1 (12 s), dropped 0, quarantined 3
journal 5.0 MiB, 1.0 waiting, 4 sealed, 3.0 GiB free

line           state    keys  frames  rate/s  silent  lag p50  p99    lost
clob_market/0  live       40    1234      45  1.3 s   12 ms    81 ms     2
rtds/0         refused    40    1234      45  –       –        –         2  HTTP 403

Ctrl-C seals what is open and ends.`)
})

test('a problem stands on the screen and in the log', () => {
  const full = { ...STATUS, state: 'disk', problem: 'no space left' } as const
  expect(recordScreen({ color: false }, full)).toContain('\nno space left\n')
  expect(recordLine(full)).toMatch(/^disk, .*, rtds\/0 refused, no space left$/)
})

test('a clock that was stepped stands on the screen and in the log', () => {
  const stepped = { ...STATUS, clock: { steps: 2, moved_s: 7_200.04, venues_s: 7_200 } }
  expect(recordScreen({ color: false }, stepped)).toContain('\nclock stepped 2 times, +7200.0 s\n')
  expect(recordLine(stepped)).toContain(', clock stepped 2 times, +7200.0 s, rtds/0 refused')
})

test('a log line has the same in one line', () => {
  expect(recordLine(STATUS)).toBe(
    'recording, messages 1234567, events 7654321, rate 91/s, lines 1/2, markets 2/8, gaps 1 (12 s), dropped 0, quarantined 3, waiting 1.0 MiB, rtds/0 refused',
  )
})
