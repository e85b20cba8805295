import type { Range } from '../../engine/fit/resample.ts'
import type { Statistic } from '../../engine/fit/statistics.ts'
import { whole } from './markdown.ts'

/** Cells of tables of statistics: what they say, and how simulated ones stand to recorded ones. */

/** Beyond the recorded range by a factor of this a statistic is called unlike. */
const UNLIKE = 1.25
/** Shares are called unlike only if they are beyond it by more than this, too. */
const UNLIKE_SHARE = 0.03

/** Cells of one column of the page, by group and name. */
export type Column = Record<string, string>
/** What a statistic is called on every tape. */
export const keyOf = ({ group, name }: Pick<Statistic, 'group' | 'name'>) => `${group}: ${name}`

/** The cells of some statistics, with the ranges of those that have one. */
export function cellsOf(all: readonly Statistic[], drawn: ReadonlyMap<string, Range> = new Map()): Column {
  return Object.fromEntries(all.map((one) => [keyOf(one), showWith(one.value, drawn.get(keyOf(one)))]))
}

/** What a cell says: the value, and what other tapes might have shown. */
export function parseCell(cell: string): { value: number; low: number; high: number; drawn: boolean } {
  const [value, low, high] = (cell.replaceAll('\u00a0', '').match(/-?[\d.]+/g) ?? []).map(Number)
  if (value === undefined) return { value: Number.NaN, low: Number.NaN, high: Number.NaN, drawn: false }
  return { value, low: low ?? value, high: high ?? value, drawn: low !== undefined }
}

/** What all of the recorded cells span; null where none says anything. `firm`: more than one number stands for it. */
function spanOf(
  cells: readonly string[],
): { low: number; high: number; firm: boolean; drawn: boolean } | null {
  const known = cells.map(parseCell).filter(({ value }) => !Number.isNaN(value))
  if (known.length === 0) return null
  const drawn = known.some((one) => one.drawn)
  return {
    low: Math.min(...known.map(({ low }) => low)),
    high: Math.max(...known.map(({ high }) => high)),
    firm: drawn || known.length > 1,
    drawn,
  }
}

/** How a simulated cell stands to recorded ones: within what they span, outside, or unlike: far outside. */
export function judge(
  recorded: readonly string[],
  simulated: string,
  unit: string,
): '' | 'outside' | 'unlike' {
  const span = spanOf(recorded)
  const { value } = parseCell(simulated)
  if (span === null || Number.isNaN(value) || (value >= span.low && value <= span.high)) return ''
  const near = value < span.low ? span.low : span.high
  const factor = value > 0 && near > 0 ? Math.max(value / near, near / value) : Number.POSITIVE_INFINITY
  const share = unit === '' || unit.startsWith('share')
  const far = factor > UNLIKE && (!share || Math.abs(value - near) > UNLIKE_SHARE)
  if (far && !span.drawn) return 'unlike'
  return span.firm ? 'outside' : ''
}

/** A number, and what other tapes might have shown. */
export function showWith(value: number, range: Range | undefined): string {
  if (Number.isNaN(value) || range === undefined) return show(value)
  return `${show(value)} [${show(range.low)}, ${show(range.high)}]`
}

/** A number as it is shown. */
export function show(value: number): string {
  if (Number.isNaN(value)) return '–'
  const size = Math.abs(value)
  if (size >= 100) return whole(Math.round(value))
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3)
}
