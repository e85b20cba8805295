/** Something that was asked of this package and cannot be. `code` is stable, `fix` says what to do. */
export class LabError extends Error {
  readonly code: string
  readonly fix: string
  readonly field: string | null
  constructor(code: string, message: string, fix: string, field: string | null = null) {
    super(`${message}; ${fix}`)
    this.name = 'Lab.LabError'
    this.code = code
    this.fix = fix
    this.field = field
  }
}
