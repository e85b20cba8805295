import { randomUUID } from 'node:crypto'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { formatIso, SECOND } from '../../core/units/index.ts'
import { below, checkFolder, namesIn } from '../files/index.ts'
import { openJournal, type Receipt } from '../journal/index.ts'
import { CLOCK_S } from '../limits.ts'
import type { RecordingOptions, RecordingWriter } from './contract.ts'
import { type Day, type DayOptions, openDay, readDayManifest } from './day.ts'
import { makeFolder, NO_STEPS, replaceFile, type Steps } from './durable.ts'
import { RecordingError } from './errors.ts'
import { journalNumbers } from './journals.ts'
import { dayOf, dayPath, FILE, isDay, journalFolder, journalPath, LOCK, rawFolder } from './layout.ts'
import { lockRecording } from './lock.ts'
import { RECORDING_VERSION, type RecordingFile, readRecordingFile } from './recording-file.ts'
import { type Recovered, recover, SET_ASIDE } from './recover.ts'
import { createWriter, notBefore } from './writer.ts'

/**
 * Open a folder for recording, new or to be continued. What a killed process left is sealed first, and the time since is
 * noted as `absent`.
 *
 * @throws RecordingError `recording.locked`, `recording.occupied`, `recording.state_lost`, `recording.journal`,
 * `recording.day`, `recording.version`, `recording.time`; and what the file system throws
 */
export async function openRecordingWriter(path: string, options: RecordingOptions): Promise<RecordingWriter> {
  const dir = resolve(path)
  const { steps = NO_STEPS } = options
  await refuseOccupied(dir)
  await mkdir(dir, { recursive: true })
  await makeFolder(journalFolder(dir))
  await checkFolder(rawFolder(dir))
  const created = new Date(options.now().wall_us / 1_000).toISOString()
  const lock = await lockRecording(dir, created)
  try {
    if (lock.fresh) await refuseUnlocked(dir)
    const file = await describe(dir, options, created, steps)
    // Who lost the lock changes nothing any more.
    const guarded: Steps = (what) => {
      lock.check()
      steps(what)
    }
    const base: DayOptions = { dir, id: file.id, head: options.head, steps: guarded }
    const days = new Map<string, Day>()
    const in_days = await highestSealed(dir)
    const found = await recover({ base, file, make: options.normaliser, days, in_days })
    const number = Math.max(found.number, in_days)
    if (found.last !== null && options.accept_clock !== true) refuseBehind(dir, options.now(), found.last)
    const at = notBefore(options.now(), found.last?.wall_us ?? 0)
    const name = dayOf(at.wall_us)
    const today = days.get(name) ?? (await openDay(name, number, base))
    if (found.normaliser === null && today.manifest !== null) throw await stateLost(dir, name, found)
    const writer = createWriter(options, { base, found, number, today, at, lock })
    try {
      await writer.begun
    } catch (thrown) {
      await writer.abandon()
      throw thrown
    }
    return writer
  } catch (thrown) {
    // Left behind, as a killed process would: the next start sees that nobody holds it.
    lock.forget()
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

/** A clock that stands before the end of its recording is wrong now, or was wrong then. */
function refuseBehind(dir: string, now: Receipt, last: Receipt): void {
  const behind_us = last.wall_us - now.wall_us
  if (behind_us <= CLOCK_S.before_end * SECOND) return
  throw new RecordingError(
    'recording.time',
    `${dir}: the recording ends at ${formatIso(last.wall_us)}, and this machine's clock says ${formatIso(now.wall_us)}: one of them is wrong`,
    dir,
    'set the clock right; if the recording was made with a wrong clock, record into another folder, or go on from its end with --accept-clock',
  )
}

/** How long a recorder that lost its lock is given to notice: it looks several times a second. */
const NOTICE_MS = 1_000

/**
 * A recorder leaves its lock behind when it is killed, and a journal that says so when it stops. Where there is neither, somebody
 * removed a lock: its holder may still write.
 */
async function refuseUnlocked(dir: string): Promise<void> {
  const last = (await journalNumbers(dir)).at(-1)
  if (last === undefined) return
  const path = journalPath(dir, last)
  const reader = await openJournal(path).catch(() => null)
  await reader?.close()
  if (reader === null || reader.head.stopped) return
  const before = await stat(path)
  await new Promise((resolve) => setTimeout(resolve, NOTICE_MS))
  const { size, mtimeMs } = await stat(path).catch(() => ({ size: -1, mtimeMs: 0 }))
  if (size === before.size && mtimeMs === before.mtimeMs) return
  throw new RecordingError(
    'recording.locked',
    `${dir}: is being written by another process, whose lock was removed`,
    path,
    'stop that recorder (lsof names it), or record into another folder',
  )
}

/** The highest journal that any day was made of. */
async function highestSealed(dir: string): Promise<number> {
  let highest = 0
  for (const name of (await namesIn(dir)).filter(isDay)) {
    const folder = dayPath(dir, name)
    const manifest = (await checkFolder(folder)) ? await readDayManifest(folder) : null
    highest = Math.max(highest, manifest?.recording?.journals.last ?? 0)
  }
  return highest
}

/** How things stood is said by a journal that is damaged or gone, and by no other. */
async function stateLost(dir: string, day: string, { damaged }: Recovered): Promise<RecordingError> {
  const found = damaged[0] ?? (await setAsideBefore(dir))
  const why =
    found === undefined ? 'its last journals are gone' : `its last journal is damaged: ${found.reason}`
  return new RecordingError(
    'recording.state_lost',
    `${dir}: ${day} cannot be continued: ${why}, and no sealed journal before it can be read instead`,
    found?.file ?? journalFolder(dir),
    `put a copy of the journals back, record into another folder, or go on in this one after ${day} (UTC); what is sealed stays as it is`,
  )
}

/** The last journal that an earlier start found damaged. */
async function setAsideBefore(dir: string): Promise<Recovered['damaged'][number] | undefined> {
  const names = (await namesIn(journalFolder(dir))).filter((name) => name.endsWith(SET_ASIDE)).sort()
  const name = names.at(-1)
  if (name === undefined) return undefined
  return { file: below(journalFolder(dir), name), reason: `an earlier start kept it as ${name}` }
}
