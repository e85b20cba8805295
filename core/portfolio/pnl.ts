import type { MicroUsdc } from '../units/index.ts'
import { LedgerError } from './ledger-error.ts'
import type { LedgerState } from './state.ts'
import { mark, midOf, unpairedValue } from './valuation.ts'

/**
 * The result of a market in parts that sum to it exactly, in whole micro-USDC. Each share is followed from one valuation to
 * the next, and each step belongs to one part, so that the sum telescopes:
 *
 * - `spread`: at a fill, value of the shares kept at the Up mid of that moment less what was paid for them (a sale: what was
 *   received less their value);
 * - `pairs`: when a purchase completes pairs, 1 USDC for each less the value of both halves at the mids of their own fills.
 *   Spread of both legs and pairs together are `1 − price of one leg − price of the other`;
 * - `inventory`: move of the mid on what was unpaired, from its fill to its sale, redemption or the last mid;
 * - `settlement`: from the last mid before the resolution to the payout;
 * - `fees`: fees in USDC, and of a fee in shares the cost of the fill less that of the shares kept; ≥ 0.
 *
 * `net = spread + pairs + inventory + settlement − fees`, `gross = net + fees`. Rewards, rebates and gas are not in it.
 * Rounding of a valuation moves a micro-USDC from one part to the next, never out of the sum.
 */
export type Parts = {
  spread: MicroUsdc
  pairs: MicroUsdc
  inventory: MicroUsdc
  settlement: MicroUsdc
  fees: MicroUsdc
  net: MicroUsdc
}

/** Parts of nothing, to be reused. */
export function createParts(): Parts {
  return { spread: 0, pairs: 0, inventory: 0, settlement: 0, fees: 0, net: 0 }
}

/**
 * Parts of the result of one market, what is held valued at the last mid or the payout.
 *
 * @param out filled and returned
 */
export function parts(state: LedgerState, market: number, out: Parts): Parts {
  const now = state.now
  const unpaired = now.unpaired[market]!
  const at_mid = unpairedValue(unpaired, midOf(state, market))
  const at_mark = unpairedValue(unpaired, mark(state, market))
  out.spread = now.spread[market]!
  out.pairs = now.pairs[market]!
  out.inventory = now.inventory[market]! + at_mid - now.basis[market]!
  out.settlement = now.settlement[market]! + at_mark - at_mid
  out.fees = now.fees[market]!
  out.net = out.spread + out.pairs + out.inventory + out.settlement - out.fees
  return out
}

/**
 * Result of one market from money alone: what came in less what went out, and what is held. Shares that were transferred
 * count as capital. It knows nothing of lots, mids at fills or parts.
 */
export function net(state: LedgerState, market: number): MicroUsdc {
  return state.money[market]! + state.value[market]! - state.now.transferred[market]!
}

/**
 * Hold the parts of a market against its money.
 *
 * @throws LedgerError `pnl.parts` when they differ by a micro-USDC
 */
export function assertParts(state: LedgerState, market: number, of: Parts): void {
  const money = net(state, market)
  if (of.net !== money)
    throw new LedgerError(
      'pnl.parts',
      `parts of market ${market}`,
      of.net,
      `the ${money} that its money says`,
    )
}
