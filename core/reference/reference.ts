import type { Instruments, ReferenceProfile } from '../events/index.ts'
import { Kind } from '../events/index.ts'
import type { E8, Micros } from '../units/index.ts'
import { MS, SECOND } from '../units/index.ts'
import * as Basis from './basis.ts'
import * as Boundary from './boundary.ts'
import * as History from './history.ts'
import * as Median from './median.ts'
import * as Roles from './roles.ts'
import type { Config } from './settings.ts'

export { settings } from './settings.ts'

/**
 * What is known of one asset's price: the settlement series, the spot series S_t, the fast series with their median,
 * quality and slow basis (formulas.md §1, §2). The profile says which series plays which role. Prices are real 1e-8 USD
 * and NaN where not known, unless said otherwise; times likewise.
 */
export type Reference = {
  asset: string
  stale_us: Micros
  boundary_age_us: Micros
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
 * What {@link accept} and {@link refresh} changed. SPOT, SETTLEMENT and FAST: news of that series, be it the same price,
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
  const lookback_us =
    (own.twap_lookback_s > 0 ? own.twap_lookback_s : statedLookback(instruments, asset)) * SECOND
  const cast = Roles.cast(instruments, asset, profile, lookback_us > 0)
  const { venues, has_fast } = cast
  const bar_us = profile.bar_s * SECOND
  const reach_us = lookback_us + stale_us
  const entries = has_fast ? History.ENTRIES : History.ENTRIES_MIN
  return {
    asset,
    stale_us,
    boundary_age_us: own.boundary_age_ms >= 0 ? own.boundary_age_ms * MS : bar_us > 0 ? bar_us - 1 : stale_us,
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
 * Take one row of a tape. Rows of other assets, of tokens and of other kinds change nothing. Hot path: allocates nothing.
 *
 * A value of the settlement or spot series that is stamped before the last one, or says the same at the same stamp, is
 * passed over: a feed that repeats itself does not stay fresh by it.
 *
 * @param price, size as the row's kind defines them
 * @param exch_us the row's own stamp, 0 for none
 * @returns bits {@link SPOT}, {@link SETTLEMENT}, {@link FAST}, {@link QUALITY}
 */
export function accept(
  state: Reference,
  kind: number,
  instrument: number,
  price: number,
  size: number,
  local_us: Micros,
  exch_us: Micros,
): number {
  const role = instrument < state.roles.length ? state.roles[instrument]! : 0
  if (role === 0) return 0
  let real = price
  let rest = 0
  if (kind === Kind.QUOTE) {
    if (!(price > 0 && size > 0)) return 0
    real = (price + size) / 2
  } else if (kind === Kind.ORACLE) {
    rest = size
    real = Boundary.real(price, rest)
  } else if (kind !== Kind.PRINT) return 0
  if (!(real > 0)) return 0
  const stamp_us = exch_us > 0 ? exch_us : local_us
  let bits = 0
  if ((role & Roles.SETTLEMENT) !== 0 && kind !== Kind.QUOTE)
    bits |= settlement(state, price, rest, local_us, stamp_us)
  if ((role & Roles.SPOT) !== 0) bits |= spot(state, real, local_us, stamp_us)
  const told = (role & Roles.TARGET) !== 0 && (bits & state.target_bit) !== 0
  if (told) observeBasis(state, real, local_us, stamp_us)
  const priced =
    (role & Roles.VENUE) !== 0 && venue(state, instrument, real, local_us, exch_us, kind === Kind.QUOTE)
  if (priced && state.has_fast) bits |= FAST
  if (priced || told || local_us >= state.median.expiry_us) bits |= evaluate(state, local_us)
  if (priced && state.spot_is_fair && state.fast_e8 > 0 && state.quality === Median.Quality.GOOD)
    bits |= spot(state, state.fast_e8, local_us, local_us)
  return bits
}

/**
 * Bring freshness up to `now_us` with no row: venues that fell silent leave the median.
 *
 * @returns bits {@link FAST}, {@link QUALITY}
 */
export function refresh(state: Reference, now_us: Micros): number {
  return now_us >= state.median.expiry_us ? evaluate(state, now_us) : 0
}

/** When {@link refresh} could next change anything; Infinity: never. */
export function nextChange(state: Reference, now_us: Micros): Micros {
  return state.median.expiry_us > now_us ? state.median.expiry_us : Number.POSITIVE_INFINITY
}

function spot(state: Reference, real: number, local_us: Micros, stamp_us: Micros): number {
  if (stamp_us < state.spot_stamp_us || (stamp_us === state.spot_stamp_us && real === state.spot_e8)) return 0
  state.spot_e8 = real
  state.spot_us = local_us
  state.spot_stamp_us = stamp_us
  return SPOT
}

function settlement(state: Reference, price: E8, rest: number, local_us: Micros, stamp_us: Micros): number {
  if (stamp_us < state.settlement_stamp_us) return 0
  if (
    stamp_us === state.settlement_stamp_us &&
    price === state.settlement_e8 &&
    rest === state.settlement_rest
  )
    return 0
  state.settlement_e8 = price
  state.settlement_rest = rest
  state.settlement_us = local_us
  state.settlement_stamp_us = stamp_us
  if (state.has_fast) {
    const heard = local_us - state.fast_us <= state.stale_us
    const fast = trailAt(state.trail, state.lookback_us, stamp_us)
    state.disagreement = heard ? fast / Boundary.real(price, rest) - 1 : Number.NaN
  }
  return SETTLEMENT
}

/** Compare each fresh venue with the target at the target's own stamp, a TWAP with the venue's own mean over its span. */
function observeBasis(state: Reference, target: number, local_us: Micros, stamp_us: Micros): void {
  Basis.begin(state.basis, stamp_us)
  for (let v = 0; v < state.venue_trails.length; v++) {
    if (!Median.fresh(state.median, v, local_us)) continue
    Basis.observe(state.basis, v, trailAt(state.venue_trails[v]!, state.basis_lookback_us, stamp_us) / target)
  }
}

function trailAt(trail: History.History, lookback_us: Micros, stamp_us: Micros): number {
  return lookback_us > 0
    ? History.meanOver(trail, stamp_us - lookback_us, stamp_us)
    : History.valueAt(trail, stamp_us)
}

function venue(
  state: Reference,
  instrument: number,
  real: number,
  local_us: Micros,
  exch_us: Micros,
  quote: boolean,
): boolean {
  const v = state.venue_of[instrument]!
  if (!Median.set(state.median, v, real, local_us, exch_us, quote)) return false
  if (state.has_fast) state.fast_us = local_us
  if (v < state.venue_trails.length) History.push(state.venue_trails[v]!, real, local_us)
  return true
}

function evaluate(state: Reference, now_us: Micros): number {
  Median.evaluate(state.median, state.basis.factor, now_us)
  let bits = 0
  if (state.quality !== state.median.quality) {
    state.quality = state.median.quality
    bits = QUALITY
  }
  const fair = state.median.px_fair
  if (!state.has_fast || !(fair > 0) || fair === state.fast_e8) return bits
  state.fast_e8 = fair
  History.push(state.fast, fair, now_us)
  History.push(state.trail, fair, now_us)
  return bits | FAST
}

/** The look-back that the asset's markets state; 0 where none settles on a TWAP or none says. */
function statedLookback(instruments: Instruments, asset: string): number {
  for (const market of instruments.markets)
    if (market.asset === asset && market.settlement?.kind === 'twap') return market.settlement.lookback_s
  return 0
}
