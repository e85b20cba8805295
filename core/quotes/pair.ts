import { floorToGrid, ONE, type PriceGrid, type Probability, stepsFrom, type Tick } from '../units/index.ts'

/** Level-0 bids of both outcomes; 0: no bid. */
export type Pair = { up: Tick; down: Tick }

/** Edges closer than this, in 1e-4, are equal: far under any tick, far over floating noise. */
const TIE = 1e-6

/**
 * Hold the pair rule (formulas.md §6): while both bids together cost more than `target`, one step of the grid comes off the
 * outcome with the smaller model edge (probability less price), alternating on ties, Up first. An outcome that runs out of
 * steps bids no more; then the other one alone stays within the target. HOT.
 *
 * @param target highest sum, in 1e-4
 */
export function trim(pair: Pair, target: Tick, q_up: Probability, grid: PriceGrid): void {
  if (pair.up > 0 && pair.down > 0) {
    if (grid.step.length === 1) share(pair, target, q_up, grid.lowest)
    else stepDown(pair, target, q_up, grid)
  }
  if (pair.up < grid.lowest) pair.up = 0
  if (pair.down < grid.lowest) pair.down = 0
  if (pair.up + pair.down <= target) return
  const alone = floorToGrid(grid, target)
  if (pair.up === 0) pair.down = alone
  else pair.up = alone
}

/**
 * The steps one by one: a grid of several bands has some hundreds.
 *
 * @param grid of any bands; {@link trim} counts where there is one
 */
export function stepDown(pair: Pair, target: Tick, q_up: Probability, grid: PriceGrid): void {
  const lead = (2 * q_up - 1) * ONE
  let up_first = true
  while (pair.up + pair.down > target && pair.up > 0 && pair.down > 0) {
    // Edge of Up less edge of Down.
    const gap = lead - pair.up + pair.down
    const tie = Math.abs(gap) <= TIE
    const takes_up = tie ? up_first : gap < 0
    if (tie) up_first = !up_first
    if (takes_up) pair.up = stepsFrom(grid, pair.up, -1)
    else pair.down = stepsFrom(grid, pair.down, -1)
  }
}

/**
 * The same of one step size, counted and not taken one by one: at the finest there can be thousands. An outcome that runs
 * out goes below 0.
 */
function share(pair: Pair, target: Tick, q_up: Probability, tick: Tick): void {
  const count = Math.ceil((pair.up + pair.down - target) / tick)
  if (count <= 0) return
  // Edge of Up less edge of Down.
  const gap = (2 * q_up - 1) * ONE - pair.up + pair.down
  const level = Math.max(0, Math.ceil((Math.abs(gap) - TIE) / tick))
  const first = Math.min(count, level)
  if (gap < 0) pair.up -= first * tick
  else pair.down -= first * tick
  const rest = count - first
  if (rest === 0) return
  const left = gap < 0 ? gap + first * tick : gap - first * tick
  const rounds = Math.floor(rest / 2)
  pair.up -= rounds * tick
  pair.down -= rounds * tick
  if (rest % 2 === 0) return
  // Without a tie the sides take turns by themselves; every round that begins with a tie goes to the other side first.
  const takes_up = Math.abs(left) <= TIE ? rounds % 2 === 0 : left < 0
  if (takes_up) pair.up -= tick
  else pair.down -= tick
}
