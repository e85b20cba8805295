import { Feed } from '../../core/events/index.ts'
import type { FeedName } from '../journal/record.ts'

/** Codes of the feeds in the tape. */
export const FEED_CODES: Readonly<Record<FeedName, number>> = {
  binance: Feed.BINANCE,
  coinbase: Feed.COINBASE,
  kraken: Feed.KRAKEN,
  rtds: Feed.RTDS,
  polybolt: Feed.POLYBOLT,
  clob_market: Feed.CLOB_MARKET,
  clob_user: Feed.CLOB_USER,
  gamma: Feed.GAMMA,
  kalshi: Feed.KALSHI,
  wallets: Feed.WALLETS,
}
