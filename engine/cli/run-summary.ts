import { join, relative } from 'node:path'
import { foresightText } from '../luck/foresight-text.ts'
import { type AuditFile, setByDataset, takenWords } from '../report/index.ts'
import { intervalNote, rangeText } from '../runners/luck-words.ts'
import { money } from '../runners/money.ts'
import type { RunFile } from '../runners/run-folder.ts'
import { asksInWords } from '../strategies/asks.ts'
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
  const lines = [
    `${file.strategy}, fills ${file.fill}, seed ${file.seed}, reference ${file.reference_profile.name}`,
    ...datasetLine(file),
    table(
      io,
      ['', 'value', ''],
      LINES.flatMap((line) => line(file)),
    ),
    ...(file.warnings ?? []).map((warning) => `warning    ${warning}`),
    ...auditLine(audit),
    ...asksLine(file),
    `state hash ${file.state_hash}`,
    `run        ${shown(io, place)}`,
  ]
  if (report) lines.push(`report     ${shown(io, join(place, 'report.html'))}`)
  return `${lines.join('\n')}\n`
}

/** One matter of the summary: its rows of name, value and a word on it; none where there is nothing to say. */
type Line = (file: RunFile) => Cell[][]

/** What the summary says, in this order. */
const LINES: readonly Line[] = [
  net,
  capital,
  unresolved,
  drawdown,
  trading,
  taken,
  refusals,
  stops,
  windows,
  model,
  gaps,
  speed,
  ledger,
]

function net({ net_pnl_usdc, net_pnl_interval_usdc: interval, pnl_parts_usdc: parts }: RunFile): Cell[][] {
  return [
    ['net PnL', money(net_pnl_usdc), 'USDC, resolved windows'],
    ['  interval', rangeText(interval), intervalNote(interval)],
    ['  spread', money(parts.spread), 'at the fill, against the mid'],
    ['  pairs', money(parts.pairs), 'completed pairs'],
    ['  inventory', money(parts.inventory), 'moves of the mid while unpaired'],
    ['  settlement', money(parts.settlement), 'last mid to payout'],
    ['  fees', money(-parts.fees), 'taker fees'],
  ]
}

function capital(file: RunFile): Cell[][] {
  const { return_pct, initial_cash_usdc, lowest_cash_usdc, ruined_at } = file
  const ruin =
    ruined_at === null ? '' : `; ruined at ${ruined_at.slice(11, 16)}: nothing is left to trade with`
  return [
    [
      'return',
      return_pct === null ? null : `${money(return_pct)} %`,
      `of ${money(initial_cash_usdc)} USDC at the start${ruin}`,
    ],
    ['lowest cash', money(lowest_cash_usdc), 'USDC'],
  ]
}

function unresolved({ unresolved_value_usdc: value, unresolved_cost_usdc: cost }: RunFile): Cell[][] {
  return [['unresolved', money(value - cost), 'value less cost, never in net']]
}

/** A fall is stated as what it is, 0 or more, here as in run.json and the report. */
function drawdown({ max_drawdown_usdc, risk_halts }: RunFile): Cell[][] {
  return [['max drawdown', money(max_drawdown_usdc), haltNote(risk_halts)]]
}

function trading(file: RunFile): Cell[][] {
  const kinds = `${whole(file.maker_fills)} maker, ${whole(file.taker_fills)} taker, ${whole(file.gap_fills)} after gaps`
  return [
    ['fills', whole(file.fills), kinds],
    ['volume', money(file.volume_usdc), 'USDC'],
    ['decisions', whole(file.decisions), `${whole(file.orders)} orders, ${whole(file.intents)} intents`],
  ]
}

/** What an author can do about a refusal that most often is a slip. */
const ADVICE: Readonly<Record<string, string>> = {
  decimals: ' (a sell is a multiple of 0.01 shares: sellable())',
  tick: ' (onGrid(view.grid, price))',
  min_size: ' (view.min_size)',
  marketable_min: ' (view.marketable_buy_min)',
  balance: ' (view.cash_available)',
}
const NAMED = 3

function refusals({ refused }: RunFile): Cell[][] {
  const { venue } = refused
  if (venue.length === 0) return []
  const sum = venue.reduce((all, { orders }) => all + orders, 0)
  const named = venue
    .slice(0, NAMED)
    .map(({ reason, orders }) => `${whole(orders)} ${reason}${ADVICE[reason] ?? ''}`)
  return [['refused', whole(sum), `orders by the venue: ${named.join(', ')}${rest(venue.length)}`]]
}

