import type { E8, Micros } from '../units/index.ts'
import * as Boundary from './boundary.ts'

/**
 * A window's strike S0: the settlement series at its start, or the venue's own `priceToBeat` once known (formulas.md §2).
 * No quotes before it is final.
 */
export type Strike = {
  /** Real 1e-8 USD, NaN unknown. */
  s0: number
  /** The same at full precision: whole 1e-8 USD (−1 none), rest in 1e-18 USD. */
  price: E8
  rest: number
  final: boolean
  source: 'none' | 'settlement' | 'metadata'
  /** Distance of the venue's strike from the series' own in bps of the latter; NaN until both are known. */
  mismatch_bps: number
  tolerance_bps: number
  boundary: Boundary.Boundary
}

/** What changed: the strike itself; it became final; the two sources differ by more than the tolerance. */
export const CHANGED = Boundary.CHANGED
export const BECAME_FINAL = Boundary.BECAME_FINAL
export const MISMATCH = 4

/**
 * No strike yet.
 *
 * @param max_age_us oldest a settlement value may be at the start; see {@link Boundary.create}
 * @param tolerance_bps a final settlement value further from the venue's own strike is a mismatch
 * @param side which value of the series counts at the start
 */
export function create(
  max_age_us?: Micros,
  tolerance_bps: number = Number.MAX_SAFE_INTEGER,
  side?: Boundary.Side,
): Strike {
  return {
    s0: Number.NaN,
    price: -1,
    rest: 0,
    final: false,
    source: 'none',
    mismatch_bps: Number.NaN,
    tolerance_bps,
    boundary: Boundary.create(max_age_us, side),
  }
}

/**
 * Take one value of the settlement series, from before the start until the strike is final.
 *
 * @param start_us when the strike is read, see Settling.Instants
 * @param price whole 1e-8 USD; `rest` the remainder in 1e-18 USD
 * @returns bits {@link CHANGED}, {@link BECAME_FINAL}, {@link MISMATCH}
 */
export function onSettlement(
  state: Strike,
  start_us: Micros,
  price: E8,
  rest: number,
  stamp_us: Micros,
): number {
  const bits = Boundary.observe(state.boundary, start_us, price, rest, stamp_us)
  if (bits === 0) return 0
  if (state.source === 'metadata') return compareSources(state)
  set(state, state.boundary.price, state.boundary.rest)
  state.source = 'settlement'
  state.final = state.boundary.final
  return bits
}

/**
 * The venue stated its strike: it replaces what the series gave, and is final.
 *
 * @returns bits as {@link onSettlement}
 */
export function onMetadata(state: Strike, price: E8, rest: number): number {
  let bits = 0
  if (state.price !== price || state.rest !== rest) bits |= CHANGED
  if (!state.final) bits |= BECAME_FINAL
  set(state, price, rest)
  state.source = 'metadata'
  state.final = true
  return bits | compareSources(state)
}

function compareSources(state: Strike): number {
  const { boundary } = state
  if (!boundary.final) return 0
  const before = state.mismatch_bps
  const own = Boundary.real(boundary.price, boundary.rest)
  state.mismatch_bps = (10_000 * Math.abs(state.s0 - own)) / own
  return state.mismatch_bps > state.tolerance_bps && state.mismatch_bps !== before ? MISMATCH : 0
}

function set(state: Strike, price: E8, rest: number): void {
  state.price = price
  state.rest = rest
  state.s0 = Boundary.real(price, rest)
}
