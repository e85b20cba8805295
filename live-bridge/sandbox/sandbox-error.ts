/** Something that a sandbox was asked for and cannot do. Codes `usage.…` are the caller's mistake. */
export class SandboxError extends Error {
  readonly code: string
  readonly field: string
  readonly fix: string
  readonly file?: string
  readonly row?: number
  constructor(
    code: string,
    field: string,
    message: string,
    fix: string,
    place: { file?: string; row?: number } = {},
  ) {
    super(message)
    this.name = 'Sandbox.SandboxError'
    this.code = code
    this.field = field
    this.fix = fix
    if (place.file !== undefined) this.file = place.file
    if (place.row !== undefined) this.row = place.row
  }
}
