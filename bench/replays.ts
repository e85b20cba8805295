import { Chain } from '../core/hash/index.ts'
import type { MachineConfig } from '../core/machine/machine.ts'
import type { World } from '../core/machine/world.ts'
import { byName } from '../core/strategies/registry.ts'
import type { Strategy } from '../core/strategies/strategy.ts'
import { backtestConfig } from '../engine/runners/backtest-config.ts'
import type { RunInput } from '../engine/runners/execute.ts'
import type { Tape } from '../engine/runners/tape.ts'

/**
 * So much that a long tape of losses never ends in an empty account: a market maker that can afford nothing decides
 * quickly, and would flatter the figure.
 */
const CASH_USDC = 1_000_000

/** The market maker on a tape with every default of a backtest, pessimistic queue fills among them, and deep pockets. */
export function marketMakerOn(tape: Tape): RunInput {
  const strategy = byName('market-maker') as Strategy
  const config: MachineConfig = backtestConfig(strategy, tape, {
    env: {},
    cwd: null,
    params: [`portfolio.initial_cash_usdc=${CASH_USDC}`],
  })
  return { tape, strategy, config, seed: 1 }
}

/** What a run came to: equal for equal runs, and enough to see how much it had to do. */
export function resultOf({ machine }: World): Record<string, unknown> {
  const { counts, chain } = machine.state
  const { events, decisions, orders, fills, merges } = counts
  return { events, decisions, orders, fills, merges, state_hash: Chain.hex(chain) }
}
