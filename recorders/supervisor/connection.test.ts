import { afterEach, describe, expect, test } from 'vitest'
import type { LinePlan } from '../feeds/feed.ts'
import type { FrameRecord } from '../journal/record.ts'
import { type Connection, connect } from './connection.ts'
import type { World } from './contract.ts'
import type { Ending } from './ending.ts'
import { startVenue, until, type Venue } from './venue.fixture.ts'
import { webSocketDial } from './web-socket.ts'
import { linePlan, trial } from './world.fixture.ts'

const venues: Venue[] = []
afterEach(async () => {
  for (const venue of venues.splice(0)) await venue.close()
})

/** A connection to a venue on a real socket. */
async function start(plan: Partial<LinePlan> = {}, world: Partial<World> = {}, settings = {}) {
  const venue = await startVenue()
  venues.push(venue)
  const { world: made, time } = trial(settings, { endpoints: { 'clob_market.ws': venue.ws }, ...world })
  const seen = {
    opened: 0,
    frames: [] as FrameRecord[],
    data: [] as boolean[],
    endings: [] as { ending: Ending; asked: boolean }[],
  }
  const open = (): Connection =>
    connect(
      made,
      webSocketDial(() => 0),
      'clob_market',
      linePlan(plan),
      5,
      () => ['a'],
      {
        opened: () => seen.opened++,
        frame: (record, data) => {
          seen.frames.push({ ...record })
          seen.data.push(data)
        },
        ended: (ending, asked) => seen.endings.push({ ending, asked }),
      },
    )
  return { venue, time, seen, open, world: made }
}

const ended = (seen: { endings: { ending: Ending }[] }): Ending => seen.endings[0]!.ending

describe('a socket', () => {
  test('gives frames byte for byte, text and binary, counted from 0', async () => {
    const { venue, seen, open } = await start()
    const connection = open()
    await until(() => venue.said[0]?.length === 1)
    expect(venue.said[0]).toEqual(['subscribe a'])
    const texts = [
      Buffer.from('{"a":1}'),
      Buffer.from([0xff, 0x00, 0xc3, 0x28]),
      Buffer.from('é'.repeat(400)),
    ]
    venue.sockets[0]!.send(texts[0]!.toString())
    venue.sockets[0]!.send(texts[1]!, { binary: true })
    // Not UTF-8, though said to be text: kept for whoever reads it to refuse.
    venue.sockets[0]!.send(texts[1]!, { binary: false })
    venue.sockets[0]!.send(texts[2]!.toString())
    await until(() => seen.frames.length === 4)
    expect(seen.frames.map(({ bytes }) => Buffer.from(bytes))).toEqual([
      texts[0],
      texts[1],
      texts[1],
      texts[2],
    ])
    expect(seen.frames.map(({ seq, connection }) => [connection, seq])).toEqual([
      [5, 0],
      [5, 1],
      [5, 2],
      [5, 3],
    ])
    expect(connection.state).toBe('open')
  })

  test('has no compression, and the headers of the plan made for each attempt', async () => {
    const { venue, open, seen } = await start(
      { headers: ({ key }, now_ms) => ({ 'x-signed': `${key}@${now_ms}` }) },
      { secrets: { clob_market: { key: 'k' } } },
    )
    open()
    await until(() => seen.opened === 1)
    expect(venue.requests[0]!.headers['sec-websocket-extensions']).toBeUndefined()
    expect(venue.requests[0]!.headers['x-signed']).toMatch(/^k@179\d+$/)
  })

  test('tells pongs and idle frames from data', async () => {
    const { venue, seen, open, time } = await start({ idle: (text) => text === 'beat' })
    open()
    await until(() => seen.opened === 1)
    time.advance(10_000)
    await until(() => venue.said[0]!.includes('PING'))
    for (const text of ['PONG', '', 'beat', 'data', 'PONG']) venue.sockets[0]!.send(text)
    await until(() => seen.frames.length === 5)
    expect(seen.data).toEqual([false, false, false, true, false])
  })

  test('pauses and loses nothing', async () => {
    const { venue, seen, open } = await start()
    const connection = open()
    await until(() => seen.opened === 1)
    connection.pause()
    for (let i = 0; i < 500; i++) venue.sockets[0]!.send(`${i} ${'x'.repeat(20_000)}`)
    await until(() => venue.sockets[0]!.bufferedAmount > 0)
    const held = seen.frames.length
    expect(held).toBeLessThan(500)
    connection.resume()
    await until(() => seen.frames.length === 500)
    expect(seen.frames.map(({ bytes }) => Number.parseInt(String(bytes), 10))).toEqual([...Array(500).keys()])
  })

  test('takes out of a frame what may not be recorded', async () => {
    const { venue, seen, open } = await start(
      { scrub: (bytes, { key }) => Buffer.from(String(bytes).replace(key!, 'own')) },
      { secrets: { clob_market: { key: 'k-1' } } },
    )
    open()
    await until(() => seen.opened === 1)
    venue.sockets[0]!.send('owner k-1')
    await until(() => seen.frames.length === 1)
    expect(String(seen.frames[0]!.bytes)).toBe('owner own')
  })

  test('keeps alive with ping frames where the plan says so, and dies without their pong', async () => {
    const { venue, seen, open, time } = await start({
      keepalive: { kind: 'control', every_ms: 20_000, timeout_ms: 10_000 },
    })
    let pings = 0
    open()
    await until(() => venue.sockets.length === 1 && seen.opened === 1)
    const socket = venue.sockets[0]!
    socket.on('ping', (data) => {
      if (++pings === 1) socket.pong(data, false, () => socket.send('after the pong'))
    })
    time.advance(20_000)
    await until(() => seen.frames.length === 1)
    time.advance(19_999)
    expect(seen.endings).toEqual([])
    time.advance(1)
    time.advance(10_001)
    expect(ended(seen)).toMatchObject({ code: 1006, reason: 'no pong within 10000 ms', refused: false })
  })
})

