import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises'
import { FileError } from './errors.ts'

/**
 * Files of others are opened here: what is opened is a file, not a link to another one, a pipe or a device, and no more of it is
 * read than was agreed.
 */

/** Absent on Windows, which has neither. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/**
 * Open a file for reading.
 *
 * @throws FileError `file.kind` for a link, a pipe, a device, a folder; what the system throws, `ENOENT` among it
 */
export async function openPlain(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
    (thrown: NodeJS.ErrnoException) => {
      throw LINKS.includes(thrown.code ?? '') ? notPlain(path, 'a link', thrown) : thrown
    },
  )
  try {
    const found = await file.stat()
    if (!found.isFile()) throw notPlain(path, found.isDirectory() ? 'a folder' : 'a pipe or a device')
    return file
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

/** What systems answer who are not to follow a link, or cannot open what is there. */
const LINKS = ['ELOOP', 'EMLINK', 'ENXIO']

/**
 * All of a file.
 *
 * @param max_bytes longest that is read
 * @throws FileError as {@link openPlain}, and `file.large`
 */
export async function readPlain(path: string, max_bytes: number): Promise<Buffer> {
  const file = await openPlain(path)
  try {
    const { size } = await file.stat()
    if (size > max_bytes) throw tooLarge(path, max_bytes)
    const pieces: Buffer[] = []
    let bytes = 0
    // It may grow, and some say that they are empty: what is read counts.
    for (;;) {
      const piece = Buffer.allocUnsafe(Math.max(4_096, Math.min(size - bytes + 1, PIECE_BYTES)))
      const { bytesRead } = await file.read(piece, 0, piece.length, bytes)
      if (bytesRead === 0) break
      bytes += bytesRead
      if (bytes > max_bytes) throw tooLarge(path, max_bytes)
      pieces.push(piece.subarray(0, bytesRead))
    }
    return Buffer.concat(pieces, bytes)
  } finally {
    await file.close()
  }
}

const PIECE_BYTES = 2 ** 22

/** All of a file as text. @throws as {@link readPlain}, and FileError `file.text` for what is no UTF-8 */
export async function readPlainText(path: string, max_bytes: number): Promise<string> {
  const bytes = await readPlain(path, max_bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (thrown) {
    throw new FileError(
      'file.text',
      `${path}: is no text in UTF-8`,
      path,
      'restore the file from its source',
      thrown,
    )
  }
}

/** A short text, at once; null where there is none, or no file, or something longer. */
export function readPlainNow(path: string, max_bytes: number): string | null {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    return null
  }
  try {
    if (!fstatSync(file).isFile()) return null
    const bytes = Buffer.alloc(max_bytes + 1)
    const length = readSync(file, bytes, 0, bytes.length, 0)
    return length > max_bytes ? null : bytes.toString('utf8', 0, length)
  } catch {
    return null
  } finally {
    closeSync(file)
  }
}

/**
 * Refuse what is in the place of a folder of ours and is none: a link would lead elsewhere.
 *
 * @returns whether it is there
 * @throws FileError `file.kind`
 */
export async function checkFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null
    throw thrown
  })
  if (found === null) return false
  if (found.isDirectory()) return true
  throw notPlain(path, found.isSymbolicLink() ? 'a link' : 'a file', undefined, 'a folder')
}

/** Names in a folder that is no link, in order; none where it is not there. @throws as {@link checkFolder} */
export async function namesIn(path: string): Promise<string[]> {
  return (await checkFolder(path)) ? (await readdir(path)).sort() : []
}

/** Open a file for writing, in place of what it held. A link in its place is not followed. */
export async function openToWrite(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_TRUNC } = constants
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW).catch((thrown: NodeJS.ErrnoException) => {
    throw LINKS.includes(thrown.code ?? '') ? notPlain(path, 'a link', thrown) : thrown
  })
}

function notPlain(path: string, what: string, cause?: unknown, wanted = 'a file'): FileError {
  return new FileError(
    'file.kind',
    `${path}: is ${what}, not ${wanted}`,
    path,
    `put ${wanted} of its own there: what is elsewhere is not followed`,
    cause,
  )
}

function tooLarge(path: string, max_bytes: number): FileError {
  return new FileError(
    'file.large',
    `${path}: has more than ${max_bytes.toLocaleString('en-GB')} bytes`,
    path,
    'restore the file from its source: no such file is so large',
  )
}
