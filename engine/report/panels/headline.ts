import { ResolutionCode } from '../../../core/machine/records.ts'
import { MICRO } from '../../../core/units/index.ts'
import { isEnough } from '../../luck/index.ts'
import type { ReportData } from '../data.ts'
import { legend } from '../draw.ts'
import { count, counted, fixed, moment, percent, signed, signedUsdc, usdc } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { Panel } from '../panel.ts'
import type { RunFile } from '../run-file.ts'
import { takenWords } from '../taken-words.ts'

/** A number of the table: its name, its value, and perhaps a word on it. */
type Fact = [name: string, value: string, note?: string]

/** The first panel: the result in numbers, as run.json states them. */
export function headline(data: ReportData): Panel {
  const { run } = data
  return {
    id: 'headline',
    title: 'Result',
    caption:
      'USDC unless said otherwise; net is gross less fees. Windows without a known outcome are in neither.',
    span: 'full',
    legend: legend([]),
    drawings: [],
    body: html`<div class="figures">${figures(data)}</div>${verdict(data)}${residual(run.ledger_residual_micro)}${ruin(run)}${flattery(data)}${halts(data)}<div class="columns">${list('Money', money(data))}${list('Trading', trading(data))}${list('Windows', outcomes(data))}</div>`,
  }
}

function figures(data: ReportData): Html[] {
  const { run } = data
  const { level, windows } = run.net_pnl_interval_usdc
  const big: Fact[] = [
    ['net', signed(run.net_pnl_usdc, 2), 'USDC'],
    [`${count(100 * level)} % interval`, intervalText(run, 0), `${counted(windows, 'window')} drawn anew`],
    ['return', returnText(run), `of ${fixed(run.initial_cash_usdc, 0)} USDC`],
    ['windows won', count(run.windows.won), `of ${count(windows)} traded`],
    ['deepest drawdown', fixed(run.max_drawdown_usdc, 2), 'USDC'],
    ['fills', count(run.fills), `${count(run.maker_fills)} as maker`],
  ]
  return big.map(
    ([name, value, note]) =>
      html`<div class="figure"><span class="name">${name}</span><span class="value">${value}</span><span class="note">${note ?? ''}</span></div>`,
  )
}

/** What the audit makes of it, or that nobody asked. */
function verdict({ audit }: ReportData): Html {
  const text =
    audit === null
      ? 'No audit was made: nothing says how much of this is the fill model, or luck.'
      : 'failed' in audit
        ? `The audit failed: ${audit.failed.message}.`
        : audit.depends_on
  return html`<p class="verdict">${text} <a href="#audit">The audit</a></p>`
}

/** An account that has nothing left to trade with cannot lose more, and its result is no measure of the strategy. */
function ruin(run: RunFile): Html | null {
  if (run.ruined_at === null) return null
  const at = run.ruined_at.replace('T', ' ').slice(0, 19)
  return html`<p class="warning">The account was ruined at ${at} UTC: its equity fell below 1 % of the start, or 1 USDC, and never rose again. A larger one would have lost more.</p>`
}

/** `-758 to -230`; a dash where too few windows were traded for it to mean anything. */
export function intervalText({ net_pnl_interval_usdc: interval }: RunFile, digits: number): string {
  const { low, high } = interval
  if (low === null || high === null || !isEnough(interval)) return '–'
  return `${signed(low, digits)} to ${signed(high, digits)}`
}

export function returnText({ return_pct }: RunFile): string {
  return return_pct === null ? '–' : `${signed(return_pct, 2)} %`
}

function money(data: ReportData): Fact[] {
  const { run } = data
  return [
    ['gross PnL', signed(run.gross_pnl_usdc, 6)],
    ['fees', fixed(run.fees_usdc, 6)],
    ['net PnL', signed(run.net_pnl_usdc, 6)],
    ['its interval', intervalText(run, 2)],
    ['cash at the start', fixed(run.initial_cash_usdc, 2)],
    ['return', returnText(run)],
    ['lowest cash', fixed(run.lowest_cash_usdc, 6)],
    ['lowest equity', fixed(run.lowest_equity_usdc, 6)],
    [
      'net per volume',
      run.volume_usdc === 0 ? '–' : `${signed((1e4 * run.net_pnl_usdc) / run.volume_usdc, 1)} bps`,
    ],
    ['deepest drawdown', fixed(run.max_drawdown_usdc, 6)],
    ['cost in unresolved windows', fixed(run.unresolved_cost_usdc, 6)],
    ['their value at the last mid', fixed(run.unresolved_value_usdc, 6)],
    ['change of equity', change(data)],
    ['ledger residual', `${count(run.ledger_residual_micro)} µUSDC`],
  ]
}

