import { crc32 } from 'node:zlib'
import { isDate } from '../files/index.ts'
import { TEXT } from '../limits.ts'
import { type About, FEED_NAMES, type JournalRecord, type Note } from './record.ts'

/**
 * A journal's bytes. Little-endian, no padding:
 *
 * - head: 8 bytes `LKJOURNL`, u32 version, u32 length and u32 CRC-32 of what follows: the head as JSON;
 * - record: u32 CRC-32 over all that follows, u32 length of the payload, the payload: u8 type, f64 `wall_us`, f64 `mono_us`, then
 *   for a frame u32 connection, u32 seq, bytes; for an answer u32 length and JSON of `about`, bytes; for a note its JSON.
 *
 * A record's CRC starts from the head's, so that a piece of another journal, left on the disk, is no record of this one.
 */

const MAGIC = new TextEncoder().encode('LKJOURNL')
export const VERSION = 1

/** Bytes before the head's JSON. */
export const PREFIX_BYTES = MAGIC.length + 12
/** Bytes before a record's payload. */
export const RECORD_PREFIX_BYTES = 8
/** The longest payload: nothing that is listened to or asked for comes near. */
export const PAYLOAD_BYTES_MAX = 2 ** 28
/** The longest head. */
export const HEAD_BYTES_MAX = 2 ** 16
/** No head is shorter, prefix included. */
const HEAD_BYTES_MIN = 20 + 64
/** Numbers have eight digits in the names of files. */
export const JOURNAL_NUMBER_MAX = 99_999_999

const STAMP_BYTES = 17
const FRAME_BYTES = STAMP_BYTES + 8
const ANSWER_BYTES = STAMP_BYTES + 4
const FRAME = 1
const ANSWER = 2
const NOTE = 3

/** What a journal says of itself, once. */
export type JournalHead = {
  /** Id of the recording that it belongs to. */
  recording: string
  /** Counts the recording's journals from 1. */
  number: number
  /** UTC day of all its records, `2026-11-21`. */
  day: string
  /** The day's tape begins with it: how things stand is said again before its first record. */
  begins: boolean
  /** The process before it stopped on purpose: it holds the state and nothing else. */
  stopped: boolean
}

/** The head as it stands in the file, and the seed of its records' CRCs. */
export function encodeHead(head: JournalHead): { bytes: Uint8Array; seed: number } {
  const json = new TextEncoder().encode(JSON.stringify(head))
  const seed = crc32(json)
  const bytes = new Uint8Array(PREFIX_BYTES + json.length)
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  view.setUint32(MAGIC.length, VERSION, true)
  view.setUint32(MAGIC.length + 4, json.length, true)
  view.setUint32(MAGIC.length + 8, seed, true)
  bytes.set(json, PREFIX_BYTES)
  return { bytes, seed }
}

/** What reading a head gives: itself, `short` where the bytes end too early, or what is wrong with it. */
export type HeadRead =
  | { head: JournalHead; seed: number; bytes: number }
  | 'short'
  | { fault: string; foreign: boolean }

const DAMAGED = { fault: 'its head is damaged', foreign: false }

/** Read the head at the start of `bytes`. */
export function decodeHead(bytes: Uint8Array): HeadRead {
  if (bytes.length < PREFIX_BYTES) return 'short'
  if (!MAGIC.every((byte, i) => bytes[i] === byte))
    return { fault: 'it does not begin as a journal does', foreign: false }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(MAGIC.length, true)
  if (version !== VERSION)
    return { fault: `its version ${version} is unknown; this program reads ${VERSION}`, foreign: false }
  const length = view.getUint32(MAGIC.length + 4, true)
  const seed = view.getUint32(MAGIC.length + 8, true)
  if (length > HEAD_BYTES_MAX) return DAMAGED
  // What has more than the shortest head was a whole one, and its length is wrong.
  if (bytes.length < PREFIX_BYTES + length) return bytes.length < HEAD_BYTES_MIN ? 'short' : DAMAGED
  const json = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length)
  if (crc32(json) !== seed) return DAMAGED
  const said = parsed(text(json))
  const wrong = faultIn(said)
  if (wrong !== null) return { fault: `its head says no ${wrong} that a recorder writes`, foreign: true }
  return { head: said as JournalHead, seed, bytes: PREFIX_BYTES + length }
}

/** What of a head cannot be: days and numbers become names of files. */
function faultIn(said: unknown): string | null {
  const { recording, number, day, begins, stopped } = (said ?? {}) as Record<string, unknown>
  if (typeof recording !== 'string' || recording === '' || recording.length > TEXT.name) return 'recording'
  if (!Number.isSafeInteger(number) || Number(number) < 1 || Number(number) > JOURNAL_NUMBER_MAX)
    return 'number'
  if (typeof day !== 'string' || !isDate(day)) return 'day'
  return typeof begins === 'boolean' && typeof stopped === 'boolean' ? null : 'beginning'
}

