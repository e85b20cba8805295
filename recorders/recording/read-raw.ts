import { type JournalReader, openJournal, type RecordSink } from '../journal/index.ts'
import { journalNumbers, openSealed, sealedJournals } from './journals.ts'
import { journalPath } from './layout.ts'
import { existingRecording } from './recording-file.ts'

/**
 * Every record of a recording, as it came, in order: sealed journals from their compressed form, then what is still open.
 *
 * @returns how many journals were read; 0 where none were kept
 * @throws JournalError for a journal that is not one; what the file system throws
 */
export async function readRaw(dir: string, sink: RecordSink): Promise<number> {
  let count = 0
  for await (const reader of rawJournals(dir)) {
    await reader.read(sink)
    count++
  }
  return count
}

/**
 * The journals of a recording in order, each open until the next one is asked for. Sealed ones are unpacked while they are read: nothing
 * is written anywhere.
 *
 * @throws RecordingError `recording.missing`; as `openJournal`
 */
export async function* rawJournals(dir: string): AsyncGenerator<JournalReader> {
  const file = await existingRecording(dir)
  for (const one of await sealedJournals(dir)) yield* lent(await openSealed(dir, one, file))
  for (const number of await journalNumbers(dir)) yield* lent(await openJournal(journalPath(dir, number)))
}

async function* lent(reader: JournalReader): AsyncGenerator<JournalReader> {
  try {
    yield reader
  } finally {
    await reader.close()
  }
}

/** How many journals a recording has kept. */
export async function countRaw(dir: string): Promise<number> {
  return (await sealedJournals(dir)).length + (await journalNumbers(dir)).length
}
