import { type Interval, isEnough } from './interval.ts'

/** A result by what can be told of it: more than luck on these windows, not to be told from luck, or nothing was traded. */
export type Sign = 'gain' | 'loss' | 'unclear' | 'idle'

/** The result of a run, as far as its sign depends on it. */
export type Outcome = {
  net_pnl_usdc: number
  volume_usdc: number
  fills: number
  net_pnl_interval_usdc: Interval
}

/** A cent, and this much of the volume (one tick of 1e-4 on each USDC traded): nets below are nothing, whatever the windows say. */
const FLOOR_USDC = 0.01
const FLOOR_OF_VOLUME = 1e-4

/** The net below which a result is none: rounding, a fee, one share more or less. */
export function floorOf(volume_usdc: number): number {
  return Math.max(FLOOR_USDC, FLOOR_OF_VOLUME * volume_usdc)
}

/** A result has a sign where its interval leaves out 0, over enough windows, and it is above the floor. */
export function signOf({ net_pnl_usdc, volume_usdc, fills, net_pnl_interval_usdc: interval }: Outcome): Sign {
  if (fills === 0) return 'idle'
  if (!isEnough(interval) || Math.abs(net_pnl_usdc) < floorOf(volume_usdc)) return 'unclear'
  if (interval.low! > 0) return 'gain'
  return interval.high! < 0 ? 'loss' : 'unclear'
}
