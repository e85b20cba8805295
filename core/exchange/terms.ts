import type { FeeSchedule, Market } from '../events/index.ts'
import type { ChargedIn } from '../fees/index.ts'
import { Rules, TABLE } from '../rules/index.ts'
import {
  gridOf,
  type MicroShares,
  type Micros,
  type MicroUsdc,
  MS,
  type PriceGrid,
  type Tick,
  uniformGrid,
} from '../units/index.ts'

/** What the venue's rules say of one market, as the exchange and the machine need it. */
export type Terms = {
  readonly min_size: MicroShares
  readonly marketable_buy_min: MicroUsdc
  readonly fee: FeeSchedule
  /** The prices of its orders where they go in several steps; null where the tick in force says it all. */
  readonly grid: PriceGrid | null
  /** What fees are taken in, at an order's time. The value is shared: read it, do not change it. */
  readonly charged_in: (at: Micros) => ChargedIn
  /** How long a marketable order is held, at an order's time. */
  readonly hold_us: (at: Micros) => Micros
}

/**
 * The terms of a market by its own metadata and the dated rules. Rules that change are looked up once per regime: asking
 * allocates nothing while time stays in one.
 *
 * @throws RuleError where the rules at the window's start are unknown; the functions throw it for a later time
 */
export function of(market: Market): Terms {
  const rules = Rules.forMarket(market)
  const own_hold_ms = market.taker_hold_ms
  return {
    min_size: rules.min_size.value,
    marketable_buy_min: rules.marketable_buy_min,
    fee: Rules.feeOf(market).value,
    grid: market.price_bands === undefined ? null : gridOf(market.price_bands),
    charged_in: byRegime(TABLE.charged_in, (at) => Rules.chargedInOf(market, at).value),
    hold_us:
      own_hold_ms !== null
        ? () => own_hold_ms * MS
        : byRegime(TABLE.taker_hold_ms, (at) => Rules.takerHoldOf(market, at).value * MS),
  }
}

/** The prices of a market's orders while `tick` is in force. HOT. */
export function gridIn(terms: Terms, tick: Tick): PriceGrid {
  return terms.grid ?? uniformGrid(tick)
}

/** `read`, asked again only when time leaves the record that answered last. */
function byRegime<T>(
  records: readonly { from_us: Micros; until_us: Micros }[],
  read: (at: Micros) => T,
): (at: Micros) => T {
  let from_us = Number.POSITIVE_INFINITY
  let until_us = Number.NEGATIVE_INFINITY
  let value: T
  return (at) => {
    if (!(at >= from_us && at < until_us)) {
      value = read(at)
      const record = records.find((one) => at >= one.from_us && at < one.until_us)!
      from_us = record.from_us
      until_us = record.until_us
    }
    return value
  }
}
