/** Where a tape or an import is at fault; all parts optional. */
export type Place = { file?: string; field?: string; row?: number }

/**
 * A tape, dataset or import file that cannot be trusted. `code` is stable; `message` names the file and what is wrong
 * with it; `fix` says what to do. Rows count from 0.
 */
export class TapeError extends Error {
  readonly code: string
  readonly file?: string
  readonly field?: string
  readonly row?: number
  readonly fix: string
  constructor(code: string, message: string, place: Place, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Tape.TapeError'
    this.code = code
    this.fix = fix
    if (place.file !== undefined) this.file = place.file
    if (place.field !== undefined) this.field = place.field
    if (place.row !== undefined) this.row = place.row
  }
}

/** What anything that was thrown says, in one line. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.split('\n', 1)[0]!
}
