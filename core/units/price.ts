import { ONE, type Tick } from './units.ts'

/**
 * A real price this little below a whole 1e-4 is that whole (the unit is 1e-4 USDC, so 1e-10 USDC): to a person
 * 1 − 0.45 − 0.005 is 0.545, to floating point it may be a hair less, and a tick must not be lost over it.
 */
const NOISE = 1e-6

/** Real USDC a share as whole 1e-4, rounded down. NaN stays NaN. */
export function floorPrice(usdc: number): Tick {
  return Math.floor(usdc * ONE + NOISE)
}

/** Real USDC a share as whole 1e-4, rounded up (never −0). NaN stays NaN. */
export function ceilPrice(usdc: number): Tick {
  return Math.ceil(usdc * ONE - NOISE) + 0
}

/** Whether a number of 1e-4 is a tick size: it divides 1 USDC evenly, at most by two, as 0.1, 0.005 and 0.0001 do. */
export function isTickSize(tick: Tick): boolean {
  return tick >= 1 && tick <= ONE / 2 && ONE % tick === 0
}

/** The highest multiple of `tick` that is at most `price`. */
export function floorToTick(price: Tick, tick: Tick): Tick {
  return Math.floor(price / tick) * tick
}

/** The lowest multiple of `tick` that is at least `price`. */
export function ceilToTick(price: Tick, tick: Tick): Tick {
  return Math.ceil(price / tick) * tick + 0
}
