import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type WebSocket, WebSocketServer } from 'ws'
import { createFirehoseMarket, type FirehoseMarket, priceChange, wholeBook } from './firehose-market.ts'

/**
 * A venue that talks as fast as it is told to: Gamma lists its markets, its market channel takes subscriptions, and on a word
 * every socket gets level changes and whole books at a stated rate. It counts and sums up all that it sent.
 */
export type Firehose = {
  url: string
  markets: readonly FirehoseMarket[]
  /** Tokens that somebody listens to. */
  subscribed(): number
  /** Talk for so long; resolves when all is sent. */
  talk(messages_per_s: number, seconds: number): Promise<Sent>
  close(): Promise<void>
}

export type Sent = {
  messages: number
  bytes: number
  seconds: number
  /** Each socket's frames, books on subscription included, and the CRC-32 over their bytes, as the recorder must have them. */
  sockets: { frames: number; crc: number }[]
  /** Most bytes that waited for the listener in one socket. */
  backlog_bytes: number
}

type Line = {
  socket: Duplex
  /** Markets with a token that is listened to. */
  markets: FirehoseMarket[]
  tokens: Set<string>
  frames: number
  bytes: number
  crc: number
}

/** One message in so many is a whole book. */
const BOOK_SHARE = 20
const TICK_MS = 4
/** A socket with more waiting than this is not written to until it has drained: nothing is dropped. */
const BACKLOG_MAX = 8 << 20
const CHUNK_BYTES = 256 << 10

