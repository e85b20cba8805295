import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Columns } from '../../../core/events/index.ts'
import type { Micros } from '../../../core/units/index.ts'
import type { FeedName } from '../../../recorders/journal/record.ts'
import type { Connection } from '../connection.ts'
import type { Credentials } from '../credentials.ts'
import type { FaultBoard } from '../faults/board.ts'
import type { Hub, Listener } from '../hub.ts'
import type { Outlet } from '../outlet.ts'
import type { ActivityRow } from '../sources/source.ts'
import type { World } from '../world.ts'

/**
 * A venue as its clients see it: the inverse of a reader in `recorders/feeds`. It is told each message of the tape after the
 * world was, and answers requests from the world.
 */
export type Venue = {
  feed: FeedName
  /** Where it is reached: the role that the recorder's configuration knows an address by, and the path of that address. */
  endpoints: Readonly<Record<string, { scheme: 'ws' | 'http'; path: string }>>
  routes(app: FastifyInstance): void
  /** A message: rows `from` to `to`. HOT. */
  take?(columns: Columns, from: number, to: number): void
  /** Once a second of the wall clock: heartbeats. */
  second?(): void
  /** A text of a script, as it stands, to whoever may have it. Without it: to every connection of the feed. */
  frame?(text: string): void
  activity?(row: ActivityRow): void
}

/** What a venue works with. */
export type Stand = {
  world: World
  hub: Hub
  outlet: Outlet
  board: FaultBoard
  credentials: Credentials
  /** Time of the tape. */
  now_us(): Micros
  /** Where requests are served that a WebSocket begins with. */
  socket(
    app: FastifyInstance,
    path: string,
    feed: FeedName,
    listener: (request: FastifyRequest) => Listener | Refusal,
  ): void
  /** Says each change of the best prices, as the market channel does. */
  touch: boolean
  /** Wallet activity so far. */
  activity: ActivityRow[]
  /** What is made up, for the status. */
  notes: string[]
}

/** A handshake is not accepted. */
export type Refusal = { status: number; body: string }

/** Makes a venue. A new one is a file in this folder and a line in its index. */
export type VenueMaker = (stand: Stand) => Venue

/** Parse a client's text; undefined for what is no JSON object. */
export function readRequest(text: string): Record<string, unknown> | undefined {
  try {
    const raw: unknown = JSON.parse(text)
    return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
      ? (raw as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** The texts of a list; empty for anything else. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** Query parameters by name, each a list: repeated ones, and those separated by commas. */
export function query(request: FastifyRequest): Readonly<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  const search = new URL(request.url, 'http://sandbox').searchParams
  for (const [key, value] of search) {
    found[key] ??= []
    found[key].push(...value.split(',').filter((word) => word !== ''))
  }
  return found
}

/** Send a text to every listener of a set. */
export function tell(outlet: Outlet, audience: Iterable<Connection> | undefined, text: string): void {
  if (audience === undefined) return
  for (const connection of audience) outlet.data(connection, text)
}
