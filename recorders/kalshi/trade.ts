import type { Outcome } from '../../core/events/index.ts'
import { type MicroShares, ONE, type Tick } from '../../core/units/index.ts'
import { exact } from '../import/exact.ts'

/** What the taker of a trade bought: the outcome, its price and how much. */
export type KalshiPrint = { outcome: Outcome; price: Tick; size: MicroShares }

/** Fields of a trade, the same in lists and in messages. */
export type KalshiTradeFields = {
  taker_side?: unknown
  yes_price_dollars?: unknown
  no_price_dollars?: unknown
  count_fp?: unknown
}

/**
 * Read a trade: whoever takes Yes buys Up at its price, whoever takes No buys Down at the other one.
 *
 * @returns the trade, or why it is refused
 */
export function readKalshiPrint(raw: KalshiTradeFields): KalshiPrint | string {
  if (raw.taker_side !== 'yes' && raw.taker_side !== 'no') return 'a taker_side other than yes and no'
  const up = exact(raw.yes_price_dollars, 4)
  const down = exact(raw.no_price_dollars, 4)
  if (!(up > 0 && up < ONE)) return 'a price that is not a decimal of 1e-4 inside (0, 1)'
  if (up + down !== ONE) return 'prices of yes and no that do not make one'
  const size = exact(raw.count_fp, 6)
  if (!(size > 0)) return 'a count that is not a decimal above 0'
  return raw.taker_side === 'yes'
    ? { outcome: 'up', price: up, size }
    : { outcome: 'down', price: down, size }
}
