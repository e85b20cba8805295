/** A recording that cannot be written or read. `code` is stable; `fix` says what to do. */
export class RecordingError extends Error {
  readonly code: string
  readonly file: string
  readonly fix: string
  constructor(code: string, message: string, file: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Recording.RecordingError'
    this.code = code
    this.file = file
    this.fix = fix
  }
}
