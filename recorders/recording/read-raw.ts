import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { openJournal, type RecordSink } from '../journal/index.ts'
import { isDay, journalFolder, journalNumber } from './layout.ts'

/**
 * Every record of a recording, as it came, in order: sealed journals from their compressed form, then what is still open.
 *
 * @returns how many journals were read; 0 where none were kept
 * @throws JournalError for a journal that is not one; what the file system throws
 */
export async function readRaw(dir: string, sink: RecordSink): Promise<number> {
  let count = 0
  for await (const path of rawJournals(dir)) {
    await readJournal(path, sink)
    count++
  }
  return count
}

/**
 * The journals of a recording in order, as files that can be read until the next one is asked for: sealed ones are unpacked one
 * at a time, beside nothing else, and removed.
 */
export async function* rawJournals(dir: string): AsyncGenerator<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'lockstep-raw-'))
  try {
    for (const packed of await sealed(dir)) {
      const path = join(scratch, 'unpacked.journal')
      await pipeline(createReadStream(packed), createZstdDecompress(), createWriteStream(path))
      yield path
      await rm(path)
    }
    const open = await readdir(journalFolder(dir)).catch(() => [])
    for (const name of open.filter((one) => journalNumber(one) !== null).sort())
      yield join(journalFolder(dir), name)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** How many journals a recording has kept. */
export async function countRaw(dir: string): Promise<number> {
  const open = await readdir(journalFolder(dir)).catch(() => [])
  return (await sealed(dir)).length + open.filter((one) => journalNumber(one) !== null).length
}

/** Every whole record of one journal. */
export async function readJournal(path: string, sink: RecordSink): Promise<void> {
  const reader = await openJournal(path)
  try {
    await reader.read(sink)
  } finally {
    await reader.close()
  }
}

/** Sealed journals in the order of their numbers: days follow each other, and so do the journals of a day. */
async function sealed(dir: string): Promise<string[]> {
  const folder = join(dir, 'raw')
  const days = (await readdir(folder).catch(() => [])).filter(isDay).sort()
  const files: string[] = []
  for (const day of days) {
    const names = await readdir(join(folder, day))
    for (const name of names.filter((one) => one.endsWith('.journal.zst')).sort())
      files.push(join(folder, day, name))
  }
  return files
}
