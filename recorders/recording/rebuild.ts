import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defaults } from '../../core/config/index.ts'
import { stage } from '../files/index.ts'
import type { Receipt } from '../journal/index.ts'
import { RecordingError } from './errors.ts'
import { factoryOf } from './open.ts'
import { openRecordingWriter } from './open-writer.ts'
import type { NormaliserFactory } from './part.ts'
import { countRaw, rawJournals } from './read-raw.ts'
import { existingRecording, type RecordingFile } from './recording-file.ts'
import { recordingSettings } from './settings.ts'

export type RebuildOptions = {
  /** Makes the rows; default the project's own, with the settings of the recording. */
  normaliser?: NormaliserFactory
  /** Keep the frames in the new recording, too. Default true. */
  raw?: boolean
  signal?: AbortSignal
  /** Told after each journal. */
  progress?: (done: number, total: number) => void
}

/** What was made. */
export type RebuildReport = { out: string; journals: number; records: number; events: number }

/** Frames wait in memory until a journal is read: it must hold the largest one. */
const BUFFER_MB = 4_096

/**
 * Make the rows of a recording again from its frames, as a new recording: with a parser that was mended, or other settings of
 * the readers. What an unchanged parser makes of them are the same rows.
 *
 * @throws RecordingError `recording.missing`; `recording.no_raw` where no frames were kept; `recording.occupied`; as `openRecordingWriter`
 */
export async function rebuildRecording(
  from: string,
  to: string,
  options: RebuildOptions = {},
): Promise<RebuildReport> {
  const dir = resolve(from)
  const file = await existingRecording(dir)
  const total = await countRaw(dir)
  const at = await begin(dir)
  if (at === null) {
    const fix = 'nothing can be made again of it; record with recorder.raw on'
    throw new RecordingError('recording.no_raw', `${dir}: its frames were not kept`, dir, fix)
  }
  const out = resolve(to)
  await refuseOccupied(out)
  const staging = await stage(out)
  try {
    const made = await fill(dir, staging.path, file, at, total, options)
    await staging.keep()
    return { out, ...made }
  } finally {
    await staging.drop()
  }
}

/** Take every record of a recording into a new one. */
async function fill(
  from: string,
  to: string,
  file: RecordingFile,
  at: Receipt,
  total: number,
  options: RebuildOptions,
): Promise<Omit<RebuildReport, 'out'>> {
  const writer = await openRecordingWriter(to, {
    settings: {
      ...defaults(recordingSettings),
      raw: options.raw ?? true,
      fsync: false,
      buffer_mb: BUFFER_MB,
    },
    scope: file.scope,
    config: file.settings,
    head: file.head,
    normaliser: options.normaliser ?? factoryOf(file),
    now: () => at,
  })
  let records = 0
  let journals = 0
  try {
    for await (const reader of rawJournals(from)) {
      options.signal?.throwIfAborted()
      await reader.read((record) => {
        at.wall_us = record.wall_us
        at.mono_us = record.mono_us
        // The state that the old rows were made with is what is not wanted.
        if (record.type === 'note' && record.note.note === 'state') return
        writer.take(record)
        records++
      })
      await writer.flush()
      writer.tick()
      journals++
      options.progress?.(journals, total)
    }
    const { rows } = writer.normaliser.made()
    await writer.stop('made again')
    return { journals, records, events: rows }
  } catch (thrown) {
    await writer.abandon()
    throw thrown
  }
}

/** What is made is new: a recording that is there is not continued. */
async function refuseOccupied(out: string): Promise<void> {
  const names = await readdir(out).catch(() => [])
  if (names.length === 0) return
  const fix = 'name a folder that does not exist, or is empty'
  throw new RecordingError('recording.occupied', `${out}: is not empty`, out, fix)
}

/** When the first record was received; null without one. */
async function begin(dir: string): Promise<Receipt | null> {
  let first: Receipt | null = null
  for await (const reader of rawJournals(dir)) {
    await reader.read(({ wall_us, mono_us }) => {
      first ??= { wall_us, mono_us }
    })
    if (first !== null) break
  }
  return first
}