/** JSON, or undefined for what is none. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** A record before its bytes are written: its length, and the JSON part where it has one. */
export type Measured = { bytes: number; json: string | null }

/** Bytes that {@link encodeRecord} will write. Fills `into`, so that a frame costs no object. */
export function measure(record: JournalRecord, into: Measured): Measured {
  if (record.type === 'frame') {
    into.json = null
    into.bytes = RECORD_PREFIX_BYTES + FRAME_BYTES + record.bytes.length
    return into
  }
  into.json = JSON.stringify(record.type === 'answer' ? record.about : record.note)
  const json_bytes = Buffer.byteLength(into.json)
  into.bytes =
    RECORD_PREFIX_BYTES +
    (record.type === 'answer' ? ANSWER_BYTES + json_bytes + record.bytes.length : STAMP_BYTES + json_bytes)
  return into
}

/** Write a record into `buffer` at `at`; there must be room for `measured.bytes`. HOT: copies the frame once. */
export function encodeRecord(
  record: JournalRecord,
  measured: Measured,
  seed: number,
  buffer: Buffer,
  view: DataView,
  at: number,
): void {
  const payload = at + RECORD_PREFIX_BYTES
  view.setUint32(at + 4, measured.bytes - RECORD_PREFIX_BYTES, true)
  view.setFloat64(payload + 1, record.wall_us, true)
  view.setFloat64(payload + 9, record.mono_us, true)
  if (record.type === 'frame') {
    view.setUint8(payload, FRAME)
    view.setUint32(payload + STAMP_BYTES, record.connection, true)
    view.setUint32(payload + STAMP_BYTES + 4, record.seq, true)
    buffer.set(record.bytes, payload + FRAME_BYTES)
  } else if (record.type === 'answer') {
    view.setUint8(payload, ANSWER)
    const json_bytes = buffer.write(measured.json!, payload + ANSWER_BYTES)
    view.setUint32(payload + STAMP_BYTES, json_bytes, true)
    buffer.set(record.bytes, payload + ANSWER_BYTES + json_bytes)
  } else {
    view.setUint8(payload, NOTE)
    buffer.write(measured.json!, payload + STAMP_BYTES)
  }
  view.setUint32(at, crc32(buffer.subarray(at + 4, at + measured.bytes), seed), true)
}

/**
 * Whole bytes of the record at `at`, prefix included; 0 where the bytes end before its prefix does, −1 for a length that no
 * record has.
 */
export function recordBytes(view: DataView, at: number, end: number): number {
  if (end - at < RECORD_PREFIX_BYTES) return 0
  const length = view.getUint32(at + 4, true)
  return length < STAMP_BYTES || length > PAYLOAD_BYTES_MAX ? -1 : RECORD_PREFIX_BYTES + length
}

/**
 * The record at `at` of `bytes` long, or null where it is not what a recorder writes. HOT. Bytes of a frame or an answer are a view
 * of `buffer`.
 */
export function decodeRecord(
  buffer: Buffer,
  view: DataView,
  at: number,
  bytes: number,
  seed: number,
): JournalRecord | null {
  const end = at + bytes
  if (crc32(buffer.subarray(at + 4, end), seed) !== view.getUint32(at, true)) return null
  const payload = at + RECORD_PREFIX_BYTES
  const wall_us = view.getFloat64(payload + 1, true)
  const mono_us = view.getFloat64(payload + 9, true)
  const type = view.getUint8(payload)
  if (type === FRAME && bytes >= RECORD_PREFIX_BYTES + FRAME_BYTES) {
    return {
      type: 'frame',
      wall_us,
      mono_us,
      connection: view.getUint32(payload + STAMP_BYTES, true),
      seq: view.getUint32(payload + STAMP_BYTES + 4, true),
      bytes: buffer.subarray(payload + FRAME_BYTES, end),
    }
  }
  if (type === ANSWER && bytes >= RECORD_PREFIX_BYTES + ANSWER_BYTES) {
    const from = payload + ANSWER_BYTES
    const to = from + view.getUint32(payload + STAMP_BYTES, true)
    if (to > end) return null
    const about = parsed(buffer.toString('utf8', from, to))
    if (!isAbout(about)) return null
    return { type: 'answer', wall_us, mono_us, about, bytes: buffer.subarray(to, end) }
  }
  if (type !== NOTE) return null
  const note = parsed(buffer.toString('utf8', payload + STAMP_BYTES, end))
  return isNote(note) ? { type: 'note', wall_us, mono_us, note } : null
}

function isNote(value: unknown): value is Note {
  return typeof value === 'object' && value !== null && typeof (value as { note?: unknown }).note === 'string'
}

function isAbout(value: unknown): value is About {
  if (typeof value !== 'object' || value === null) return false
  const { feed, request, path, status } = value as Record<string, unknown>
  return (
    FEED_NAMES.includes(feed as About['feed']) &&
    typeof request === 'string' &&
    typeof path === 'string' &&
    typeof status === 'number'
  )
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
