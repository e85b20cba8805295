import type { MicroShares, MicroUsdc } from '../units/index.ts'
import { mulDiv, ONE } from '../units/index.ts'
import type { LedgerState } from './state.ts'
import { HALF_ONE } from './state.ts'

/** A mid in ticks, inside (0, 1 USDC), as whole half ticks: exact for the mean of two prices. */
export function halfTicks(mid: number): number {
  return Math.min(HALF_ONE - 1, Math.max(1, Math.round(2 * mid)))
}

/** Value of `shares` ≥ 0 of an outcome while one Up share is worth `up` half ticks, rounded down. */
export function tokenValue(shares: MicroShares, outcome: number, up: number): MicroUsdc {
  return mulDiv(shares, outcome === 0 ? up : HALF_ONE - up, HALF_ONE, 'down')
}

/** Value of signed unpaired shares (Up positive) while one Up share is worth `up` half ticks, rounded down. */
export function unpairedValue(unpaired: MicroShares, up: number): MicroUsdc {
  return unpaired >= 0 ? tokenValue(unpaired, 0, up) : tokenValue(-unpaired, 1, up)
}

/**
 * Last mid of a market in half ticks of Up: the marked one, else that of the last fill. Without either what is held came from a
 * split, and half a pair is worth half a USDC.
 */
export function midOf(state: LedgerState, market: number): number {
  const marked = state.mid[market]!
  if (marked >= 0) return marked
  const filled = state.now.fill_mid[market]!
  return filled > 0 ? filled : ONE
}

/** What one Up share of a market is worth in half ticks: its payout once resolved, else the last mid. */
export function mark(state: LedgerState, market: number): number {
  const payout = state.payout[market]!
  return payout >= 0 ? payout * (HALF_ONE / ONE) : midOf(state, market)
}

/**
 * Value of what a market holds: each pair 1 USDC, the unpaired rest at the {@link mark}, rounded down once (formulas.md §12).
 */
export function marketValue(state: LedgerState, market: number): MicroUsdc {
  const up = state.now.held[2 * market]!
  const down = state.now.held[2 * market + 1]!
  if (up === down) return up
  return Math.min(up, down) + unpairedValue(up - down, mark(state, market))
}
