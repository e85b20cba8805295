import { randomUUID } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { RecordingOptions, RecordingWriter } from './contract.ts'
import { type Day, type DayOptions, openDay, readDayManifest } from './day.ts'
import { NO_STEPS, replaceFile, type Steps } from './durable.ts'
import { RecordingError } from './errors.ts'
import { dayOf, FILE, isDay, journalFolder, LOCK } from './layout.ts'
import { lockRecording } from './lock.ts'
import { RECORDING_VERSION, type RecordingFile, readRecordingFile } from './recording-file.ts'
import { recover } from './recover.ts'
import { createWriter, notBefore } from './writer.ts'

/**
 * Open a folder for recording, new or to be continued. What a killed process left is sealed first, and the time since is
 * noted as `absent`.
 *
 * @throws RecordingError `recording.locked`, `recording.occupied`, `recording.state_lost`, `recording.journal`,
 * `recording.day`, `recording.version`; and what the file system throws
 */
export async function openRecordingWriter(path: string, options: RecordingOptions): Promise<RecordingWriter> {
  const dir = resolve(path)
  const { steps = NO_STEPS } = options
  await refuseOccupied(dir)
  await mkdir(journalFolder(dir), { recursive: true })
  const created = new Date(options.now().wall_us / 1_000).toISOString()
  const lock = await lockRecording(dir, created)
  try {
    const file = await describe(dir, options, created, steps)
    const base: DayOptions = { dir, id: file.id, head: options.head, steps }
    const days = new Map<string, Day>()
    const found = await recover(base, options.normaliser, days)
    const number = Math.max(found.number, await highestSealed(dir))
    const at = notBefore(options.now(), found.last?.wall_us ?? 0)
    const name = dayOf(at.wall_us)
    const today = days.get(name) ?? (await openDay(name, base))
    if (found.normaliser === null && today.manifest !== null) throw stateLost(dir)
    const writer = createWriter(options, { base, found, number, today, at, lock })
    try {
      await writer.begun
    } catch (thrown) {
      await writer.abandon()
      throw thrown
    }
    return writer
  } catch (thrown) {
    await lock.release()
    throw thrown
  }
}

/** Write or renew `recording.json`. */
async function describe(
  dir: string,
  options: RecordingOptions,
  created: string,
  steps: Steps,
): Promise<RecordingFile> {
  const found = await readRecordingFile(dir)
  const file: RecordingFile = {
    schema_version: RECORDING_VERSION,
    id: found?.id ?? randomUUID(),
    created: found?.created ?? created,
    scope: options.scope,
    settings: options.config,
    head: options.head,
  }
  await replaceFile(join(dir, FILE), `${JSON.stringify(file, null, 2)}\n`, steps)
  return file
}

/** What a folder may hold where a recording was only just begun. */
const BEGINNINGS: readonly string[] = ['journal', LOCK, `${FILE}.partial`]

async function refuseOccupied(dir: string): Promise<void> {
  const names = await readdir(dir).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [] as string[]
    throw thrown
  })
  if (names.includes(FILE) || names.every((name) => BEGINNINGS.includes(name))) return
  throw new RecordingError(
    'recording.occupied',
    `${dir}: is not empty, and not a recording`,
    dir,
    'name another folder; a recording is continued by naming its own',
  )
}

/** The highest journal that any day was made of. */
async function highestSealed(dir: string): Promise<number> {
  let highest = 0
  for (const name of (await readdir(dir)).filter(isDay)) {
    const manifest = await readDayManifest(join(dir, name))
    highest = Math.max(highest, manifest?.recording?.journals.last ?? 0)
  }
  return highest
}

function stateLost(dir: string): RecordingError {
  return new RecordingError(
    'recording.state_lost',
    `${dir}: its journals are gone, so that the day cannot be continued`,
    journalFolder(dir),
    'put the journals back, or record into another folder',
  )
}
