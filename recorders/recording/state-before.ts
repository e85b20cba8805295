import { JournalError, type Receipt } from '../journal/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
import { RecordingError } from './errors.ts'
import { openSealed, sealedJournals } from './journals.ts'
import { type NormaliserFactory, normaliseJournal } from './part.ts'
import type { RecordingFile } from './recording-file.ts'

/** A normaliser as it stood at a place, and when that was. */
export type Standing = { normaliser: Normaliser; last: Receipt }

/**
 * How things stood where a journal begins that cannot say it itself: the sealed journals before it are read again, from the last one
 * whose own beginning is good.
 *
 * @param number of the journal
 * @returns null where the one before it was not kept, or none of them can be read
 */
export async function stateBefore(
  dir: string,
  number: number,
  file: RecordingFile,
  make: NormaliserFactory,
): Promise<Standing | null> {
  const before = (await sealedJournals(dir)).filter((one) => one.number < number)
  // Each goes on where the one before it ended: one that is missing breaks the chain.
  for (let from = before.length - 1; from >= 0; from--) {
    if (before[from]!.number !== number - (before.length - from)) return null
    const found = await readOn(before.slice(from), (one) => openSealed(dir, one, file), make)
    if (found !== null) return found
  }
  return null
}

/** Null where the first of them does not say how things stood. */
async function readOn<T>(
  journals: readonly T[],
  open: (one: T) => ReturnType<typeof openSealed>,
  make: NormaliserFactory,
): Promise<Standing | null> {
  let found: Standing | null = null
  for (const one of journals) {
    try {
      const reader = await open(one)
      try {
        const before: Standing | null = found
        found = await normaliseJournal(
          reader,
          make,
          (gathered) => void gathered.drain(),
          async () => before,
        )
        if (reader.end !== 'clean') return null
      } finally {
        await reader.close()
      }
    } catch (thrown) {
      if (thrown instanceof JournalError) return null
      if (thrown instanceof RecordingError && thrown.code === 'recording.state') return null
      throw thrown
    }
  }
  return found
}
