import { join, relative } from 'node:path'
import type { AuditFile } from '../report/index.ts'
import type { RunFile } from '../runners/run-folder.ts'
import type { Io } from './io.ts'
import { type Cell, table } from './output.ts'

/** The object of `engine backtest --json`: the figures and what identifies the run, the bulky parts left to run.json. */
export function resultOf(file: RunFile, place: string, audit: AuditFile | null): Record<string, unknown> {
  const { config: _config, markets: _markets, datasets: _datasets, gaps, ...rest } = file
  const { intervals: _intervals, ...sums } = gaps
  return { ...rest, run: place, gaps: sums, ...(audit !== null && { audit: verdict(audit) }) }
}

/** Of an audit, what it comes to; the table is in audit.json. */
function verdict(audit: AuditFile): Record<string, unknown> {
  if ('failed' in audit) return { failed: audit.failed }
  return { depends_on: audit.depends_on, wall_s: audit.wall_s }
}

/** The table that a person reads after a run, and where the report is. */
export function summaryOf(
  io: Io,
  file: RunFile,
  place: string,
  report: boolean,
  audit: AuditFile | null,
): string {
  const { windows, gaps, pnl_parts_usdc: parts } = file
  const rows: Cell[][] = [
    ['net PnL', money(file.net_pnl_usdc), 'USDC, resolved windows'],
    ['  spread', money(parts.spread), 'at the fill, against the mid'],
    ['  pairs', money(parts.pairs), 'completed pairs'],
    ['  inventory', money(parts.inventory), 'moves of the mid while unpaired'],
    ['  settlement', money(parts.settlement), 'last mid to payout'],
    ['  fees', money(-parts.fees), 'taker fees'],
    [
      'unresolved',
      money(file.unresolved_value_usdc - file.unresolved_cost_usdc),
      'value less cost, never in net',
    ],
    ['max drawdown', money(-file.max_drawdown_usdc), haltNote(file.risk_halts)],
    [
      'fills',
      whole(file.fills),
      `${whole(file.maker_fills)} maker, ${whole(file.taker_fills)} taker, ${whole(file.gap_fills)} after gaps`,
    ],
    ['volume', money(file.volume_usdc), 'USDC'],
    ['decisions', whole(file.decisions), `${whole(file.orders)} orders, ${whole(file.intents)} intents`],
    ['windows', whole(windows.total), windowNote(windows)],
    ['gaps', whole(gaps.count), `${whole(Math.round(gaps.seconds))} s, policy ${gaps.policy}`],
    [
      'events',
      whole(file.events),
      `${file.wall_s.toFixed(2)} s, ${whole(file.events_per_s)} a second, peak ${whole(file.peak_rss_mb)} MB`,
    ],
    ['ledger', String(file.ledger_residual_micro), 'residual of both identities, micro'],
  ]
  const lines = [
    `${file.strategy}, fills ${file.fill}, seed ${file.seed}, reference ${file.reference_profile.name}`,
    table(io, ['', 'value', ''], rows),
    ...auditLine(audit),
    `state hash ${file.state_hash}`,
    `run        ${shown(io, place)}`,
  ]
  if (report) lines.push(`report     ${shown(io, join(place, 'report.html'))}`)
  return `${lines.join('\n')}\n`
}

function auditLine(audit: AuditFile | null): string[] {
  if (audit === null) return []
  if ('failed' in audit) return [`audit      none: ${audit.failed.message}`]
  return [`audit      ${audit.depends_on}`]
}

function windowNote(windows: RunFile['windows']): string {
  const classes = [
    `${windows.traded} traded`,
    `${windows.recorded} recorded`,
    `${windows.settlement} by settlement series`,
    `${windows.inferred_from_book} by book`,
    `${windows.unresolved} unresolved`,
  ]
  return classes.join(', ')
}

function haltNote(halts: number): string {
  return halts === 0
    ? 'below the daily cap'
    : `daily cap passed ${halts} time${halts === 1 ? '' : 's'}: live would have halted`
}

function money(usdc: number): string {
  return (usdc + 0).toFixed(2)
}

/** Thousands apart by thin spaces, without the locale's help. */
export function whole(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ' ')
}

function shown(io: Io, path: string): string {
  const short = relative(io.cwd, path)
  return short.startsWith('..') ? path : short
}
