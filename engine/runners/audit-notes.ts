import { floorOf } from '../luck/index.ts'
import { joined, rowsIn, rowTitle, sameRows } from '../report/audit-rows.ts'
import type { Audit, Cell } from '../report/index.ts'
import { DICE } from './controls.ts'
import { money, signedMoney } from './money.ts'

/**
 * What else to know of a table: which rows it has for nothing, what is outside it, what the recording leaves of the models,
 * what dice make.
 */
export function notesOn(
  { cells, controls, run }: Pick<Audit, 'cells' | 'controls' | 'run'>,
  prints: boolean,
): string[] {
  return [
    ...same(cells),
    ...unused(cells),
    ...ruined(cells, run),
    ...unresolved(cells),
    ...(prints ? [] : withoutTrades(cells)),
    ...chance(controls, run),
  ]
}

/** Rows that came out the same show nothing about what tells them apart. */
function same(cells: readonly Cell[]): string[] {
  const rows = rowsIn(cells)
  if (cells.every(({ fills }) => fills === 0)) return []
  return sameRows(cells).map((group) =>
    group.length === rows.length
      ? 'All rows are the same for this run: it never meets what they assume differently, and the table varies latency alone.'
      : `The rows ${joined(group.map(rowTitle))} are the same for this run: what they assume differently, it never meets.`,
  )
}

/** An assumption about resting orders says nothing of a run that takes, and the other way round. */
function unused(cells: readonly Cell[]): string[] {
  if (cells[0]?.slip_bps !== undefined) return []
  const fills = cells.reduce((sum, cell) => sum + cell.fills, 0)
  const makers = cells.reduce((sum, cell) => sum + cell.maker_fills, 0)
  if (fills === 0) return []
  if (makers === 0) {
    return [
      'No resting order was filled in any cell: what is assumed of queues changes nothing here, and the rows differ by what becomes of depth that the run took.',
    ]
  }
  if (makers < fills) return []
  return [
    'No order took from the book in any cell: the rows differ by what is assumed of resting orders, and by nothing else.',
  ]
}

/** A loss that ends with the capital is cut off there: a larger account would have lost more. */
function ruined(cells: readonly Cell[], run: Audit['run']): string[] {
  const gone = cells.filter((cell) => cell.ruined).length
  if (gone === 0 && !run.ruined) return []
  const where = run.ruined
    ? `The run itself and ${gone} of ${cells.length} cells`
    : `${gone} of ${cells.length} cells`
  return [
    `${where} end with their capital gone: a loss cannot be larger there, however much worse the strategy is.`,
  ]
}

function unresolved(cells: readonly Cell[]): string[] {
  const values = cells.map((cell) => cell.unresolved_usdc)
  if (values.every((value) => value === 0)) return []
  const turned = cells.filter((cell) => turns(cell)).length
  const range = `${money(Math.min(...values))} to ${money(Math.max(...values))} USDC`
  const sign =
    turned === 0
      ? 'no cell would turn from profit to loss or back'
      : `${turned} of ${cells.length} cells would turn from profit to loss or back`
  return [
    `Windows without an outcome are in no cell; at their last mid they would add ${range}, and ${sign}.`,
  ]
}

/** From above what is nothing to below it, or back. */
function turns({ net_pnl_usdc, unresolved_usdc, volume_usdc }: Cell): boolean {
  const floor = floorOf(volume_usdc)
  const with_usdc = net_pnl_usdc + unresolved_usdc
  return Math.min(Math.abs(net_pnl_usdc), Math.abs(with_usdc)) >= floor && net_pnl_usdc > 0 !== with_usdc > 0
}

function withoutTrades(cells: readonly Cell[]): string[] {
  const pairs = cells.flatMap((cell) => {
    const twin = cells.find((one) => one.fill === 'queue-neutral' && one.latency_ms === cell.latency_ms)
    return cell.fill === 'queue-pessimistic' && twin !== undefined ? [[cell, twin] as const] : []
  })
  if (pairs.length === 0) return []
  const rule =
    'The recording has no trades: neutral queues differ from pessimistic ones only where a whole level vanished with the touch behind it'
  const equal = pairs.filter(([a, b]) => a.net_pnl_usdc === b.net_pnl_usdc && a.fills === b.fills).length
  if (equal === 0) return [`${rule}.`]
  return [
    `${rule}; here the rows are equal at ${equal === pairs.length ? 'every latency' : `${equal} of ${pairs.length} latencies`}.`,
  ]
}

function chance(controls: Audit['controls'], run: Audit['run']): string[] {
  const dice = controls.find(({ strategy }) => strategy === DICE)
  if (dice === undefined || run.fills === 0 || dice.scaled_mean < run.net_pnl_usdc) return []
  return [
    `Throwing dice does no worse: ${dice.seeds.length} seeds of random make ${signedMoney(dice.scaled_mean)} USDC on average at the volume of the run (standard deviation ${money(dice.scaled_sd)}), ${run.strategy} ${signedMoney(run.net_pnl_usdc)}.`,
  ]
}
