import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { interval, ReportError } from './run-file.ts'

/**
 * `audit.json` of a run folder: the same run under other assumptions on fills and latency. Parsed at the edge, as
 * `run.json` is.
 */

const number = z.number()
const text = z.string()

/** What can be told of a result: more than luck, not to be told from luck, or nothing was traded. */
const sign = z.enum(['gain', 'loss', 'unclear', 'idle'])

/** A result of the run, under whatever assumptions. */
const result = {
  net_pnl_usdc: number,
  net_pnl_interval_usdc: interval,
  sign,
  fills: number,
  maker_fills: number,
  volume_usdc: number,
  /** Its capital was gone at the end. */
  ruined: z.boolean(),
}

const cell = z.object({
  /** A fill model of the simulated exchange: its queues, and what becomes of depth that we took. */
  fill: text,
  /** What is lost on the touch, where the touch is all there is. */
  slip_bps: number.optional(),
  /** To the venue, and as much back. */
  latency_ms: number,
  ...result,
  /** Value less cost of the windows without an outcome, which are in no net. */
  unresolved_usdc: number,
})

const control = z.object({
  strategy: text,
  /** Means over the seeds. */
  net_pnl_usdc: number,
  fills: number,
  volume_usdc: number,
  seeds: z.array(number),
  /** Of net, and its standard deviation; the same of net per USDC of volume, times the volume of the run. */
  mean: number,
  sd: number,
  per_volume: number,
  scaled_mean: number,
  scaled_sd: number,
})

/** What the look-ahead detector found; the first change in full is for the command that made it. */
const lookAhead = z.looseObject({
  decisions_checked: number,
  changed: number,
  asked: z.array(z.looseObject({ what: text })).optional(),
  impure: z.array(z.looseObject({ file: text, line: number, what: text })),
})

const table = z.object({
  cells: z.array(cell),
  /** Which assumption the profit depends on, in one sentence. */
  depends_on: text,
  controls: z.array(control),
  /** What else to know of the table, a sentence each. */
  notes: z.array(text),
  /** What was audited; `cell` where one of the cells has its very configuration. */
  run: z.object({
    strategy: text,
    fill: text,
    slip_bps: number.optional(),
    entry_latency_ms: number,
    response_latency_ms: number,
    ...result,
    cell: z.boolean(),
  }),
  look_ahead: lookAhead.optional(),
  code_version: text,
  wall_s: number,
})

const failed = z.object({
  failed: z.looseObject({ code: text, message: text, fix: text }),
  look_ahead: lookAhead.optional(),
})

const auditFile = z.union([table, failed])

/** One run of the table. */
export type Cell = z.infer<typeof cell>
/** A strategy without an opinion, under the run's own fill and latency. */
export type Control = z.infer<typeof control>
/** A whole audit. */
export type Audit = z.infer<typeof table>
/** What `audit.json` holds: the audit, or why there is none. */
export type AuditFile = z.infer<typeof auditFile>

/**
 * The audit of a run folder; null where none was made.
 *
 * @throws ReportError as {@link parseAuditFile}
 */
export function readAuditFile(dir: string): AuditFile | null {
  const file = join(dir, 'audit.json')
  return existsSync(file) ? parseAuditFile(readFileSync(file, 'utf8'), file) : null
}

/**
 * Read the text of an `audit.json`.
 *
 * @param file its path, for the message
 * @throws ReportError `report.audit_json` naming the first field that is wrong
 */
export function parseAuditFile(content: string, file: string): AuditFile {
  const fix = 'make the audit again with `engine audit RUN`'
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new ReportError('report.audit_json', `${file} is not JSON: ${(error as Error).message}`, {
      file,
      fix,
    })
  }
  const schema = typeof value === 'object' && value !== null && 'failed' in value ? failed : table
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const field = issue.path.join('.')
  throw new ReportError('report.audit_json', `${file}: field ${field || '(root)'}: ${issue.message}`, {
    file,
    field,
    fix,
  })
}
