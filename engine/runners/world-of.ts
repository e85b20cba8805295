import { join } from 'node:path'
import type { MachineConfig } from '../../core/machine/machine.ts'
import type { Table, TableName } from '../../core/machine/records.ts'
import type { RunState } from '../../core/machine/snapshot.ts'
import * as World from '../../core/machine/world.ts'
import { RolesError } from '../../core/reference/roles.ts'
import { RuleError } from '../../core/rules/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { RunInput } from './execute.ts'
import { RunnerError } from './runner-error.ts'

/** What a world may have differently from its run's input. */
export type WorldChanges = {
  config?: MachineConfig
  seed?: number
  /** Takes full tables; without it rows are thrown away. */
  drain?: (table: Table<TableName>) => void
  onGap?: (market: number, from_us: Micros, to_us: Micros) => void
  /** Go on from here instead of from the start. */
  from?: RunState
}

/**
 * The world of a run: its tape's instruments and profile, its strategy, its configuration and seed.
 *
 * @throws RunnerError with the dataset's file where its profile or its markets are at fault
 */
export function worldOf(input: RunInput, changes: WorldChanges = {}): World.World {
  try {
    return create(input, changes)
  } catch (thrown) {
    throw placed(thrown, input.tape.datasets[0]?.dir ?? '')
  }
}

/** What the core refuses of a dataset, with the file that says it. */
function placed(thrown: unknown, dir: string): unknown {
  if (thrown instanceof RolesError) {
    const file = join(dir, 'manifest.json')
    const field = `reference_profile.${thrown.field}`
    return new RunnerError(thrown.code, `${file}: ${thrown.message}`, 'use a dataset that is whole', {
      file,
      field,
    })
  }
  if (thrown instanceof RuleError) {
    const file = join(dir, 'instruments.json')
    return new RunnerError(thrown.code, `${file}: ${thrown.message}`, thrown.fix, {
      file,
      field: 'markets',
    })
  }
  return thrown
}

function create(input: RunInput, changes: WorldChanges): World.World {
  const { tape, strategy } = input
  return World.create({
    instruments: tape.instruments,
    profile: tape.profile,
    strategy,
    config: changes.config ?? input.config,
    seed: changes.seed ?? input.seed,
    prints: tape.prints,
    onFull: changes.drain ?? discard,
    ...(changes.onGap !== undefined && { onGap: changes.onGap }),
    ...(changes.from !== undefined && { from: changes.from }),
  })
}

/** Throw a table's rows away. */
export function discard(table: Table<TableName>): void {
  table.length = 0
}
