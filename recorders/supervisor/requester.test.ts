import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createRedactor } from '../redactor.ts'
import type { SupervisorSettings } from '../settings.ts'
import type { Ask, World } from './contract.ts'
import { createHostGate } from './host-gate.ts'
import { createRequester } from './requester.ts'
import { manualTime } from './time.fixture.ts'
import { startVenue, until, type Venue } from './venue.fixture.ts'
import { trial } from './world.fixture.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function start(settings: Partial<SupervisorSettings> = {}, world: Partial<World> = {}) {
  const venue = await startVenue()
  const made = trial(settings, { endpoints: { 'clob_market.rest': venue.http }, ...world })
  const requester = createRequester(made.world)
  closing.push(async () => {
    await requester.stop()
    await venue.close()
  })
  return { venue, requester, ...made }
}

const book: Ask = { feed: 'clob_market', role: 'rest', request: 'book', path: '/book?token_id=1' }

/** Answers with these statuses, one after the other; the last one for good. */
function statuses(venue: Venue, list: number[], headers: Record<string, string> = {}): void {
  venue.answer((_request, response: ServerResponse, count) => {
    const status = list[Math.min(count, list.length - 1)]!
    response.writeHead(status, headers).end(`answer ${count}`)
  })
}

describe('an answer', () => {
  test('is in the journal byte for byte, with what it answers', async () => {
    const { venue, requester, records } = await start()
    const bytes = gzipSync('whatever')
    venue.answer((_request, response) =>
      response.writeHead(200, { date: 'Sat, 21 Nov 2026 02:33:27 GMT' }).end(bytes),
    )
    const answer = await requester.ask(book)
    expect(answer).toMatchObject({ status: 200, ok: true, date_ms: Date.UTC(2026, 10, 21, 2, 33, 27) })
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      type: 'answer',
      about: {
        feed: 'clob_market',
        request: 'book',
        path: '/book?token_id=1',
        status: 200,
        sent_us: answer.sent_us,
      },
    })
    expect(Buffer.from((records[0] as { bytes: Uint8Array }).bytes)).toEqual(bytes)
  })

  test('of a POST carries the body; of a private route the headers, which are recorded nowhere', async () => {
    const { venue, requester, records } = await start({}, { secrets: { clob_market: { key: 'k-123456' } } })
    venue.answer((_request, response) => response.end('for k-123456'))
    await requester.ask({
      ...book,
      body: '[{"token_id":"1"}]',
      headers: ({ key }) => ({ 'x-key': key! }),
      scrub: (bytes, { key }) => Buffer.from(String(bytes).replace(key!, 'own')),
    })
    expect(venue.requests[0]).toMatchObject({ url: '/book?token_id=1', body: '[{"token_id":"1"}]' })
    expect(venue.requests[0]!.headers['x-key']).toBe('k-123456')
    expect(
      JSON.stringify(
        records.map((record) => ({ ...record, bytes: String('bytes' in record && record.bytes) })),
      ),
    ).not.toContain('k-123456')
  })

  test('that is a page of HTML is none, and is named', async () => {
    const { venue, requester } = await start()
    venue.answer((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html', server: 'cloudflare' })
        .end('<html><title>Just a moment...</title>'),
    )
    expect(await requester.ask(book)).toMatchObject({
      ok: false,
      reason: 'HTTP 200, a page of HTML by Cloudflare: “Just a moment...”',
    })
  })

  test('that is too long is cut off and not asked for again', async () => {
    const { venue, requester, records } = await start({ max_frame_bytes: 1_024 })
    venue.answer((_request, response) => response.end('x'.repeat(1_025)))
    await expect(requester.ask(book)).rejects.toMatchObject({ code: 'request.size', field: 'book' })
    expect(venue.requests).toHaveLength(1)
    expect(records).toEqual([])
  })

  test('that is asked for again while it is under way serves both', async () => {
    const { venue, requester } = await start()
    const [one, two] = await Promise.all([requester.ask(book), requester.ask({ ...book })])
    expect(one).toBe(two)
    await requester.ask(book)
    expect(venue.requests).toHaveLength(2)
  })
})

