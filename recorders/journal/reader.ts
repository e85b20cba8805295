import { basename } from 'node:path'
import { openPlain } from '../files/index.ts'
import { JournalError } from './errors.ts'
import {
  decodeHead,
  decodeRecord,
  HEAD_BYTES_MAX,
  type JournalHead,
  PAYLOAD_BYTES_MAX,
  PREFIX_BYTES,
  RECORD_PREFIX_BYTES,
  recordBytes,
} from './format.ts'
import { openPacked } from './packed.ts'
import type { JournalRecord } from './record.ts'

/**
 * Why reading stopped. `clean`: the file ends with a whole record. `torn`: it ends inside one, as the file of a killed process
 * does, or one that is being written. `corrupt`: bytes that no writer of this file wrote; what follows is not looked at.
 */
export type JournalEnd = 'clean' | 'torn' | 'corrupt'

/** Takes a record and the offset where it starts. The record's bytes are good until it returns. */
export type RecordSink = (record: JournalRecord, offset: number) => void

/** A journal being read, in constant memory. */
export type JournalReader = {
  readonly path: string
  readonly head: JournalHead
  /** Where the next record starts. */
  readonly offset: number
  readonly end: JournalEnd
  /**
   * Pass on every whole record from {@link offset} on, and go there. Called again it passes on what was written since; after a
   * corrupt place nothing more comes.
   */
  read(sink: RecordSink): Promise<JournalEnd>
  /**
   * After a corrupt place: go past the one record there, where its length leads to a whole one.
   *
   * @returns whether there is something to go on with
   */
  skip(): Promise<boolean>
  close(): Promise<void>
}

/** Bytes of a journal. */
export type JournalSource = {
  /** Whether bytes can be read again. Otherwise each question begins where the one before did, or later. */
  readonly again: boolean
  /** Fewer than `length` only where the source ends, or has no more yet. */
  read(buffer: Buffer, at: number, length: number, position: number): Promise<number>
  close(): Promise<void>
}

/** Bytes read at once. */
const READ_BYTES = 2 ** 20
/** The name that a recorder gives a journal, packed or not. */
const NAMED = /^(\d{8})\.journal(?:\.zst)?$/

/** Number of a journal by its file's name; null for any other file. */
export function journalNumber(name: string): number | null {
  const found = NAMED.exec(name)
  return found === null || name.endsWith('.zst') ? null : Number(found[1])
}

/**
 * Open a journal.
 *
 * @param from offset of a record, as a sink was told it; default the first
 * @throws JournalError `journal.missing`; `journal.begun` for a file that ends in its head: it has no records; `journal.head`
 * for one whose head is damaged; `journal.foreign` for one that no recorder of this version wrote; FileError for what is no file
 */
export async function openJournal(path: string, from?: number): Promise<JournalReader> {
  const file = await openPlain(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
    throw new JournalError('journal.missing', `${path}: no journal there`, path, 'check the path', thrown)
  })
  const source: JournalSource = {
    again: true,
    read: async (buffer, at, length, position) => (await file.read(buffer, at, length, position)).bytesRead,
    close: () => file.close(),
  }
  return begin(source, path, from)
}

/**
 * Open a journal that was packed with zstd. It is unpacked while it is read, and never whole.
 *
 * @param max_bytes longest that it may be unpacked
 * @throws as {@link openJournal}; reading throws JournalError `journal.packed` and `journal.large`, too
 */
export async function openPackedJournal(path: string, max_bytes: number): Promise<JournalReader> {
  return begin(await openPacked(path, max_bytes), path)
}

async function begin(source: JournalSource, path: string, from?: number): Promise<JournalReader> {
  try {
    const { head, seed, bytes } = await readHead(source, path)
    const named = NAMED.exec(basename(path))
    if (named !== null && Number(named[1]) !== head.number) throw renamed(path, head.number)
    return reading(source, path, head, seed, from ?? bytes)
  } catch (thrown) {
    await source.close()
    throw thrown
  }
}

