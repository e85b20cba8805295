import type { MicroShares, MicroUsdc, Tick } from '../units/index.ts'
import { notional, ONE } from '../units/index.ts'

/**
 * How the venue matched two orders. `direct`: one sells what the other buys. `mint`: both buy, complementary outcomes,
 * and a pair is made of their money. `merge`: both sell, and a pair is turned back into money.
 */
export type TradeKind = 'direct' | 'mint' | 'merge'

/** What the two sides of a trade pay or receive before fees. `maker` and `taker` in micro-USDC. */
export type TradeAmounts = { maker: MicroUsdc; taker: MicroUsdc }

/**
 * Money of both sides of one trade, rounded once: the maker's amount is `size · price` rounded up, the taker of a direct
 * trade books the same number, and in mint and merge the taker books `size` minus it, so that no micro-USDC appears or
 * is lost between them (formulas.md §12).
 *
 * @param size micro-shares, > 0
 * @param price of the maker's own token in ticks, inside (0, 1 USDC)
 * @param out filled and returned; a new object without it
 */
export function amounts(
  kind: TradeKind,
  size: MicroShares,
  price: Tick,
  out: TradeAmounts = { maker: 0, taker: 0 },
): TradeAmounts {
  out.maker = notional(size, price, 'up')
  out.taker = kind === 'direct' ? out.maker : size - out.maker
  return out
}

/**
 * Money of the taker of a mint or merge trade at the price of its own token: the same number as
 * {@link amounts} gives from the maker's side, which is `size · price` rounded down.
 */
export function complementAmount(size: MicroShares, own_price: Tick): MicroUsdc {
  return size - notional(size, ONE - own_price, 'up')
}
