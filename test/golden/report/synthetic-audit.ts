import { Rng } from '../../../core/random/index.ts'
import type { Audit } from '../../../engine/report/index.ts'
import type { RunFile } from '../../../engine/report/run-file.ts'
import { dependsOn, FILLS, LATENCIES_MS, notesOn } from '../../../engine/runners/audit-words.ts'

/** `audit.json` of a made-up run: its own cell is the run, better fills and lower latencies earn more. */
export function auditOf(run: RunFile): Audit {
  const rng = Rng.create(run.seed, 3)
  const scale = Math.max(Math.abs(run.net_pnl_usdc), 1)
  const cells = FILLS.flatMap((fill, kind) =>
    LATENCIES_MS.map((latency_ms, step) => {
      const own = fill === run.fill && latency_ms === 50
      const better = kind * (0.9 - 0.24 * step) + 0.1 * (1 - step) + 0.05 * Rng.uniform(rng)
      return {
        fill,
        latency_ms,
        net_pnl_usdc: own ? run.net_pnl_usdc : cents(run.net_pnl_usdc + scale * better),
        fills: own ? run.fills : Math.round(run.fills * (1 + kind * 0.4 - step * 0.05)),
        unresolved_usdc: cents(run.unresolved_value_usdc - run.unresolved_cost_usdc),
      }
    }),
  )
  const controls = [
    { strategy: 'random', net_pnl_usdc: cents(-0.31 * scale), fills: Math.round(run.fills / 4) },
    { strategy: 'nothing', net_pnl_usdc: 0, fills: 0 },
  ]
  const own = {
    strategy: run.strategy,
    fill: run.fill,
    entry_latency_ms: 50,
    response_latency_ms: 50,
    net_pnl_usdc: run.net_pnl_usdc,
    fills: run.fills,
    cell: true,
  }
  return {
    cells,
    depends_on: dependsOn(cells),
    controls,
    notes: notesOn({ cells, controls, run: own }, run.recording.has_trades),
    run: own,
    code_version: run.code_version,
    wall_s: 9.5,
  }
}

function cents(usdc: number): number {
  return Math.round(usdc * 100) / 100
}
