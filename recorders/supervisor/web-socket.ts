import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { answeredBy, broken, closedBy, type Ending } from './ending.ts'

/** A socket as a connection uses it. */
export type Socket = {
  send(text: string): void
  /** A ping frame. */
  ping(): void
  /** Begin the closing handshake. */
  close(code: number, reason: string): void
  /** Cut it off; nothing is heard of it again. */
  terminate(): void
  pause(): void
  resume(): void
}

/** What a socket says. After `ended` nothing. */
export type SocketEvents = {
  open(): void
  /** HOT. A whole message, text or binary, as it came. */
  frame(bytes: Uint8Array): void
  /** The answer to a ping frame. */
  pong(): void
  ended(ending: Ending): void
}

/** Opens a socket. Failures come as `ended`, never as an exception. */
export type Dial = (
  address: string,
  options: { headers: Readonly<Record<string, string>>; max_bytes: number },
  events: SocketEvents,
) => Socket

// Enough to name a page.
const BODY_MAX = 4_096

/**
 * Opens a WebSocket.
 *
 * Without compression, which would cost more than the network. Without a check of UTF-8: frames are kept as they came, and
 * whoever reads one refuses it. Redirections are not followed: a signed handshake is for one host. Nothing here has a clock:
 * handshakes, pings and closes that take too long are the connection's to end.
 *
 * @param wall_ms the wall clock, for dates in headers
 */
export function webSocketDial(wall_ms: () => number): Dial {
  return (address, options, events) => {
    let over = false
    const end = (ending: Ending): void => {
      if (over) return
      over = true
      events.ended(ending)
    }
    let socket: WebSocket
    try {
      socket = new WebSocket(address, {
        headers: options.headers,
        maxPayload: options.max_bytes,
        perMessageDeflate: false,
        followRedirects: false,
        skipUTF8Validation: true,
      })
    } catch (error) {
      queueMicrotask(() => end(broken(`cannot be asked for: ${describe(error)}`, true)))
      return NOTHING
    }
    let failure: string | null = null
    socket.on('open', () => !over && events.open())
    socket.on('message', (data) => {
      if (!over) events.frame(data as Buffer)
    })
    socket.on('pong', () => !over && events.pong())
    socket.on('error', (error) => {
      failure = describe(error)
    })
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      readBeginning(response, (body) => {
        end(answeredBy(response.statusCode ?? 0, response.headers, body, wall_ms()))
        socket.terminate()
      })
    })
    socket.on('close', (code, reason) => {
      const said = reason.toString('utf8')
      end(failure !== null ? { ...closedBy(code, failure), refused: false } : closedBy(code, said))
    })
    return {
      send: (text) => socket.send(text, ignore),
      ping: () => socket.ping(undefined, undefined, ignore),
      close: (code, reason) => socket.close(code, reason),
      terminate() {
        over = true
        socket.terminate()
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    }
  }
}

// A send that fails is a socket that closes: `close` says so.
function ignore(): void {}

const NOTHING: Socket = {
  send: ignore,
  ping: ignore,
  close: ignore,
  terminate: ignore,
  pause: ignore,
  resume: ignore,
}

/** The first bytes of an answer, then no more of it. */
function readBeginning(response: IncomingMessage, done: (body: string) => void): void {
  const parts: Buffer[] = []
  let size = 0
  let over = false
  const finish = (): void => {
    if (over) return
    over = true
    response.destroy()
    done(Buffer.concat(parts).toString('utf8', 0, BODY_MAX))
  }
  response.on('data', (part: Buffer) => {
    parts.push(part)
    size += part.length
    if (size >= BODY_MAX) finish()
  })
  response.on('end', finish)
  response.on('error', finish)
  response.on('close', finish)
}

/** An error of the network in words: its code where the message lacks it. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as NodeJS.ErrnoException).code
  const inner = error instanceof AggregateError ? error.errors[0] : undefined
  const message = error.message || (inner instanceof Error ? inner.message : '') || error.name
  return code === undefined || message.includes(code) ? message : `${code}: ${message}`
}
