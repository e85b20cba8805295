/** What a library threw, in one line, with the file it was about. */
export class ForeignError extends Error {
  readonly code: string
  readonly fix: string
  readonly file?: string
  constructor(code: string, message: string, fix: string, file: string | undefined, cause: unknown) {
    super(message, { cause })
    this.name = 'Foreign.ForeignError'
    this.code = code
    this.fix = fix
    if (file !== undefined) this.file = file
  }
}

/** What is known about an error that a library throws. */
export type About = {
  /** Code of what is thrown instead, such as `run.table`. */
  code: string
  /** The file or folder that was read or written. */
  file?: string
  fix: string
}

/**
 * Make an error of a library ours: one line, the file, a way out. Errors of this project and of the operating system say
 * that already, and pass as they are.
 */
export function foreign(thrown: unknown, about: About): unknown {
  if (isOurs(thrown)) return thrown
  const line = firstLine(thrown)
  const message = about.file === undefined ? line : `${about.file}: ${line}`
  if (/^Out of Memory Error/.test(line))
    return new ForeignError(
      'database.memory',
      message,
      'give the database more memory, or it less to do',
      about.file,
      thrown,
    )
  return new ForeignError(about.code, message, about.fix, about.file, thrown)
}

/** Whether an error has a dotted code of this project, or one of the operating system, or is a stop. */
function isOurs(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const { code } = thrown as { code?: unknown }
  if (thrown.name === 'AbortError' || thrown.name === 'TimeoutError') return true
  return typeof code === 'string' && (/^[a-z][\w-]*(\.[\w-]+)+$/.test(code) || /^E[A-Z]{2,15}$/.test(code))
}

function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.split('\n', 1)[0]!
}
