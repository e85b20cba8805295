import { join } from 'node:path'
import type { Micros } from '../../core/units/index.ts'
import type { Day } from './day.ts'
import { removeFile, type Steps } from './durable.ts'

/** Files that a day shows no more. They stay for a while, for readers who hold its manifest of before. */
export type Retired = {
  add(day: Day, paths: readonly string[], until_us: Micros): void
  /** Remove those whose time has come. */
  remove(now_us: Micros): Promise<void>
}

export function createRetired(steps: Steps): Retired {
  let files: { day: Day; path: string; until_us: Micros }[] = []
  return {
    add(day, paths, until_us) {
      for (const path of paths) files.push({ day, path, until_us })
    },
    async remove(now_us) {
      const due = files.filter(({ until_us }) => until_us <= now_us)
      files = files.filter(({ until_us }) => until_us > now_us)
      // A name may have come into use again.
      for (const { day, path } of due)
        if (!day.manifest?.files.some((file) => join(day.dir, file.path) === path))
          await removeFile(path, steps)
    },
  }
}