function stops({ refused, decisions }: RunFile): Cell[][] {
  const { gates } = refused
  if (gates.length === 0) return []
  const sum = gates.reduce((all, { decisions: count }) => all + count, 0)
  const named = gates
    .slice(0, NAMED)
    .map(({ gate, decisions: count }) => `${gate} ${Math.round((100 * count) / decisions)} %`)
  return [
    ['stopped', whole(sum), `decisions of ${whole(decisions)}: ${named.join(', ')}${rest(gates.length)}`],
  ]
}

function rest(kinds: number): string {
  return kinds > NAMED ? `, ${kinds - NAMED} more in run.json` : ''
}

function windows({ windows: counts, conflicts, conflict_windows }: RunFile): Cell[][] {
  const rows: Cell[][] = [['windows', whole(counts.total), windowNote(counts)]]
  if (conflicts === 0) return rows
  const names = conflict_windows.slice(0, CONFLICTS_NAMED).join(', ')
  const more = conflict_windows.length - CONFLICTS_NAMED
  const note = `outcomes that the venue overruled: ${names}${more > 0 ? ` and ${more} more` : ''}`
  return [...rows, ['conflicts', whole(conflicts), note]]
}

/** Windows with a conflict that a summary names; run.json has them all. */
const CONFLICTS_NAMED = 3

/** The model against a causal naive one; nothing where the tape has no model, or no outcome. */
function model({ calibration }: RunFile): Cell[][] {
  if (calibration === null) return []
  const { samples, windows: count, brier_naive, model_used } = calibration
  const from = `on ${whole(samples)} samples of ${whole(count)} windows, naive ${brier_naive.toFixed(4)}`
  const unused = model_used ? '' : '; this strategy does not use it'
  return [
    [
      'model',
      calibration.brier_model.toFixed(4),
      `Brier score of q_up ${from}: ${foresightText(calibration)}${unused}`,
    ],
  ]
}

function taken(file: RunFile): Cell[][] {
  const rows = takenWords(file).map(({ value, of, lie }, i): Cell[] => [
    i === 0 ? 'taken' : '',
    value,
    lie ? `${of}; more than a fifth is a known lie` : of,
  ])
  if (file.beyond_display > 0)
    rows.push(['', whole(file.beyond_display), 'fills at a touch whose size nobody recorded'])
  return rows
}

function gaps({ gaps: found, config }: RunFile): Cell[][] {
  const { known, hidden, policy } = found
  const done = policy === 'ignore' ? 'ignore: nothing was done about them' : policy
  const unseen =
    hidden.count === 0
      ? ''
      : `, of which gap_s = ${String(config.exchange?.gap_s)} hid ${whole(hidden.count)} (${whole(Math.round(hidden.seconds))} s)`
  const note = `${whole(Math.round(found.seconds))} s, policy ${done}; the data know ${whole(known.count)}${unseen}`
  return [['gaps', whole(found.count), note]]
}

function speed({ events, wall_s, events_per_s, peak_rss_mb }: RunFile): Cell[][] {
  const note = `${wall_s.toFixed(2)} s, ${whole(events_per_s)} a second, peak ${whole(peak_rss_mb)} MB`
  return [['events', whole(events), note]]
}

function ledger({ ledger_residual_micro }: RunFile): Cell[][] {
  return [['ledger', String(ledger_residual_micro), 'residual of both identities, micro']]
}

function asksLine({ strategy_source: { asks = [] } }: RunFile): string[] {
  const words = asksInWords(asks)
  return words === null ? [] : [`strategy   ${words}`]
}

/** What the dataset sets is the dataset's choice, not the user's: it is said. */
function datasetLine(file: RunFile): string[] {
  const set = setByDataset(file)
  return set === null ? [] : [`set by the dataset: ${set}`]
}

function auditLine(audit: AuditFile | null): string[] {
  if (audit === null) return []
  if ('failed' in audit) return [`audit      none: ${audit.failed.message}`]
  return [`audit      ${audit.depends_on}`]
}

function windowNote(windows: RunFile['windows']): string {
  const classes = [
    `${windows.traded} traded`,
    `${windows.won} won`,
    `${windows.lost} lost`,
    `${windows.recorded} recorded`,
    `${windows.settlement} by settlement series${windows.stand_in > 0 ? ` (${windows.stand_in} a stand-in)` : ''}`,
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

/** Thousands apart by thin spaces, without the locale's help. */
export function whole(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ' ')
}

function shown(io: Io, path: string): string {
  const short = relative(io.cwd, path)
  return short.startsWith('..') ? path : short
}
