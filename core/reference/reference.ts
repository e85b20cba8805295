import { Kind } from '../events/index.ts'
import type { E8, Micros } from '../units/index.ts'
import * as Basis from './basis.ts'
import * as Boundary from './boundary.ts'
import * as History from './history.ts'
import * as Median from './median.ts'
import * as Roles from './roles.ts'
import { FAST, QUALITY, type Reference, SETTLEMENT, SPOT } from './state.ts'

export type { Config } from './settings.ts'
export { settings } from './settings.ts'
export { create, FAST, QUALITY, type Reference, SETTLEMENT, SPOT } from './state.ts'

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
