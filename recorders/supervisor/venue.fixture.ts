import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** A venue on a real socket that does what a test says. */
export type Venue = {
  ws: string
  http: string
  /** Open sockets, in the order they came; and what each has said. */
  sockets: WebSocket[]
  said: string[][]
  /** Requests, in the order they came. */
  requests: { url: string; headers: IncomingMessage['headers']; body: string }[]
  /** Bytes with which upgrades are answered from now on; null: they are accepted. */
  upgrade(answer: string | null | 'nothing'): void
  /** How requests are answered. */
  answer(act: (request: IncomingMessage, response: ServerResponse, count: number) => void): void
  close(): Promise<void>
}

/** Start a venue on a free port. */
export async function startVenue(): Promise<Venue> {
  let refusal: string | null = null
  let act = (_request: IncomingMessage, response: ServerResponse, _count: number): void =>
    void response.end('{}')
  const server = createServer()
  const socketServer = new WebSocketServer({ noServer: true, autoPong: false, perMessageDeflate: false })
  const raw = new Set<Socket>()
  const venue: Omit<Venue, 'ws' | 'http'> = {
    sockets: [],
    said: [],
    requests: [],
    upgrade(answer) {
      refusal = answer
    },
    answer(next) {
      act = next
    },
    close() {
      for (const socket of raw) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  server.on('connection', (socket) => {
    raw.add(socket)
    socket.on('close', () => raw.delete(socket))
    socket.on('error', () => {})
  })
  server.on('request', async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    venue.requests.push({ url: request.url ?? '', headers: request.headers, body })
    act(request, response, venue.requests.length - 1)
  })
  server.on('upgrade', (request, socket, head) => {
    venue.requests.push({ url: request.url ?? '', headers: request.headers, body: '' })
    if (refusal === 'nothing') return
    if (refusal !== null) {
      socket.end(refusal)
      return
    }
    socketServer.handleUpgrade(request, socket, head, (one) => {
      const texts: string[] = []
      one.on('message', (data) => texts.push(String(data)))
      one.on('error', () => {})
      venue.said.push(texts)
      venue.sockets.push(one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(venue, { ws: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}` })
}

/** Let the sockets of this process work until it is so. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setImmediate(resolve))
}
