import { describe, expect, test } from 'vitest'
import type { LinePlan } from '../feeds/feed.ts'
import type { SupervisorSettings } from '../settings.ts'
import { answeredBy, closedBy } from './ending.ts'
import { createLine } from './line.ts'
import { linePlan, type ScriptedSocket, scriptedDial, trial } from './world.fixture.ts'

/** A line, its sockets, and what its journal says in short: `opened 0 leads`, `frame 0 x`. */
function start(plan: Partial<LinePlan> = {}, settings: Partial<SupervisorSettings> = {}) {
  const { world, time, records } = trial(settings)
  const { dial, sockets, live } = scriptedDial()
  let next = 0
  const line = createLine(world, dial, 'clob_market', linePlan(plan), () => next++)
  const told = (): string[] =>
    records.splice(0).map((record) => {
      if (record.type === 'frame') return `frame ${record.connection} ${Buffer.from(record.bytes)}`
      if (record.type !== 'note') return record.type
      const { note } = record
      if (note.note === 'opened') return `opened ${note.connection}${note.leads ? ' leads' : ''}`
      if (note.note === 'promoted' || note.note === 'closed') return `${note.note} ${note.connection}`
      if (note.note === 'subscribed') return `subscribed ${note.connection} ${note.keys}`
      if (note.note === 'lost') return `lost ${(record.wall_us - note.since_us) / 1_000}`
      return note.note
    })
  const at = (i: number): ScriptedSocket => sockets[i]!
  return { line, time, sockets, live, at, told, world }
}

/** The peer answers pings for so long, and sends data where asked to. */
function live(time: { advance(ms: number): void }, ms: number, each: () => void): void {
  for (let passed = 0; passed < ms; passed += 1_000) {
    time.advance(1_000)
    each()
  }
}

describe('a connection', () => {
  test('says its hello at once, is noted before its first frame, and pings only then', () => {
    const { at, told, time } = start()
    expect(at(0).sent).toEqual([])
    at(0).open()
    at(0).say('x')
    expect(at(0).sent).toEqual(['subscribe a b'])
    expect(told()).toEqual(['opened 0 leads', 'frame 0 x'])
    time.advance(10_000)
    expect(at(0).sent).toEqual(['subscribe a b', 'PING'])
  })

  test('without a pong in time is cut off, and another is opened', () => {
    const { at, told, time, sockets } = start({ silence_ms: 1_000_000 })
    at(0).open()
    at(0).say('x')
    live(time, 39_000, () => at(0).say('y'.repeat(300)))
    expect(at(0).state).toBe('open')
    time.advance(1_001)
    expect(at(0).state).toBe('gone')
    expect(told().slice(-2)).toEqual(['closed 0', 'lost 1001'])
    time.advance(250)
    expect(sockets).toHaveLength(2)
  })

  test('that answers its pings stays', () => {
    const { at, time, sockets } = start({ silence_ms: 1_000_000 })
    at(0).open()
    live(time, 200_000, () => at(0).sent.at(-1) === 'PING' && at(0).say('PONG'))
    expect(sockets).toHaveLength(1)
    expect(at(0).state).toBe('open')
  })

  test('that does not open in time is given up', () => {
    const { at, time, told } = start()
    time.advance(10_000)
    expect(at(0).state).toBe('gone')
    expect(told()).toEqual(['lost 10000'])
  })

  test('that does not answer a close is cut off', async () => {
    const { at, time, line, told } = start()
    at(0).open()
    const stopped = line.stop('enough')
    at(0).say('late')
    expect(at(0).state).toBe('closing')
    time.advance(2_000)
    await stopped
    expect(at(0).state).toBe('gone')
    expect(told()).toEqual(['opened 0 leads', 'closed 0'])
  })
})

