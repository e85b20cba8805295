import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import yauzl from 'yauzl'
import yazl from 'yazl'
import { reasonOf, TapeError } from '../tape/index.ts'

/** Entries are dated like this whenever they are written, so that the same content is the same file. */
const WRITTEN = new Date(1980, 0, 1)

/**
 * Write arrays to an npz archive, compressed, streaming.
 *
 * @param arrays by name, in their order: pieces of an npy file each
 */
export async function writeNpz(
  file: string,
  arrays: Readonly<Record<string, Iterable<Uint8Array>>>,
): Promise<void> {
  const zip = new yazl.ZipFile()
  for (const name of Object.keys(arrays)) {
    const pieces = Readable.from(arrays[name]!, { objectMode: false })
    zip.addReadStream(pieces, `${name}.npy`, { mtime: WRITTEN, forceDosTimestamp: true, mode: 0o100644 })
  }
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(file))
}

/**
 * Read one array of an npz archive, piece by piece, stored or deflated. Its checksum is compared at the end.
 *
 * @returns undefined where the archive has no such array
 * @throws TapeError `import.file` for a file that cannot be read or is no archive, or whose data is broken
 */
export async function openNpz(file: string, name: string): Promise<AsyncGenerator<Uint8Array> | undefined> {
  let zip: yauzl.ZipFile | undefined
  try {
    zip = await yauzl.openPromise(file, { autoClose: false })
    for await (const entry of zip.eachEntry())
      if (entry.fileName === `${name}.npy`) return piecesOf(file, zip, entry)
  } catch (thrown) {
    zip?.close()
    throw unreadable(file, reasonOf(thrown), thrown)
  }
  zip.close()
  return undefined
}

async function* piecesOf(file: string, zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<Uint8Array> {
  let sum = 0
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      sum = crc32(piece as Uint8Array, sum)
      yield piece as Uint8Array
    }
  } catch (thrown) {
    throw unreadable(file, reasonOf(thrown), thrown)
  } finally {
    zip.close()
  }
  if (sum !== entry.crc32) throw unreadable(file, `the checksum of ${entry.fileName} is another`)
}

function unreadable(file: string, what: string, cause?: unknown): TapeError {
  return new TapeError(
    'import.file',
    `${file}: cannot be read as an npz archive: ${what}`,
    { file },
    'check the path, or copy the file again from its source',
    cause,
  )
}
