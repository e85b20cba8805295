import { type Interval, isEnough } from '../luck/index.ts'
import { reasonOf } from '../purity/reasons.ts'
import { isIn, rowKind, rowsIn, rowTitle } from '../report/audit-rows.ts'
import type { Audit, Cell as AuditCell } from '../report/index.ts'
import type { FirstChange, LookAhead, Trial } from '../runners/look-ahead/look-ahead.ts'
import { rangeText } from '../runners/luck-words.ts'
import { money, signedMoney } from '../runners/money.ts'
import type { Io } from './io.ts'
import { type Cell as Text, table } from './output.ts'

/** An audit for people: the sentence, assumptions × latencies with the run's own cell marked, controls, notes. */
export function auditInWords(io: Io, audit: Audit): string {
  const { cells, run } = audit
  const rows = rowsIn(cells)
  const kind = rowKind(rows[0]!)
  const latencies = [...new Set(cells.map((cell) => cell.latency_ms))]
  const lines = latencies.map((latency_ms): Text[] => [
    `${latency_ms} ms`,
    ...rows.flatMap((row): Text[] => {
      const cell = cells.find((one) => isIn(one, row) && one.latency_ms === latency_ms)
      if (cell === undefined) return [null, null, null]
      const mark = isOwn(audit, cell) ? '* ' : ''
      return [`${mark}${money(cell.net_pnl_usdc)}`, shortRange(cell.net_pnl_interval_usdc), cell.fills]
    }),
  ])
  const own = run.cell ? '* the run itself' : 'the run itself is none of these cells'
  const level = `${100 * run.net_pnl_interval_usdc.level} % interval`
  return [
    audit.depends_on,
    '',
    `net PnL in USDC of resolved windows with its ${level}, by latency (each way) and ${kind}`,
    table(io, ['', ...rows.flatMap((row) => [rowTitle(row), 'interval', 'fills'])], aligned(lines)),
    `${own}: ${run.fill}, ${run.entry_latency_ms} ms to the venue, ${run.response_latency_ms} ms back`,
    '',
    table(
      io,
      ['under the same', 'net PnL', 'sd', 'fills', 'at the volume of the run', 'sd'],
      aligned(controlRows(audit)),
    ),
    ...audit.notes,
    '',
  ].join('\n')
}

/** The run, and each control as the mean and spread of its seeds. */
function controlRows({ run, controls }: Audit): Text[][] {
  return [
    [run.strategy, money(run.net_pnl_usdc), '', run.fills, money(run.net_pnl_usdc), ''],
    ...controls.map((one): Text[] => [
      one.seeds.length > 1 ? `${one.strategy}, ${one.seeds.length} seeds` : one.strategy,
      money(one.net_pnl_usdc),
      one.seeds.length > 1 ? money(one.sd) : '',
      Math.round(one.fills),
      money(one.scaled_mean),
      one.seeds.length > 1 ? money(one.scaled_sd) : '',
    ]),
  ]
}

/** An interval in whole USDC where cents of it would say nothing. */
function shortRange(interval: Interval): string {
  const { low, high } = interval
  if (low === null || high === null || !isEnough(interval)) return ''
  if (Math.max(Math.abs(low), Math.abs(high)) < 100) return rangeText(interval)
  return `[${[low, high].map((end) => signedMoney(Math.round(end)).replace('.00', '')).join(', ')}]`
}

function isOwn({ run }: Audit, cell: AuditCell): boolean {
  return run.cell && isIn(cell, run) && run.entry_latency_ms === cell.latency_ms
}

/** Texts that are numbers, set right. */
function aligned(rows: readonly Text[][]): Text[][] {
  const width = (column: number) =>
    Math.max(...rows.map((row) => (typeof row[column] === 'string' ? (row[column] as string).length : 0)))
  return rows.map((row) =>
    row.map((cell, i) => (i > 0 && typeof cell === 'string' ? cell.padStart(width(i)) : cell)),
  )
}

/** What each trial takes away. */
const TRIALS: Readonly<Record<Trial, string>> = {
  again: 'the run was made a second time in one process',
  cut: 'the dataset ended there',
  perturbed: 'another future stood in the dataset',
}
/** Refusals that are named. */
const ASKED_MAX = 4
/** Places of impure code that are named. */
const PLACES_MAX = 20

/** What the look-ahead detector found, in one clause. */
export function verdictOn({ first_change: change, decisions_checked, asked }: LookAhead): string {
  const changed = changeOn(change)
  if (asked.length > 0) {
    const list = asked.slice(0, ASKED_MAX).map(({ what }) => what)
    const more = asked.length > ASKED_MAX ? ` and ${asked.length - ASKED_MAX} more` : ''
    return `the strategy asks for what a strategy may not know: ${list.join(', ')}${more}${changed === null ? '' : `; ${changed}`}`
  }
  return changed ?? `none of ${decisions_checked} decisions changed with what came after it`
}

function changeOn(change: FirstChange | undefined): string | null {
  if (change === undefined) return null
  const { decision, market, time, trial, failed } = change
  const where = `decision ${decision} (${market}, ${time})`
  if (failed !== null) return `${where} was not reached when ${TRIALS[trial]}: ${failed}`
  return trial === 'again'
    ? `${where} was another one when ${TRIALS.again}`
    : `${where} depends on what comes after it: it was another one when ${TRIALS[trial]}`
}

/** What the look-ahead detector found, with both sides of the first change. */
export function lookAheadInWords(found: LookAhead): string {
  const { first_change: change, impure } = found
  const lines = [`Looking ahead: ${verdictOn(found)}.`]
  if (change !== undefined) {
    lines.push(
      `  ${found.changed} of ${found.decisions_checked} sampled decisions had something changed by then`,
    )
    lines.push(...sides(change))
  }
  if (impure.length > 0) {
    lines.push('', 'The strategy’s files ask for what a strategy may not know:')
    for (const { file, line, what } of impure.slice(0, PLACES_MAX)) {
      lines.push(`  ${file}:${line}  ${what}: ${reasonOf(what)}`)
    }
    if (impure.length > PLACES_MAX) lines.push(`  and ${impure.length - PLACES_MAX} more`)
  }
  return `${lines.join('\n')}\n`
}

function sides({ trial, fields, intents, missing }: FirstChange): string[] {
  const [with_all, without] =
    trial === 'again' ? ['the first time', 'the second time'] : ['with the whole dataset', 'without']
  const lines = fields.map(({ field, a, b }) => `  ${field}: ${a} ${with_all}, ${b} ${without}`)
  if (missing === 'b') lines.push(`  there ${with_all} only`)
  if (missing === 'a') lines.push(`  there ${without} only`)
  const shown = (list: FirstChange['intents']['a']) =>
    list.length === 0
      ? 'nothing'
      : list.map((one) => `${one.kind} ${one.side} ${one.size} ${one.outcome} at ${one.price}`).join(', ')
  lines.push(`  wanted ${with_all}: ${shown(intents.a)}`)
  lines.push(`  wanted ${without}: ${shown(intents.b)}`)
  return lines
}
