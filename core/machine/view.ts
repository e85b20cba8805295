import { Book } from '../book/index.ts'
import type { View } from '../strategies/strategy.ts'
import { uniformGrid } from '../units/index.ts'

/** A view to be filled for every decision. */
export function createView(): View {
  return {
    time_us: 0,
    decision: 0,
    market: 0,
    slug: '',
    start_us: 0,
    end_us: 0,
    seconds_left: 0,
    tick: 100,
    grid: uniformGrid(100),
    min_size: 0,
    marketable_buy_min: 0,
    book: Book.create(),
    best_bid: -1,
    best_ask: -1,
    mid: Number.NaN,
    ready: false,
    s0: Number.NaN,
    s_t: Number.NaN,
    sigma: Number.NaN,
    q_up: Number.NaN,
    z: Number.NaN,
    speed: Number.NaN,
    regime: 0,
    size_scalar: 1,
    up_shares: 0,
    down_shares: 0,
    unpaired: 0,
    unpaired_cost: 0,
    unpaired_since_us: 0,
    cash_available: 0,
    headroom: { per_trade: 0, market: 0, global: 0, cash: 0 },
    fee: { rate_ppm: 0, exponent: 1, taker_only: true },
    fee_in_shares: false,
    buy_amount: 'usdc',
  }
}
