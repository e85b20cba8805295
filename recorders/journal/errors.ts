/** A journal that cannot be written or read. `code` is stable; `fix` says what to do. */
export class JournalError extends Error {
  readonly code: string
  readonly file: string
  readonly fix: string
  constructor(code: string, message: string, file: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Journal.JournalError'
    this.code = code
    this.file = file
    this.fix = fix
  }
}
