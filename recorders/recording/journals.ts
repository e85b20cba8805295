import { parse } from '../../core/config/index.ts'
import { below, namesIn } from '../files/index.ts'
import { type JournalReader, journalNumber, openPackedJournal } from '../journal/index.ts'
import { isDay, journalFolder, rawFolder, rawNumber, rawPath } from './layout.ts'
import type { RecordingFile } from './recording-file.ts'
import { recordingSettings } from './settings.ts'

/** The journals of a recording, open ones and sealed ones, by their numbers. */

/** Numbers of the journals that are not put away, in order. */
export async function journalNumbers(dir: string): Promise<number[]> {
  const names = await namesIn(journalFolder(dir))
  return names
    .map(journalNumber)
    .filter((number) => number !== null)
    .sort((a, b) => a - b)
}

/** A journal that was put away. */
export type Sealed = { day: string; number: number }

/** Journals that were put away, in the order of their numbers. */
export async function sealedJournals(dir: string): Promise<Sealed[]> {
  const folder = rawFolder(dir)
  const found: Sealed[] = []
  for (const day of (await namesIn(folder)).filter(isDay))
    for (const name of await namesIn(below(folder, day))) {
      const number = rawNumber(name)
      if (number !== null) found.push({ day, number })
    }
  return found.sort((a, b) => a.number - b.number)
}

/**
 * Open a journal that was put away.
 *
 * @param file of the recording: it says how long a journal can be
 */
export function openSealed(
  dir: string,
  { day, number }: Sealed,
  file: RecordingFile,
): Promise<JournalReader> {
  return openPackedJournal(rawPath(dir, day, number), longest(file))
}

const MB = 1_000_000
/** The state that a journal begins with, and a frame of the largest kind. */
const MARGIN_BYTES = 300 * MB

/** Bytes that a journal of a recording can come to: it is turned at twice `recorder.segment_mb` at the latest. */
function longest({ settings }: RecordingFile): number {
  const key = 'recorder.segment_mb'
  const { segment_mb } = recordingSettings
  const said = settings[key]
  return (
    2 * Number(said === undefined ? segment_mb.default : parse(key, segment_mb, said)) * MB + MARGIN_BYTES
  )
}
