import type { JournalWriter } from '../journal/index.ts'
import { RecordingError } from './errors.ts'

/** What fixes an error of the system that a recorder meets. */
const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: 'free some disk space',
  EDQUOT: 'free some disk space',
  EACCES: 'check the permissions of the folder',
}

/**
 * What a recording that cannot be ended as it should says, in one line: what failed, and what is lost by it. Whatever the journals
 * hold is sealed by the next start, which also writes down the time that is missing.
 *
 * @param journals those that are not closed
 */
export function unfinished(dir: string, thrown: unknown, journals: readonly JournalWriter[]): RecordingError {
  if ((thrown as { code?: unknown }).code === 'recording.lock_lost') return thrown as RecordingError
  const { code, message, file, fix } = thrown as { [K in 'code' | 'message' | 'file' | 'fix']?: string }
  let records = 0
  let bytes = 0
  for (const { appended, flushed } of journals) {
    records += appended.records - flushed.records
    bytes += appended.bytes - flushed.bytes
  }
  const ours = code?.includes('.') === true
  const what = ours ? String(message) : `${dir}: could not be sealed: ${String(message)}`
  const lost =
    records === 0
      ? 'its journals hold all that came'
      : `${records} records (${bytes} bytes) that waited for the disk are lost`
  return new RecordingError(
    ours ? code! : 'recording.unfinished',
    `${what}; ${lost}`,
    file ?? dir,
    `${fix ?? FIXES[code ?? ''] ?? 'check the disk and the folder'}; then start again: the next start seals what is there`,
    thrown,
  )
}
