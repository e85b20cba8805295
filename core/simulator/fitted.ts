import * as Draw from './draws.ts'

/**
 * Shapes taken from the recorded books of 15 April 2026, which no single setting could state. docs/simulator.md holds what
 * comes of them beside the recording.
 */

/** Sizes of resting orders in shares, and how often each is met. Traders like round numbers. */
const SIZES: readonly (readonly [shares: number, weight: number])[] = [
  [5, 31],
  [6, 3],
  [7, 2],
  [10, 9.5],
  [11, 2.5],
  [14, 1.5],
  [15, 5.5],
  [20, 6.5],
  [25, 9],
  [30, 5.5],
  [40, 1.5],
  [50, 2],
  [60, 2.2],
  [75, 3.5],
  [100, 16],
  [110, 2.6],
  [135, 1.7],
  [150, 2],
  [200, 5],
  [240, 2.8],
  [300, 2],
  [400, 1.3],
  [600, 0.8],
  [1000, 0.3],
]
export const ORDER_SHARES = Float64Array.from(SIZES, ([shares]) => shares)
export const ORDER_SUMS = Draw.cumulate(SIZES.map(([, weight]) => weight))

/** How far behind its own best price a maker works, in cents, and how often. */
export const DISTANCE_SUMS = Draw.cumulate(
  Array.from({ length: 99 }, (_, cents) => {
    if (cents === 0) return 32
    if (cents <= 4) return 20 - 2.6 * cents
    if (cents <= 10) return 8.5 - 0.6 * (cents - 4)
    return cents <= 20 ? 3.6 - 0.2 * (cents - 11) : Math.max(0.45, 1.8 - 0.08 * (cents - 20))
  }),
)

/**
 * Shares that one owner bids at the first six cents of both outcomes before the start, and what of it stays after the first
 * minutes.
 */
export const FARMED: readonly (readonly [before: number, after: number])[] = [
  [13_700, 11_000],
  [18_700, 2_600],
  [15_200, 2_300],
  [10_900, 700],
  [7_200, 600],
  [5_400, 250],
]
