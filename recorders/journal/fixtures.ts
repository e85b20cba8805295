import fc from 'fast-check'
import type { JournalFile, JournalOptions } from './index.ts'
import { FEED_NAMES, type JournalRecord, type Note } from './record.ts'

/** Made-up records, and disks that misbehave, for tests of whatever writes or reads a journal. */

export const HEAD = { recording: 'r', number: 1, day: '2026-11-21', begins: true, stopped: false }
export const OPTIONS: JournalOptions = { flush_ms: 60_000, fsync: true, buffer_bytes: 2 ** 20 }

const time = fc.integer({ min: 0, max: 2 ** 52 })
const bytes = fc.uint8Array({ maxLength: 300 })
const feed = fc.constantFrom(...FEED_NAMES)
const word = fc.string({ unit: 'grapheme', maxLength: 20 })
const count = fc.integer({ min: 0, max: 0xffffffff })

const note: fc.Arbitrary<Note> = fc.oneof(
  fc.record({ note: fc.constant('state' as const), state: fc.jsonValue({ noUnicodeString: false }) }),
  fc.record({
    note: fc.constant('opened' as const),
    connection: count,
    feed,
    line: word,
    leads: fc.boolean(),
    keys: fc.array(word, { maxLength: 5 }),
  }),
  fc.record({ note: fc.constant('stop' as const), reason: word }),
)

/** Any record. */
export const anyRecord: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({
    type: fc.constant('frame' as const),
    wall_us: time,
    mono_us: time,
    connection: count,
    seq: count,
    bytes,
  }),
  fc.record({
    type: fc.constant('answer' as const),
    wall_us: time,
    mono_us: time,
    about: fc.record({ feed, request: word, path: word, status: fc.integer(), sent_us: time }),
    bytes,
  }),
  fc.record({ type: fc.constant('note' as const), wall_us: time, mono_us: time, note }),
)

/** A record as it compares: bytes copied into a plain array, JSON as it comes back. */
export function plain(record: JournalRecord): unknown {
  if (record.type === 'note') return JSON.parse(JSON.stringify(record))
  return { ...record, bytes: Array.from(record.bytes) }
}

/** A frame of one text. */
export function frame(seq: number, text = `frame ${seq}`, wall_us = 1_000 * seq): JournalRecord {
  return {
    type: 'frame',
    wall_us,
    mono_us: wall_us,
    connection: 1,
    seq,
    bytes: new TextEncoder().encode(text),
  }
}

/** A file in memory whose next operations can be made to fail. */
export type FaultyFile = JournalFile & {
  data: Uint8Array
  /** Told each write before it happens: how many bytes to take, or an error to throw. */
  onWrite: (length: number) => number
  onSync: () => void | Promise<void>
  syncs: number
  closed: boolean
}

/** A disk in memory. */
export function faultyFile(): FaultyFile {
  const file: FaultyFile = {
    data: new Uint8Array(0),
    onWrite: (length) => length,
    onSync: () => {},
    syncs: 0,
    closed: false,
    async write(buffer, offset, length, position) {
      const taken = file.onWrite(length)
      const grown = new Uint8Array(Math.max(file.data.length, position + taken))
      grown.set(file.data)
      grown.set(buffer.subarray(offset, offset + taken), position)
      file.data = grown
      return { bytesWritten: taken }
    },
    async datasync() {
      file.syncs++
      await file.onSync()
    },
    async truncate(length) {
      file.data = file.data.slice(0, length)
    },
    async close() {
      file.closed = true
    },
  }
  return file
}

/** What a system call throws. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code })
}
