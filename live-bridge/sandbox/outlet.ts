import type { Connection } from './connection.ts'
import type { ActiveFault, FaultBoard } from './faults/board.ts'
import { spoil } from './faults/spoil.ts'
import type { SendLog } from './send-log.ts'

/** The way out to clients: everything that is sent passes here, and here faults have their way with it. */
export type Outlet = {
  /**
   * Market data. HOT.
   *
   * @param text what to send, or what makes it: that is not asked while data are frozen, so that numbers it counts stay
   *   without a hole
   */
  data(connection: Connection, text: string | (() => string)): void
  /** A PONG, an acknowledgement, a heartbeat: no fault but a slow or cut network touches it. */
  answer(connection: Connection, text: string): void
  /** Send what was held back to be overtaken. */
  settle(connection: Connection): void
  /** The connection is gone: forget what was held back for it. */
  forget(connection: Connection): void
}

/** What an outlet does at its limits. */
export type OutletLimits = {
  /** A client whose backlog grows beyond this is closed, unless `patient` says that it is waited for. Bytes. */
  backlog_max: number
  patient(): boolean
  tooSlow(connection: Connection): void
}

/** @param log where sent texts are noted; undefined: nowhere */
export function createOutlet(board: FaultBoard, limits: OutletLimits, log: SendLog | undefined): Outlet {
  const write = (connection: Connection, text: string) => {
    const { socket } = connection
    if (socket.readyState !== socket.OPEN) return
    log?.write(connection.feed, connection.id, connection.sent, text)
    connection.sent++
    connection.bytes += text.length
    connection.backlog += text.length
    socket.send(text, () => {
      connection.backlog -= text.length
    })
    if (connection.backlog > limits.backlog_max && !limits.patient()) limits.tooSlow(connection)
  }
  const flush = (connection: Connection) => {
    connection.timer = undefined
    const now = performance.now()
    for (let next = connection.delayed[0]; next !== undefined; next = connection.delayed[0]) {
      if (next.due_ms > now) {
        connection.timer = setTimeout(flush, next.due_ms - now, connection)
        return
      }
      connection.delayed.shift()
      connection.backlog -= next.text.length
      write(connection, next.text)
    }
  }
  const delay = (connection: Connection, text: string, fault: ActiveFault | undefined) => {
    const last = connection.delayed.at(-1)
    const { delay_ms = 0, bytes_per_s = 0 } = (fault?.args ?? {}) as Record<string, number>
    const trickle = bytes_per_s > 0 ? (MS * text.length) / bytes_per_s : 0
    const due_ms = Math.max(performance.now() + delay_ms, last?.due_ms ?? 0) + trickle
    connection.delayed.push({ text, due_ms })
    connection.backlog += text.length
    if (fault !== undefined) board.count(fault)
    if (connection.timer === undefined)
      connection.timer = setTimeout(flush, Math.max(0, due_ms - performance.now()), connection)
    if (connection.backlog > limits.backlog_max && !limits.patient()) limits.tooSlow(connection)
  }
  const send = (connection: Connection, text: string) => {
    // A client that is being closed gets nothing more, and nothing is held for it.
    if (connection.closed || connection.socket.readyState !== connection.socket.OPEN) return
    if (board.active.length === 0 && connection.delayed.length === 0) return write(connection, text)
    const cut = board.find('cut', connection.feed)
    if (cut !== undefined) {
      board.count(cut)
      connection.withheld++
      log?.write(connection.feed, connection.id, null, text, 'cut')
      return
    }
    const slow = board.find('slow', connection.feed)
    if (slow === undefined && connection.delayed.length === 0) write(connection, text)
    else delay(connection, text, slow)
  }
  const afterOthers = (connection: Connection) => {
    const { held } = connection
    if (held === undefined) return
    if (--held.left > 0 && board.find('reorder', connection.feed) !== undefined) return
    connection.held = undefined
    send(connection, held.text)
  }
  const faulty = (connection: Connection, text: string) => {
    const { feed } = connection
    if (board.strikes('lost', feed) !== undefined) {
      connection.withheld++
      log?.write(feed, connection.id, null, text, 'lost')
      return
    }
    const malformed = board.strikes('malformed', feed)
    const frame = malformed === undefined ? text : spoil(text, String(malformed.args.kind), board.rng)
    if (connection.held === undefined) {
      const reorder = board.strikes('reorder', feed)
      if (reorder !== undefined) {
        connection.held = { text: frame, left: Math.max(1, Number(reorder.args.depth)) }
        return
      }
    }
    send(connection, frame)
    if (board.strikes('duplicate', feed) !== undefined) send(connection, frame)
    afterOthers(connection)
  }
  return {
    data(connection, text) {
      if (connection.closed) return
      if (board.active.length === 0 && connection.held === undefined) {
        send(connection, typeof text === 'string' ? text : text())
        return
      }
      const freeze = board.find('freeze', connection.feed)
      if (freeze === undefined || (freeze.args.sockets === 'open' && connection.frozen !== freeze.id))
        return faulty(connection, typeof text === 'string' ? text : text())
      board.count(freeze)
      connection.withheld++
    },
    answer: send,
    settle(connection) {
      const { held } = connection
      connection.held = undefined
      if (held !== undefined) send(connection, held.text)
    },
    forget(connection) {
      clearTimeout(connection.timer)
      connection.timer = undefined
      connection.delayed.length = 0
      connection.held = undefined
    },
  }
}

const MS = 1_000
