import { lstat, readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Section } from '../../core/config/index.ts'
import { below, discard } from '../files/index.ts'
import { tapeCacheFolder } from './cache-folder.ts'
import { cacheNames, readStamp } from './cache-stamp.ts'

/** What lies in the folder of caches, and how it is kept small. */

/** Settings of the replay cache (section `cache`). */
export const cacheSettings = {
  max_gb: {
    type: 'number',
    default: 20,
    min: 0,
    max: 100_000,
    unit: 'GB',
    doc: 'Disk that replay caches may take; those that were not used for longest give way to a new one.',
  },
} as const satisfies Section

/** One thing in the folder of caches. */
export type CacheEntry = {
  /** Rows of a dataset; a note that an Arrow dataset was checked; something that no version of now reads. */
  kind: 'rows' | 'checked' | 'unused'
  path: string
  dataset_hash: string
  /** Folder of the dataset when it was made; null where nothing says it. */
  dataset: string | null
  bytes: number
  /** ISO time of its last use. */
  used: string
}

const NAME = /^([0-9a-f]{64})(?:-v\d+\.(?:arrow|json)|-[0-9a-f]{12}\.verified|\.arrow)$/

/** Everything in the folder of caches, the least recently used first. */
export async function listCache(): Promise<{ folder: string; bytes: number; entries: CacheEntry[] }> {
  const folder = tapeCacheFolder()
  // Version 0.1.0 kept them one folder higher.
  const entries = [...(await entriesIn(folder)), ...(await entriesIn(dirname(folder), true))]
  entries.sort((a, b) => (a.used < b.used ? -1 : a.used > b.used ? 1 : a.path < b.path ? -1 : 1))
  return { folder, bytes: entries.reduce((sum, one) => sum + one.bytes, 0), entries }
}

async function entriesIn(folder: string, old = false): Promise<CacheEntry[]> {
  const entries: CacheEntry[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const hash = NAME.exec(name)?.[1]
    if (hash === undefined) continue
    const path = below(folder, name)
    const found = await lstat(path).catch(() => null)
    const names = cacheNames(hash)
    // A stamp is told with its rows; one without them is of no use.
    if (found?.isFile() !== true || (name === names.stamp && (await isThere(below(folder, names.rows)))))
      continue
    const stampPath = below(folder, names.stamp)
    const stamp = name === names.rows && !old ? await readStamp(stampPath) : null
    const used = stamp === null ? found : ((await lstat(stampPath).catch(() => null)) ?? found)
    entries.push({
      kind: stamp !== null ? 'rows' : name.endsWith('.verified') && !old ? 'checked' : 'unused',
      path,
      dataset_hash: hash,
      dataset: stamp?.dataset ?? null,
      bytes: found.size,
      used: used.mtime.toISOString(),
    })
  }
  return entries
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** What to keep. */
export type Keeping = {
  /** Keep what was used since, ISO. */
  used_since?: string
  /** Keep at most so much, the latest used. */
  max_bytes?: number
  /** Keep the cache of this file name whatever its size. */
  name?: string
}

/** Remove caches that are not to be kept, and those that nothing reads any more. */
export async function pruneCache({ used_since = '', max_bytes, name = '' }: Keeping): Promise<CacheEntry[]> {
  const { entries, bytes } = await listCache()
  const removed: CacheEntry[] = []
  let left = bytes
  for (const one of entries) {
    const too_many = max_bytes !== undefined && left > max_bytes && one.bytes > 0
    const keep = name !== '' && one.path.endsWith(name)
    if (keep || (one.kind !== 'unused' && one.used >= used_since && !too_many)) continue
    // The stamp first: rows without one are not read.
    if (one.kind === 'rows') await discard(below(dirname(one.path), cacheNames(one.dataset_hash).stamp))
    await discard(one.path)
    left -= one.bytes
    removed.push(one)
  }
  return removed
}

/** A note of a check is small; those of folders that are long gone add up all the same. */
const NOTES_DAYS = 30

let bound_gb: () => number | Promise<number> = () => cacheSettings.max_gb.default

/** Say what may be kept; asked when a cache was made. */
export function setCacheBound(max_gb: typeof bound_gb): void {
  bound_gb = max_gb
}

/** Make room for a new cache, which stays. */
export async function keepWithinBound(name: string): Promise<void> {
  const max_bytes = (await bound_gb()) * 1e9
  const { entries, bytes } = await listCache()
  const old = new Date(Date.now() - NOTES_DAYS * 86_400_000).toISOString()
  for (const { kind, path, used } of entries) if (kind === 'checked' && used < old) await discard(path)
  if (bytes > max_bytes) await pruneCache({ max_bytes, name })
}
