import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ArrowReader, openArrowFile } from './arrow-reader.ts'
import { createArrowFile } from './arrow-writer.ts'
import { type Dataset, readVerified } from './dataset.ts'
import { TapeError } from './errors.ts'

/**
 * The replay cache: a dataset's rows as one uncompressed Arrow file, made on first use and named by the content hash, so
 * that it can never belong to other rows. It is read five times as fast as the archive; it may be deleted at any time.
 */

/**
 * Open the cache of a dataset, making it when there is none or it is damaged. A new cache is checked row by row and
 * against the content hash before it gets its name.
 *
 * @throws TapeError as {@link readVerified}
 */
export async function openCache(dataset: Dataset): Promise<ArrowReader> {
  const name = `${dataset.manifest.dataset_hash}.arrow`
  for (const folder of cacheFolders(dataset.dir)) {
    const found = await openWhole(join(folder, name), dataset.manifest.counts.rows)
    if (found !== undefined) return found
  }
  const path = join(await writableFolder(dataset.dir), name)
  // Readers that start together wait for one build.
  const running = builds.get(path) ?? build(dataset, path).finally(() => builds.delete(path))
  builds.set(path, running)
  await running
  return openArrowFile(path)
}

/** Folders a cache may be in: beside the dataset, else the user's cache folder. */
export function cacheFolders(dir: string): string[] {
  const user =
    process.env.XDG_CACHE_HOME ??
    (process.platform === 'win32' ? process.env.LOCALAPPDATA : undefined) ??
    join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
  return [join(dirname(dir), '.cache'), join(user, 'lockstep')]
}

const builds = new Map<string, Promise<void>>()

async function openWhole(path: string, rows: number): Promise<ArrowReader | undefined> {
  const present = await stat(path).catch(() => undefined)
  if (present === undefined) return undefined
  try {
    const reader = await openArrowFile(path)
    if (reader.rows === rows) return reader
    await reader.close()
  } catch (thrown) {
    if (!(thrown instanceof TapeError)) throw thrown
  }
  return undefined
}

async function writableFolder(dir: string): Promise<string> {
  const tried: string[] = []
  for (const folder of cacheFolders(dir)) {
    try {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.W_OK)
      return folder
    } catch {
      tried.push(folder)
    }
  }
  throw new TapeError(
    'tape.cache',
    `no folder for the replay cache: ${tried.join(' and ')} cannot be written`,
    { file: tried[0]! },
    'set XDG_CACHE_HOME to a folder that can be written, or read without the cache',
  )
}

async function build(dataset: Dataset, path: string): Promise<void> {
  const partial = `${path}.partial-${randomUUID()}`
  const writer = await createArrowFile(partial)
  try {
    for await (const columns of readVerified(dataset)) await writer.append(columns, 0, columns.length)
    await writer.finish()
    await rename(partial, path)
  } catch (thrown) {
    await writer.abort().catch(() => undefined)
    await rm(partial, { force: true })
    throw thrown
  }
}
