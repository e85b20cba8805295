import { schemaFor } from '../../core/machine/settings.ts'
import { schema as simulator } from '../../core/simulator/index.ts'
import * as Registry from '../../core/strategies/registry.ts'

/** Sections of `engine record`: `recorders/record/schema.ts`. By name, so that a run need not load sockets to know them. */
export const RECORDER_SECTIONS = ['recorder', 'endpoints'] as const

/** The section of replay caches: `recorders/tape/cache-list.ts`. */
export const CACHE_SECTION = 'cache'

/** Every section that there is: one file may hold the settings of all commands. */
export const SECTIONS: readonly string[] = [
  ...new Set([
    ...Registry.NAMES.flatMap((name) => Object.keys(schemaFor(Registry.byName(name)))),
    ...Object.keys(simulator),
    ...RECORDER_SECTIONS,
    CACHE_SECTION,
  ]),
]
