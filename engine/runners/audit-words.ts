import type { Audit, Cell } from '../report/index.ts'
import { money } from './money.ts'

/**
 * What a table of fills × latencies says, in words that follow from its numbers alone. A cell is profitable where its net
 * is above 0; the value of unresolved windows is never in it.
 */

/** Queue models from the one that is worst for us to the one that is best. */
export const FILLS = ['queue-pessimistic', 'queue-neutral', 'queue-optimistic'] as const
/** Latencies of the table in ms, each to the venue and back. */
export const LATENCIES_MS = [0, 50, 100, 250, 500, 1_000] as const

const SHORT: Readonly<Record<string, string>> = {
  'queue-pessimistic': 'pessimistic',
  'queue-neutral': 'neutral',
  'queue-optimistic': 'optimistic',
}

/** A fill model's name in a sentence. */
export function shortFill(fill: string): string {
  return SHORT[fill] ?? fill
}

/** At which latencies there is profit: nowhere, everywhere, below one, from one on, or at some that make no order. */
type Pattern =
  | { kind: 'none' }
  | { kind: 'all' }
  | { kind: 'below'; ms: number }
  | { kind: 'from'; ms: number }
  | { kind: 'scattered'; list: string }

/** Which assumption the profit depends on, in one sentence. */
export function dependsOn(cells: readonly Cell[]): string {
  if (cells.every(({ fills }) => fills === 0)) {
    return 'No cell has a fill: there is no profit that could depend on anything.'
  }
  const gains = cells.filter((cell) => cell.net_pnl_usdc > 0).length
  if (gains === 0) return withoutProfit(cells)
  if (gains === cells.length) {
    return 'Every cell is profitable: the profit depends on neither fills nor latency.'
  }
  const patterns = fillsOf(cells).map((fill) => ({ fill, pattern: patternOf(cells, fill) }))
  const gaining = patterns.filter(({ pattern }) => pattern.kind !== 'none')
  const first = gaining[0]!.pattern
  if (!gaining.every(({ pattern }) => equal(pattern, first))) {
    const list = patterns.map(({ fill, pattern }) => `${shortFill(fill)} fills ${when(pattern)}`)
    return `Profit depends on fills and latency: ${list.join('; ')}.`
  }
  if (gaining.length === patterns.length) return `Profit ${onlyLatency(first)}`
  return `Profit only under ${joined(gaining.map(({ fill }) => shortFill(fill)))} fills, ${there(first)}.`
}

function withoutProfit(cells: readonly Cell[]): string {
  const losses = cells.filter((cell) => cell.net_pnl_usdc < 0).length
  if (losses === cells.length) return 'No cell is profitable: the loss depends on no assumption.'
  if (losses === 0)
    return 'No cell gains or loses anything: there is no profit that could depend on anything.'
  return `No cell is profitable: ${cells.length - losses} of ${cells.length} break even, the others lose.`
}

/** Every model of fills has profit at the same latencies. */
function onlyLatency(pattern: Pattern): string {
  if (pattern.kind === 'below') return `vanishes at latencies of ${pattern.ms} ms and more, under any fills.`
  if (pattern.kind === 'from') {
    return `only at latencies of ${pattern.ms} ms and more, under any fills: being slow pays, which no edge explains.`
  }
  const list = pattern.kind === 'scattered' ? pattern.list : ''
  return `only at latencies of ${list} ms, under any fills: it follows no order of latency, as luck does.`
}

function there(pattern: Pattern): string {
  if (pattern.kind === 'below') return `and there it vanishes at latencies of ${pattern.ms} ms and more`
  if (pattern.kind === 'from') return `and there only at latencies of ${pattern.ms} ms and more`
  return pattern.kind === 'scattered'
    ? `and there only at latencies of ${pattern.list} ms`
    : 'at every latency'
}

function when(pattern: Pattern): string {
  if (pattern.kind === 'none') return 'never'
  if (pattern.kind === 'all') return 'at every latency'
  if (pattern.kind === 'below') return `below ${pattern.ms} ms`
  return pattern.kind === 'from' ? `from ${pattern.ms} ms on` : `at ${pattern.list} ms only`
}

function patternOf(cells: readonly Cell[], fill: string): Pattern {
  const row = cells.filter((cell) => cell.fill === fill).sort((a, b) => a.latency_ms - b.latency_ms)
  const gains = row.map((cell) => cell.net_pnl_usdc > 0)
  const first = gains.indexOf(true)
  if (first < 0) return { kind: 'none' }
  const loses = gains.indexOf(false)
  if (loses < 0) return { kind: 'all' }
  if (!gains.includes(true, loses)) return { kind: 'below', ms: row[loses]!.latency_ms }
  if (!gains.includes(false, first)) return { kind: 'from', ms: row[first]!.latency_ms }
  return {
    kind: 'scattered',
    list: joined(row.filter((_, i) => gains[i]).map((cell) => String(cell.latency_ms))),
  }
}

function equal(a: Pattern, b: Pattern): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function fillsOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.map(({ fill }) => fill))]
}

/** What else to know of a table: what is outside it, what the recording leaves of the models, what chance earns. */
export function notesOn(
  { cells, controls, run }: Pick<Audit, 'cells' | 'controls' | 'run'>,
  prints: boolean,
): string[] {
  return [...unresolved(cells), ...(prints ? [] : [withoutTrades(cells)]), ...chance(controls, run)]
}

function unresolved(cells: readonly Cell[]): string[] {
  const values = cells.map((cell) => cell.unresolved_usdc)
  if (values.every((value) => value === 0)) return []
  const turned = cells.filter(
    (cell) => cell.net_pnl_usdc > 0 !== cell.net_pnl_usdc + cell.unresolved_usdc > 0,
  ).length
  const range = `${money(Math.min(...values))} to ${money(Math.max(...values))} USDC`
  const sign =
    turned === 0
      ? 'no cell would turn from loss to profit or back'
      : `${turned} of ${cells.length} cells would turn from loss to profit or back`
  return [
    `Windows without an outcome are in no cell; at their last mid they would add ${range}, and ${sign}.`,
  ]
}

function withoutTrades(cells: readonly Cell[]): string {
  const rule =
    'The recording has no trades: neutral fills differ from pessimistic ones only where a whole level vanished with the touch behind it'
  const pairs = cells.flatMap((cell) => {
    const twin = cells.find((one) => one.fill === 'queue-neutral' && one.latency_ms === cell.latency_ms)
    return cell.fill === 'queue-pessimistic' && twin !== undefined ? [[cell, twin] as const] : []
  })
  const same = pairs.filter(([a, b]) => a.net_pnl_usdc === b.net_pnl_usdc && a.fills === b.fills).length
  if (same === 0) return `${rule}.`
  return `${rule}; here they are equal at ${same === pairs.length ? 'every latency' : `${same} of ${pairs.length} latencies`}.`
}

function chance(controls: Audit['controls'], run: Audit['run']): string[] {
  const random = controls.find(({ strategy }) => strategy === 'random')
  if (random === undefined || run.strategy === 'random' || random.net_pnl_usdc < run.net_pnl_usdc) return []
  return [
    `Throwing dice does no worse: the random control makes ${money(random.net_pnl_usdc)} USDC under the run’s own fills and latency, ${run.strategy} ${money(run.net_pnl_usdc)}.`,
  ]
}

/** `a`, `a and b`, `a, b and c`. */
function joined(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
