import type { Readable } from 'node:stream'
import { constants, createZstdDecompress } from 'node:zlib'
import { openPlain } from '../files/index.ts'
import { JournalError } from './errors.ts'
import type { JournalSource } from './reader.ts'

/** 2^27 bytes: what zstd itself takes without being asked for more. */
const WINDOW_LOG = 27

/**
 * A packed journal as bytes, unpacked as they are asked for: nothing is written anywhere, and no more is held than what lies
 * between two questions.
 *
 * @throws JournalError `journal.missing`; FileError for what is no file; reading: `journal.packed` for what zstd cannot unpack,
 * `journal.large` beyond `max_bytes`
 */
export async function openPacked(path: string, max_bytes: number): Promise<JournalSource> {
  const file = await openPlain(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
    throw new JournalError('journal.missing', `${path}: no journal there`, path, 'check the path', thrown)
  })
  const packed = file.createReadStream()
  const unpacked = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } })
  packed.on('error', (thrown) => unpacked.destroy(thrown))
  const pieces = (packed.pipe(unpacked) as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  /** Pieces that may be asked for again, and where the first one starts. */
  let held: Buffer[] = []
  let start = 0
  let end = 0
  let over = false

  async function more(): Promise<void> {
    const next = await pieces.next().catch((thrown: unknown) => {
      throw unreadable(path, thrown)
    })
    if (next.done === true) {
      over = true
      return
    }
    held.push(next.value)
    end += next.value.length
    if (end > max_bytes) throw tooLarge(path, max_bytes)
  }

  return {
    again: false,
    async read(buffer, at, length, position) {
      while (held.length > 0 && start + held[0]!.length <= position) start += held.shift()!.length
      while (!over && end < position + length) await more()
      let taken = 0
      let from = start
      for (const piece of held) {
        if (from + piece.length > position + taken && taken < length)
          taken += piece.copy(buffer, at + taken, position + taken - from, position + length - from)
        from += piece.length
      }
      return taken
    },
    async close() {
      packed.destroy()
      unpacked.destroy()
      held = []
      await file.close().catch(() => undefined)
    },
  }
}

function unreadable(path: string, thrown: unknown): JournalError {
  const { message } = thrown as Error
  return new JournalError(
    'journal.packed',
    `${path}: cannot be unpacked: ${message.split('\n', 1)[0]}`,
    path,
    'restore the file from a copy; moved out of its folder, the recording is read without it',
    thrown,
  )
}

function tooLarge(path: string, max_bytes: number): JournalError {
  return new JournalError(
    'journal.large',
    `${path}: unpacks to more than ${Math.floor(max_bytes / 1e6)} MB, which no journal of this recording has`,
    path,
    'restore the file from a copy; moved out of its folder, the recording is read without it',
  )
}
