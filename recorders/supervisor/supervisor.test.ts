import { afterEach, describe, expect, test } from 'vitest'
import type { FeedName } from '../journal/record.ts'
import type { FeedPlan } from './contract.ts'
import { createSupervisor } from './supervisor.ts'
import { startVenue, until, type Venue } from './venue.fixture.ts'
import { linePlan, scriptedDial, trial } from './world.fixture.ts'

const venues: Venue[] = []
afterEach(async () => {
  for (const venue of venues.splice(0)) await venue.close()
})

const planOf = (line: string, feed: FeedName = 'clob_market'): FeedPlan => ({
  feed,
  plan: linePlan({ line, keepalive: { kind: 'none' }, silence_ms: 1e9 }),
})

function scripted(settings = {}) {
  const { world, time, notes, records } = trial(settings)
  const { dial, sockets, live } = scriptedDial()
  const supervisor = createSupervisor(world, { dial, first_connection: 40 })
  return { supervisor, time, notes, records, sockets, live }
}

describe('a supervisor', () => {
  test('over real sockets keeps every frame of every line, and stops cleanly', async () => {
    const venue = await startVenue()
    venues.push(venue)
    const { world, records } = trial(
      {},
      { endpoints: { 'clob_market.ws': venue.ws, 'binance.ws': venue.ws } },
    )
    const supervisor = createSupervisor(world)
    supervisor.plan([planOf('clob_market/0'), planOf('clob_market/1'), planOf('binance/0', 'binance')])
    await until(
      () => venue.sockets.length === 3 && supervisor.status().every(({ state }) => state === 'live'),
    )
    for (let i = 0; i < 300; i++) venue.sockets[i % 3]!.send(`frame ${i}`)
    const frames = () => records.flatMap((record) => (record.type === 'frame' ? [String(record.bytes)] : []))
    await until(() => frames().length === 300)
    expect(frames().toSorted()).toEqual([...Array(300).keys()].map((i) => `frame ${i}`).toSorted())
    await supervisor.stop('enough')
    const last = records.at(-1)!
    expect(last).toMatchObject({ type: 'note', note: { note: 'closed', code: 1000, reason: 'enough' } })
    await until(() => venue.sockets.every(({ readyState }) => readyState === 3))
  })

  test('opens what is new, closes what is gone, and leaves the rest alone', () => {
    const { supervisor, sockets, notes } = scripted()
    supervisor.plan([planOf('clob_market/0'), planOf('clob_market/1')])
    for (const socket of sockets) socket.open()
    supervisor.plan([planOf('clob_market/1'), planOf('clob_market/2')])
    expect(sockets.map(({ state }) => state)).toEqual(['closing', 'open', 'connecting'])
    expect(notes().slice(-2)).toEqual([
      { note: 'closed', connection: 40, code: 1000, reason: 'not wanted any longer' },
      { note: 'retired', feed: 'clob_market', line: 'clob_market/0' },
    ])
    expect(supervisor.status().map(({ line, state }) => [line, state])).toEqual([
      ['clob_market/1', 'live'],
      ['clob_market/2', 'connecting'],
    ])
  })

  test('refuses a plan without an address, or with a name twice', () => {
    const { supervisor } = scripted()
    expect(() => supervisor.plan([planOf('kraken/0', 'kraken')])).toThrow(
      expect.objectContaining({ code: 'supervisor.endpoint', field: 'kraken.ws' }),
    )
    expect(() => supervisor.plan([planOf('a'), planOf('a')])).toThrow(
      expect.objectContaining({ code: 'supervisor.line', field: 'a' }),
    )
  })

  test('suppresses a source after a burst of malformed frames, alone and for a while', () => {
    const { supervisor, sockets, notes, time } = scripted({
      quarantine_burst: 3,
      quarantine_s: 10,
      suppress_s: 60,
    })
    supervisor.plan([planOf('clob_market/0'), planOf('binance/0', 'binance')])
    for (const socket of sockets) socket.open()
    supervisor.refused('clob_market')
    time.advance(10_001)
    supervisor.refused('clob_market')
    supervisor.refused('clob_market')
    expect(notes().some(({ note }) => note === 'suppressed')).toBe(false)
    supervisor.refused('clob_market')
    expect(notes().slice(-3)).toMatchObject([
      { note: 'suppressed', feed: 'clob_market', reason: '3 malformed frames within 10 s' },
      { note: 'closed', connection: 40 },
      { note: 'lost', line: 'clob_market/0' },
    ])
    expect(supervisor.status().map(({ feed, state }) => [feed, state])).toEqual([
      ['binance', 'live'],
      ['clob_market', 'suppressed'],
    ])
    supervisor.plan([planOf('clob_market/0'), planOf('clob_market/1'), planOf('binance/0', 'binance')])
    time.advance(59_999)
    expect(sockets).toHaveLength(2)
    sockets[0]!.end()
    time.advance(2)
    for (const socket of sockets) if (socket.state === 'connecting') socket.open()
    expect(supervisor.status().map(({ connections }) => connections)).toEqual([1, 1, 1])
  })

  test('stops within its bound though a peer does not answer', async () => {
    const { supervisor, sockets, time, live } = scripted()
    supervisor.plan([planOf('clob_market/0')])
    sockets[0]!.open()
    const stopped = supervisor.stop('enough')
    expect(supervisor.stop('again')).toBe(stopped)
    expect(live()).toHaveLength(1)
    time.advance(2_000)
    await stopped
    expect(live()).toEqual([])
    expect(time.waiting).toBe(0)
  })

  test('tells rate, age and lag of a line', () => {
    const { supervisor, sockets, time } = scripted()
    supervisor.plan([planOf('clob_market/0')])
    sockets[0]!.open()
    for (let second = 0; second < 8; second++) {
      time.advance(1_000)
      for (let i = 0; i < 20; i++) sockets[0]!.say('12345')
    }
    for (let i = 1; i <= 100; i++) supervisor.lag('clob_market/0', i * 1_000)
    time.advance(300)
    expect(supervisor.status()).toEqual([
      {
        line: 'clob_market/0',
        feed: 'clob_market',
        state: 'live',
        connections: 1,
        keys: 2,
        frames: 160,
        bytes: 800,
        rate: 20,
        silent_ms: 300,
        reconnects: 0,
        lag_ms: { p50: 51, p99: 100 },
        reason: '',
      },
    ])
  })
})
