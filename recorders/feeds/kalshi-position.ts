import { exact } from '../import/exact.ts'
import type { SideRow } from '../normalise/normaliser.ts'
import type { KalshiPositionWire } from './kalshi-wire.ts'
import { looseStamp } from './loose-stamp.ts'

/**
 * A row of `user_positions`; or why the position is refused. Above 0 it is of Yes, below of No.
 *
 * @param market index of the market; null while it is not listed
 */
export function positionRow(said: KalshiPositionWire, market: number | null): SideRow | string {
  const up_shares = exact(said.position_fp, 6)
  if (Number.isNaN(up_shares)) return 'position.position_fp: no count'
  return {
    feed: 'kalshi',
    exch_us: looseStamp(said.last_updated_ts),
    market,
    slug: said.ticker,
    up_shares,
    exposure: usdc(said.market_exposure_dollars),
    realised: usdc(said.realized_pnl_dollars),
    fees: usdc(said.fees_paid_dollars),
  }
}

function usdc(text: string | null | undefined): number | null {
  const value = exact(text, 6)
  return Number.isNaN(value) ? null : value
}
