import type { Instruments, ReferenceProfile } from '../events/index.ts'
import type { E8, Micros } from '../units/index.ts'
import { MS, SECOND } from '../units/index.ts'
import * as Basis from './basis.ts'
import * as History from './history.ts'
import * as Median from './median.ts'
import * as Roles from './roles.ts'
import type { Config } from './settings.ts'
import * as Settling from './settling.ts'

/**
 * What is known of one asset's price: the settlement series, the spot series S_t, the fast series with their median,
 * quality and slow basis (formulas.md §1, §2). The profile says which series plays which role. Prices are real 1e-8 USD
 * and NaN where not known, unless said otherwise; times likewise.
 */
export type Reference = {
  asset: string
  stale_us: Micros
  strike_tolerance_bps: number
  /** Look-back of the settlement series in µs; 0: it is no TWAP. */
  lookback_us: Micros
  /** Which news brings a value that the basis is measured against ({@link SPOT} or {@link SETTLEMENT}); its look-back. */
  target_bit: number
  basis_lookback_us: Micros
  /** Which roles are filled. The spot role may be played by `px_fair`. */
  has_settlement: boolean
  has_spot: boolean
  has_fast: boolean
  /** Spot series S_t: value, when we knew of it, and its own stamp (local time where it has none). */
  spot_e8: number
  spot_us: Micros
  spot_stamp_us: Micros
  /** Settlement series: whole 1e-8 USD (−1 none), the rest in 1e-18 USD, when we knew of it, and its own stamp. */
  settlement_e8: E8
  settlement_rest: number
  settlement_us: Micros
  settlement_stamp_us: Micros
  /** Fast series: fair median of the fast venues, and the local time of their newest price. */
  fast_e8: number
  fast_us: Micros
  quality: Median.Quality
  /** Fast over settlement at the settlement's stamp, less 1; NaN where they cannot be compared. */
  disagreement: number
  /** Per instrument: its roles, and its venue in the median. */
  roles: Uint8Array
  venue_of: Uint8Array
  spot_is_fair: boolean
  median: Median.Median
  basis: Basis.Basis
  /** The fast series over the FAST_MOVE window. */
  fast: History.History
  /** The fast series, and each venue, as far back as a settlement value can speak of. Unused without fast series. */
  trail: History.History
  venue_trails: History.History[]
}

/**
 * What `accept` and `refresh` changed. SPOT, SETTLEMENT and FAST: news of that series, be it the same price,
 * because it makes the series fresh; FAST also when the fair median moved without.
 */
export const SPOT = 1
export const SETTLEMENT = 2
export const FAST = 4
export const QUALITY = 8

/**
 * State of one asset under a profile.
 *
 * @param instruments the dataset's side table; a series is found by name and asset
 * @throws RolesError see {@link Roles.cast}
 */
export function create(
  instruments: Instruments,
  asset: string,
  profile: ReferenceProfile,
  config: Config,
): Reference {
  const own = config.reference
  const stale_us = (own.stale_ms > 0 ? own.stale_ms : profile.stale_ms) * MS
  const lookback_us = lookbackOf(instruments, asset, profile.settlement, own.twap_lookback_s) * SECOND
  const cast = Roles.cast(instruments, asset, profile, lookback_us > 0)
  const { venues, has_fast } = cast
  const reach_us = lookback_us + stale_us
  const entries = has_fast ? History.ENTRIES : History.ENTRIES_MIN
  return {
    asset,
    stale_us,
    strike_tolerance_bps: own.strike_tolerance_bps,
    lookback_us,
    target_bit: cast.target_is_spot ? SPOT : SETTLEMENT,
    basis_lookback_us: cast.target_is_spot ? 0 : lookback_us,
    has_settlement: profile.settlement !== null,
    has_spot: profile.spot !== null || has_fast,
    has_fast,
    spot_e8: Number.NaN,
    spot_us: Number.NaN,
    spot_stamp_us: Number.NaN,
    settlement_e8: -1,
    settlement_rest: 0,
    settlement_us: Number.NaN,
    settlement_stamp_us: Number.NaN,
    fast_e8: Number.NaN,
    fast_us: Number.NaN,
    quality: Median.Quality.FEW_VENUES,
    disagreement: Number.NaN,
    roles: cast.roles,
    venue_of: cast.venue_of,
    spot_is_fair: profile.spot === null && has_fast,
    median: Median.create([...venues], {
      stale_us,
      clip_bps: own.clip_bps,
      max_spread_bps: own.max_spread_bps,
      min_venues: own.min_venues > 0 ? own.min_venues : profile.min_venues,
    }),
    basis: Basis.create(
      venues.length,
      own.basis_half_life_s * SECOND,
      stale_us,
      cast.has_target ? Number.NaN : 1,
    ),
    fast: History.create(config.toxicity.fast_window_s * SECOND, entries),
    trail: History.create(reach_us, entries),
    venue_trails: cast.has_target ? venues.map(() => History.create(reach_us)) : [],
  }
}

/**
 * Look-back of the profile's settlement series in s: as the setting says, else as its name does, else as the asset's
 * markets state; 0: it is no TWAP.
 */
function lookbackOf(
  instruments: Instruments,
  asset: string,
  settlement: string | null,
  own_s: number,
): number {
  if (own_s > 0) return own_s
  if (settlement !== null && Settling.isOwn(settlement)) return Settling.lookbackOf(settlement)
  for (const market of instruments.markets)
    if (market.asset === asset && market.settlement?.kind === 'twap') return market.settlement.lookback_s
  return 0
}
