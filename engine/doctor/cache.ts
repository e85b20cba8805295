import { cacheRefusal, listCache, openCacheFolder } from '../../recorders/tape/index.ts'
import type { Problem } from './installation.ts'

/** What replay caches take, and whether they can be used. */
export type CacheHealth = { folder: string; caches: number; bytes: number; max_bytes: number }

/** Look at the folder of replay caches. @param max_gb what they may take */
export async function cache(max_gb: number): Promise<CacheHealth & { problem: Problem | null }> {
  await openCacheFolder()
  const { folder, bytes, entries } = await listCache()
  const refused = cacheRefusal()
  return {
    folder,
    caches: entries.filter(({ kind }) => kind === 'rows').length,
    bytes,
    max_bytes: max_gb * 1e9,
    problem:
      refused === null
        ? null
        : {
            severity: 'warning',
            what: `replay caches are not used: ${refused}`,
            fix: 'make that folder yours alone, or set XDG_CACHE_HOME to one that is',
          },
  }
}
