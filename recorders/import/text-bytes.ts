import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { reasonOf, TapeError } from '../tape/index.ts'

/** What a file is by its first bytes; its name says nothing. */
const COMPRESSED = [
  { name: 'gzip', magic: [0x1f, 0x8b], open: createGunzip },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], open: createZstdDecompress },
] as const
/** First bytes of what is no text in UTF-8, and what to do about it. */
const OTHERS = [
  { what: 'is text in UTF-16', magic: [0xff, 0xfe], fix: 'write it as UTF-8' },
  { what: 'is text in UTF-16', magic: [0xfe, 0xff], fix: 'write it as UTF-8' },
  { what: 'is a zip archive', magic: [0x50, 0x4b, 0x03, 0x04], fix: 'unpack it' },
  { what: 'is compressed twice', magic: [0x1f, 0x8b], fix: 'unpack it once' },
  { what: 'is compressed twice', magic: [0x28, 0xb5, 0x2f, 0xfd], fix: 'unpack it once' },
  {
    what: 'is compressed by bzip2, which is not read',
    magic: [0x42, 0x5a, 0x68],
    fix: 'unpack it, or use gzip',
  },
  {
    what: 'is compressed by xz, which is not read',
    magic: [0xfd, 0x37, 0x7a],
    fix: 'unpack it, or use gzip',
  },
  {
    what: 'is a Parquet file',
    magic: [0x50, 0x41, 0x52, 0x31],
    fix: 'give the kind of file that is asked for',
  },
  {
    what: 'is an SQLite database',
    magic: [0x53, 0x51, 0x4c, 0x69],
    fix: 'give the kind of file that is asked for',
  },
] as const
const MAGIC_BYTES = 4

/**
 * Text of a file, plain or compressed by gzip or zstd, piece by piece. UTF-8, without the mark that some programs put in
 * front of it.
 *
 * @throws TapeError `import.file` for a file that cannot be read, is no text in UTF-8, or whose compressed data is broken
 * or cut off
 */
export async function* readText(file: string): AsyncGenerator<string> {
  let bytes: Readable | undefined
  try {
    bytes = await openBytes(file)
    const decoder = new StringDecoder('utf8')
    let begun = false
    let first: Buffer = Buffer.alloc(0)
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      if (chunk.includes(0)) refuseZero(file, begun ? chunk : Buffer.concat([first, chunk]))
      if (begun) {
        yield decoder.write(chunk)
        continue
      }
      first = Buffer.concat([first, chunk])
      if (first.length < MAGIC_BYTES) continue
      begun = true
      yield begin(file, first, decoder)
    }
    if (!begun) yield begin(file, first, decoder)
    yield decoder.end()
  } catch (thrown) {
    if (thrown instanceof TapeError) throw thrown
    const { code } = thrown as NodeJS.ErrnoException
    const cut = code === 'Z_BUF_ERROR' || /unexpected end|truncated/i.test(reasonOf(thrown))
    throw unreadable(
      file,
      cut ? 'is cut off: its compressed data ends too early' : `cannot be read: ${reasonOf(thrown)}`,
      cut ? 'copy it again from its source' : 'check the path, or copy the file again from its source',
      thrown,
    )
  } finally {
    bytes?.destroy()
  }
}

/** An import file that is no readable text. */
export function unreadable(file: string, what: string, fix: string, cause?: unknown): TapeError {
  return new TapeError('import.file', `${file}: ${what}`, { file }, fix, cause)
}

async function openBytes(file: string): Promise<Readable> {
  const magic = await magicOf(file)
  const packed = COMPRESSED.find((one) => begins(magic, one.magic))
  const bytes = createReadStream(file)
  if (packed === undefined) return bytes
  const unpack = packed.open()
  bytes.on('error', (error) => unpack.destroy(error))
  unpack.on('close', () => bytes.destroy())
  return bytes.pipe(unpack)
}

/** The text of the first bytes. */
function begin(file: string, first: Buffer, decoder: StringDecoder): string {
  const other = OTHERS.find((one) => begins(first, one.magic))
  if (other !== undefined) throw unreadable(file, other.what, other.fix)
  return decoder.write(first).replace(/^\uFEFF/, '')
}

/** No text in UTF-8 has a zero byte: every second one is zero in UTF-16, any may be in what is no text. */
function refuseZero(file: string, bytes: Buffer): void {
  const other = OTHERS.find((one) => begins(bytes, one.magic))
  if (other !== undefined) throw unreadable(file, other.what, other.fix)
  throw unreadable(
    file,
    'is no text in UTF-8: it holds zero bytes',
    'give a recording of this kind, as UTF-8',
  )
}

function begins(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}

async function magicOf(file: string): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