describe('a line that is lost', () => {
  test('is lost since its last data and back with the next, in this order', () => {
    const { at, told, time } = start()
    at(0).open()
    at(0).say('x')
    time.advance(500)
    at(0).end()
    time.advance(250)
    at(1).open()
    at(1).say('y')
    at(1).say('z')
    expect(told()).toEqual([
      'opened 0 leads',
      'frame 0 x',
      'closed 0',
      'lost 500',
      'opened 1 leads',
      'back',
      'frame 1 y',
      'frame 1 z',
    ])
  })

  test('is back without data once it has stood for a while', () => {
    const { at, told, time } = start()
    at(0).end()
    time.advance(250)
    at(1).open()
    time.advance(4_999)
    expect(told()).toEqual(['lost 0', 'opened 1 leads'])
    time.advance(1)
    expect(told()).toEqual(['back'])
  })

  test('is not back with the answer to a subscription or a heartbeat', () => {
    const { at, told } = start({ idle: (text) => text === 'ok' })
    at(0).end()
    const again = start({ idle: (text) => text === 'ok' })
    again.at(0).end()
    again.time.advance(250)
    again.at(1).open()
    again.at(1).say('ok')
    expect(again.told()).toEqual(['lost 0', 'opened 1 leads', 'frame 1 ok'])
    again.at(1).say('price')
    expect(again.told()).toEqual(['back', 'frame 1 price'])
    expect(told()).toEqual(['lost 0'])
  })

  test('waits longer each time, and anew after a good while', () => {
    const { time, sockets, at } = start(
      { silence_ms: 1e9, keepalive: { kind: 'none' } },
      { backoff_ms: 100, backoff_cap_ms: 6_400 },
    )
    for (let i = 0; i < 40; i++) {
      sockets.at(-1)!.end()
      time.advance(6_400)
      expect(sockets).toHaveLength(i + 2)
    }
    const last = sockets.at(-1)!
    last.open()
    time.advance(30_000)
    last.end()
    time.advance(100)
    expect(sockets).toHaveLength(42)
    expect(at(41).state).toBe('connecting')
  })

  test('that is refused says so once and asks slowly', () => {
    const { at, told, time, sockets } = start({}, { handshake_ms: 120_000 })
    const no = answeredBy(
      403,
      { server: 'cloudflare' },
      '<!DOCTYPE html><title>Attention Required!</title>',
      0,
    )
    at(0).end(no)
    expect(told()).toEqual(['lost 0', 'refused'])
    time.advance(149_000)
    expect(sockets).toHaveLength(1)
    for (let i = 0; i < 310 && sockets.length < 2; i++) time.advance(1_000)
    expect(sockets).toHaveLength(2)
    at(1).end(no)
    expect(told()).toEqual([])
  })
})

