import type { Socket } from 'node:net'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type Micros, MS } from '../../core/units/index.ts'
import type { FeedName } from '../../recorders/journal/record.ts'
import type { FaultBoard } from './faults/board.ts'
import type { Hub } from './hub.ts'
import type { Stand, Venue } from './venues/venue.ts'

/** Largest frame that a client may send. */
const PAYLOAD_MAX = 1 << 20
/** The head of a request is whole by then. */
const HEADERS_MS = 5_000
/** Paths of the sandbox's own: no fault touches them. */
export const CONTROL = '/sandbox'

/** The HTTP server with its sockets, before any route. Route paths are without the slash that clients may add. */
export async function createServer(): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    bodyLimit: PAYLOAD_MAX,
    // Who begins a request and does not end it is let go.
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: HEADERS_MS / 5 },
  })
  await app.register(websocket, {
    // PONGs are counted: see the hub.
    options: { perMessageDeflate: false, maxPayload: PAYLOAD_MAX, autoPong: false },
  })
  return app
}

/** A WebSocket route of a venue: see {@link Stand.socket}. */
export function socketRoute(hub: Hub): Stand['socket'] {
  return (app, path, feed, open) => {
    app.get(path, { websocket: true, preValidation: refuse }, (socket, request) => {
      const listener = open(request)
      if ('status' in listener) socket.close(1008, listener.body)
      else hub.accept(feed, socket, listener)
    })
    async function refuse(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const listener = open(request)
      return 'status' in listener ? reply.code(listener.status).send(listener.body) : undefined
    }
  }
}

/** Answers of venues are dated by the tape: clients read a venue's clock there. */
export function dateAnswers(app: FastifyInstance, now_us: () => Micros): void {
  app.addHook('onSend', async (request, reply) => {
    if (!request.url.startsWith(CONTROL)) reply.header('date', new Date(now_us() / MS).toUTCString())
  })
}

/**
 * Faults of requests and handshakes: what happens to one before its route is asked.
 *
 * @returns lets go of whoever hangs in a black hole
 */
export function spoilRequests(app: FastifyInstance, board: FaultBoard, venues: readonly Venue[]): () => void {
  const hanging = new Set<Socket>()
  app.addHook('onRequest', async (request, reply) => {
    if (board.active.length === 0 || request.url.startsWith(CONTROL)) return
    const feed = feedOf(request.url, venues)
    if (feed === undefined) return
    const cut = board.find('cut', feed)
    if (cut !== undefined) {
      board.count(cut)
      reply.hijack()
      const { socket } = request.raw
      if (cut.args.mode === 'refuse') socket.resetAndDestroy()
      else {
        hanging.add(socket)
        socket.once('close', () => hanging.delete(socket))
      }
      return
    }
    const restart = board.find('restart', feed)
    if (restart !== undefined) {
      board.count(restart)
      reply.hijack()
      request.raw.socket.resetAndDestroy()
      return
    }
    await refuse(reply, board, feed)
  })
  return () => {
    for (const socket of hanging) socket.destroy()
  }
}

async function refuse(reply: FastifyReply, board: FaultBoard, feed: FeedName): Promise<unknown> {
  const limited = board.strikes('http-429', feed)
  if (limited !== undefined)
    return reply
      .code(429)
      .header('retry-after', String(limited.args.retry_after_s))
      .send({ error: 'Too Many Requests' })
  const failed = board.strikes('http-5xx', feed)
  if (failed !== undefined)
    return reply.code(Number(failed.args.status)).send({ error: 'internal server error' })
  const page = board.strikes('html-error', feed)
  if (page !== undefined)
    return reply
      .code(Number(page.args.status))
      .type('text/html; charset=UTF-8')
      .send(
        '<!DOCTYPE html><html><head><title>Attention Required!</title></head><body>Sorry, you have been blocked</body></html>',
      )
  return undefined
}

/** Whose a path is: the longest endpoint that it begins with. */
function feedOf(url: string, venues: readonly Venue[]): FeedName | undefined {
  let found: FeedName | undefined
  let length = 0
  for (const { feed, endpoints } of venues) {
    for (const { path } of Object.values(endpoints)) {
      const rest = url.slice(path.length)
      const under = url.startsWith(path) && (rest === '' || rest[0] === '/' || rest[0] === '?')
      if (!under || path.length <= length) continue
      found = feed
      length = path.length
    }
  }
  return found
}
