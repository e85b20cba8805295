import { readPlainText } from '../files/index.ts'
import type { FileIdentity, Stated } from './identity.ts'

/** Which rows are found right when a cache is made is part of its name: stricter rules make their own caches. */
export const CACHE_VERSION = 2

/** What stands beside a cache: what was proved when it was made, and of which file. */
export type CacheStamp = {
  version: number
  stated: Stated
  file: FileIdentity
  dataset: string
  made: string
}

/** Longest stamp: counts by kind, hashes and a path. */
const STAMP_BYTES_MAX = 65_536

/** Names of a dataset's cache and of its stamp. */
export function cacheNames(dataset_hash: string): { rows: string; stamp: string } {
  const stem = `${dataset_hash}-v${CACHE_VERSION}`
  return { rows: `${stem}.arrow`, stamp: `${stem}.json` }
}

/** What a stamp says; null where there is none that this version wrote. */
export async function readStamp(path: string): Promise<CacheStamp | null> {
  try {
    const stamp = JSON.parse(await readPlainText(path, STAMP_BYTES_MAX)) as Partial<CacheStamp> | null
    if (stamp?.version !== CACHE_VERSION || typeof stamp.dataset !== 'string') return null
    return stamp as CacheStamp
  } catch {
    return null
  }
}
