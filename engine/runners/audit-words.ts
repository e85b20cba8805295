import { BLOCKS_MIN, isEnough, type Sign } from '../luck/index.ts'
import { isIn, joined, type Row, rowKind, rowName, rowsIn, rowTitle, sameRows } from '../report/audit-rows.ts'
import type { Audit, Cell } from '../report/index.ts'
import { DICE, reachOf } from './controls.ts'
import { netText, windowsText } from './luck-words.ts'
import { signedMoney } from './money.ts'

/**
 * What a table of fills × latencies says, in a sentence that follows from its numbers alone.
 *
 * It is a statement about luck: a cell has a sign only where the interval over its windows leaves out 0, and a profit counts
 * only beyond what dice make. It never says that a result does not depend on something: the table shows where it was seen,
 * on one tape, and rows that are the same for this run have shown nothing.
 */

/** What the sentence is made from. */
export type Table = Pick<Audit, 'cells' | 'controls' | 'run'>

/** At which latencies a row has profit that is more than luck. Cells that cannot be told from it break no pattern. */
type Pattern =
  | { kind: 'none' }
  | { kind: 'all' }
  | { kind: 'most'; but: string }
  | { kind: 'below'; ms: number }
  | { kind: 'from'; ms: number }
  | { kind: 'some'; list: string }
  | { kind: 'scattered'; list: string }

/** What the result of a run comes to. */
export function dependsOn(table: Table): string {
  const { cells, run } = table
  const counts = countSigns(cells)
  if (counts.idle === cells.length && run.sign === 'idle') {
    return 'No cell has a fill: there is no result to explain.'
  }
  if (counts.gain === 0) return withoutProfit(table, counts)
  const dice = table.controls.find(({ strategy }) => strategy === DICE)
  if (run.sign === 'gain' && dice !== undefined && run.net_pnl_usdc <= reachOf(dice)) {
    return `The result is not to be told from luck: ${ownNet(table)}, and dice of the same volume reach ${signedMoney(reachOf(dice))}.`
  }
  if (counts.gain < cells.length || run.sign !== 'gain') {
    return `${profit(cells)}; the run itself ${own(table)}.`
  }
  return `Every cell is profitable on this tape, by more than luck or dice explain: ${ownNet(table)}${least(cells)}${untested(cells)}.`
}

/** No cell has a profit that is more than luck. */
function withoutProfit(table: Table, counts: Record<Sign, number>): string {
  const { cells, run } = table
  if (counts.loss === cells.length)
    return `Every cell loses, by more than luck; the run itself ${own(table)}.`
  if (counts.loss > 0) {
    return `No cell is profitable by more than luck, ${counts.loss} of ${cells.length} lose by more; the run itself ${own(table)}.`
  }
  if (run.sign === 'gain' || run.sign === 'loss') {
    return `No cell has a result that is more than luck; the run itself, under assumptions of its own, ${own(table)}.`
  }
  const few = isEnough(run.net_pnl_interval_usdc)
    ? ', and so it is in every cell'
    : `, and below ${BLOCKS_MIN} nothing can be`
  return `The result is not to be told from luck: ${ownNet(table)}${few}.`
}

/** Where there is profit, over all rows; at least one cell has it. */
function profit(cells: readonly Cell[]): string {
  const rows = rowsIn(cells)
  const patterns = rows.map((row) => ({ row, pattern: patternOf(cells, row) }))
  const gaining = patterns.filter(({ pattern }) => pattern.kind !== 'none')
  const first = gaining[0]!.pattern
  const one = sameRows(cells).some((group) => group.length === rows.length)
  if (!gaining.every(({ pattern }) => equal(pattern, first))) {
    const list = patterns.map(({ row, pattern }) => `${rowName(row)} ${rowKind(row)} ${when(pattern)}`)
    return `Profit beyond luck depends on the assumptions: ${list.join('; ')}`
  }
  if (gaining.length < rows.length) {
    const names = joined(gaining.map(({ row }) => rowName(row)))
    return `Profit beyond luck only under ${names} ${rowKind(rows[0]!)}, ${when(first)}`
  }
  const slow = first.kind === 'from' ? ': being slow pays, which no edge explains' : ''
  const luck = first.kind === 'scattered' ? ': it follows no order of latency, as luck does' : ''
  return `Profit beyond luck ${when(first)}, ${one ? 'all rows being one' : 'in all rows'}${slow}${luck}`
}

