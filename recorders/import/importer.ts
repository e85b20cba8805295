import type { Manifest } from '../tape/index.ts'
import { TapeError } from '../tape/index.ts'

/** An option of an importer as the command line offers it; values come as texts. */
export type ImportOption = { type: 'file' | 'time' | 'text'; doc: string; required?: boolean }

/** Where an import writes and whom it tells. */
export type ImportContext = {
  /** Dataset folder to make. */
  out: string
  signal?: AbortSignal
  /** Most of what is given may be refused, and files beside it of no use: whoever imports knows. */
  accept_refused?: boolean
  /** Called every few thousand rows, and at the end. */
  progress?: (state: { rows_read: number; rows_total: number }) => void
}

/** What an import came to: the answer of `engine import`. */
export type ImportReport = {
  dataset_hash: string
  rows_read: number
  events: number
  refused: Manifest['refused']
  windows: Manifest['windows']
  gaps: Manifest['gaps']
  inferred: Manifest['inferred']
}

/**
 * Turns somebody's recording into a dataset. It streams, counts every refused row with its reason, infers nothing
 * silently, and on any error or abort leaves nothing.
 */
export type Importer = {
  /** Name on the command line. */
  kind: string
  /** One sentence: what it reads. */
  describe: string
  options: Readonly<Record<string, ImportOption>>
  /** What goes wrong with such recordings where one does not know, and what is done about it; for help texts. */
  traps: readonly string[]
  /** Words behind `engine import KIND`, for help texts. */
  example: string
  run(
    files: readonly string[],
    options: Readonly<Record<string, string | undefined>>,
    context: ImportContext,
  ): Promise<ImportReport>
}

/** The report of a finished dataset. */
export function reportOf(manifest: Manifest, rows_read: number): ImportReport {
  const { dataset_hash, counts, refused, windows, gaps, inferred } = manifest
  return { dataset_hash, rows_read, events: counts.rows, refused, windows, gaps, inferred }
}

/**
 * A time option as µs since the epoch.
 *
 * @param text ISO 8601 with a zone, such as `2026-04-15T12:00:00Z`
 * @throws TapeError `import.time`, naming the option
 */
export function readTime(text: string, field: string): number {
  const ms = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new TapeError(
      'import.time',
      `${field}: "${text}" is not an ISO time with a zone`,
      { field },
      'write it as 2026-04-15T12:00:00Z',
    )
  }
  return ms * 1_000
}
