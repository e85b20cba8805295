import type { Table, TableName } from '../../core/machine/records.ts'
import * as World from '../../core/machine/world.ts'
import type { Micros } from '../../core/units/index.ts'
import type { RunInput } from './execute.ts'
import { discard, worldOf } from './world-of.ts'

/** How it is watched. */
export type StandOptions = {
  signal?: AbortSignal
  progress?: (rows: number) => void
  /** Takes full tables, and at the end all of them. */
  drain?: (table: Table<TableName>) => void
  /** Told of the world before its first row. */
  before?: (world: World.World) => void
}

/**
 * The world as it stands after everything due at or before a time: rows, timers, answers. Nothing after that time was
 * looked at. Its hash chain is sealed there, as a checkpoint would. The books are not closed, but where the run itself was
 * over by then: that is its end, with its hash.
 */
export async function standAt(
  input: RunInput,
  until_us: Micros,
  options: StandOptions = {},
): Promise<World.World> {
  const { tape } = input
  const world = worldOf(input, { drain: options.drain ?? discard })
  options.before?.(world)
  world.until_us = until_us
  let tape_over = true
  for await (const columns of tape.read()) {
    options.signal?.throwIfAborted()
    World.feed(world, columns)
    options.progress?.(world.machine.state.counts.events)
    tape_over = columns.local_us[columns.length - 1]! <= until_us
    if (!tape_over) break
  }
  World.settle(world, tape_over)
  if (options.drain !== undefined) {
    for (const table of Object.values(world.machine.records)) options.drain(table as Table<TableName>)
  }
  return world
}
