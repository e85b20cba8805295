import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import type { Instruments, ReferenceProfile } from '../events/index.ts'
import { Kind } from '../events/index.ts'
import { Calibration, Fair, Volatility } from '../probability/index.ts'
import { MS, parseDecimal, SECOND } from '../units/index.ts'
import { Reference, Regime, Settle, Strike } from './index.ts'

/**
 * One recorded day of the Chainlink series at 1 Hz with 292 five-minute windows, their strikes and official outcomes.
 * The recording may be read, not shipped: without `../shared/data` these tests are skipped.
 */
const FOLDER = new URL('../../../shared/data/chainlink-1hz-2026-06-08/', import.meta.url)
const present = existsSync(FOLDER)
const read = (name: string) =>
  gunzipSync(readFileSync(new URL(name, FOLDER)))
    .toString('utf8')
    .trim()
    .split('\n')

type Window = {
  start_us: number
  end_us: number
  up: boolean
  /** The venue's own strike, whole and rest; null where it states none. */
  own: { price: number; rest: number } | null
  strike: Strike.Strike
  settle: Settle.Settle
  /** q_up when 60 s are left. */
  q_up: number
}

const profile: ReferenceProfile = {
  name: 'chainlink at 1 Hz',
  settlement: 'chainlink',
  spot: 'chainlink',
  fast: [],
  bar_s: 0,
  stale_ms: 3_000,
  min_venues: 1,
  notes: [],
  overrides: {},
}
const instruments: Instruments = {
  markets: [],
  instruments: [{ kind: 'series', name: 'chainlink', asset: 'BTC', venue: 'chainlink', unit: 'usd_e8' }],
}

/** A price in 1e-18 USD as text, split into whole 1e-8 USD and the rest. */
function split(e18: string): { price: number; rest: number } {
  return { price: parseDecimal(e18.slice(0, -10), 0), rest: parseDecimal(e18.slice(-10), 0) }
}

/** Run the day; `boundary_age_ms` is how old a value may be at a start or end. */
function run(boundary_age_ms: number): Window[] {
  const config = {
    reference: { ...defaults(Reference.settings), boundary_age_ms },
    toxicity: defaults(Regime.settings),
  }
  const state = Reference.create(instruments, 'BTC', profile, config)
  const volatility = Volatility.create(defaults(Volatility.settings))
  const input = Fair.createInput()
  const out = Fair.createOutput()
  const windows = read('BTC-5m-markets-2026-06-08.jsonl.gz').map((line): Window => {
    const market = JSON.parse(line) as {
      start_sec: number
      end_sec: number
      outcome_prices: string[]
      strike_value: string | null
    }
    return {
      start_us: market.start_sec * SECOND,
      end_us: market.end_sec * SECOND,
      up: market.outcome_prices[0] === '1',
      own: market.strike_value === null ? null : split(market.strike_value),
      strike: Strike.create(boundary_age_ms * MS, state.strike_tolerance_bps),
      settle: Settle.create(boundary_age_ms * MS),
      q_up: Number.NaN,
    }
  })
  for (const line of read('BTCUSD-prices-2026-06-08.csv.gz').slice(1)) {
    const [stamp_ms, , e18, , local_ms] = line.split(',') as [string, string, string, string, string]
    const { price, rest } = split(e18)
    const bits = Reference.accept(state, Kind.ORACLE, 0, price, rest, +local_ms * MS, +stamp_ms * MS)
    if ((bits & Reference.SPOT) !== 0) Volatility.update(volatility, state.spot_e8, state.spot_stamp_us)
    if ((bits & Reference.SETTLEMENT) === 0) continue
    const at = state.settlement_stamp_us
    for (const window of windows) {
      const { strike, settle, start_us, end_us } = window
      if (at < start_us - 60 * SECOND || settle.final) continue
      Strike.onSettlement(strike, start_us, state.settlement_e8, state.settlement_rest, at)
      Settle.onSettlement(settle, end_us, state.settlement_e8, state.settlement_rest, at)
      if (end_us - at !== 60 * SECOND || !strike.final || !Volatility.ready(volatility)) continue
      input.s0 = strike.s0
      input.st = state.spot_e8
      input.sigma = volatility.sigma
      input.tau = 60
      window.q_up = Fair.up(input, out).q_up
    }
  }
  return windows
}

describe.skipIf(!present)('a recorded day against official outcomes', () => {
  let windows: Window[] = []
  beforeAll(() => {
    windows = run(3_000)
  })

  test('every window that the series can decide is decided as the venue did', () => {
    const decided = windows.filter((w) => Settle.upPayout(w.settle, w.strike, 'up') >= 0)
    expect(windows.length).toBe(292)
    expect(decided.length).toBeGreaterThan(280)
    for (const w of decided) expect(Settle.upPayout(w.settle, w.strike, 'up')).toBe(w.up ? 10_000 : 0)
  })

  test("with the venue's strike and a value stamped at the very end: 280 windows, all alike", () => {
    const strict = run(0)
    for (const w of strict) if (w.own !== null) Strike.onMetadata(w.strike, w.own.price, w.own.rest)
    const decided = strict.filter(
      (w) => w.strike.source === 'metadata' && Settle.upPayout(w.settle, w.strike, 'up') >= 0,
    )
    expect(decided.length).toBe(280)
    for (const w of decided) expect(Settle.upPayout(w.settle, w.strike, 'up')).toBe(w.up ? 10_000 : 0)
  })

  test("the strike from the series is the venue's own, to the last of 18 decimals", () => {
    const both = windows.filter((w) => w.strike.final && w.own !== null)
    expect(both.length).toBeGreaterThan(280)
    for (const w of both) {
      expect({ price: w.strike.price, rest: w.strike.rest }).toEqual(w.own)
      expect(Strike.onMetadata(w.strike, w.own!.price, w.own!.rest) & Strike.MISMATCH).toBe(0)
    }
  })

  test('a minute before the end q_up foretells far better than the base rate', () => {
    const q = windows.map((w) => w.q_up)
    const outcome = windows.map((w) => (w.up ? 1 : 0))
    const score = Calibration.score(q, outcome, 0.005)
    expect(score.count).toBeGreaterThan(270)
    expect(score.brier).toBeLessThan(0.5 * score.brier_base)
    expect(score.log_loss).toBeLessThan(0.6 * Math.LN2)
  })
})