function when(pattern: Pattern): string {
  if (pattern.kind === 'none') return 'never'
  if (pattern.kind === 'all') return 'at every latency'
  if (pattern.kind === 'most')
    return `at all latencies but ${pattern.but} ms, where it is not to be told from luck`
  if (pattern.kind === 'some') return `only here and there, at ${pattern.list} ms`
  if (pattern.kind === 'below') return `only at latencies below ${pattern.ms} ms`
  return pattern.kind === 'from'
    ? `only at latencies of ${pattern.ms} ms and more`
    : `only at latencies of ${pattern.list} ms`
}

function patternOf(cells: readonly Cell[], row: Row): Pattern {
  const line = cells.filter((cell) => isIn(cell, row)).sort((a, b) => a.latency_ms - b.latency_ms)
  const gains = line.map((cell) => cell.sign === 'gain')
  const losses = line.map((cell) => cell.sign === 'loss')
  const first = gains.indexOf(true)
  const last = gains.lastIndexOf(true)
  const list = (chosen: readonly boolean[]) =>
    joined(line.filter((_, i) => chosen[i]).map((cell) => String(cell.latency_ms)))
  if (first < 0) return { kind: 'none' }
  if (!gains.includes(false)) return { kind: 'all' }
  const inside = losses.slice(first, last).includes(true)
  const before = losses.slice(0, first).includes(true)
  if (inside || (before && last < line.length - 1)) return { kind: 'scattered', list: list(gains) }
  // A pattern is of most of the latencies that it speaks of: one lucky cell of two makes none.
  const spoken = before ? line.length - first : last < line.length - 1 ? last + 1 : line.length
  const gaining = gains.filter((gain) => gain).length
  if (2 * gaining <= spoken) return { kind: 'some', list: list(gains) }
  if (before) return { kind: 'from', ms: line[first]!.latency_ms }
  if (last < line.length - 1) return { kind: 'below', ms: line[last + 1]!.latency_ms }
  return { kind: 'most', but: list(gains.map((gain) => !gain)) }
}

/** The run itself as the end of a sentence: what it made, and how sure that is. */
function own(table: Table): string {
  const verb = { gain: 'gains', loss: 'loses', unclear: 'is not to be told from luck', idle: 'has no fill' }
  const { sign } = table.run
  return sign === 'idle' ? verb.idle : `${verb[sign]}: ${ownNet(table)}`
}

function ownNet({ run }: Table): string {
  return `${netText(run.net_pnl_usdc, run.net_pnl_interval_usdc)} over ${windowsText(run.net_pnl_interval_usdc)}`
}

/** The worst cell. */
function least(cells: readonly Cell[]): string {
  const worst = cells.reduce((a, b) => (b.net_pnl_usdc < a.net_pnl_usdc ? b : a))
  return `, at the least ${netText(worst.net_pnl_usdc, worst.net_pnl_interval_usdc)}`
}

/** Rows that are one have tested nothing, and the sentence that praises the table must say so. */
function untested(cells: readonly Cell[]): string {
  const same = sameRows(cells).map((rows) => joined(rows.map(rowTitle)))
  return same.length === 0 ? '' : `; ${joined(same)} being the same, they test nothing`
}

function countSigns(cells: readonly Cell[]): Record<Sign, number> {
  const counts = { gain: 0, loss: 0, unclear: 0, idle: 0 }
  for (const { sign } of cells) counts[sign]++
  return counts
}

function equal(a: Pattern, b: Pattern): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
