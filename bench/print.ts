import type { Io } from '../engine/cli/io.ts'
import { type Cell, list, table } from '../engine/cli/output.ts'
import type { Bound, Entry } from './entry.ts'
import type { Report } from './report.ts'

/** The report for people: every figure beside its bound, and what it was measured on. */
export function printed(io: Pick<Io, 'color'>, { entries, machine, measured, tapes }: Report): string {
  const head = ['', 'median', 'least', 'most', 'by cpu time', 'bound', 'ratio', 'met', 'load', 'what']
  const rows = entries.map((one): Cell[] => [
    one.name,
    amount(one.median, one.unit),
    amount(one.min, one.unit),
    amount(one.max, one.unit),
    one.cpu_median === null ? null : amount(one.cpu_median, one.unit),
    one.bound === null ? null : limit(one.bound, one.unit),
    one.ratio === null ? null : one.ratio.toFixed(2),
    one.met === null ? null : one.met ? 'yes' : 'no',
    one.load.map((load) => load.toFixed(1)).join(' → '),
    one.what,
  ])
  const about = list(io, [
    ['machine', `${machine.cores} × ${machine.cpu}, ${machine.memory_mb} MiB, ${machine.platform}`],
    ['node', machine.node],
    ['measured', `${measured.at}, one run to warm up, then ${measured.runs}`],
    ...tapes.map((tape): [string, Cell] => [
      `tape ${tape.name}`,
      `${tape.events} events; ${tape.how}; ${tape.rows_per_message} rows a message, per 1000 events ${tape.trades_per_1000_events} prints, ${tape.decisions_per_1000_events ?? '?'} decisions, ${tape.orders_per_1000_events ?? '?'} orders`,
    ]),
  ])
  return `${table(io, head, rows)}\n${about}`
}

function amount(value: number, unit: Entry['unit']): string {
  if (unit === 'events/s' || unit === 'rows/s') return `${(value / 1e6).toFixed(2)} M${unit}`
  return `${value} ${unit}`
}

function limit({ value, is }: Bound, unit: Entry['unit']): string {
  return `${is === 'at_least' ? '≥' : '<'} ${amount(value, unit)}`
}