/** @param start_s start of the first market's window, s since the epoch */
export async function startFirehose(count: number, start_s: number): Promise<Firehose> {
  const markets = Array.from({ length: count }, (_, i) => createFirehoseMarket(i, start_s))
  const lines: Line[] = []
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    const answer = answerTo(request, server, markets)
    response.statusCode = answer === null ? 404 : 200
    response.end(JSON.stringify(answer))
  })
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const line: Line = { socket, markets: [], tokens: new Set(), frames: 0, bytes: 0, crc: 0 }
      lines.push(line)
      ws.on('message', (data) => listen(line, ws, String(data), markets))
      ws.on('close', () => lines.splice(lines.indexOf(line), 1))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: urlOf(server, 'http'),
    markets,
    subscribed: () => lines.reduce((sum, { tokens }) => sum + tokens.size, 0),
    talk: (rate, seconds) => talk(lines, rate, seconds),
    async close() {
      for (const client of sockets.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A subscription, or a PING. Books come at once, as from the venue. */
function listen(line: Line, ws: WebSocket, text: string, markets: readonly FirehoseMarket[]): void {
  if (text === 'PING') {
    ws.send('PONG')
    return
  }
  const { assets_ids } = JSON.parse(text) as { assets_ids: string[] }
  for (const token of assets_ids) line.tokens.add(token)
  line.markets = markets.filter(({ tokens }) => tokens.some((token) => line.tokens.has(token)))
  const chunk = createChunk(line)
  for (const market of line.markets)
    for (const down of [0, 1] as const)
      if (assets_ids.includes(market.tokens[down])) chunk.put(wholeBook(market, down, Date.now()))
  chunk.flush()
}

async function talk(lines: readonly Line[], rate: number, seconds: number): Promise<Sent> {
  const chunks = lines.map(createChunk)
  const begun = performance.now()
  let sent = 0
  let backlog_bytes = 0
  for (;;) {
    const elapsed_s = (performance.now() - begun) / 1_000
    const due = Math.floor(rate * Math.min(elapsed_s, seconds))
    const now_ms = Date.now()
    for (let waiting = 0; sent < due && waiting < lines.length; ) {
      const turn = sent % lines.length
      const line = lines[turn]!
      if (line.socket.writableLength > BACKLOG_MAX) {
        waiting++
        await new Promise((resolve) => setTimeout(resolve, 1))
        continue
      }
      const market = line.markets[Math.floor(sent / lines.length) % line.markets.length]!
      chunks[turn]!.put(sent % BOOK_SHARE === 0 ? wholeBook(market, 0, now_ms) : priceChange(market, now_ms))
      sent++
    }
    for (const chunk of chunks) chunk.flush()
    for (const { socket } of lines) backlog_bytes = Math.max(backlog_bytes, socket.writableLength)
    if (sent >= rate * seconds) break
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  return {
    messages: sent,
    bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0),
    seconds: (performance.now() - begun) / 1_000,
    sockets: lines.map(({ frames, crc }) => ({ frames, crc })),
    backlog_bytes,
  }
}

/** Text frames of a server, many to a write: the library's own way costs a system call each. */
function createChunk(line: Line) {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  let at = 0
  function flush(): void {
    if (at === 0) return
    line.socket.write(buffer.subarray(0, at))
    buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    at = 0
  }
  return {
    flush,
    put(text: string): void {
      const { length } = text
      if (at + length + 10 > CHUNK_BYTES) flush()
      buffer[at] = 0x81
      if (length < 126) {
        buffer[at + 1] = length
        at += 2
      } else {
        buffer[at + 1] = 126
        buffer.writeUInt16BE(length, at + 2)
        at += 4
      }
      buffer.write(text, at, 'latin1')
      line.crc = crc32(buffer.subarray(at, at + length), line.crc)
      line.frames++
      line.bytes += length
      at += length
    },
  }
}

/** The few requests that a recorder makes of Gamma and of the CLOB. */
function answerTo(request: IncomingMessage, server: Server, markets: readonly FirehoseMarket[]): unknown {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://firehose')
  if (pathname === '/sandbox/endpoints') return endpoints(server)
  if (pathname === '/sandbox/status') return { speed: 1, position: { time_us: Date.now() * 1_000 } }
  if (pathname === '/time') return Math.floor(Date.now() / 1_000)
  const slug = /^\/(events|markets)\/slug\/(.+)$/.exec(pathname)
  if (slug !== null) {
    const market = markets.find((one) => one.slug === slug[2])
    if (market === undefined) return null
    return slug[1] === 'markets' ? gammaMarket(market) : gammaEvent(market)
  }
  if (pathname === '/events/keyset') {
    const asked = searchParams.get('after_cursor') ?? '0'
    const from = Number(asked)
    const page = markets.slice(from, from + 100)
    return {
      events: page.map(gammaEvent),
      ...(from + 100 < markets.length ? { next_cursor: String(from + 100) } : {}),
    }
  }
  return null
}

function gammaEvent(market: FirehoseMarket) {
  return {
    id: market.slug,
    slug: market.slug,
    seriesSlug: 'btc-up-or-down-5m',
    markets: [gammaMarket(market)],
  }
}

function gammaMarket({ condition_id, slug, tokens }: FirehoseMarket) {
  const start_ms = Number(slug.split('-').at(-1)) * 1_000
  return {
    id: slug,
    question: slug,
    conditionId: condition_id,
    slug,
    version: 'v1',
    outcomes: '["Up", "Down"]',
    outcomePrices: '["0.5", "0.5"]',
    clobTokenIds: JSON.stringify(tokens),
    createdAt: new Date(start_ms - 86_400_000).toISOString(),
    eventStartTime: new Date(start_ms).toISOString(),
    endDate: new Date(start_ms + 300_000).toISOString(),
    active: true,
    closed: false,
    acceptingOrders: true,
    enableOrderBook: true,
    orderPriceMinTickSize: 0.01,
    orderMinSize: 5,
    negRisk: false,
    feesEnabled: true,
    feeSchedule: { exponent: 1, rate: 0.07, takerOnly: true, rebateRate: 0.2 },
    cryptoMarketConfig: {
      id: 'btc-5m-twap-60',
      asset: 'btc',
      duration: '5m',
      twapEnabled: true,
      twapLookbackSeconds: 60,
    },
    events: [{ id: slug, slug, seriesSlug: 'btc-up-or-down-5m' }],
  }
}

function endpoints(server: Server): Record<string, string> {
  return {
    'clob_market.stream': `${urlOf(server, 'ws')}/ws/market`,
    'clob_market.rest': urlOf(server, 'http'),
    'gamma.rest': urlOf(server, 'http'),
  }
}

function urlOf(server: Server, scheme: 'ws' | 'http'): string {
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}
