import { randomUUID } from 'node:crypto'
import { link, lstat, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isGone, type Owner, ownerIn, readPlainNow, readPlainText, self } from '../files/index.ts'
import { RecordingError } from './errors.ts'
import { LOCK } from './layout.ts'

/**
 * Who writes a recording. The lock is a file that says which process it is. It is made whole under another name and then linked, so
 * that there is never half of one; and who holds it looks before each step on the disk whether it still is theirs.
 */
type Holder = Owner & { since: string; id: string }

/** A lock that is held. */
export type Lock = {
  /** Nobody's lock was there before. */
  readonly fresh: boolean
  /** @throws RecordingError `recording.lock_lost` where the file is gone or another’s */
  check(): void
  release(): Promise<void>
  /** Leave the file as a killed process would. */
  forget(): void
}

/** Locks that this process holds. */
const held = new Set<string>()

/** How often a lock that vanishes or is stale is tried for. */
const ATTEMPTS = 5
const LOCK_BYTES_MAX = 4_096

/**
 * Become the one writer of a recording. A lock of a process that is no more, on this machine, is taken over.
 *
 * @throws RecordingError `recording.locked`, naming the process that writes; `recording.lock` for a file that is no lock
 */
export async function lockRecording(dir: string, now: string): Promise<Lock> {
  const path = join(dir, LOCK)
  let fresh = true
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const own = `${JSON.stringify({ ...self(), since: now, id: randomUUID() } satisfies Holder)}\n`
    if (await take(path, own)) return holding(dir, path, own, fresh)
    const text = await textOf(path)
    if (text === null) continue
    const holder = holderIn(text)
    if (holder === null) throw unreadable(dir, path)
    const ours = holder.pid === process.pid && holder.host === self().host
    if (ours ? held.has(path) : !(await isGone(holder))) throw locked(dir, path, holder)
    fresh = false
    await clear(path, text)
  }
  throw locked(dir, path, null)
}

function holding(dir: string, path: string, own: string, fresh: boolean): Lock {
  held.add(path)
  const isOwn = () => readPlainNow(path, LOCK_BYTES_MAX) === own
  return {
    fresh,
    check() {
      if (!isOwn()) throw lost(dir, path)
    },
    async release() {
      held.delete(path)
      // Somebody else's stays.
      if (isOwn()) await rm(path, { force: true })
    },
    forget: () => void held.delete(path),
  }
}

/** Remove a stale lock, unless another process did, and took it, in the meantime. */
async function clear(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale-${randomUUID()}`
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  )
  if (!moved) return
  if ((await textOf(aside)) !== stale) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

/** False where there is a lock. */
async function take(path: string, own: string): Promise<boolean> {
  const beside = `${path}.new-${randomUUID()}`
  const file = await open(beside, 'wx')
  try {
    await file.writeFile(own)
    await file.sync()
    return await linked(beside, path)
  } finally {
    await file.close()
    await rm(beside, { force: true })
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw thrown
    // A file system without second names. What is there is looked at first: nothing better can be had.
    if ((await lstat(to).catch(() => null)) !== null) return false
    await rename(from, to)
    return true
  }
}

/** Null where there is none any more. @throws FileError for what is no file */
async function textOf(path: string): Promise<string | null> {
  return readPlainText(path, LOCK_BYTES_MAX).catch((thrown: { code?: string }) => {
    if (thrown.code === 'ENOENT') return null
    if (thrown.code === 'file.large' || thrown.code === 'file.text') return ''
    throw thrown
  })
}

function holderIn(text: string): Holder | null {
  try {
    const read: unknown = JSON.parse(text)
    const owner = ownerIn(read)
    const { since, id } = read as { since?: unknown; id?: unknown }
    if (owner === null || typeof since !== 'string') return null
    return { ...owner, since: since.slice(0, 40), id: String(id) }
  } catch {
    return null
  }
}

function locked(dir: string, path: string, holder: Holder | null): RecordingError {
  const who =
    holder === null ? 'another process' : `process ${holder.pid} on ${holder.host} since ${holder.since}`
  const elsewhere = holder !== null && holder.host !== self().host
  return new RecordingError(
    'recording.locked',
    `${dir}: is being written by ${who}`,
    path,
    elsewhere
      ? `stop that recorder, or record into another folder; whether it is gone can only be seen on ${holder.host}: only then remove the lock file`
      : 'stop that recorder, or record into another folder',
  )
}

function unreadable(dir: string, path: string): RecordingError {
  return new RecordingError(
    'recording.lock',
    `${dir}: ${LOCK} is there and is no lock that a recorder writes, so that nobody knows who records`,
    path,
    'see that no recorder writes to this folder (ps, lsof), then move that file away',
  )
}

function lost(dir: string, path: string): RecordingError {
  return new RecordingError(
    'recording.lock_lost',
    `${dir}: ${LOCK} was removed or is another recorder's: this one has stopped, so that two do not write`,
    path,
    'see which recorder runs on this folder; start this one again once none does: it goes on where it was',
  )
}
