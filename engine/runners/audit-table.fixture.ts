import { type Sign, signOf } from '../luck/index.ts'
import type { Audit, Cell, Control } from '../report/index.ts'
import { LATENCIES_MS, rowsFor } from './audit-assumptions.ts'
import type { Table } from './audit-words.ts'
import { controlOf, diceSeeds } from './controls.ts'

/** What a result is told to be, and how it would have come about. */
const HALF: Readonly<Record<Sign, number>> = { gain: 0.5, loss: 0.5, unclear: 40, idle: 0 }

/** A result of this net whose interval leaves out 0, or not. */
export function resultOf(net_pnl_usdc: number, sign: Sign) {
  const half = HALF[sign] * Math.max(Math.abs(net_pnl_usdc), 0.02)
  const idle = sign === 'idle'
  const result = {
    net_pnl_usdc,
    net_pnl_interval_usdc: {
      low: idle ? null : net_pnl_usdc - half,
      high: idle ? null : net_pnl_usdc + half,
      level: 0.95,
      windows: idle ? 0 : 40,
      blocks: idle ? 0 : 40,
    },
    fills: idle ? 0 : 10,
    maker_fills: idle ? 0 : 5,
    volume_usdc: idle ? 0 : 100,
    ruined: false,
  }
  return { ...result, sign: signOf(result) }
}

/** Marks of a line of a table: `+` more than luck, `-` likewise, `0` not to be told from it, `.` no fill. */
const SIGNS: Readonly<Record<string, Sign>> = { '+': 'gain', '-': 'loss', '0': 'unclear', '.': 'idle' }

/** Cells of three lines of six marks: pessimistic, neutral, optimistic; latencies rising. No two rows are the same. */
export function cellsOf(lines: readonly string[], rows = rowsFor('full')): Cell[] {
  return rows.flatMap((row, r) =>
    LATENCIES_MS.map((latency_ms, column): Cell => {
      const sign = SIGNS[lines[r]![column]!]!
      const net = { gain: 6, loss: -6, unclear: 3, idle: 0 }[sign] * (1 + (r + column) / 8)
      return { ...row, latency_ms, ...resultOf(net, sign), unresolved_usdc: 0 }
    }),
  )
}

/** Ten throws that make about this mean, spread as said. */
export function diceOf(mean: number, spread: number): Control {
  const seeds = diceSeeds(1)
  const runs = seeds.map((_, i) => ({
    net_pnl_usdc: mean + (i % 2 === 0 ? spread : -spread),
    fills: 4,
    volume_usdc: 100,
  }))
  return controlOf('random', seeds, runs, 100)
}

/** The run beside its table: its pessimistic cell at 50 ms unless another is given. */
export function tableOf(lines: readonly string[], options: { own?: string; dice?: Control } = {}): Table {
  const cells = cellsOf(lines)
  const own: Audit['run'] = {
    strategy: 'market-maker',
    entry_latency_ms: 50,
    response_latency_ms: 50,
    ...cells[1]!,
    cell: true,
    ...(options.own !== undefined && {
      ...resultOf(options.own === '-' ? -7 : 7, SIGNS[options.own]!),
      cell: false,
    }),
  }
  const idle = controlOf('nothing', [1], [{ net_pnl_usdc: 0, fills: 0, volume_usdc: 0 }], 100)
  return { cells, controls: [options.dice ?? diceOf(-5, 1), idle], run: own }
}
