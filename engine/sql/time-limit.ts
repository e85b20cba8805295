import { after } from '../../recorders/long-timer.ts'
import { SqlError } from '../../recorders/sql/index.ts'

/** A signal that also stops what takes too long; `done` when it is over. */
export type TimeLimit = { readonly signal: AbortSignal; done(): void }

/**
 * Stop a statement after so many seconds.
 *
 * @param seconds 0 for no limit
 */
export function timeLimit(signal: AbortSignal, seconds: number): TimeLimit {
  if (seconds === 0) return { signal, done: () => undefined }
  const clock = new AbortController()
  const forget = after(seconds * 1_000, () => {
    clock.abort(
      new SqlError(
        'sql.timeout',
        `the statement ran longer than ${seconds} s and was stopped`,
        'ask for less, or give more time with --timeout (0 for no limit)',
      ),
    )
  })
  return { signal: AbortSignal.any([signal, clock.signal]), done: forget }
}
