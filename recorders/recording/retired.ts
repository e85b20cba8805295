import type { Micros } from '../../core/units/index.ts'
import { below } from '../files/index.ts'
import { JOURNAL_NUMBER_MAX } from '../journal/index.ts'
import type { Day } from './day.ts'
import { removeFile, type Steps } from './durable.ts'
import { isMade } from './layout.ts'

/** Files that a day shows no more. They stay for a while, for readers who hold its manifest of before. */
export type Retired = {
  /** @param names of files in the day's folder; such as no seal could have made stay for good */
  add(day: Day, names: readonly string[], until_us: Micros): void
  /** Remove those whose time has come. */
  remove(now_us: Micros): Promise<void>
}

export function createRetired(steps: Steps): Retired {
  let files: { day: Day; name: string; until_us: Micros }[] = []
  return {
    add(day, names, until_us) {
      for (const name of names) if (isMade(name, JOURNAL_NUMBER_MAX)) files.push({ day, name, until_us })
    },
    async remove(now_us) {
      const due = files.filter(({ until_us }) => until_us <= now_us)
      files = files.filter(({ until_us }) => until_us > now_us)
      // A name may have come into use again.
      for (const { day, name } of due)
        if (!day.manifest?.files.some((file) => file.path === name))
          await removeFile(below(day.dir, name), steps)
    },
  }
}
