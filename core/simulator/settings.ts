import type { Config, Schema } from '../config/index.ts'
import * as MakerSettings from './maker-settings.ts'
import * as MarketSettings from './market-settings.ts'
import * as Oracle from './oracle.ts'
import * as Outages from './outages.ts'
import * as PricePath from './price-path.ts'
import * as Takers from './takers.ts'
import * as Venue from './venue.ts'

/** All settings of the simulator, by section. */
export const schema = {
  sim_makers: MakerSettings.settings,
  sim_market: MarketSettings.settings,
  sim_oracle: Oracle.settings,
  sim_outages: Outages.settings,
  sim_price: PricePath.settings,
  sim_takers: Takers.settings,
  sim_venues: Venue.settings,
} as const satisfies Schema

/** Their values. */
export type SimulatorConfig = Config<typeof schema>
