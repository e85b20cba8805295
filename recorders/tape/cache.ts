import { utimes } from 'node:fs/promises'
import { below, openPlain, replaceText, stage } from '../files/index.ts'
import { type ArrowReader, readerOf } from './arrow-reader.ts'
import { createArrowFile } from './arrow-writer.ts'
import { noteRefusal, openCacheFolder } from './cache-folder.ts'
import { keepWithinBound } from './cache-list.ts'
import { CACHE_VERSION, type CacheStamp, cacheNames, readStamp } from './cache-stamp.ts'
import { canonicalJson } from './content-hash.ts'
import { type Dataset, readVerified } from './dataset.ts'
import { TapeError } from './errors.ts'
import { identityOf, type Stated, statedBy } from './identity.ts'

/**
 * The replay cache: a dataset's rows as one uncompressed Arrow file, made on first use. It is read five times as fast as the
 * archive; it may be deleted at any time.
 *
 * It lies in the user's own cache folder and is named by the content hash. Beside it stands a stamp of what was proved when it
 * was made: which rows, side tables and figures, and the very file that they were written to. A cache without its stamp, or one
 * that is not that file any more, to the byte and the inode, is not read but made anew.
 */

/** A stamp's time of change says when the cache was last used, to this. */
const USED_MS = 60_000

/**
 * Open the cache of a dataset, making it when there is none that holds. A new cache is checked row by row and against the
 * content hash before it gets its name.
 *
 * @returns null where there is no folder for it that is the user's own: the files are to be read as they are, and checked
 * @throws TapeError as {@link readVerified}
 */
export async function openCache(dataset: Dataset): Promise<ArrowReader | null> {
  const folder = await openCacheFolder()
  if ('refused' in folder) return null
  const stated = statedBy(dataset)
  const found = await openProved(folder.path, stated)
  if (found !== null) return found
  const path = below(folder.path, cacheNames(stated.dataset_hash).rows)
  // Readers that start together wait for one build.
  const running = builds.get(path) ?? build(dataset, stated, folder.path).finally(() => builds.delete(path))
  builds.set(path, running)
  try {
    await running
  } catch (thrown) {
    if (!NO_ROOM.includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown
    noteRefusal(`${folder.path} cannot be written: ${(thrown as Error).message}`)
    return null
  }
  return openProved(folder.path, stated)
}

/** What a disk answers that takes no more: the rows can be read without a cache. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG']

const builds = new Map<string, Promise<void>>()

/** The cache whose stamp says of this very file what the dataset states; null for none. */
async function openProved(folder: string, stated: Stated): Promise<ArrowReader | null> {
  const names = cacheNames(stated.dataset_hash)
  const stamp = await readStamp(below(folder, names.stamp))
  if (stamp === null || canonicalJson(stamp.stated) !== canonicalJson(stated)) return null
  const path = below(folder, names.rows)
  const file = await openPlain(path).catch(() => null)
  if (file === null) return null
  try {
    if (canonicalJson(await identityOf(file)) !== canonicalJson(stamp.file)) {
      await file.close()
      return null
    }
    await touch(below(folder, names.stamp))
    return await readerOf(file, path)
  } catch (thrown) {
    await file.close().catch(() => undefined)
    if (thrown instanceof TapeError) return null
    throw thrown
  }
}

/** Note that a cache is used: the one that was not for longest goes first when room is needed. */
async function touch(stamp: string): Promise<void> {
  const now = new Date(Math.floor(Date.now() / USED_MS) * USED_MS)
  await utimes(stamp, now, now).catch(() => undefined)
}

async function build(dataset: Dataset, stated: Stated, folder: string): Promise<void> {
  const names = cacheNames(stated.dataset_hash)
  const place = await stage(below(folder, names.rows))
  try {
    const writer = await createArrowFile(place.path)
    try {
      for await (const columns of readVerified(dataset)) await writer.append(columns, 0, columns.length)
      await writer.finish()
    } catch (thrown) {
      await writer.abort().catch(() => undefined)
      throw thrown
    }
    // Held open while it gets its name: the stamp is of the file that was written here, whoever else is at that place.
    const file = await openPlain(place.path)
    try {
      await place.replace()
      const identity = await identityOf(file)
      if (identity === null) return
      const made = new Date().toISOString()
      const stamp: CacheStamp = { version: CACHE_VERSION, stated, file: identity, dataset: dataset.dir, made }
      await replaceText(below(folder, names.stamp), `${JSON.stringify(stamp)}\n`)
    } finally {
      await file.close()
    }
  } finally {
    await place.drop()
  }
  await keepWithinBound(names.rows)
}
