import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { JournalError } from './errors.ts'
import { encodeHead, encodeRecord, type JournalHead, type Measured, measure } from './format.ts'
import type { JournalRecord } from './record.ts'

/** What a writer needs of a file: part of what a FileHandle has, so that tests can put a worse one in its place. */
export type JournalFile = {
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>
  datasync(): Promise<void>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

export type JournalOptions = {
  /** A record is written at most so many ms after it was appended. */
  flush_ms: number
  /** Sync the file after each flush. */
  fsync: boolean
  /** Bytes that may wait for the disk. */
  buffer_bytes: number
  /** The file is made only when this is done: the journal before it is safe. Where it fails, this one has failed, too. */
  after?: Promise<void>
  /** How the file is made; it must not exist. */
  create?: (path: string) => Promise<JournalFile>
}

/** A place in a journal: how many records, and how many bytes of the file, lie before it. */
export type JournalPlace = { readonly records: number; readonly bytes: number }

/**
 * What became of a record. `full`: it is kept, but more waits than should: stop the sources until {@link JournalWriter.drained}.
 * `refused`: it is not kept, because twice as much waits; whoever gets this answer has to count it.
 */
export type Kept = 'kept' | 'full' | 'refused'

/** A journal being written: memory first, then the file, then the disk. */
export type JournalWriter = {
  readonly path: string
  readonly head: JournalHead
  /** Take a record; its bytes are copied. HOT. Notes are never refused. */
  append(record: JournalRecord): Kept
  readonly appended: JournalPlace
  /** What the file holds: survives the end of this process. */
  readonly flushed: JournalPlace
  /** What the disk was asked to keep and said it did; without `fsync` the same as `flushed`. */
  readonly durable: JournalPlace
  readonly pending_bytes: number
  /** Why nothing is written at present; null when all is well. */
  readonly error: JournalError | null
  /**
   * Write all that was appended so far.
   *
   * @returns when it is durable
   * @throws JournalError `journal.failed`
   */
  flush(): Promise<void>
  /** After a failure: try again where it stopped. */
  retry(): void
  /** Done when no more than half of `buffer_bytes` waits, or nothing is written any more. */
  drained(): Promise<void>
  /** Write the rest and close. @throws as {@link flush}; then it is still open, and can be retried */
  close(): Promise<void>
  /** Close the file as it is: nothing more is written. Never fails. */
  abandon(): Promise<void>
}

type Chunk = {
  buffer: Buffer
  view: DataView
  /** Position in the file of its first byte. */
  base: number
  used: number
  written: number
  /** Records of the journal up to its end. */
  records: number
}
type Waiter = { bytes: number; resolve(): void; reject(error: JournalError): void }

/** Smaller than a write that a disk likes, larger than a burst of frames. */
const CHUNK_BYTES = 2 ** 22

/** Begin a journal. The file is made with the first flush. */
export function createJournal(path: string, head: JournalHead, options: JournalOptions): JournalWriter {
  const { flush_ms, fsync, buffer_bytes, create = createFile } = options
  const chunk_bytes = Math.min(CHUNK_BYTES, Math.max(1_024, Math.floor(buffer_bytes / 4)))
  const { bytes: head_bytes, seed } = encodeHead(head)
  const measured: Measured = { bytes: 0, json: null }
  const appended = { records: 0, bytes: 0 }
  const flushed = { records: 0, bytes: 0 }
  const durable = { records: 0, bytes: 0 }
  const queue: Chunk[] = []
  let spare: Chunk | null = null
  let file: JournalFile | null = null
  let wanted = 0
  let pumping: Promise<void> | null = null
  let syncing: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let error: JournalError | null = null
  let closed = false
  let closing: Promise<void> | null = null
  const gone = Promise.withResolvers<void>()
  let waiters: Waiter[] = []
  const drains: (() => void)[] = []

  function room(bytes: number): Chunk {
    const last = queue.at(-1)
    if (last !== undefined && last.used + bytes <= last.buffer.length) return last
    if (last !== undefined) want(last.base + last.used)
    let chunk = spare
    if (chunk === null || bytes > chunk.buffer.length) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(chunk_bytes, bytes))
      const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      chunk = { buffer, view, base: 0, used: 0, written: 0, records: 0 }
    } else spare = null
    Object.assign(chunk, { base: appended.bytes, used: 0, written: 0, records: appended.records })
    queue.push(chunk)
    return chunk
  }

  /** Everything before this place is to be written. */
  function want(bytes: number): void {
    wanted = Math.max(wanted, bytes)
    if (pumping !== null || error !== null || closed) return
    pumping = pump().finally(() => {
      pumping = null
      if (error === null && !closed && flushed.bytes < wanted) want(wanted)
    })
  }

  async function pump(): Promise<void> {
    try {
      if (options.after !== undefined) await Promise.race([options.after, gone.promise])
    } catch (thrown) {
      fail(thrown)
      return
    }
    while (error === null && !closed && flushed.bytes < wanted) {
      const chunk = queue[0]!
      const { used: to, records } = chunk
      const start = chunk.base + chunk.written
      try {
        file ??= await create(path)
        while (chunk.written < to) chunk.written += await writeSome(file, chunk, to)
      } catch (thrown) {
        chunk.written = start - chunk.base
        await file?.truncate(start).catch(() => undefined)
        fail(thrown)
        return
      }
      flushed.bytes = chunk.base + to
      flushed.records = records
      // A chunk that is written whole is used again; the last one only once there is another.
      if (chunk.used === to && queue.length > 1) {
        queue.shift()
        if (chunk.buffer.length === chunk_bytes) spare = chunk
      }
      settle()
      if (fsync) sync()
    }
  }

  async function writeSome(to_file: JournalFile, chunk: Chunk, to: number): Promise<number> {
    const length = to - chunk.written
    const { bytesWritten } = await to_file.write(
      chunk.buffer,
      chunk.written,
      length,
      chunk.base + chunk.written,
    )
    if (bytesWritten > 0) return bytesWritten
    throw Object.assign(new Error('ENOSPC: the disk took no byte'), { code: 'ENOSPC' })
  }

  /** Ask the disk to keep what was written, one request at a time. */
  function sync(): void {
    if (syncing !== null || error !== null || file === null || durable.bytes === flushed.bytes) return
    const place = { ...flushed }
    syncing = file.datasync().then(
      () => {
        syncing = null
        Object.assign(durable, place)
        settle()
        sync()
      },
      (thrown: unknown) => {
        syncing = null
        fail(thrown)
      },
    )
  }

  function fail(thrown: unknown): void {
    error = failure(path, thrown)
    const failed = waiters
    waiters = []
    for (const { reject } of failed) reject(error)
  }

  function settle(): void {
    const safe = fsync ? durable : flushed
    if (!fsync) Object.assign(durable, flushed)
    if (waiters.length > 0) {
      for (const { bytes, resolve } of waiters) if (bytes <= safe.bytes) resolve()
      waiters = waiters.filter(({ bytes }) => bytes > safe.bytes)
    }
    if (drains.length === 0 || appended.bytes - flushed.bytes > buffer_bytes / 2) return
    for (const resolve of drains.splice(0)) resolve()
  }

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (error !== null) return Promise.reject(error)
    want(appended.bytes)
    if ((fsync ? durable : flushed).bytes >= appended.bytes) return Promise.resolve()
    if (closed) return Promise.reject(closedError())
    return new Promise((resolve, reject) => waiters.push({ bytes: appended.bytes, resolve, reject }))
  }

  function add(bytes: number): Chunk {
    const chunk = room(bytes)
    appended.bytes += bytes
    if (timer === null && error === null)
      timer = setTimeout(() => {
        timer = null
        want(appended.bytes)
      }, flush_ms)
    return chunk
  }

  async function end(): Promise<void> {
    closed = true
    gone.resolve()
    if (timer !== null) clearTimeout(timer)
    timer = null
    const lost = waiters
    waiters = []
    for (const { reject } of lost) reject(closedError())
    await pumping
    await syncing
    for (const resolve of drains.splice(0)) resolve()
    const last = file
    file = null
    await last?.close().catch((thrown: unknown) => {
      throw failure(path, thrown)
    })
  }

  async function finish(): Promise<void> {
    await flush()
    await end()
  }

  function closedError(): JournalError {
    return new JournalError('journal.closed', `${path}: is closed`, path, 'begin another journal')
  }

  const first = add(head_bytes.length)
  first.buffer.set(head_bytes)
  first.used = head_bytes.length
  return {
    path,
    head,
    appended,
    flushed,
    durable,
    get pending_bytes() {
      return appended.bytes - flushed.bytes
    },
    get error() {
      return error
    },
    append(record) {
      if (closed)
        throw new JournalError('journal.closed', `${path}: is closed`, path, 'begin another journal')
      const { bytes } = measure(record, measured)
      const pending = appended.bytes - flushed.bytes + bytes
      if (pending > 2 * buffer_bytes && record.type !== 'note') return 'refused'
      const chunk = add(bytes)
      encodeRecord(record, measured, seed, chunk.buffer, chunk.view, chunk.used)
      chunk.used += bytes
      chunk.records = ++appended.records
      return pending > buffer_bytes ? 'full' : 'kept'
    },
    flush,
    retry() {
      if (error === null) return
      error = null
      want(appended.bytes)
      if (fsync) sync()
    },
    drained: () =>
      closed || appended.bytes - flushed.bytes <= buffer_bytes / 2
        ? Promise.resolve()
        : new Promise((resolve) => drains.push(resolve)),
    close() {
      closing ??= finish().catch((thrown: unknown) => {
        closing = null
        throw thrown
      })
      return closing
    },
    abandon: () => end().catch(() => undefined),
  }
}

/** What failed, as an error of the journal; one of the journal before this one stays what it is. */
function failure(path: string, thrown: unknown): JournalError {
  if (thrown instanceof JournalError) return thrown
  const { code = 'unknown', message } = thrown as NodeJS.ErrnoException
  return new JournalError(
    'journal.failed',
    `${path}: cannot be written: ${message}`,
    path,
    code === 'ENOSPC' || code === 'EDQUOT' ? 'free some disk space' : 'check the disk and the folder',
    thrown,
  )
}

async function createFile(path: string): Promise<JournalFile> {
  const file = await open(path, 'wx')
  await syncFolder(dirname(path))
  return file
}

/** Make a new name in a folder last. Where folders cannot be synced (Windows) the file system sees to it. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
