import { z } from 'zod'

/**
 * `run.json`: what a run says of itself. Parsed at the edge, so that a panel can trust it. More fields may stand in the
 * file; what is missing or of the wrong type is refused by name.
 */

const number = z.number()
const text = z.string()
const scalar = z.union([z.number(), z.string(), z.boolean(), z.array(z.string())])

const gapInterval = z.looseObject({
  start_us: number,
  end_us: number,
  /** Index of the market that fell silent; null or absent: every market of the feed. */
  market: z.number().nullable().optional(),
  cause: text.optional(),
})

const inferred = z.looseObject({
  what: text,
  how: text,
  agreement: z.union([z.string(), z.number()]).nullable(),
  exceptions: z.array(text).optional(),
})

const dataset = z.looseObject({
  path: text,
  dataset_hash: text,
  attribution: text,
  licence: text,
  inferred: z.array(inferred),
})

const profile = z.looseObject({
  name: text,
  settlement: text.nullable(),
  spot: text.nullable(),
  fast: z.array(text),
  bar_s: number,
  stale_ms: number,
  min_venues: number,
  notes: z.array(text),
  overrides: z.record(z.string(), scalar),
})

/** What other tapes of such windows would have made; see engine/luck. */
export const interval = z.looseObject({
  low: number.nullable(),
  high: number.nullable(),
  level: number,
  windows: number,
  blocks: number,
})

const asks = z.looseObject({ file: text, line: number, what: text, why: text })
/** Shares and counts of shares, see docs/fills.md. */
const taken = z.looseObject({
  displayed_shares: number,
  taken_shares: number,
  share: number.nullable(),
  worst_share: number.nullable(),
  worst_window: text.nullable(),
  printed_shares: number,
  filled_shares: number,
  printed_share: number.nullable(),
  worst_printed_share: number.nullable(),
  worst_printed_window: text.nullable(),
})

const gapSum = z.looseObject({ count: number, seconds: number })

/** The schema of `run.json`. */
export const runFile = z.looseObject({
  run: text,
  dataset_hash: text,
  config_hash: text,
  code_version: text,
  runtime: text,
  events: number,
  wall_s: number,
  events_per_s: number,
  peak_rss_mb: number,
  state_hash: text,
  decisions: number,
  intents: number,
  orders: number,
  fills: number,
  maker_fills: number,
  taker_fills: number,
  volume_usdc: number,
  fees_usdc: number,
  gross_pnl_usdc: number,
  net_pnl_usdc: number,
  net_pnl_interval_usdc: interval,
  initial_cash_usdc: number,
  return_pct: number.nullable(),
  ruined_at: text.nullable(),
  lowest_cash_usdc: number,
  lowest_equity_usdc: number,
  unresolved_cost_usdc: number,
  unresolved_value_usdc: number,
  max_drawdown_usdc: number,
  risk_halts: number,
  gap_fills: number,
  beyond_display: number,
  taken,
  windows: z.looseObject({
    total: number,
    traded: number,
    won: number,
    lost: number,
    recorded: number,
    settlement: number,
    inferred_from_book: number,
    unresolved: number,
    unassigned: number,
    stand_in: number.optional(),
  }),
  calibration: z
    .looseObject({
      samples: number,
      windows: number,
      brier_model: number,
      brier_naive: number,
      difference: number,
      low: number.nullable(),
      high: number.nullable(),
      level: number,
      worse_than_naive: z.boolean(),
      model_used: z.boolean(),
    })
    .nullable()
    .optional(),
  conflicts: number.optional(),
  conflict_windows: z.array(text).optional(),
  gaps: z.looseObject({
    count: number,
    seconds: number,
    policy: text,
    known: gapSum,
    hidden: gapSum,
    intervals: z.array(gapInterval).optional(),
  }),
  ledger_residual_micro: number,
  strategy: text,
  /** What the strategy's files ask of the platform; absent where they ask for nothing. */
  strategy_source: z.looseObject({ asks: z.array(asks).optional() }).optional(),
  fill: text,
  gaps_policy: text,
  seed: number,
  config: z.record(z.string(), z.record(z.string(), scalar)),
  reference_profile: profile,
  datasets: z.array(dataset),
  markets: z.array(z.looseObject({ slug: text, start_us: number, end_us: number })),
  /** SHA-256 of each table; absent in runs of version 0.1.0. */
  tables: z.record(z.string(), z.string()).optional(),
  recording: z.looseObject({ has_trades: z.boolean(), messages: number.optional() }),
})

/** What `run.json` holds. */
export type RunFile = z.infer<typeof runFile>
/** One interval in which a feed was silent. */
export type GapInterval = { start_us: number; end_us: number; market: number | null; cause: string }

/**
 * Read the text of a `run.json`.
 *
 * @param file its path, for the message
 * @throws ReportError `report.run_json` naming the first field that is wrong
 */
export function parseRunFile(content: string, file: string): RunFile {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new ReportError('report.run_json', `${file} is not JSON: ${(error as Error).message}`, { file })
  }
  const result = runFile.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const field = issue.path.join('.')
  throw new ReportError('report.run_json', `${file}: field ${field || '(root)'}: ${issue.message}`, {
    file,
    field,
  })
}

/** A run folder that cannot be reported on. `code` is stable, `fix` says what to do. */
export class ReportError extends Error {
  readonly code: string
  readonly fix: string
  readonly file: string | null
  readonly field: string | null
  constructor(code: string, message: string, at: { file?: string; field?: string; fix?: string } = {}) {
    super(message)
    this.name = 'Report.ReportError'
    this.code = code
    this.fix = at.fix ?? 'run `engine backtest` again to write a whole run folder'
    this.file = at.file ?? null
    this.field = at.field ?? null
  }
}
