/** A file or a name that is not followed. `code` is stable; `fix` says what to do. */
export class FileError extends Error {
  readonly code: string
  readonly file: string
  readonly fix: string
  constructor(code: string, message: string, file: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Files.FileError'
    this.code = code
    this.file = file
    this.fix = fix
  }
}
