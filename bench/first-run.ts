import { execute } from '../engine/runners/execute.ts'
import { marketMakerOn, resultOf } from './replays.ts'
import { shippedTape } from './tapes.ts'

/** What the first replay in a process takes: started by case-cold.ts. */
export type FirstRun = { loaded_s: number; run_s: number; events: number; state_hash: unknown }

if (import.meta.main) {
  // Counted from the start of the process: Node itself, then reading and stripping the sources.
  const loaded_s = performance.now() / 1e3
  const { tape } = await shippedTape(1)
  const input = marketMakerOn(tape)
  const started_ms = performance.now()
  const world = await execute(input)
  const run_s = (performance.now() - started_ms) / 1e3
  const { events, state_hash } = resultOf(world)
  console.log(JSON.stringify({ loaded_s, run_s, events, state_hash }))
}
