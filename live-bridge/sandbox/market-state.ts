import type * as Book from '../../core/book/module.ts'
import type { FeeSchedule, Market, Outcome, Settlement } from '../../core/events/index.ts'
import { RuleError, Rules } from '../../core/rules/index.ts'
import { type MicroShares, type Micros, ONE, type Tick } from '../../core/units/index.ts'

/** A market as the tape has told of it so far. */
export type MarketState = {
  readonly index: number
  readonly market: Market
  readonly kalshi: boolean
  readonly condition_id: string
  readonly number: string
  /** Instruments, −1 where the tape has no such token; and ids. */
  readonly tokens: Readonly<Record<Outcome, { instrument: number; id: string }>>
  readonly fee: FeeSchedule | null
  readonly settlement: Settlement | null
  readonly min_size: MicroShares
  /** In force, and before its last change. */
  tick: Tick
  tick_before: Tick
  /** The one book, in Up prices; null until the tape told of it. */
  book: Book.Book | null
  /** The last trade, price in Up terms. */
  trade: { price: Tick; size: MicroShares; at_us: Micros } | null
  /** Micro-shares traded. */
  volume: MicroShares
  /** The venue's strike: whole 1e-8 USD and the rest in 1e-18. */
  strike: { whole: number; rest: number } | null
  /** Payout of an Up share, and when it was told. */
  payout: Tick | null
  resolved_us: Micros | null
}

/** What rules by date say where the market's own metadata is silent. */
export function createMarketState(
  index: number,
  market: Market,
  ids: Pick<MarketState, 'condition_id' | 'number' | 'tokens'>,
): MarketState {
  const kalshi = market.slug.startsWith('KX')
  const tick = market.tick ?? DEFAULT_TICK
  return {
    index,
    market,
    kalshi,
    ...ids,
    fee: market.fee ?? known(() => Rules.feeOf(market).value),
    settlement: market.settlement ?? known(() => Rules.settlementOf(market).value),
    min_size: market.min_size ?? DEFAULT_MIN_SIZE,
    tick,
    tick_before: tick,
    book: null,
    trade: null,
    volume: 0,
    strike: null,
    payout: null,
    resolved_us: null,
  }
}

/** The token's own view of a price in Up terms. */
export function inToken(outcome: Outcome, price: Tick): Tick {
  return outcome === 'up' ? price : ONE - price
}

const DEFAULT_TICK = 100
const DEFAULT_MIN_SIZE = 5_000_000

/** Rules that nobody knows are left out of what is served. */
function known<T>(ask: () => T): T | null {
  try {
    return ask()
  } catch (thrown) {
    if (thrown instanceof RuleError) return null
    throw thrown
  }
}
