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
 * Sealed journals are unpacked one at a time, beside nothing else, and removed.
 *
 * @returns how many journals were read; 0 where none were kept
 * @throws JournalError for a journal that is not one; what the file system throws
 */
export async function readRaw(dir: string, sink: RecordSink): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), 'lockstep-raw-'))
  let count = 0
  async function read(path: string): Promise<void> {
    const reader = await openJournal(path)
    try {
      await reader.read(sink)
      count++
    } finally {
      await reader.close()
    }
  }
  try {
    for (const packed of await sealed(dir)) {
      const path = join(scratch, 'unpacked.journal')
      await pipeline(createReadStream(packed), createZstdDecompress(), createWriteStream(path))
      await read(path)
      await rm(path)
    }
    const open = await readdir(journalFolder(dir)).catch(() => [])
    for (const name of open.filter((one) => journalNumber(one) !== null).sort())
      await read(join(journalFolder(dir), name))
    return count
  } finally {
    await rm(scratch, { recursive: true, force: true })
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
