import type { Micros } from '../../core/units/index.ts'
import type { FeedName } from '../journal/record.ts'
import { type Agreement, type AgreementState, agreementState, createAgreement } from './agreement.ts'

/** One logical stream and its connections. */
export type Line = {
  /** Place among the lines, for columns that name a line by number. */
  index: number
  feed: FeedName
  line: string
  /** The connection that leads; −1 none. */
  leader: number
  /** What it listens to, or listened to last. */
  keys: readonly string[]
  connections: Connection[]
  /** Since when nothing of it can be trusted; null while it is good. */
  down: Down | null
  /** What the connections agree in, while there is more than one or repeats are dropped. */
  agreement: Agreement | null
}

/** An interval without data that is still open; `markets` null: of the whole feed; else of these instruments alone. */
export type Down = { since_us: Micros; reason: string; markets: number[] | null; instruments: number[] }

/** An open connection. */
export type Connection = { id: number; line: Line; opened_us: Micros }

/** Lines and connections of the process that writes. */
export type Lines = {
  readonly list: Line[]
  readonly byName: Map<string, Line>
  readonly connections: Map<number, Connection>
}

/** As plain data. */
export type LinesState = {
  feed: FeedName
  line: string
  leader: number
  keys: readonly string[]
  connections: { id: number; opened_us: Micros }[]
  down: Down | null
  agreement: AgreementState | null
}[]

/** No lines, or those of a state. */
export function createLines(state: LinesState = []): Lines {
  const lines: Lines = { list: [], byName: new Map(), connections: new Map() }
  for (const from of state) {
    const line = lineOf(lines, from.feed, from.line)
    line.leader = from.leader
    line.keys = [...from.keys]
    line.down = structuredClone(from.down)
    line.agreement = from.agreement === null ? null : createAgreement(from.agreement)
    for (const { id, opened_us } of from.connections) join(lines, line, id, opened_us)
  }
  return lines
}

/** Lines as plain data. */
export function linesState(lines: Lines): LinesState {
  return lines.list.map(({ feed, line, leader, keys, connections, down, agreement }) => ({
    feed,
    line,
    leader,
    keys: [...keys],
    connections: connections.map(({ id, opened_us }) => ({ id, opened_us })),
    down,
    agreement: agreement === null ? null : agreementState(agreement),
  }))
}

/** A line by name, made on first use. */
export function lineOf(lines: Lines, feed: FeedName, name: string): Line {
  const known = lines.byName.get(name)
  if (known !== undefined) return known
  const line: Line = {
    index: lines.list.length,
    feed,
    line: name,
    leader: -1,
    keys: [],
    connections: [],
    down: null,
    agreement: null,
  }
  lines.list.push(line)
  lines.byName.set(name, line)
  return line
}

/** A connection of a line is open. A number that was open before is closed first. */
export function join(lines: Lines, line: Line, id: number, opened_us: Micros): Connection {
  leave(lines, id)
  const connection: Connection = { id, line, opened_us }
  line.connections.push(connection)
  lines.connections.set(id, connection)
  return connection
}

/** A connection is closed; undefined where it was not open. */
export function leave(lines: Lines, id: number): Connection | undefined {
  const connection = lines.connections.get(id)
  if (connection === undefined) return undefined
  const { line } = connection
  lines.connections.delete(id)
  line.connections = line.connections.filter((one) => one !== connection)
  if (line.leader === id) line.leader = -1
  return connection
}
