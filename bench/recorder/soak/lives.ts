import { createHash } from 'node:crypto'
import type { Micros } from '../../../core/units/index.ts'
import type { FeedName, Note } from '../../../recorders/journal/index.ts'
import { readRaw } from '../../../recorders/recording/index.ts'
import type { SentTo } from './sent.ts'

/** What one process of a recorder left in the journals. */
export type Life = {
  /** Its first record and its last. */
  from_us: Micros
  last_us: Micros
  /** What it said of the time before it; null for the first of a recording. */
  absent: Extract<Note, { note: 'absent' }> | null
  /** It ended on purpose. */
  stopped: boolean
  /** Connections in the order in which they were opened. */
  connections: Heard[]
}

/** A connection, and every frame of it. */
export type Heard = {
  number: number
  feed: FeedName
  /** It was the one of its line whose frames make rows, from the moment it was opened. */
  leads: boolean
  opened_us: Micros
  /** The code that it was closed with; null: it never was. */
  closed: number | null
  /** Their numbers rise, and have holes where frames could not be kept. */
  frames: { seq: number; wall_us: Micros; sha1: string }[]
}

/** The processes that wrote a recording, from its journals. A process begins with the note `absent`, or is the first. */
export async function readLives(dir: string): Promise<Life[]> {
  const lives: Life[] = []
  let open = new Map<number, Heard>()
  let state_us: Micros | null = null
  const begin = (from_us: Micros, absent: Life['absent']): Life => {
    const life: Life = { from_us, last_us: from_us, absent, stopped: false, connections: [] }
    lives.push(life)
    open = new Map()
    return life
  }
  await readRaw(dir, (record) => {
    const { wall_us } = record
    const note = record.type === 'note' ? record.note : null
    // The state that a journal begins with: a process's last record, unless the next one begins there.
    if (note?.note === 'state') {
      state_us = wall_us
      return
    }
    if (note?.note !== 'absent' && state_us !== null && lives.length > 0) lives.at(-1)!.last_us = state_us
    state_us = null
    let life = lives.at(-1) ?? begin(wall_us, null)
    if (note?.note === 'absent') life = begin(wall_us, note)
    life.last_us = wall_us
    if (note?.note === 'stop') life.stopped = true
    if (note?.note === 'closed') {
      const closed = open.get(note.connection)
      if (closed !== undefined) closed.closed = note.code
    }
    if (note?.note === 'opened') {
      const { connection: number, feed, leads } = note
      const heard: Heard = { number, feed, leads, opened_us: wall_us, closed: null, frames: [] }
      open.set(number, heard)
      life.connections.push(heard)
    }
    if (record.type !== 'frame') return
    open
      .get(record.connection)!
      .frames.push({ seq: record.seq, wall_us, sha1: createHash('sha1').update(record.bytes).digest('hex') })
  })
  if (state_us !== null && lives.length > 0) lives.at(-1)!.last_us = state_us
  return lives
}

/** Whether every frame is what was sent on a socket under its number. */
export function isHeardOn({ feed, frames }: Heard, socket: SentTo): boolean {
  return socket.feed === feed && frames.every(({ seq, sha1 }) => socket.texts[seq]?.sha1 === sha1)
}

/** The number that the next frame would have had. */
export function nextOf({ frames }: Heard): number {
  return (frames.at(-1)?.seq ?? -1) + 1
}
