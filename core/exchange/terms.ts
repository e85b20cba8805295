import type { FeeSchedule } from '../events/index.ts'
import type { MicroShares, Micros, MicroUsdc } from '../units/index.ts'

/** What the venue's rules say of one market, as the exchange and the machine need it. */
export type Terms = {
  readonly min_size: MicroShares
  readonly marketable_buy_min: MicroUsdc
  readonly fee: FeeSchedule
  /** What a BUY's fee is taken in, at an order's time. */
  readonly charged_in: (at: Micros) => {
    buy: 'usdc' | 'shares'
    sell: 'usdc' | 'shares'
    buy_amount: 'usdc' | 'shares' | 'usdc_value_over_price'
  }
  /** How long a marketable order is held, at an order's time. */
  readonly hold_us: (at: Micros) => Micros
}