describe('a leader that is silent', () => {
  const pongs = (...all: ScriptedSocket[]) => {
    for (const one of all) if (one.state === 'open' && one.sent.at(-1) === 'PING') one.say('PONG')
  }

  test('though its pongs come is replaced when a second socket has data that it does not repeat', () => {
    const { at, told, time, sockets, live: open } = start()
    at(0).open()
    at(0).say('x')
    told()
    live(time, 29_000, () => pongs(at(0)))
    expect(sockets).toHaveLength(1)
    time.advance(1_000)
    expect(sockets).toHaveLength(2)
    at(1).open()
    at(1).say('book')
    time.advance(3_000)
    at(1).say('news')
    time.advance(1_100)
    at(1).say('more')
    const log = told().filter((line) => line !== 'frame 0 PONG')
    expect(log).toEqual([
      'opened 1',
      'frame 1 book',
      'frame 1 news',
      expect.stringMatching(/^lost 34\d\d\d/),
      'promoted 1',
      'back',
      'closed 0',
      'frame 1 more',
    ])
    at(0).end()
    expect(open()).toHaveLength(1)
  })

  test('stays when the second is silent as well, and is asked about ever less often', () => {
    const { at, told, time, sockets } = start()
    at(0).open()
    at(0).say('x')
    const opened: number[] = []
    const begun = time.now_ms()
    let seen = 1
    live(time, 1_000_000, () => {
      for (const socket of sockets.slice(1)) {
        if (socket.state === 'connecting') {
          socket.open()
          socket.say('book')
        }
        if (socket.state === 'closing') socket.end()
      }
      pongs(...sockets)
      if (sockets.length > seen) opened.push(time.now_ms() - begun)
      seen = sockets.length
    })
    const waits = opened.map((at, i) => Math.round((at - (opened[i - 1] ?? 0)) / 10_000) * 10)
    expect(waits.slice(0, 4)).toEqual([30, 90, 150, 270])
    expect(at(0).state).toBe('open')
    expect(told().filter((line) => /lost|promoted|back/.test(line))).toEqual([])
  })

  test('is a gap where a stream never rests: from its last data to its next, and it is called silent', () => {
    const { at, told, time, sockets } = start({ restless: true })
    at(0).open()
    at(0).say('x')
    told()
    live(time, 300_000, () => {
      for (const socket of sockets.slice(1)) {
        if (socket.state === 'connecting') socket.open()
        if (socket.state === 'closing') socket.end()
      }
      pongs(...sockets.filter(({ state }) => state === 'open'))
    })
    const news = () => told().filter((line) => /lost|back|promoted/.test(line))
    const lost = news()
    expect(lost).toEqual([expect.stringMatching(/^lost /)])
    // Told within a minute and a second or two, though the gap begins with the last data.
    expect(Number(lost[0]!.split(' ')[1])).toBeLessThan(65_000)
    expect(at(0).state).toBe('open')
    at(0).say('y')
    expect(news()).toEqual(['back'])
  })

  test.each([{ restless: true as const }, { proves: (text: string) => text === 'book' }])(
    'that never delivered is a gap since it was opened: %j',
    (plan) => {
      const { at, told, time, line } = start({ ...plan, keepalive: { kind: 'none' } })
      at(0).open()
      told()
      time.advance(29_999)
      expect(told()).toEqual([])
      time.advance(2)
      expect(told()).toEqual([expect.stringMatching(/^lost 3000\d$/)])
      expect(line.state.counts.reason).toBe('silent')
      at(0).say('book')
      expect(told()).toEqual(['back', 'frame 0 book'])
    },
  )

  test('is lost when no second socket opens either, and back with its next data', () => {
    const { at, told, time, sockets } = start()
    at(0).open()
    at(0).say('x')
    told()
    // Pings are answered, and nothing that is dialled opens.
    live(time, 100_000, () => {
      pongs(at(0))
      for (const socket of sockets.slice(1)) if (socket.state === 'closing') socket.end()
    })
    const lost = told().filter((line) => /lost|back|promoted/.test(line))
    expect(lost).toEqual([expect.stringMatching(/^lost [\d.]+$/)])
    // Told a silence after the first one, and from the last data on.
    const since_s = Number(lost[0]!.split(' ')[1]) / 1_000
    expect(since_s).toBeGreaterThanOrEqual(60)
    expect(since_s).toBeLessThan(66)
    at(0).say('y')
    live(time, 3_000, () => pongs(at(0)))
    expect(told().filter((line) => /lost|back|promoted/.test(line))).toEqual(['back'])
  })

  test('stays when it wakes up', () => {
    const { at, told, time } = start()
    at(0).open()
    at(0).say('x')
    live(time, 31_000, () => pongs(at(0)))
    at(1).open()
    time.advance(2_500)
    at(1).say('news')
    at(0).say('news')
    time.advance(1_100)
    expect(told().filter((line) => /lost|promoted|closed/.test(line))).toEqual(['closed 1'])
    expect(at(1).state).toBe('closing')
  })

  test('is not suspected while we do not read', () => {
    const { line, time, at, sockets } = start()
    at(0).open()
    at(0).say('x')
    time.advance(10_000)
    line.pause()
    expect(at(0).paused).toBe(true)
    time.advance(200_000)
    line.resume()
    expect(at(0).paused).toBe(false)
    time.advance(29_000)
    expect(sockets).toHaveLength(1)
    expect(at(0).state).toBe('open')
  })
})

describe('followers', () => {
  test('take over at once and without a gap when the leader goes', () => {
    const { at, told, time } = start({}, { redundancy: 2 })
    at(0).open()
    at(1).open()
    for (const i of [0, 1]) at(i).say('x')
    time.advance(100)
    at(0).end()
    at(1).say('y')
    expect(told()).toEqual([
      'opened 0 leads',
      'opened 1',
      'frame 0 x',
      'frame 1 x',
      'closed 0',
      'promoted 1',
      'frame 1 y',
    ])
  })

  test('that had data long after the leader leave a gap that is told', () => {
    const { at, told, time } = start({}, { redundancy: 2 })
    at(0).open()
    at(1).open()
    for (const i of [0, 1]) at(i).say('x')
    time.advance(4_000)
    at(1).say('y')
    at(0).end()
    expect(told().slice(-4)).toEqual(['closed 0', 'lost 4000', 'promoted 1', 'back'])
  })

  test('take over from a frozen leader long before its silence is over', () => {
    const { at, told, time } = start({ silence_ms: 600_000, keepalive: { kind: 'none' } }, { redundancy: 2 })
    at(0).open()
    at(1).open()
    live(time, 10_000, () => {
      at(0).say('x')
      at(1).say('x')
    })
    told()
    live(time, 11_000, () => at(1).state === 'open' && at(1).say('y'))
    const log = told().filter((line) => !line.startsWith('frame'))
    expect(log).toEqual([expect.stringMatching(/^lost/), 'promoted 1', 'back', 'closed 0'])
  })

  test('that are silent though the leader is not are opened anew', () => {
    const { at, told, time, sockets } = start({ keepalive: { kind: 'none' } }, { redundancy: 2 })
    at(0).open()
    at(1).open()
    at(1).say('x')
    told()
    for (let i = 0; i < 36 && at(1).state === 'open'; i++) live(time, 1_000, () => at(0).say('x'))
    expect(told().filter((line) => !line.startsWith('frame'))).toEqual(['closed 1'])
    at(1).end()
    time.advance(250)
    expect(sockets).toHaveLength(3)
  })
})

