import type { Micros } from '../units/index.ts'

/**
 * The recent past of a price that holds until the next one: its value at an instant, and its time-weighted mean over a
 * stretch. A ring of entries at least `spacing_us` apart always reaches back `window_us`, however fast
 * the series speaks. What comes closer than `spacing_us` to the last entry replaces that entry's value: a value may then
 * seem to begin up to `spacing_us` early, and is never lost, nor kept beyond its end. Means lose nothing: the integral
 * is exact at every entry and goes linearly between them. A series slower than the spacing is kept as it is.
 */
export type History = {
  spacing_us: Micros
  /** Entries in use, and the ring index of the newest. */
  count: number
  head: number
  times: Float64Array
  values: Float64Array
  /** ∫ value·dt from some origin to the entry's time. */
  integrals: Float64Array
  /** Value in force (NaN none), when it came, and the integral up to then. */
  value: number
  last_us: Micros
  integral: number
  /** Bounds of all values in the ring; wider, never narrower, between two sweeps. */
  low: number
  high: number
}

/** Size of the ring: 12 kB a history, small enough to be hashed with the state. */
export const ENTRIES = 512
export const ENTRIES_MIN = 4

/**
 * A history that reaches back at least `window_us`.
 *
 * @param entries size of the ring, {@link ENTRIES_MIN} or more: the more, the finer
 */
export function create(window_us: Micros, entries: number = ENTRIES): History {
  return {
    spacing_us: Math.ceil(window_us / (entries - 2)),
    count: 0,
    head: entries - 1,
    times: new Float64Array(entries),
    values: new Float64Array(entries),
    integrals: new Float64Array(entries),
    value: Number.NaN,
    last_us: Number.NaN,
    integral: 0,
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
  }
}

/**
 * The price becomes `value` at `now_us`, which is not before the last time. Hot path: allocates nothing.
 */
export function push(state: History, value: number, now_us: Micros): void {
  if (state.count > 0) state.integral += state.value * (now_us - state.last_us)
  state.value = value
  state.last_us = now_us
  if (value < state.low) state.low = value
  if (value > state.high) state.high = value
  if (state.count > 0 && now_us - state.times[state.head]! < state.spacing_us) {
    state.values[state.head] = value
    return
  }
  const size = state.times.length
  state.head = (state.head + 1) % size
  if (state.head === 0 && state.count === size) sweep(state)
  if (state.count < size) state.count++
  state.times[state.head] = now_us
  state.values[state.head] = value
  state.integrals[state.head] = state.integral
}

/** Ring index of entry `i`, 0 the oldest. */
export function slot(state: History, i: number): number {
  const size = state.times.length
  return (state.head + 1 + i + size - state.count) % size
}

/** How many entries begin at or before `at_us`: the last of them is in force then. */
export function countUntil(state: History, at_us: Micros): number {
  let lo = 0
  let hi = state.count
  while (lo < hi) {
    const middle = (lo + hi) >>> 1
    if (state.times[slot(state, middle)]! <= at_us) lo = middle + 1
    else hi = middle
  }
  return lo
}

/** Value in force at `at_us`; NaN when the history begins later. */
export function valueAt(state: History, at_us: Micros): number {
  const n = countUntil(state, at_us)
  return n === 0 ? Number.NaN : state.values[slot(state, n - 1)]!
}

/** Time-weighted mean from `from_us` to `to_us` (later); NaN when the history begins after `from_us`. */
export function meanOver(state: History, from_us: Micros, to_us: Micros): number {
  return (integralAt(state, to_us) - integralAt(state, from_us)) / (to_us - from_us)
}

function integralAt(state: History, at_us: Micros): number {
  if (at_us >= state.last_us) return state.integral + state.value * (at_us - state.last_us)
  const n = countUntil(state, at_us)
  if (n === 0) return Number.NaN
  const i = slot(state, n - 1)
  const t = state.times[i]!
  const newest = n === state.count
  const end = newest ? state.last_us : state.times[slot(state, n)]!
  const sum = newest ? state.integral : state.integrals[slot(state, n)]!
  return state.integrals[i]! + (sum - state.integrals[i]!) * ((at_us - t) / (end - t))
}

/**
 * Once a turn of the full ring: bring the integral's origin to the oldest entry, so that sums stay small and precise over
 * months, and take the bounds anew.
 */
function sweep(state: History): void {
  const origin = state.integrals[slot(state, 0)]!
  state.low = state.value
  state.high = state.value
  for (let i = 0; i < state.count; i++) {
    state.integrals[i]! -= origin
    const value = state.values[i]!
    if (value < state.low) state.low = value
    if (value > state.high) state.high = value
  }
  state.integral -= origin
}
