import { type FileHandle, open } from 'node:fs/promises'
import { JournalError } from './errors.ts'
import {
  decodeHead,
  decodeRecord,
  type JournalHead,
  PAYLOAD_BYTES_MAX,
  PREFIX_BYTES,
  RECORD_PREFIX_BYTES,
  recordBytes,
} from './format.ts'
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
  close(): Promise<void>
}

/** Bytes read at once. */
const READ_BYTES = 2 ** 20

/**
 * Open a journal.
 *
 * @param from offset of a record, as a sink was told it; default the first
 * @throws JournalError `journal.missing`; `journal.head` for a file whose head is cut off or damaged: it has no records
 */
export async function openJournal(path: string, from?: number): Promise<JournalReader> {
  const file = await open(path, 'r').catch((thrown: unknown) => {
    throw new JournalError('journal.missing', `${path}: no journal there`, path, 'check the path', thrown)
  })
  try {
    const { head, seed, bytes } = await readHead(file, path)
    return reading(file, path, head, seed, from ?? bytes)
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

function reading(
  file: FileHandle,
  path: string,
  head: JournalHead,
  seed: number,
  from: number,
): JournalReader {
  let buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  let view = new DataView(buffer.buffer)
  let offset = from
  let end: JournalEnd = 'clean'
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
        const { bytesRead } = await file.read(buffer, held, buffer.length - held, offset + held)
        held += bytesRead
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
          return end
        }
        if (bytesRead === 0) {
          end = held === 0 ? 'clean' : 'torn'
          return end
        }
        if (bytes > buffer.length) {
          const grown = Buffer.allocUnsafeSlow(Math.min(2 * bytes, PAYLOAD_BYTES_MAX + RECORD_PREFIX_BYTES))
          buffer.copy(grown, 0, at, at + held)
          buffer = grown
          view = new DataView(buffer.buffer)
        } else if (at > 0) buffer.copyWithin(0, at, at + held)
      }
    },
    close: () => file.close(),
  }
}

async function readHead(file: FileHandle, path: string) {
  let bytes = Buffer.alloc(PREFIX_BYTES + 2 ** 16)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
  bytes = bytes.subarray(0, bytesRead)
  const read = decodeHead(bytes)
  if (read !== 'short' && !('fault' in read)) return read
  throw new JournalError(
    'journal.head',
    `${path}: cannot be read as a journal: ${read === 'short' ? 'it is cut off in its head' : read.fault}`,
    path,
    'its records are lost; the recording goes on without them',
  )
}
