import { floorToTick, ONE, type Probability, type Tick } from '../units/index.ts'

/** Level-0 bids of both outcomes; 0: no bid. */
export type Pair = { up: Tick; down: Tick }

/** Edges closer than this, in 1e-4, are equal: far under any tick, far over floating noise. */
const TIE = 1e-6

/**
 * Hold the pair rule (formulas.md §6): while both bids together cost more than `target`, one tick comes off the outcome
 * with the smaller model edge (probability less price), alternating on ties, Up first. An outcome that runs out of
 * ticks bids no more; then the other one alone stays within the target.
 *
 * The ticks to take are counted, not taken one by one: at the finest tick there can be hundreds. HOT.
 *
 * @param target highest sum, in 1e-4
 */
export function trim(pair: Pair, target: Tick, q_up: Probability, tick: Tick): void {
  if (pair.up > 0 && pair.down > 0) share(pair, Math.ceil((pair.up + pair.down - target) / tick), q_up, tick)
  if (pair.up < tick) pair.up = 0
  if (pair.down < tick) pair.down = 0
  if (pair.up + pair.down <= target) return
  const alone = floorToTick(target, tick)
  if (pair.up === 0) pair.down = alone
  else pair.up = alone
}

/** Take `count` ticks off the two bids, each off the one with the smaller edge at that moment. */
function share(pair: Pair, count: number, q_up: Probability, tick: Tick): void {
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
