import { execFile } from 'node:child_process'
import { mkdir, open, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { JournalFile } from '../../../recorders/journal/index.ts'
import type { Session } from '../../../recorders/record/index.ts'
import type { BooksCompared } from './books.ts'
import { byFeed, type FaultOutcome, type Held, held, listening, more, settle } from './faults.ts'
import { startSession } from './short-session.ts'
import { startVenue, until } from './venue.ts'
import { readWhole, type Whole } from './whole.ts'

/** What came of a disk that was full, or slow, for a while. */
export type DiskOutcome = Held & {
  what: string
  /** How long it took nothing, ms. */
  for_ms: number
  /** What the status said meanwhile. */
  problem: string
  /** Frames that could not be kept: as the status counts them, and as the notes `dropped` do. */
  dropped: number
  dropped_told: number
  /** Sockets that the venue closed because nobody read them. */
  given_up: number
  reconnects: number
  gaps: FaultOutcome['gaps']
  books: BooksCompared
  rows: number
  rows_again: number
}

/** How a disk is made to fail, and to work again. */
export type Disk = {
  /** Where the recording is to be. */
  dir: string
  /** How journals are made; undefined: as ever. */
  create?: (path: string) => Promise<JournalFile>
  fail(): Promise<void>
  mend(): Promise<void>
  remove(): Promise<void>
}

const BUFFER_MB = 0.5

/**
 * Record onto a disk that fails, and goes on again when the recorder has said so.
 *
 * @param log where the sandbox notes what it sent
 * @param options `patience_bytes`: how far behind a client may be before the venue closes it; `flood`: frames come so fast that
 *   some cannot be kept
 */
export async function playDisk(
  what: string,
  disk: Disk,
  log: string,
  options: { patience_bytes?: number; flood?: boolean } = {},
): Promise<DiskOutcome> {
  const { patience_bytes, flood = false } = options
  const out = join(disk.dir, 'recording')
  const sandbox = await startVenue(1_000, log, patience_bytes)
  let session: Session | undefined
  try {
    session = await startSession(sandbox.url, out, {
      settings: { buffer_mb: flood ? FLOODED_MB : BUFFER_MB },
      ...(disk.create !== undefined && { create: disk.create }),
    })
    const { status } = session
    await listening(session)
    await more(session, 150)
    await disk.fail()
    const began = performance.now()
    if (flood) {
      sandbox.control.speed('max')
      await until('frames that cannot be kept', () => status().dropped > 0)
      sandbox.control.speed(1)
    }
    await until('a disk that does not follow', () => status().state === 'disk')
    const slow = () => Object.values(sandbox.status().feeds).reduce((sum, feed) => sum + feed.slow, 0)
    if (patience_bytes !== undefined) await until('a venue that gives up', () => slow() > 0)
    const { problem } = session.status()
    await disk.mend()
    const for_ms = Math.round(performance.now() - began)
    await until('a disk that follows', () => status().state === 'recording')
    await listening(session)
    const { books } = await settle(out, session, sandbox)
    const { lines } = session.status()
    const given_up = slow()
    const { dropped } = await session.stop('enough')
    await sandbox.close()
    const whole = await readWhole(out)
    return {
      ...(await held(out, log, whole)),
      what,
      for_ms,
      problem,
      dropped,
      dropped_told: droppedTold(whole),
      given_up,
      reconnects: lines.reduce((sum, { reconnects }) => sum + reconnects, 0),
      gaps: byFeed(whole),
      books,
      rows: whole.rows,
      rows_again: whole.rows_again,
    }
  } finally {
    await session?.stop('over')
    await sandbox.close()
    await disk.remove()
  }
}

const FLOODED_MB = 0.01

function droppedTold({ health }: Whole): number {
  let sum = 0
  for (const [name, { value }] of Object.entries(health)) if (name.endsWith(' dropped')) sum += value
  return sum
}

const TMPFS_BYTES = 32 << 20

/** A small disk in memory, filled by a ballast; null with the reason where none can be mounted. */
export async function smallDisk(at: string): Promise<Disk | { skipped: string }> {
  await mkdir(at, { recursive: true })
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_BYTES}`, 'tmpfs', at])
  } catch (thrown) {
    return { skipped: `a small disk cannot be mounted: ${(thrown as Error).message.trim()}` }
  }
  const ballast = join(at, 'ballast')
  return {
    dir: at,
    async fail() {
      const { bavail, bsize } = await statfs(at)
      // The recorder takes some of it meanwhile: the ballast has the rest.
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOSPC') throw thrown
      })
    },
    mend: () => rm(ballast),
    async remove() {
      await run('umount', ['--lazy', at])
    },
  }
}

const run = promisify(execFile)

/** A disk whose journals fail as they are told to: `full` refuses bytes, `stuck` takes them when it is over. */
export function failingDisk(dir: string, how: 'full' | 'stuck'): Disk {
  let failing: PromiseWithResolvers<void> | null = null
  return {
    dir,
    async create(path) {
      const file = await open(path, 'wx')
      return {
        async write(buffer, offset, length, position) {
          if (failing !== null && how === 'full')
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
          await failing?.promise
          return file.write(buffer, offset, length, position)
        },
        datasync: () => file.datasync(),
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
      }
    },
    async fail() {
      failing = Promise.withResolvers()
    },
    async mend() {
      failing?.resolve()
      failing = null
    },
    async remove() {},
  }
}
