import { binance } from './binance.ts'
import { clobMarket } from './clob-market.ts'
import { clobRest } from './clob-rest.ts'
import { coinbase } from './coinbase.ts'
import { gamma } from './gamma.ts'
import { kraken } from './kraken.ts'
import { rtds } from './rtds.ts'
import type { VenueMaker } from './venue.ts'

/** Every venue that is served. A new one is a file in this folder and a line here. */
export const VENUES: readonly VenueMaker[] = [clobMarket, clobRest, gamma, binance, coinbase, kraken, rtds]
