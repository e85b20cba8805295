/** A run that cannot be made or repeated as asked. `code` is stable, `fix` says what to do. */
export class RunnerError extends Error {
  readonly code: string
  readonly fix: string
  readonly file?: string
  readonly field?: string
  constructor(code: string, message: string, fix: string, place: { file?: string; field?: string } = {}) {
    super(message)
    this.name = 'Runner.RunnerError'
    this.code = code
    this.fix = fix
    if (place.file !== undefined) this.file = place.file
    if (place.field !== undefined) this.field = place.field
  }
}