describe('keys that change', () => {
  test('are asked for on the open connection where the venue allows it', () => {
    const { at, told, line } = start()
    at(0).open()
    line.update(linePlan({ keys: ['b', 'c'] }))
    expect(at(0).sent).toEqual(['subscribe a b', 'add c', 'remove a'])
    expect(told()).toEqual(['opened 0 leads', 'subscribed 0 b,c'])
  })

  test('otherwise by a second socket that takes over before its first frame', () => {
    const { at, told, line, sockets } = start({ resubscribe: () => null })
    at(0).open()
    at(0).say('x')
    line.update(linePlan({ keys: ['b', 'c'], resubscribe: () => null }))
    at(0).say('y')
    at(1).open()
    at(1).say('book')
    expect(at(1).sent).toEqual(['subscribe b c'])
    expect(told().slice(2)).toEqual(['frame 0 y', 'opened 1', 'promoted 1', 'closed 0', 'frame 1 book'])
    at(0).end()
    expect(sockets).toHaveLength(2)
  })

  test('of a connection that is being made are those it says hello with', () => {
    const { at, told, line } = start()
    line.update(linePlan({ keys: ['c'] }))
    at(0).open()
    expect(at(0).sent).toEqual(['subscribe c'])
    expect(told()).toEqual(['opened 0 leads'])
  })

  test('are proven by what the plan takes for proof, not by any frame', () => {
    const { at, told, line, time } = start({ proves: (text) => text === 'book' })
    at(0).open()
    at(0).say('book')
    line.reconnect('a hole')
    time.advance(250)
    at(1).open()
    told()
    at(1).say('trade')
    at(1).say('book')
    expect(told()).toEqual(['frame 1 trade', 'promoted 1', 'closed 0', 'frame 1 book'])
  })
})

describe('a limited life', () => {
  test('is renewed before its end, without a gap', () => {
    const { at, told, time, sockets } = start(
      { life_ms: 3_600_000, keepalive: { kind: 'none' } },
      { handshake_ms: 120_000 },
    )
    at(0).open()
    live(time, 3_540_000, () => at(0).state === 'open' && at(0).say('x'))
    expect(sockets).toHaveLength(2)
    told()
    at(1).open()
    at(0).say('x')
    at(1).say('x')
    expect(told()).toEqual(['opened 1', 'frame 0 x', 'promoted 1', 'closed 0', 'frame 1 x'])
  })
})

test('a stream with a hole is opened anew beside the one that stands, not without pause', () => {
  const { at, told, time, line, sockets } = start()
  at(0).open()
  at(0).say('x')
  line.reconnect('a hole')
  time.advance(250)
  at(1).open()
  at(1).say('y')
  expect(told().slice(2)).toEqual(['opened 1', 'promoted 1', 'closed 0', 'frame 1 y'])
  at(0).end()
  for (let i = 0; i < 1_000; i++) {
    line.reconnect('a hole')
    time.advance(10)
    const last = sockets.at(-1)!
    if (last.state === 'connecting') {
      last.open()
      last.say('y')
      for (const one of sockets) if (one.state === 'closing') one.end()
    }
  }
  expect(sockets.length).toBeLessThan(15)
})

test('suppression closes everything and says so; afterwards the line comes back', () => {
  const { at, told, time, line, sockets } = start()
  at(0).open()
  at(0).say('x')
  line.suppress('nonsense')
  at(0).end(closedBy(1_000, ''))
  time.advance(100_000)
  expect(sockets).toHaveLength(1)
  line.release()
  at(1).open()
  at(1).say('y')
  expect(told()).toEqual([
    'opened 0 leads',
    'frame 0 x',
    'closed 0',
    'lost 0',
    'opened 1 leads',
    'back',
    'frame 1 y',
  ])
})
