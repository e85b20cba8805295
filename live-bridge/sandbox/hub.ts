import type { WebSocket } from 'ws'
import type { FeedName } from '../../recorders/journal/record.ts'
import { type Connection, createConnection } from './connection.ts'

/** What a venue does with a client's socket. */
export type Listener = {
  /** Close code for a client that does not keep up, as the venue has it. */
  slow_code: number
  /** Control pings of the venue's own; 0: none. */
  ping_ms: number
  opened?(connection: Connection): void
  message(connection: Connection, text: string): void
  closed?(connection: Connection): void
}

/** All sockets of all feeds. */
export type Hub = {
  readonly connections: ReadonlySet<Connection>
  /** Connections that there ever were, texts sent and withheld and slow clients closed, by feed. */
  readonly totals: Readonly<Record<string, FeedTotals>>
  accept(feed: FeedName, socket: WebSocket, listener: Listener): Connection
  /** A client has subscribed to market data: the tape may begin. */
  listens(connection: Connection): void
  /** Close sockets of a feed (null: of all), 1006 without a word. @returns how many there were */
  close(feed: FeedName | null, code: number, reason: string): number
  tooSlow(connection: Connection): void
  /** Resolves when no client is far behind; undefined where that is so. A client that takes nothing is given up. */
  drained(): Promise<void> | undefined
}

export type FeedTotals = { connections: number; sent: number; bytes: number; withheld: number; slow: number }

/** A client this far behind is waited for at speed `max`, until it is only that far. */
const HIGH_BYTES = 1 << 20
/** PONGs that may wait for a client that does not read. */
const PONGS_MAX = 1_000
const LOW_BYTES = 1 << 18
const DRAIN_LOOK_MS = 1
/** A client that takes nothing for so long is given up. */
const STUCK_MS = 30_000
const CLOSE_GRACE_MS = 1_000
/** Closed without a close frame. */
const ABNORMAL = 1006

/** What a hub tells. */
export type HubHooks = {
  listening(feed: FeedName): void
  forget(connection: Connection): void
  deaf(feed: FeedName): boolean
}

/** No sockets yet. */
export function createHub(hooks: HubHooks): Hub {
  const connections = new Set<Connection>()
  const totals: Record<string, FeedTotals> = {}
  let opened = 0

  const totalsOf = (feed: FeedName) => {
    totals[feed] ??= { connections: 0, sent: 0, bytes: 0, withheld: 0, slow: 0 }
    return totals[feed]
  }
  const leave = (connection: Connection, listener: Listener, ping: NodeJS.Timeout | undefined) => {
    connection.closed = true
    clearInterval(ping)
    connections.delete(connection)
    hooks.forget(connection)
    const sum = totalsOf(connection.feed)
    sum.sent += connection.sent
    sum.bytes += connection.bytes
    sum.withheld += connection.withheld
    listener.closed?.(connection)
  }
  const shut = (connection: Connection, code: number, reason: string) => {
    const { socket } = connection
    if (code === ABNORMAL) {
      socket.terminate()
      return
    }
    socket.close(code, reason)
    setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref()
  }
  const behind = () => [...connections].filter(({ backlog }) => backlog > HIGH_BYTES)
  const wait = async (slow: Connection[]) => {
    const seen = slow.map(({ backlog }) => ({ backlog, since_ms: performance.now() }))
    for (;;) {
      const late = slow.filter((one) => !one.closed && one.backlog > LOW_BYTES)
      if (late.length === 0) return
      for (const one of late) {
        const mark = seen[slow.indexOf(one)]!
        if (one.backlog < mark.backlog)
          Object.assign(mark, { backlog: one.backlog, since_ms: performance.now() })
        else if (performance.now() - mark.since_ms > STUCK_MS) hub.tooSlow(one)
      }
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS))
    }
  }
  const hub: Hub = {
    connections,
    totals,
    accept(feed, socket, listener) {
      const connection = createConnection(++opened, feed, socket, listener.slow_code)
      connections.add(connection)
      totalsOf(feed).connections++
      const ping = listener.ping_ms > 0 ? setInterval(() => socket.ping(), listener.ping_ms) : undefined
      socket.on('message', (data, binary) => {
        if (!binary && !hooks.deaf(feed)) listener.message(connection, String(data))
      })
      let pongs = 0
      socket.on('ping', (data) => {
        if (pongs >= PONGS_MAX) return hub.tooSlow(connection)
        pongs++
        socket.pong(data, false, () => {
          pongs--
        })
      })
      socket.on('close', () => leave(connection, listener, ping))
      // A reset by the client is followed by its close; what it was sent is counted there.
      socket.on('error', () => undefined)
      listener.opened?.(connection)
      return connection
    },
    listens(connection) {
      connection.listens = true
      hooks.listening(connection.feed)
    },
    close(feed, code, reason) {
      const closing = [...connections].filter((one) => feed === null || one.feed === feed)
      for (const one of closing) shut(one, code, reason)
      return closing.length
    },
    tooSlow(connection) {
      if (connection.closed || connection.socket.readyState !== connection.socket.OPEN) return
      totalsOf(connection.feed).slow++
      shut(connection, connection.slow_code, 'slow consumer')
    },
    drained() {
      for (const { backlog } of connections) if (backlog > HIGH_BYTES) return wait(behind())
      return undefined
    },
  }
  return hub
}
