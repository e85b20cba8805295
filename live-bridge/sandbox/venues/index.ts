import { binance } from './binance.ts'
import { clobMarket } from './clob-market.ts'
import { clobRest } from './clob-rest.ts'
import { clobUser } from './clob-user.ts'
import { coinbase } from './coinbase.ts'
import { coinbaseExchange } from './coinbase-exchange.ts'
import { gamma } from './gamma.ts'
import { kalshi } from './kalshi.ts'
import { kraken } from './kraken.ts'
import { polybolt } from './polybolt.ts'
import { rtds } from './rtds.ts'
import { TIME_SERVICES } from './times.ts'
import type { VenueMaker } from './venue.ts'
import { wallets } from './wallets.ts'

/** Every venue that is served. A new one is a file in this folder and a line here. */
export const VENUES: readonly VenueMaker[] = [
  clobMarket,
  clobRest,
  clobUser,
  gamma,
  binance,
  coinbase,
  coinbaseExchange,
  kraken,
  rtds,
  polybolt,
  kalshi,
  wallets,
  ...TIME_SERVICES,
]
