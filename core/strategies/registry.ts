import { divergence } from './divergence.ts'
import { marketMaker } from './market-maker.ts'
import { nothing } from './nothing.ts'
import { random } from './random.ts'
import { type Strategy, StrategyError } from './strategy.ts'

/** The strategies that ship, the market maker first. */
export const STRATEGIES: readonly Strategy[] = [marketMaker, divergence, nothing, random]

/** Their names. */
export const NAMES: readonly string[] = STRATEGIES.map((strategy) => strategy.name)

/**
 * The strategy of a name.
 *
 * @throws StrategyError `strategy.unknown`, listing the names
 */
export function byName(name: string): Strategy {
  const found = STRATEGIES.find((strategy) => strategy.name === name)
  if (found === undefined)
    throw new StrategyError(
      'strategy.unknown',
      `there is no strategy "${name}"; use one of ${NAMES.join(', ')}`,
    )
  return found
}