describe('a question', () => {
  test.each([[400], [401], [403], [404], [422], [302]])('answered with %i is asked once', async (status) => {
    const { venue, requester, records } = await start()
    statuses(venue, [status])
    expect(await requester.ask(book)).toMatchObject({ status, ok: false })
    expect(venue.requests).toHaveLength(1)
    expect(records).toHaveLength(1)
  })

  test('answered with 5xx is asked again after ever longer waits, a bounded number of times', async () => {
    const { venue, requester, time, records } = await start({ request_attempts: 3 })
    statuses(venue, [500, 503, 502])
    const answer = requester.ask(book)
    // Waits are at most 250 and 500 ms; deadlines are longer.
    for (const most of [250, 500]) {
      await until(() => time.due().some((ms) => ms <= most))
      time.advance(most)
    }
    expect(await answer).toMatchObject({ status: 502, ok: false })
    expect(venue.requests).toHaveLength(3)
    expect(records).toHaveLength(1)
  })

  test('answered with 429 waits as long as it is told, and so does every other to that host', async () => {
    const { venue, requester, time } = await start({ request_timeout_ms: 300_000 })
    venue.answer((_request, response, count) =>
      count === 0 ? response.writeHead(429, { 'retry-after': '30' }).end() : response.end('{}'),
    )
    const first = requester.ask(book)
    await until(() => time.due().some((ms) => ms >= 30_000 && ms < 31_000))
    const second = requester.ask({ ...book, path: '/book?token_id=2' })
    time.advance(29_999)
    await new Promise((resolve) => setImmediate(resolve))
    expect(venue.requests).toHaveLength(1)
    time.advance(1_000)
    expect((await Promise.all([first, second])).map(({ ok }) => ok)).toEqual([true, true])
  })

  test('a quiet of years is kept for ten minutes, and whoever asked is told at once', async () => {
    const { venue, requester, time } = await start()
    venue.answer((_request, response, count) =>
      count === 0 ? response.writeHead(429, { 'retry-after': '999999999' }).end() : response.end('{}'),
    )
    const { status, reason, retry_after_ms } = await requester.ask(book)
    expect({ status, retry_after_ms }).toEqual({ status: 429, retry_after_ms: 600_000 })
    expect(reason).toBe('HTTP 429, asks for quiet for 999999999 s, of which 600 are kept')
    const next = requester.ask({ ...book, path: '/book?token_id=2' })
    time.advance(599_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(venue.requests).toHaveLength(1)
    time.advance(2_000)
    expect((await next).ok).toBe(true)
  })

  test('that nobody answers in time is given up, and asked again', async () => {
    const { venue, requester, time } = await start({ request_timeout_ms: 5_000, request_attempts: 2 })
    venue.answer(() => {})
    const answer = requester.ask(book)
    let failure: unknown
    answer.catch((error) => {
      failure = error
    })
    await until(() => venue.requests.length === 1)
    time.advance(5_000)
    await until(() => time.due().some((ms) => ms <= 250))
    time.advance(250)
    await until(() => venue.requests.length === 2)
    time.advance(5_000)
    await until(() => failure !== undefined)
    expect(failure).toMatchObject({ code: 'request.timeout', field: 'book' })
  })

  test('to a port where nobody listens fails with its reason and no secret', async () => {
    const { requester } = await start(
      { request_attempts: 1 },
      {
        endpoints: { 'clob_market.rest': 'http://127.0.0.1:1' },
        redactor: createRedactor(['127.0.0.1']),
      },
    )
    await expect(requester.ask(book)).rejects.toMatchObject({
      code: 'request.network',
      message: expect.stringMatching(/^book: .*ECONNREFUSED/),
    })
    await expect(requester.ask(book)).rejects.toMatchObject({
      message: expect.not.stringContaining('127.0.0.1'),
    })
  })

  test('without an address, or that cannot be signed, is refused', async () => {
    const { requester, venue } = await start({ request_attempts: 1 })
    await expect(requester.ask({ ...book, feed: 'kalshi' })).rejects.toMatchObject({
      code: 'request.endpoint',
    })
    const headers = () => {
      throw new Error('no such key')
    }
    await expect(requester.ask({ ...book, headers })).rejects.toMatchObject({
      code: 'request.headers',
      message: 'book: it cannot be signed: no such key',
    })
    expect(venue.requests).toEqual([])
  })

  test('is aborted when the recorder stops, under way or waiting', async () => {
    const { venue, requester, time } = await start({ request_concurrency: 1 })
    venue.answer(() => {})
    const all = [1, 2, 3].map((i) => requester.ask({ ...book, path: `/book?token_id=${i}` }))
    const settled = Promise.allSettled(all)
    await until(() => venue.requests.length === 1)
    await requester.stop()
    const codes = (await settled).map((one) => one.status === 'rejected' && one.reason.code)
    expect(codes).toEqual(['request.stopped', 'request.stopped', 'request.stopped'])
    await expect(requester.ask(book)).rejects.toMatchObject({ code: 'request.stopped' })
    expect(requester.pending).toBe(0)
    expect(time.waiting).toBe(0)
  })
})

describe('the gate of a host', () => {
  const settings = { request_concurrency: 3, request_rate: 2, request_burst: 5, request_queue: 1_000 }

  test('never lets more through than the bucket holds, nor more at once than is allowed, in order', async () => {
    const waits = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 3_000 }), leave: fc.boolean() }), {
      minLength: 30,
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(waits, async (steps) => {
        const time = manualTime()
        const begun = time.now_ms()
        const gate = createHostGate(settings, time)
        const inside: (() => void)[] = []
        const passed: number[] = []
        for (let i = 0; i < 200; i++) {
          void gate.enter('x').then((leave) => {
            inside.push(leave)
            passed.push(i)
          })
        }
        for (const { ms, leave } of steps) {
          time.advance(ms)
          await Promise.resolve()
          expect(inside.length).toBeLessThanOrEqual(settings.request_concurrency)
          const most = settings.request_burst + ((time.now_ms() - begun) * settings.request_rate) / 1_000
          expect(passed.length).toBeLessThanOrEqual(most)
          if (leave) inside.shift()?.()
          await Promise.resolve()
        }
        expect(passed).toEqual([...passed.keys()])
        expect(passed.length).toBeGreaterThan(0)
      }),
    )
  })

  test('lets all through in the end', async () => {
    const time = manualTime()
    const gate = createHostGate(settings, time)
    let done = 0
    for (let i = 0; i < 100; i++) {
      void gate.enter('x').then((leave) => {
        done++
        leave()
      })
    }
    for (let second = 0; second < 60; second++) {
      time.advance(1_000)
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    }
    expect(done).toBe(100)
    expect(time.waiting).toBe(0)
  })

  test('refuses what is too much to wait for', async () => {
    const gate = createHostGate({ ...settings, request_queue: 2, request_concurrency: 1 }, manualTime())
    void gate.enter('x')
    void gate.enter('x')
    void gate.enter('x')
    await expect(gate.enter('x')).rejects.toMatchObject({ code: 'request.queue', field: 'x' })
  })
})
