import { Fair, Naive, TwapMean, Volatility } from '../probability/index.ts'
import { Boundary, Median, Reference, Regime } from '../reference/index.ts'
import { Gate } from '../risk/index.ts'
import { type Micros, SECOND } from '../units/index.ts'
import { markDirty } from './dirty.ts'
import type { Machine } from './machine.ts'
import { RiskEvent } from './records.ts'
import { NO_MARKET, riskEvent } from './risk-rows.ts'
import { type AssetState, Phase } from './state.ts'

/**
 * Take a row of a reference series: the series, the volatility, the windows that wait for a mean.
 *
 * @returns whether the asset's regime changed, so that its windows are to be decided on at once
 */
export function onRow(
  m: Machine,
  asset: number,
  kind: number,
  instrument: number,
  price: number,
  size: number,
  local_us: Micros,
  exch_us: Micros,
): boolean {
  const state = m.state.assets[asset]!
  const { reference } = state
  const bits = Reference.accept(reference, kind, instrument, price, size, local_us, exch_us)
  if (bits === 0) return false
  if ((bits & Reference.SPOT) !== 0) onSpot(m, asset, state)
  for (const market of m.state.active) if (m.asset_of_market[market] === asset) markDirty(m, market)
  return updateRegime(m, asset, local_us)
}

/** Bring an asset's regime up to `now`. @returns whether it changed */
export function updateRegime(m: Machine, asset: number, now: Micros): boolean {
  const state = m.state.assets[asset]!
  const { volatility } = state
  const bits = Regime.update(
    state.regime,
    state.reference,
    now,
    volatility.ready ? volatility.sigma : Number.NaN,
  )
  state.regime_due_us = Regime.nextChange(state.regime, state.reference, now)
  const changed = bits !== state.bits || state.reference.quality !== state.quality
  state.bits = bits
  if (state.quality !== state.reference.quality) tellQuality(m, state)
  state.quality = state.reference.quality
  return changed
}

/** The median may no longer be used, or may again: with the reason, by number. The first good one is no news, nor is the end of a tape. */
function tellQuality(m: Machine, state: AssetState): void {
  const { quality } = state.reference
  if (m.ended || (state.quality < 0 && quality === Median.Quality.GOOD)) return
  const gate = hasGoodReference(state.reference) ? Gate.NONE : Gate.BAD_REFERENCE
  riskEvent(m, RiskEvent.REFERENCE_QUALITY, NO_MARKET, gate, quality, state.quality)
}

function onSpot(m: Machine, asset: number, state: AssetState): void {
  const { reference } = state
  Volatility.update(state.volatility, reference.spot_e8, reference.spot_stamp_us)
  Naive.update(state.naive, reference.spot_e8, reference.spot_stamp_us)
  for (const market of m.state.active) {
    const twap = m.asset_of_market[market] === asset ? m.state.open_windows[market]!.twap : null
    if (twap !== null) TwapMean.update(twap, reference.spot_e8, reference.spot_stamp_us)
  }
}

/** The venue's own strike is not the series': an operator should know. */
export function tellMismatch(m: Machine, market: number): void {
  const { strike } = m.state.open_windows[market]!
  const { reference } = m.state.assets[m.asset_of_market[market]!]!
  m.state.counts.strike_mismatches++
  riskEvent(
    m,
    RiskEvent.STRIKE_MISMATCH,
    market,
    Gate.NONE,
    strike.mismatch_bps,
    reference.strike_tolerance_bps,
  )
}

/** What the model says of a market now, into `m.fair_out`. */
export function evaluate(m: Machine, market: number, now: Micros): void {
  const { fair_in: input, fair_out: out } = m
  const { reference, volatility } = m.state.assets[m.asset_of_market[market]!]!
  const window = m.state.open_windows[market]!
  const settlement = m.settlements[market]!
  input.settlement = settlement.kind === 'twap' ? 'twap' : 'spot'
  input.s0 = window.strike.s0
  input.st = spotOf(m, market, reference)
  input.sigma = volatility.sigma
  input.mu = Volatility.mu(volatility)
  input.tau = (m.instruments.markets[market]!.end_us - now) / SECOND
  input.lookback = settlement.lookback_s
  input.mean = window.twap === null ? Number.NaN : TwapMean.value(window.twap, now)
  Fair.up(input, out)
}

/** The median's quality pauses what uses the median: the model does where its spot series is the fair median (formulas.md §1). */
export function hasGoodReference(reference: Reference.Reference): boolean {
  return !reference.spot_is_fair || reference.quality === Median.Quality.GOOD
}

/** The model stands on firm ground: a final strike, a warm volatility, a fresh reference of good quality. */
export function isReady(m: Machine, market: number): boolean {
  const state = m.state.assets[m.asset_of_market[market]!]!
  return (
    m.state.open_windows[market]!.strike.final &&
    state.volatility.ready &&
    hasGoodReference(state.reference) &&
    hasFreshSpot(m, market, state.reference) &&
    m.state.phase[market] === Phase.OPEN
  )
}

/** The price that the model holds against a market's strike. */
function spotOf(m: Machine, market: number, reference: Reference.Reference): number {
  const own = m.spot_of_market[market]!
  if (own < 0) return reference.spot_e8
  const { price, rest } = m.state.settlers[own]!
  return price < 0 ? Number.NaN : Boundary.real(price, rest)
}

/** A spot of the market's own is watched here; that of its asset by its regime. */
function hasFreshSpot(m: Machine, market: number, { stale_us }: Reference.Reference): boolean {
  const own = m.spot_of_market[market]!
  return own < 0 || m.state.now_us - m.state.settlers[own]!.local_us <= stale_us
}