/** First to last mark: net, and what the unresolved windows gained or lost. */
function change(data: ReportData): string {
  const { points, start } = data.equity
  return points.length === 0 ? '–' : signedUsdc(points.at(-1)!.last - start, 6)
}

function trading(data: ReportData): Fact[] {
  const { run } = data
  return [
    ['decisions', count(run.decisions)],
    ['intents', count(run.intents)],
    ['orders', count(run.orders)],
    ['fills', count(run.fills)],
    ['as maker', `${count(run.maker_fills)} (${percent(run.maker_fills, run.fills)})`],
    ['as taker', `${count(run.taker_fills)} (${percent(run.taker_fills, run.fills)})`],
    ['granted after a gap', count(run.gap_fills)],
    ['volume', fixed(run.volume_usdc, 2)],
  ]
}

function outcomes(data: ReportData): Fact[] {
  const { windows, gaps, risk_halts } = data.run
  const most = data.windows.reduce((a, w) => Math.max(a, w.max_unpaired), 0)
  return [
    ['outcome recorded', count(windows.recorded)],
    ['by settlement series', count(windows.settlement)],
    ['inferred from the book', count(windows.inferred_from_book)],
    ['unresolved', count(windows.unresolved)],
    ['tokens unassigned', count(windows.unassigned)],
    ['most unpaired shares', fixed(most / MICRO, 1)],
    ['gaps', `${count(gaps.count)}, ${count(gaps.seconds)} s`],
    ['risk halts', count(risk_halts)],
  ]
}

function list(title: string, facts: Fact[]): Html {
  const rows = facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)
  return html`<section><h3>${title}</h3><dl class="numbers">${rows}</dl></section>`
}

function residual(micro: number): Html | null {
  if (micro === 0) return null
  return html`<p class="alarm">The ledger does not add up: ${count(micro)} micro-USDC are unaccounted for. Do not use this result.</p>`
}

/** Assumptions that make a result a bound and not an estimate stand beside the result, not only in the notes. */
function flattery({ run }: ReportData): Html | null {
  const list: string[] = []
  if (run.fill === 'queue-optimistic')
    list.push('fills are queue-optimistic: an upper bound, not an estimate')
  if (run.gaps_policy === 'ignore' && run.gaps.count > 0) {
    list.push(`ignored ${counted(run.gaps.count, 'gap')} of the tape`)
  }
  if (run.gaps.hidden.count > 0)
    list.push(`gap_s hid ${counted(run.gaps.hidden.count, 'gap')} of the tape from it`)
  for (const { value, of, lie } of takenWords(run)) if (lie) list.push(`its fills are ${value} ${of}`)
  if (run.beyond_display > 0)
    list.push(`${counted(run.beyond_display, 'fill')} at a touch whose size nobody recorded`)
  if (list.length === 0) return null
  return html`<p class="warning">This result flatters: ${list.join('; ')}.</p>`
}

/** A backtest trades on after its drawdown limit; live would not have. */
function halts(data: ReportData): Html | null {
  const { risk_halts } = data.run
  const first = data.halts[0]
  if (risk_halts === 0) return null
  const when =
    first === undefined
      ? ''
      : `, first at ${moment(first.time_us)} UTC (${usdc(first.value)} USDC below the day’s highest, limit ${usdc(first.limit)})`
  const after = first === undefined ? null : afterHalt(data, first.time_us)
  return html`<p class="warning">A live session would have halted: the daily drawdown limit was breached ${risk_halts === 1 ? 'once' : `${count(risk_halts)} times`}${when}. The backtest recorded it and traded on${after === null ? '' : `; ${after}`}.</p>`
}

/** What the windows after the halt contributed, which live would not have had. */
function afterHalt(data: ReportData, first_us: number): string {
  const later = data.windows.filter(
    (w) => w.start_us > first_us && w.fills > 0 && w.class !== ResolutionCode.UNRESOLVED,
  )
  let net = 0
  for (const w of later) net += w.net
  return `${counted(later.length, 'traded window')} begun after it made ${signed(net / MICRO, 2)} USDC of the net`
}
