import { TEXT } from '../../recorders/limits.ts'
import { shortened } from '../../recorders/printable.ts'
import { authorPlace } from '../strategies/author-place.ts'

/** An error as the command line reports it; under `--json` exactly this object. */
export type ErrorReport = {
  code: string
  message: string
  file?: string
  field?: string
  row?: number
  fix: string
  /** Only of defects: where it happened. */
  stack?: string
}

/** Exit codes: done, ran and failed, usage or configuration. */
export const EXIT = { DONE: 0, FAILED: 1, USAGE: 2 } as const

/** Dotted codes that begin so are the caller's mistake. */
const USAGE_CODES = ['usage.', 'config.', 'secrets.', 'endpoints.address', 'strategy.unknown']

/** What system errors mean to a person. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'check that the path exists',
  EACCES: 'check the permissions of the path',
  EPERM: 'check the permissions of the path',
  EEXIST: 'choose another path, or remove what is there',
  EISDIR: 'name a file, not a folder',
  ENOTDIR: 'name a folder, not a file',
  ENOSPC: 'free some disk space',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  EADDRINUSE: 'choose another port',
}

/**
 * Describe anything thrown: our own errors (a dotted `code`, a `fix`, perhaps `file`, `field`, `row`), system errors,
 * a stop by signal, and defects, which carry their stack.
 *
 * What strangers said in it can neither steer a terminal nor fill it.
 *
 * @returns the report, and the exit code that goes with it
 */
export function describe(error: unknown): { report: ErrorReport; exit: number } {
  const { report, exit } = reportOf(error)
  return {
    report: {
      ...report,
      message: shortened(report.message, TEXT.message),
      ...(report.file !== undefined && { file: shortened(report.file, TEXT.path) }),
      ...(report.field !== undefined && { field: shortened(report.field, TEXT.name) }),
      fix: shortened(report.fix, TEXT.message),
    },
    exit,
  }
}

function reportOf(error: unknown): { report: ErrorReport; exit: number } {
  if (!(error instanceof Error)) return { report: defect(new Error(String(error))), exit: EXIT.FAILED }
  if (error.name === 'Strategy.StrategyError') {
    const place = authorPlace(error.cause ?? error)
    if (place !== null) Object.assign(error, { file: place.file, row: place.line })
  }
  if (error.name === 'AbortError' && !(error instanceof Stopped)) return reportOf(new Stopped('SIGINT'))
  const fields = error as unknown as Record<string, unknown>
  const code = typeof fields.code === 'string' ? fields.code : ''
  if (/^[a-z][\w-]*(\.[\w-]+)+$/.test(code)) {
    const report: ErrorReport = {
      code,
      message: error.message,
      ...(typeof fields.file === 'string' && { file: fields.file }),
      ...(typeof fields.field === 'string' && { field: fields.field }),
      ...(typeof fields.row === 'number' && { row: fields.row }),
      fix: typeof fields.fix === 'string' ? fields.fix : 'see `engine --help`',
    }
    const usage = USAGE_CODES.some((prefix) => code.startsWith(prefix))
    return {
      report,
      exit: typeof fields.exit === 'number' ? fields.exit : usage ? EXIT.USAGE : EXIT.FAILED,
    }
  }
  if (/^E[A-Z]+$/.test(code)) {
    return {
      report: {
        code: `io.${code.toLowerCase()}`,
        message: error.message,
        ...(typeof fields.path === 'string' && { file: fields.path }),
        fix: SYSTEM[code] ?? 'see the message of the operating system',
      },
      exit: EXIT.FAILED,
    }
  }
  return { report: defect(error), exit: EXIT.FAILED }
}

/** The report as a sentence, with its place where the message does not name it. */
export function sentence(report: ErrorReport): string {
  const place: string[] = []
  if (report.file !== undefined && !report.message.includes(report.file)) place.push(`file ${report.file}`)
  if (report.row !== undefined)
    place.push(`${report.code.startsWith('strategy.') ? 'line' : 'row'} ${report.row}`)
  if (report.field !== undefined && !report.message.includes(report.field))
    place.push(`field ${report.field}`)
  const where = place.length === 0 ? '' : ` (${place.join(', ')})`
  const text = `engine: ${report.message.replace(/\.$/, '')}${where}. To mend it: ${report.fix}.\n`
  return report.stack === undefined ? text : `${text}${report.stack}\n`
}

function defect(error: Error): ErrorReport {
  return {
    code: 'internal.defect',
    message: `a defect of the engine: ${error.message}`,
    fix: 'report it with the command, the stack and the output of `engine doctor --json`',
    stack: error.stack ?? '',
  }
}

/** An error of the command line itself. Codes `usage.…` exit 2, others 1. */
export class CliError extends Error {
  readonly code: string
  readonly fix: string
  readonly field?: string
  readonly file?: string
  readonly row?: number
  constructor(
    code: string,
    message: string,
    fix: string,
    place: { field?: string; file?: string; row?: number } = {},
  ) {
    super(message)
    this.name = 'Cli.CliError'
    this.code = code
    this.fix = fix
    if (place.field !== undefined) this.field = place.field
    if (place.file !== undefined) this.file = place.file
    if (place.row !== undefined) this.row = place.row
  }
}

/** The user asked to stop. Exits as shells expect: 128 + the signal's number. */
export class Stopped extends Error {
  readonly code = 'cli.stopped'
  readonly fix: string
  readonly exit: number
  constructor(signal: string) {
    super(`stopped by ${signal}; nothing half-written is left behind`)
    this.name = 'Cli.Stopped'
    this.fix = 'start the command again'
    this.exit = signal === 'SIGTERM' ? 143 : 130
  }
}
