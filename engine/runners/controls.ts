import { MICRO } from '../../core/units/index.ts'
import { studentQuantile } from '../luck/index.ts'
import type { Control } from '../report/index.ts'
import type { Figures } from './summary.ts'

/** Strategies without an opinion: what they earn, chance and the fill model give away. */
export const DICE = 'random'
export const IDLE = 'nothing'
/** Throws of the dice: one draw says nothing. */
const THROWS = 10

/** Seeds of the dice: none is the run’s own, which may be dice itself. */
export function diceSeeds(seed: number): number[] {
  const step = seed + THROWS <= Number.MAX_SAFE_INTEGER ? 1 : -1
  return Array.from({ length: THROWS }, (_, i) => seed + step * (i + 1))
}

/** What the runs of one control come to, and what they would have made had they traded as much as `volume_usdc`. */
export function controlOf(
  strategy: string,
  seeds: readonly number[],
  runs: readonly Pick<Figures, 'net_pnl_usdc' | 'fills' | 'volume_usdc'>[],
  volume_usdc: number,
): Control {
  const nets = spread(runs.map((run) => run.net_pnl_usdc))
  const scaled = spread(
    runs.map((run) => (run.volume_usdc === 0 ? 0 : (run.net_pnl_usdc / run.volume_usdc) * volume_usdc)),
  )
  const per_volume = spread(
    runs.map((run) => (run.volume_usdc === 0 ? 0 : run.net_pnl_usdc / run.volume_usdc)),
  )
  return {
    strategy,
    net_pnl_usdc: micro(nets.mean),
    fills: spread(runs.map((run) => run.fills)).mean,
    volume_usdc: micro(spread(runs.map((run) => run.volume_usdc)).mean),
    seeds: [...seeds],
    mean: micro(nets.mean),
    sd: micro(nets.sd),
    per_volume: per_volume.mean,
    scaled_mean: micro(scaled.mean),
    scaled_sd: micro(scaled.sd),
  }
}

/**
 * The most that one more throw of the dice may well make at the run’s volume (97.5 %). With few throws the spread itself is
 * uncertain: for ten it is 2.4 of their standard deviations above their mean, not 2.
 */
export function reachOf({ seeds, scaled_mean, scaled_sd }: Control): number {
  const { length } = seeds
  if (length < 2) return scaled_mean
  return scaled_mean + studentQuantile(0.975, length - 1) * Math.sqrt(1 + 1 / length) * scaled_sd
}

/** Mean and standard deviation. */
function spread(values: readonly number[]): { mean: number; sd: number } {
  const { length } = values
  const mean = values.reduce((sum, value) => sum + value, 0) / length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, sd: length < 2 ? 0 : Math.sqrt(squares / (length - 1)) }
}

/** Money to the micro-USDC: what is finer is arithmetic. */
function micro(usdc: number): number {
  return Math.round(usdc * MICRO) / MICRO + 0
}