describe('an ending', () => {
  test('by the peer keeps its code and reason', async () => {
    const { venue, seen, open } = await start()
    open()
    await until(() => venue.sockets.length === 1)
    venue.sockets[0]!.close(1008, 'invalid subscription payload')
    await until(() => seen.endings.length === 1)
    expect(ended(seen)).toMatchObject({ code: 1008, reason: 'invalid subscription payload', refused: false })
  })

  test('asked for by us is answered, and told once', async () => {
    const { seen, open } = await start()
    const connection = open()
    await until(() => seen.opened === 1)
    connection.close(1000, 'done')
    connection.close(1000, 'done')
    await until(() => seen.endings.length > 0)
    expect(seen.endings).toEqual([{ ending: expect.objectContaining({ code: 1000 }), asked: true }])
  })

  test('of a handshake that nobody answers comes after its time', async () => {
    const { venue, seen, open, time } = await start()
    venue.upgrade('nothing')
    open()
    await until(() => venue.requests.length === 1)
    time.advance(10_000)
    expect(ended(seen).reason).toBe('no handshake within 10000 ms')
  })

  test('by Cloudflare’s page names it, and is a refusal', async () => {
    const { venue, seen, open } = await start()
    const page = '<!DOCTYPE html>\n<html><head><title>Attention Required! | Cloudflare</title></head></html>'
    venue.upgrade(
      `HTTP/1.1 403 Forbidden\r\nServer: cloudflare\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
    )
    open()
    await until(() => seen.endings.length === 1)
    expect(ended(seen)).toMatchObject({
      status: 403,
      refused: true,
      reason: 'HTTP 403, a page of HTML by Cloudflare: “Attention Required! | Cloudflare”',
    })
  })

  test('by too many requests keeps how long to wait', async () => {
    const { venue, seen, open } = await start()
    venue.upgrade('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n')
    open()
    await until(() => seen.endings.length === 1)
    expect(ended(seen)).toMatchObject({ status: 429, retry_after_ms: 7_000, refused: false })
  })

  test('by a redirection is not followed', async () => {
    const { venue, seen, open } = await start()
    venue.upgrade(`HTTP/1.1 302 Found\r\nLocation: ${venue.ws}/elsewhere\r\nContent-Length: 0\r\n\r\n`)
    open()
    await until(() => seen.endings.length === 1)
    expect(ended(seen).reason).toContain('HTTP 302')
    expect(venue.requests).toHaveLength(1)
  })

  test('by a port where nobody listens, or an address that is none, says why', async () => {
    const dead = await start({}, { endpoints: { 'clob_market.ws': 'ws://127.0.0.1:1' } })
    dead.open()
    await until(() => dead.seen.endings.length === 1)
    expect(ended(dead.seen)).toMatchObject({ code: 1006, reason: expect.stringContaining('ECONNREFUSED') })
    const none = await start({}, { endpoints: { 'clob_market.ws': 'nowhere' } })
    none.open()
    await until(() => none.seen.endings.length === 1)
    expect(ended(none.seen)).toMatchObject({
      refused: true,
      reason: expect.stringContaining('cannot be asked for'),
    })
  })

  test('by a frame that is too long', async () => {
    const { venue, seen, open } = await start({}, {}, { max_frame_bytes: 1_024 })
    open()
    await until(() => venue.sockets.length === 1)
    venue.sockets[0]!.send('x'.repeat(1_025))
    await until(() => seen.endings.length === 1)
    expect(seen.frames).toEqual([])
    expect(ended(seen).reason).toMatch(/max payload/i)
  })

  test('of a handshake that cannot be signed says so and sends nothing', async () => {
    const { venue, seen, open } = await start({
      headers: () => {
        throw new Error('no such key')
      },
    })
    open()
    await until(() => seen.endings.length === 1)
    expect(ended(seen)).toMatchObject({
      refused: true,
      reason: 'its handshake cannot be signed: no such key',
    })
    expect(venue.requests).toEqual([])
  })
})
