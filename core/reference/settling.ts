import type { Instruments, Market, ReferenceProfile, Settlement } from '../events/index.ts'
import type { E8 } from '../units/index.ts'
import { MINUTE, type Micros, MS, SECOND } from '../units/index.ts'
import type * as Boundary from './boundary.ts'
import * as Settle from './settle.ts'
import * as Strike from './strike.ts'

/**
 * What decides one window: which series, at which instants, and how old a value may be there. A run, `engine settle` and
 * the importers ask here, so that a window is computable for all of them or for none.
 */
export type Settling = {
  /** Index of the series among the instruments; −1: nothing recorded decides the window but the venue's own word. */
  instrument: number
  /** The series is not the one that the rules name; the profile says that it stands in for it. */
  stand_in: boolean
  /** Oldest that a value may be at either instant. */
  max_age_us: Micros
} & Instants

/**
 * When a window's strike and its end are read off the series. Windows by an oracle have both at their own start and end.
 * An hourly candle opens with the first trade of its hour and closes with the last. A daily window is decided by two
 * candles of one minute that *begin* at noon: each closes a minute later, at 12:00:59.999.
 */
export type Instants = {
  strike_us: Micros
  strike_from: Boundary.Side
  settle_us: Micros
  /** A trade at the very instant of a close belongs to the candle after it. */
  candle: boolean
}

/**
 * Tell a window one value of its series: for its strike and for its end. HOT: allocates nothing.
 *
 * @param trade the value is a trade: at the instant of a candle's close it is the first of the next candle
 * @returns bits as Strike.onSettlement
 */
export function observe(
  at: Instants,
  strike: Strike.Strike,
  settle: Settle.Settle,
  price: E8,
  rest: number,
  stamp_us: Micros,
  trade: boolean,
): number {
  const open_us = at.candle && trade ? 1 : 0
  const strike_us = at.strike_from === 'first' ? at.strike_us : at.strike_us - open_us
  const bits = Strike.onSettlement(strike, strike_us, price, rest, stamp_us)
  Settle.onSettlement(settle, at.settle_us - open_us, price, rest, stamp_us)
  return bits
}

/** Names of the series that the venue settles windows by, as recordings name them, the exact one first. */
export function ownSeries({ source, kind, lookback_s }: Settlement): readonly string[] {
  if (source === 'binance') return ['binance-kline', 'binance-spot']
  if (source !== 'chainlink') return []
  return [kind === 'twap' ? `chainlink-twap-${lookback_s}` : 'chainlink-spot']
}

/** Whether the venue settles windows by a series of this name: it never stands in for another. */
export function isOwn(name: string): boolean {
  return /^(chainlink-spot|chainlink-twap-\d+|binance-kline|binance-spot)$/.test(name)
}

/** Look-back of a series that is a TWAP, by its name; 0 of another. */
export function lookbackOf(name: string): number {
  return Number(/^chainlink-twap-(\d+)$/.exec(name)?.[1] ?? 0)
}

/** Instants of a window by how it settles. */
export function instantsOf(start_us: Micros, end_us: Micros, kind: Settlement['kind']): Instants {
  const late_us = kind === 'candle_1m_noon_et' ? MINUTE : 0
  return {
    strike_us: start_us + late_us,
    strike_from: kind === 'candle_1h' ? 'first' : 'last',
    settle_us: end_us + late_us,
    candle: kind === 'candle_1h' || kind === 'candle_1m_noon_et',
  }
}

/**
 * Oldest that a value of a series may be at a start or end. An oracle at 1 Hz is stamped at every whole second: a value
 * that is a second old means that the true one is missing, and a near-tie would go to the wrong side. A bar answers until
 * the next one; of trades and polls the profile's limit of staleness holds.
 *
 * @param own_ms setting `reference.boundary_age_ms`; −1 by the series
 */
export function boundaryAge(
  name: string,
  profile: ReferenceProfile,
  own_ms: number,
  stale_us: Micros,
): Micros {
  if (own_ms >= 0) return own_ms * MS
  if (profile.bar_s > 0) return profile.bar_s * SECOND - 1
  return name.startsWith('chainlink-') || name === 'binance-kline' ? 0 : stale_us
}

/** Settings that say how old a value may be: those of section `reference`. */
export type AgeConfig = { readonly boundary_age_ms: number; readonly stale_ms: number }

/** The instrument of an asset's series by its name; −1 where it was not recorded. */
export type SeriesIndex = (asset: string, name: string) => number

/** The series among instruments, looked through once: a dataset may have many more tokens than series. */
export function seriesIndex({ instruments }: Pick<Instruments, 'instruments'>): SeriesIndex {
  const places = new Map<string, number>()
  instruments.forEach((one, i) => {
    const key = one.kind === 'series' ? `${one.asset}\n${one.name}` : ''
    if (key !== '' && !places.has(key)) places.set(key, i)
  })
  return (asset, name) => places.get(`${asset}\n${name}`) ?? -1
}

/**
 * What decides a window: the series that its rules name, where it was recorded of its asset; else the profile's
 * settlement series, where that is a stand-in; else nothing.
 *
 * @param settlement how the window settles, by its market or the rules of its date
 */
export function settlingOf(
  { asset, start_us, end_us }: Pick<Market, 'asset' | 'start_us' | 'end_us'>,
  settlement: Settlement,
  series: SeriesIndex,
  profile: ReferenceProfile,
  config: AgeConfig,
): Settling {
  const at = (name: string) => series(asset, name)
  let name = ownSeries(settlement).find((one) => at(one) >= 0)
  const stand_in = name === undefined && profile.settlement !== null && !isOwn(profile.settlement)
  if (stand_in) name = profile.settlement!
  const stale_us = (config.stale_ms > 0 ? config.stale_ms : profile.stale_ms) * MS
  const instrument = name === undefined ? -1 : at(name)
  return {
    instrument,
    stand_in: stand_in && instrument >= 0,
    max_age_us: name === undefined ? 0 : boundaryAge(name, profile, config.boundary_age_ms, stale_us),
    ...instantsOf(start_us, end_us, settlement.kind),
  }
}
