import type { Micros } from '../units/index.ts'

/**
 * The multi-venue median of the reference price with its quality (formulas.md §1). Prices are real 1e-8 USD (a mid may
 * end in a half). `px_median` is raw, as venues quote; `px_fair` is the same median over prices freed of each venue's
 * slow basis, so that a venue that drops out does not move it.
 */
export type Median = {
  venues: string[]
  stale_us: Micros
  clip: number
  max_spread_bps: number
  min_venues: number
  /** Latest price of each venue and its times; local time NaN before any. */
  price: Float64Array
  local_us: Float64Array
  exch_us: Float64Array
  /** Local time of the latest quote; while it is fresh, prints do not count. */
  quote_us: Float64Array
  px_median: number
  /** Highest minus lowest of the venues that count. */
  px_spread: number
  venue_count: number
  px_fair: number
  quality: Quality
  /** When a venue that is fresh now ceases to be; Infinity: none is. */
  expiry_us: Micros
}

/** Whether the median may be used; the texts for operators are {@link REASONS}. */
export const Quality = { GOOD: 0, FEW_VENUES: 1, WIDE_SPREAD: 2 } as const
export type Quality = (typeof Quality)[keyof typeof Quality]

/** Why the quality is what it is, by number. */
export const REASONS = [
  'good',
  'fewer venues are fresh and in line than min_venues',
  'venues are further apart than max_spread_bps',
] as const

/** Most venues of one median. */
export const VENUES_MAX = 16

/** A median over named venues, none heard yet. */
export function create(
  venues: string[],
  limits: { stale_us: Micros; clip_bps: number; max_spread_bps: number; min_venues: number },
): Median {
  const n = venues.length
  return {
    venues,
    stale_us: limits.stale_us,
    clip: limits.clip_bps / 10_000,
    max_spread_bps: limits.max_spread_bps,
    min_venues: limits.min_venues,
    price: new Float64Array(n).fill(Number.NaN),
    local_us: new Float64Array(n).fill(Number.NaN),
    exch_us: new Float64Array(n),
    quote_us: new Float64Array(n).fill(Number.NaN),
    px_median: Number.NaN,
    px_spread: Number.NaN,
    venue_count: 0,
    px_fair: Number.NaN,
    quality: Quality.FEW_VENUES,
    expiry_us: Number.POSITIVE_INFINITY,
  }
}

/**
 * Take a venue's latest price. A venue that quotes is known by its mid; its prints count only while it has no fresh
 * quote. Hot path: allocates nothing.
 *
 * @returns whether the price counts
 */
export function set(
  state: Median,
  venue: number,
  price: number,
  local_us: Micros,
  exch_us: Micros,
  quote: boolean,
): boolean {
  if (!(price > 0)) return false
  if (quote) state.quote_us[venue] = local_us
  else if (local_us - state.quote_us[venue]! <= state.stale_us) return false
  state.price[venue] = price
  state.local_us[venue] = local_us
  state.exch_us[venue] = exch_us
  return true
}

/** Whether a venue's price is fresh: not older than `stale_us` by local time. */
export function fresh(state: Median, venue: number, now_us: Micros): boolean {
  return now_us - state.local_us[venue]! <= state.stale_us
}

/** Work space of {@link evaluate}; holds nothing between calls. */
const sorted = new Float64Array(VENUES_MAX)
const result = { median: Number.NaN, spread: Number.NaN, count: 0 }

/**
 * Median, spread, count, fair price and quality as of `now_us`. Hot path: allocates nothing.
 *
 * @param basis per venue the factor by which it stands above the settlement series; NaN: not known, the venue is left
 *   out of `px_fair`
 */
export function evaluate(state: Median, basis: Float64Array, now_us: Micros): void {
  let n = 0
  let expiry = Number.POSITIVE_INFINITY
  for (let v = 0; v < state.price.length; v++) {
    if (!fresh(state, v, now_us)) continue
    insert(state.price[v]!, n++)
    expiry = Math.min(expiry, state.local_us[v]! + state.stale_us + 1)
  }
  state.expiry_us = expiry
  reduce(n, state.clip)
  state.px_median = result.median
  state.px_spread = result.spread
  state.venue_count = result.count
  n = 0
  for (let v = 0; v < state.price.length; v++) {
    if (basis[v]! > 0 && fresh(state, v, now_us)) insert(state.price[v]! / basis[v]!, n++)
  }
  reduce(n, state.clip)
  state.px_fair = result.median
  state.quality = judge(state)
}

function judge(state: Median): Quality {
  if (state.venue_count === 0 || state.venue_count < state.min_venues) return Quality.FEW_VENUES
  if ((10_000 * state.px_spread) / state.px_median > state.max_spread_bps) return Quality.WIDE_SPREAD
  return Quality.GOOD
}

/** Insert a price among the `n` sorted ones. */
function insert(price: number, n: number): void {
  let i = n
  for (; i > 0 && sorted[i - 1]! > price; i--) sorted[i] = sorted[i - 1]!
  sorted[i] = price
}

/** Clip what is too far from the raw median; what remains is a run of the sorted prices. */
function reduce(n: number, clip: number): void {
  const raw = middle(0, n)
  let lo = 0
  let hi = n
  while (lo < hi && Math.abs(sorted[lo]! / raw - 1) > clip) lo++
  while (hi > lo && Math.abs(sorted[hi - 1]! / raw - 1) > clip) hi--
  result.count = hi - lo
  result.median = middle(lo, hi)
  result.spread = hi > lo ? sorted[hi - 1]! - sorted[lo]! : Number.NaN
}

/** Median of the sorted prices from `lo` (included) to `hi` (excluded); NaN of none. */
function middle(lo: number, hi: number): number {
  const n = hi - lo
  if (n === 0) return Number.NaN
  const m = lo + (n >> 1)
  return n % 2 === 1 ? sorted[m]! : (sorted[m - 1]! + sorted[m]!) / 2
}
