import { binance } from './binance.ts'
import { clobMarket } from './clob-market.ts'
import { clobUser } from './clob-user.ts'
import { coinbase } from './coinbase.ts'
import type { Feed } from './feed.ts'
import { gamma } from './gamma.ts'
import { kalshi } from './kalshi.ts'
import { kraken } from './kraken.ts'
import { polybolt } from './polybolt.ts'
import { rtds } from './rtds.ts'
import { wallets } from './wallets.ts'

/** Every source, in the order of their names in the gap ledger. A new feed is a file and a line here. */
export const FEEDS: readonly Feed[] = [
  binance,
  coinbase,
  kraken,
  rtds,
  polybolt,
  clobMarket,
  clobUser,
  gamma,
  kalshi,
  wallets,
]

export type * from './feed.ts'
