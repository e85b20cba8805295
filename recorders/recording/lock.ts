import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { RecordingError } from './errors.ts'
import { LOCK } from './layout.ts'

/** Who writes a recording. `started` tells a process from a later one of the same number, where the system says it. */
type Owner = { pid: number; host: string; since: string; started: string | null }

/** A lock that is held. */
export type Lock = {
  release(): Promise<void>
  /** Leave the file as a killed process would. */
  forget(): void
}

/** Locks that this process holds. */
const held = new Set<string>()

/** How often a lock that vanishes or is stale is tried for. */
const ATTEMPTS = 5

/**
 * Become the one writer of a recording. A lock of a process that is no more, on this machine, is taken over.
 *
 * @throws RecordingError `recording.locked`, naming the process that writes
 */
export async function lockRecording(dir: string, now: string): Promise<Lock> {
  const path = join(dir, LOCK)
  const own: Owner = {
    pid: process.pid,
    host: hostname(),
    since: now,
    started: await startOf(process.pid),
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await take(path, own)) {
      held.add(path)
      return {
        async release() {
          held.delete(path)
          await rm(path, { force: true })
        },
        forget: () => void held.delete(path),
      }
    }
    const text = await textOf(path)
    const owner = ownerOf(text)
    if (owner !== null && (await stands(path, owner))) throw locked(dir, path, owner)
    await clear(path, text)
  }
  throw locked(dir, path, null)
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

async function take(path: string, own: Owner): Promise<boolean> {
  const file = await open(path, 'wx').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'EEXIST') return null
    throw thrown
  })
  if (file === null) return false
  await file.writeFile(`${JSON.stringify(own)}\n`)
  await file.sync()
  await file.close()
  return true
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

/** Null for a lock whose writer died while writing it, or one that is gone. */
function ownerOf(text: string): Owner | null {
  try {
    const { pid, host, since, started } = JSON.parse(text) as Partial<Owner>
    if (typeof pid !== 'number' || typeof host !== 'string') return null
    return { pid, host, since: String(since), started: typeof started === 'string' ? started : null }
  } catch {
    return null
  }
}

/** Whether the owner may still be writing: of another machine's processes nothing is known. */
async function stands(path: string, { pid, host, started }: Owner): Promise<boolean> {
  if (host !== hostname()) return true
  if (pid === process.pid) return held.has(path)
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return started === null || started === (await startOf(pid))
}

/** When a process began, in the system's own count; null where it does not say. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name, in brackets, may hold anything; the start is the 20th field behind it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function locked(dir: string, path: string, owner: Owner | null): RecordingError {
  const who =
    owner === null ? 'another process' : `process ${owner.pid} on ${owner.host} since ${owner.since}`
  return new RecordingError(
    'recording.locked',
    `${dir}: is being written by ${who}`,
    path,
    'stop that recorder or record into another folder; if it is surely gone, remove the lock file',
  )
}