function reading(
  source: JournalSource,
  path: string,
  head: JournalHead,
  seed: number,
  from: number,
): JournalReader {
  let buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  let view = new DataView(buffer.buffer)
  let offset = from
  let end: JournalEnd = 'clean'

  function grow(bytes: number, at: number, held: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(2 * bytes, PAYLOAD_BYTES_MAX + RECORD_PREFIX_BYTES))
    buffer.copy(grown, 0, at, at + held)
    buffer = grown
    view = new DataView(buffer.buffer)
  }

  return {
    path,
    head,
    get offset() {
      return offset
    },
    get end() {
      return end
    },
    async read(sink) {
      if (end === 'corrupt') return end
      // The buffer holds the file's bytes from `offset` on, `held` of them.
      for (let held = 0; ; ) {
        const got = await source.read(buffer, held, buffer.length - held, offset + held)
        held += got
        let at = 0
        let bytes = recordBytes(view, at, held)
        for (; bytes > 0 && at + bytes <= held; bytes = recordBytes(view, at, held)) {
          const record = decodeRecord(buffer, view, at, bytes, seed)
          if (record === null) break
          sink(record, offset)
          at += bytes
          offset += bytes
        }
        held -= at
        if (bytes < 0 || (bytes > 0 && bytes <= held)) {
          end = 'corrupt'
          if (!source.again) await passOver(source, buffer, offset + held)
          return end
        }
        if (got === 0) {
          end = held === 0 ? 'clean' : 'torn'
          return end
        }
        if (bytes > buffer.length) grow(bytes, at, held)
        else if (at > 0) buffer.copyWithin(0, at, at + held)
      }
    },
    async skip() {
      if (end !== 'corrupt' || !source.again) return false
      const past = await pastRecord(source, offset, seed)
      if (past === null) return false
      offset = past
      end = 'clean'
      return true
    },
    close: () => source.close(),
  }
}

/** Where the record behind a damaged one begins; null where there is no whole one. */
async function pastRecord(source: JournalSource, offset: number, seed: number): Promise<number | null> {
  const lengths: number[] = []
  for (let at = offset; lengths.length < 2; at += lengths.at(-1)!) {
    const prefix = Buffer.alloc(RECORD_PREFIX_BYTES)
    const got = await readFully(source, prefix, at)
    // It was the last record: nothing comes after it.
    if (got === 0 && lengths.length === 1) return at
    const bytes = recordBytes(new DataView(prefix.buffer), 0, got)
    if (bytes <= 0) return null
    lengths.push(bytes)
  }
  const next = Buffer.alloc(lengths[1]!)
  const at = offset + lengths[0]!
  if ((await readFully(source, next, at)) < next.length) return null
  return decodeRecord(next, new DataView(next.buffer), 0, next.length, seed) === null ? null : at
}

/** Come to the end of what cannot be read again, so that it is known how long it is and whether it is whole. */
async function passOver(source: JournalSource, buffer: Buffer, from: number): Promise<void> {
  for (let at = from, got = 1; got > 0; at += got) got = await source.read(buffer, 0, buffer.length, at)
}

async function readFully(source: JournalSource, into: Buffer, position: number): Promise<number> {
  let held = 0
  while (held < into.length) {
    const got = await source.read(into, held, into.length - held, position + held)
    if (got === 0) break
    held += got
  }
  return held
}

async function readHead(source: JournalSource, path: string) {
  const bytes = Buffer.alloc(PREFIX_BYTES + HEAD_BYTES_MAX)
  const read = decodeHead(bytes.subarray(0, await source.read(bytes, 0, bytes.length, 0)))
  if (read === 'short') {
    throw new JournalError(
      'journal.begun',
      `${path}: is cut off in its head: it was only just begun`,
      path,
      'it holds no record; the recording goes on without it',
    )
  }
  if (!('fault' in read)) return read
  throw new JournalError(
    read.foreign ? 'journal.foreign' : 'journal.head',
    `${path}: cannot be read as a journal: ${read.fault}`,
    path,
    read.foreign
      ? 'move it out of the folder, or read it with the version that wrote it'
      : 'its records are lost; the recording goes on without them',
  )
}

function renamed(path: string, number: number): JournalError {
  return new JournalError(
    'journal.foreign',
    `${path}: has the name of another journal: it is number ${number}`,
    path,
    'give it its own name back, or move it out of the folder',
  )
}
