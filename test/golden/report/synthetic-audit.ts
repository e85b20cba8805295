import { Rng } from '../../../core/random/index.ts'
import { signOf } from '../../../engine/luck/index.ts'
import type { Audit, Cell } from '../../../engine/report/index.ts'
import type { RunFile } from '../../../engine/report/run-file.ts'
import { LATENCIES_MS, rowsFor } from '../../../engine/runners/audit-assumptions.ts'
import { notesOn } from '../../../engine/runners/audit-notes.ts'
import { dependsOn } from '../../../engine/runners/audit-words.ts'
import { controlOf, diceSeeds } from '../../../engine/runners/controls.ts'

/** `audit.json` of a made-up run: its own cell is the run, better fills and lower latencies earn more. */
export function auditOf(run: RunFile): Audit {
  const rng = Rng.create(run.seed, 3)
  const scale = Math.max(Math.abs(run.net_pnl_usdc), 1)
  const unresolved_usdc = cents(run.unresolved_value_usdc - run.unresolved_cost_usdc)
  const cells = rowsFor('full').flatMap(({ fill }, kind) =>
    LATENCIES_MS.map((latency_ms, step): Cell => {
      const own = fill === run.fill && latency_ms === 50
      const better = kind * (0.9 - 0.24 * step) + 0.1 * (1 - step) + 0.05 * Rng.uniform(rng)
      const net = own ? run.net_pnl_usdc : cents(run.net_pnl_usdc + scale * better)
      const fills = own ? run.fills : Math.round(run.fills * (1 + kind * 0.4 - step * 0.05))
      return { fill, latency_ms, ...resultOf(run, net, fills), unresolved_usdc }
    }),
  )
  const seeds = diceSeeds(run.seed)
  const dice = seeds.map(() => ({
    net_pnl_usdc: cents((0.4 * Rng.uniform(rng) - 0.5) * scale),
    fills: Math.round(run.fills / 4),
    volume_usdc: run.volume_usdc / 4,
  }))
  const idle = { net_pnl_usdc: 0, fills: 0, volume_usdc: 0 }
  const controls = [
    controlOf('random', seeds, dice, run.volume_usdc),
    controlOf('nothing', [run.seed], [idle], run.volume_usdc),
  ]
  const own = {
    strategy: run.strategy,
    fill: run.fill,
    entry_latency_ms: 50,
    response_latency_ms: 50,
    ...resultOf(run, run.net_pnl_usdc, run.fills),
    cell: true,
  }
  return {
    cells,
    depends_on: dependsOn({ cells, controls, run: own }),
    controls,
    notes: notesOn({ cells, controls, run: own }, run.recording.has_trades),
    run: own,
    code_version: run.code_version,
    wall_s: 9.5,
  }
}

/** A result with the run's own interval, moved to the net. */
function resultOf(run: RunFile, net_pnl_usdc: number, fills: number) {
  const { low, high, ...rest } = run.net_pnl_interval_usdc
  const moved = (end: number | null) => (end === null ? null : cents(end - run.net_pnl_usdc + net_pnl_usdc))
  const result = {
    net_pnl_usdc,
    net_pnl_interval_usdc: { low: moved(low), high: moved(high), ...rest },
    fills,
    maker_fills: Math.round(0.8 * fills),
    volume_usdc: run.volume_usdc,
    ruined: false,
  }
  return { ...result, sign: signOf(result) }
}

function cents(usdc: number): number {
  return Math.round(usdc * 100) / 100
}
