import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { allocate, type Columns } from '../../core/events/index.ts'
import { Check, Stream } from '../../core/exchange/compat/index.ts'
import { PUBLISHED_SHA256 } from './cases.ts'

/** Rows that are written or read at once. */
const WINDOW_ROWS = 65_536

/**
 * Write the stream of a seed as the event file that every side starts from: four little-endian doubles a row.
 *
 * @returns its rows and its SHA-256
 * @throws EventFileError `side-by-side.stream` when the file is not the published one
 */
export function writeEvents(path: string, seed: number, events: number): { rows: number; sha256: string } {
  const stream = Stream.createStream(seed, events)
  const columns = allocate(WINDOW_ROWS)
  const bytes = new Uint8Array(WINDOW_ROWS * Check.CHECK_BYTES)
  const hash = createHash('sha256')
  const file = openSync(path, 'w')
  try {
    while (!Stream.ended(stream)) {
      columns.length = 0
      Stream.fill(stream, columns)
      const part = Check.encodeCheck(columns, 0, columns.length, bytes)
      hash.update(part)
      for (let at = 0; at < part.length; ) at += writeSync(file, part, at)
    }
  } finally {
    closeSync(file)
  }
  const sha256 = hash.digest('hex')
  const published = PUBLISHED_SHA256.find((row) => row.seed === seed && row.events === events)
  if (published !== undefined && published.sha256 !== sha256)
    throw new EventFileError(sha256, published.sha256)
  return { rows: stream.made, sha256 }
}

/** The rows of an event file as columns. */
export function readEvents(path: string): Columns {
  const file = openSync(path, 'r')
  try {
    const columns = allocate(fstatSync(file).size / Check.CHECK_BYTES)
    const bytes = new Uint8Array(WINDOW_ROWS * Check.CHECK_BYTES)
    for (;;) {
      const length = readSync(file, bytes)
      if (length === 0) return columns
      Check.decodeCheck(bytes.subarray(0, length), columns)
    }
  } finally {
    closeSync(file)
  }
}

/** The stream is not the one that was published. */
export class EventFileError extends Error {
  readonly code = 'side-by-side.stream'
  readonly fix = 'run the tests of core/exchange/compat: the seeded stream has changed'
  constructor(sha256: string, published: string) {
    super(`the event file has SHA-256 ${sha256}, the published one ${published}`)
    this.name = 'SideBySide.EventFileError'
  }
}
