import { type Columns, Flag, slice } from '../../core/events/index.ts'
import { Chain } from '../../core/hash/index.ts'
import { graft } from '../../core/machine/graft.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import * as Snapshot from '../../core/machine/snapshot.ts'
import * as World from '../../core/machine/world.ts'
import type { Micros } from '../../core/units/index.ts'
import type { RunInput } from './execute.ts'
import { RunnerError } from './runner-error.ts'
import { figuresOf } from './summary.ts'
import { worldOf } from './world-of.ts'

/** A variation of a run from a moment on. */
export type Variation = { label: string; config: MachineConfig; seed: number }

/** How a branch ended. */
export type Branch = {
  label: string
  net_pnl_usdc: number
  fills: number
  max_drawdown_usdc: number
  state_hash: string
}

/**
 * Run to a moment once, then go on from there in every variation, all in one pass over the rest of the tape.
 *
 * @param at_us the moment: everything up to the last message at or before it is common to all branches
 * @throws RunnerError `branch.time` for a moment outside the tape, `branch.cash` for another initial cash
 */
export async function branch(
  input: RunInput,
  at_us: Micros,
  variations: readonly Variation[],
  options: { signal?: AbortSignal; progress?: (rows: number) => void } = {},
): Promise<{ branches: Branch[]; events: number }> {
  for (const { label, config } of variations) {
    if (config.portfolio.initial_cash_usdc === input.config.portfolio.initial_cash_usdc) continue
    throw new RunnerError(
      'branch.cash',
      `${label}: the cash at the start cannot change half-way`,
      'leave portfolio.initial_cash_usdc alone',
      {
        field: 'portfolio.initial_cash_usdc',
      },
    )
  }
  const trunk = worldOf(input)
  let worlds: World.World[] | null = null
  let events = 0
  let rows = 0
  for await (const columns of input.tape.read()) {
    options.signal?.throwIfAborted()
    if (worlds !== null) for (const world of worlds) World.feed(world, columns)
    else {
      const cut = messageBoundary(columns, at_us)
      World.feed(trunk, slice(columns, 0, cut))
      if (cut < columns.length) {
        events = trunk.machine.state.counts.events
        worlds = split(input, trunk, variations)
        for (const world of worlds) World.feed(world, slice(columns, cut, columns.length))
      }
    }
    rows += columns.length
    options.progress?.(rows)
  }
  if (worlds === null || events === 0) {
    throw new RunnerError(
      'branch.time',
      'the moment lies outside the tape',
      'give a time between its first and last row',
      { field: 'at' },
    )
  }
  const branches = worlds.map((world, i) => {
    World.end(world)
    const { net_pnl_usdc, fills, max_drawdown_usdc } = figuresOf(world)
    return {
      label: variations[i]!.label,
      net_pnl_usdc,
      fills,
      max_drawdown_usdc,
      state_hash: Chain.hex(world.machine.state.chain),
    }
  })
  return { branches, events }
}

/** Rows of a chunk that belong to messages at or before a time. */
function messageBoundary(columns: Columns, at_us: Micros): number {
  let cut = 0
  while (cut < columns.length && columns.local_us[cut]! <= at_us) cut++
  while (cut > 0 && cut < columns.length && (columns.flags[cut - 1]! & Flag.LAST) === 0) cut--
  return cut
}

function split(input: RunInput, trunk: World.World, variations: readonly Variation[]): World.World[] {
  const bytes = World.snapshot(trunk)
  const fresh = stateOf(worldOf(input))
  return variations.map(({ config, seed }) => {
    const state = Snapshot.decode(bytes)
    graft(state, fresh, stateOf(worldOf(input, { config, seed })))
    return worldOf(input, { config, seed, from: state })
  })
}

function stateOf({ machine, exchange }: World.World): Snapshot.RunState {
  return { machine: machine.state, exchange: exchange.state }
}
