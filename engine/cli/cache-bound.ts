import { cacheSettings } from '../../recorders/tape/cache-list.ts'
import { loadConfig, SECTIONS } from '../config/index.ts'
import type { Io } from './io.ts'
import type { Globals } from './run.ts'

/** Gigabytes that replay caches may take, as the user set it. */
export function cacheBound(io: Io, { config, param }: Globals): number {
  const sources = {
    cwd: io.cwd,
    env: io.env,
    params: param.filter((text) => text.startsWith('cache.')),
    others: SECTIONS,
  }
  const loaded = loadConfig(
    { cache: cacheSettings },
    config === undefined ? sources : { ...sources, file: config },
  )
  return loaded.config.cache.max_gb
}
