import type { MicroShares, Micros, PriceBand, Tick } from '../units/index.ts'

/** Length of a market's window. */
export type SeriesName = '5m' | '15m' | '1h' | '4h' | '1d'

/** The outcome of a two-outcome market. */
export type Outcome = 'up' | 'down'

/** A market's fee schedule: `shares · rate · (p(1−p))^exponent`; the rate in 1e-6, so 0.072 is 72000. */
export type FeeSchedule = { rate_ppm: number; exponent: number; taker_only: boolean }

/** How a window is settled. Kalshi's windows settle by an index of CF Benchmarks, of which the rules by date say nothing. */
export type Settlement = {
  source: 'chainlink' | 'binance' | 'cf_benchmarks'
  kind: 'spot' | 'twap' | 'candle_1h' | 'candle_1m_noon_et'
  lookback_s: number
  tie: 'up' | 'half'
}

/** A market as a dataset knows it. Fields that the recording did not carry are null: rules by date answer then. */
export type Market = {
  slug: string
  asset: string
  series: SeriesName
  start_us: Micros
  end_us: Micros
  created_us: Micros | null
  condition_id: string | null
  tick: Tick | null
  /** Where prices go in several steps: all of them, from 0 upwards; `tick` is the finest. */
  price_bands?: readonly PriceBand[] | undefined
  min_size: MicroShares | null
  fee: FeeSchedule | null
  settlement: Settlement | null
  taker_hold_ms: number | null
}

/** What a row's `instrument` column points at: a token of a market, or a reference series. */
export type Instrument =
  | { kind: 'token'; market: number; outcome: Outcome; token_id: string }
  | { kind: 'series'; name: string; asset: string; venue: string; unit: 'usd_e8' }

/** The side table that every dataset carries: markets and instruments, by index. */
export type Instruments = { markets: Market[]; instruments: Instrument[] }

/** How a window's outcome became known; each window is in exactly one class. */
export type ResolutionClass = 'recorded' | 'settlement' | 'inferred_from_book' | 'unresolved'

/** An official outcome from outside the tape: payout of one Up share in 1e-4 and when it was known. */
export type Resolution = { market: number; up_payout: Tick; known_us: Micros; class: ResolutionClass }

/**
 * Which series plays which role, and what is fresh there. Stated by a dataset's manifest or a live session; printed on every report.
 * `overrides` are configuration defaults that fit these series (`section.key` to value), below a user's own settings.
 */
export type ReferenceProfile = {
  name: string
  settlement: string | null
  spot: string | null
  fast: string[]
  /** Values come as bars: each is known at its end only. 0 for ticks. */
  bar_s: number
  stale_ms: number
  min_venues: number
  notes: string[]
  overrides: Record<string, number | string | boolean>
}
