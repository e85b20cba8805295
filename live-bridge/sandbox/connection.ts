import type { WebSocket } from 'ws'
import type { FeedName } from '../../recorders/journal/record.ts'

/** A client's socket, and what it was sent. */
export type Connection = {
  readonly id: number
  readonly feed: FeedName
  readonly socket: WebSocket
  /** What a venue closes a client with that does not keep up. */
  readonly slow_code: number
  /** Texts sent, and the number of the next one. */
  sent: number
  bytes: number
  /** Data that faults kept from it. */
  withheld: number
  /** It has subscribed to market data. */
  listens: boolean
  closed: boolean
  /** Bytes that were sent and not yet taken by the operating system, and those that are held back by a fault. */
  backlog: number
  /** Held back by `slow`, in order, with the time they are due (ms, monotonic clock). */
  readonly delayed: { text: string; due_ms: number }[]
  timer: NodeJS.Timeout | undefined
  /** The fault `freeze` that froze it among those that were open. */
  frozen: number | undefined
  /** Held back by `reorder`, and how many have to overtake it. */
  held: { text: string; left: number } | undefined
}

/** A socket that was just opened. */
export function createConnection(
  id: number,
  feed: FeedName,
  socket: WebSocket,
  slow_code: number,
): Connection {
  return {
    id,
    feed,
    socket,
    slow_code,
    sent: 0,
    bytes: 0,
    withheld: 0,
    listens: false,
    closed: false,
    backlog: 0,
    delayed: [],
    timer: undefined,
    frozen: undefined,
    held: undefined,
  }
}
