import { describe, expect, test } from 'vitest'
import type { SupervisorSettings } from '../settings.ts'
import type { Answer, Ask, PollPlan, Requester } from './contract.ts'
import { createPolls } from './polls.ts'
import { RequestError } from './request-error.ts'
import { trial } from './world.fixture.ts'

/** A requester whose answers the test gives. */
function start(settings: Partial<SupervisorSettings> = {}) {
  const { world, time, notes } = trial(settings)
  const asked: { ask: Ask; answer(status?: number, text?: string): Promise<void>; fail(): Promise<void> }[] =
    []
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  const requester: Requester = {
    ask: (ask) =>
      new Promise((resolve, reject) => {
        asked.push({
          ask,
          answer(status = 200, text = '{}') {
            const at = world.clock.receipt().wall_us
            const answer: Answer = {
              status,
              ok: status === 200,
              reason: `HTTP ${status}`,
              bytes: Buffer.from(text),
              text: () => text,
              sent_us: at,
              head_us: at,
              retry_after_ms: null,
              date_ms: null,
            }
            resolve(answer)
            return turn()
          },
          fail() {
            reject(new RequestError('request.network', ask.request, `${ask.request}: ECONNRESET`))
            return turn()
          },
        })
      }),
    pending: 0,
    stop: async () => {},
  }
  return { polls: createPolls(world, requester), time, notes, asked }
}

const planOf = (plan: Partial<PollPlan> = {}): PollPlan => ({
  line: 'gamma/events',
  ask: () => ({ feed: 'gamma', role: 'rest', request: 'events', path: '/events' }),
  every_ms: 10_000,
  jitter_ms: 0,
  ...plan,
})

describe('a poll', () => {
  test('asks at once, then each time so long after the answer', async () => {
    const { polls, time, asked } = start()
    polls.plan([planOf()])
    time.advance(0)
    expect(asked).toHaveLength(1)
    time.advance(60_000)
    expect(asked).toHaveLength(1)
    await asked[0]!.answer()
    time.advance(9_999)
    expect(asked).toHaveLength(1)
    time.advance(1)
    expect(asked).toHaveLength(2)
  })

  test('is lost since its last answer, once, and back with the next', async () => {
    const { polls, time, asked, notes } = start()
    polls.plan([planOf()])
    time.advance(0)
    await asked[0]!.answer()
    const good_us = 1_790_000_001_000_000
    time.advance(10_000)
    await asked[1]!.fail()
    expect(polls.status()).toMatchObject([{ state: 'lost', reconnects: 1, reason: 'events: ECONNRESET' }])
    time.advance(10_000)
    await asked[2]!.answer(500)
    time.advance(10_000)
    await asked[3]!.answer()
    expect(notes()).toEqual([
      { note: 'lost', feed: 'gamma', line: 'gamma/events', since_us: good_us, reason: 'events: ECONNRESET' },
      { note: 'back', feed: 'gamma', line: 'gamma/events' },
    ])
    expect(polls.status()).toMatchObject([{ state: 'live', frames: 2 }])
  })

  test('that is refused says so once and asks slowly', async () => {
    const { polls, time, asked, notes } = start()
    polls.plan([planOf()])
    time.advance(0)
    await asked[0]!.answer(451)
    expect(notes().map(({ note }) => note)).toEqual(['lost', 'refused'])
    expect(polls.status()).toMatchObject([{ state: 'refused' }])
    time.advance(149_000)
    expect(asked).toHaveLength(1)
    time.advance(301_000)
    expect(asked).toHaveLength(2)
    await asked[1]!.answer(451)
    expect(notes()).toHaveLength(2)
  })

  test('takes 404 for an answer: it is not there yet', async () => {
    const { polls, time, asked, notes } = start()
    let answered = 0
    polls.plan([planOf({ answered: ({ ok }) => !ok && ++answered > 1 })])
    time.advance(0)
    await asked[0]!.answer(404)
    expect(notes()).toEqual([])
    expect(answered).toBe(1)
  })

  test('asks for page after page, up to a bound', async () => {
    const { polls, time, asked } = start({ pages: 3 })
    let cursor = 0
    const ask = () => ({
      feed: 'gamma' as const,
      role: 'rest',
      request: 'events',
      path: `/events?after=${cursor}`,
    })
    polls.plan([planOf({ ask, answered: () => ++cursor > 0 })])
    time.advance(0)
    for (let page = 0; page < 3; page++) await asked[page]!.answer()
    expect(asked.map((one) => one.ask.path)).toEqual([
      '/events?after=0',
      '/events?after=1',
      '/events?after=2',
    ])
    time.advance(10_000)
    expect(asked).toHaveLength(4)
  })

  test('asked for now is asked once more after what is under way', async () => {
    const { polls, time, asked } = start()
    polls.plan([planOf()])
    time.advance(0)
    polls.now('gamma/events')
    polls.now('gamma/events')
    expect(asked).toHaveLength(1)
    await asked[0]!.answer()
    time.advance(0)
    expect(asked).toHaveLength(2)
  })

  test('that is no longer planned is retired, and its answer changes nothing', async () => {
    const { polls, time, asked, notes } = start()
    polls.plan([planOf(), planOf({ line: 'gamma/idle', ask: () => null })])
    time.advance(0)
    polls.plan([])
    await asked[0]!.fail()
    expect(notes()).toEqual([{ note: 'retired', feed: 'gamma', line: 'gamma/events' }])
    polls.stop()
    expect(time.waiting).toBe(0)
    expect(polls.status()).toEqual([])
  })
})
