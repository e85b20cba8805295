import type { Columns } from '../../core/events/index.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import type { Table, TableName } from '../../core/machine/records.ts'
import type { RunState } from '../../core/machine/snapshot.ts'
import * as World from '../../core/machine/world.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import type { Micros } from '../../core/units/index.ts'
import { interruptible } from './interruptible.ts'
import type { Tape } from './tape.ts'
import { discard, worldOf } from './world-of.ts'

/** What decides a run's result, and nothing else. */
export type RunInput = { tape: Tape; strategy: Strategy; config: MachineConfig; seed: number }

/** How a run is driven and watched. None of it changes a decision. */
export type RunOptions = {
  /** Takes full tables; without it rows are thrown away. */
  drain?: (table: Table<TableName>) => void
  onGap?: (market: number, from_us: Micros, to_us: Micros) => void
  /** Told the rows done so far. */
  progress?: (rows: number) => void
  signal?: AbortSignal
  chunk_rows?: number
  /** Stop before the first row or decision after this time. */
  until_us?: Micros
  /** Called after every chunk and at the end. */
  observe?: (world: World.World) => void
  /** Go on from a state after `from_row` rows. */
  from?: { state: RunState; row: number }
}

/** Run a strategy over a tape, in this process and on this thread. Constant memory. */
export async function execute(input: RunInput, options: RunOptions = {}): Promise<World.World> {
  const drain = options.drain ?? discard
  const world = worldOf(input, {
    drain,
    ...(options.onGap !== undefined && { onGap: options.onGap }),
    ...(options.from !== undefined && { from: options.from.state }),
  })
  if (options.until_us !== undefined) world.until_us = options.until_us
  const reading = {
    ...(options.chunk_rows !== undefined && { chunk_rows: options.chunk_rows }),
    ...(options.from !== undefined && { from_row: options.from.row }),
  }
  for await (const columns of input.tape.read(reading)) {
    options.signal?.throwIfAborted()
    interruptible(() => World.feed(world, columns))
    options.progress?.(world.machine.state.counts.events)
    options.observe?.(world)
    if (past(columns, world.until_us)) break
  }
  World.end(world)
  options.observe?.(world)
  for (const table of Object.values(world.machine.records)) drain(table as Table<TableName>)
  return world
}

function past(columns: Columns, until_us: Micros): boolean {
  return columns.length > 0 && columns.local_us[columns.length - 1]! > until_us
}
