import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runTape } from '../../test/fixtures/run-tape.ts'
import type { SyntheticTape } from '../../test/fixtures/synthetic-tape.ts'
import { allocate, type Columns, Flag, Kind, type Market, type Settlement } from '../events/index.ts'
import { HOUR, MINUTE, MS, ONE, parseIso, SECOND } from '../units/index.ts'
import { ResolutionCode } from './records.ts'

/** Noon in New York, so that an hourly and a daily window begin there. */
const START = parseIso('2026-06-01T16:00:00Z')
const SPOT: Settlement = { source: 'chainlink', kind: 'spot', lookback_s: 0, tie: 'up' }
const TWAP_60: Settlement = { source: 'chainlink', kind: 'twap', lookback_s: 60, tie: 'up' }
const HOURLY: Settlement = { source: 'binance', kind: 'candle_1h', lookback_s: 0, tie: 'up' }

/** Instruments of the series, in front of the tokens. */
const SERIES = ['chainlink-spot', 'chainlink-twap-60', 'binance-spot', 'a-stand-in'] as const
type Row = { at: number; series: (typeof SERIES)[number]; price: number; local?: number }

function market(name: string, settlement: Settlement, length = 5 * MINUTE): Market {
  return {
    slug: name,
    asset: 'btc',
    series: length === HOUR ? '1h' : '5m',
    start_us: START,
    end_us: START + length,
    created_us: null,
    condition_id: null,
    tick: null,
    min_size: null,
    fee: null,
    settlement,
    taker_hold_ms: null,
  }
}

/** A tape of nothing but reference values, each received 900 ms after its stamp; trades are `binance-spot`'s. */
function tapeOf(
  markets: Market[],
  rows: readonly Row[],
  names: readonly string[] = SERIES,
  settlement: string | null = 'chainlink-spot',
): SyntheticTape {
  const columns: Columns = allocate(rows.length)
  const timed = rows.map(({ at, local, ...row }) => ({ ...row, at, local: local ?? at + 900 * MS }))
  timed.sort((a, b) => a.local - b.local)
  for (const { at, local, series, price } of timed) {
    const i = columns.length++
    columns.local_us[i] = local
    columns.exch_us[i] = at
    columns.kind[i] = series === 'binance-spot' ? Kind.PRINT : Kind.ORACLE
    columns.instrument[i] = names.indexOf(series)
    columns.price[i] = price
    columns.flags[i] = Flag.LAST
  }
  return {
    columns,
    instruments: {
      markets,
      instruments: [
        ...names.map((name) => ({ kind: 'series', name, asset: 'btc', venue: 'x', unit: 'usd_e8' }) as const),
        ...markets.flatMap((_, i) =>
          (['up', 'down'] as const).map(
            (outcome) => ({ kind: 'token', market: i, outcome, token_id: `${i}${outcome}` }) as const,
          ),
        ),
      ],
    },
    profile: {
      name: 'of the test',
      settlement,
      spot: null,
      fast: [],
      bar_s: 0,
      stale_ms: 3_000,
      min_venues: 1,
      notes: [],
      overrides: {},
    },
    prints: false,
  }
}

/** A value a second of a series around both ends of a window: `move` from start to end. */
function seconds(series: Row['series'], move: number, end_us: number, price = 7e12): Row[] {
  return [START, end_us].flatMap((at, i) =>
    [-2, -1, 0, 1, 2].map((s) => ({ at: at + s * SECOND, series, price: price + i * move })),
  )
}

function outcomes(tape: SyntheticTape) {
  const { state } = runTape(tape, { strategy: 'nothing' }).world.machine
  return { payouts: [...state.ledger.payout], classes: [...state.windows.class] }
}

describe('windows of one asset that settle by different series', () => {
  const markets = [market('spot', SPOT), market('mean', TWAP_60), market('candle', HOURLY, HOUR)]
  const end = START + 5 * MINUTE

  test('are each decided by their own, whichever there are more of and in whatever order', () => {
    const direction = fc.constantFrom(-5, 5)
    fc.assert(
      fc.property(
        direction,
        direction,
        direction,
        fc.array(fc.constantFrom(0, 1, 2), { minLength: 1, maxLength: 9 }),
        (spot, mean, candle, which) => {
          const rows = [
            ...seconds('chainlink-spot', spot, end),
            ...seconds('chainlink-twap-60', mean, end),
            ...seconds('binance-spot', candle, START + HOUR),
          ]
          const listed = which.map((kind) => markets[kind]!)
          const moves = [spot, mean, candle]
          const { payouts, classes } = outcomes(tapeOf(listed, rows))
          expect(payouts).toEqual(which.map((kind) => (moves[kind]! > 0 ? ONE : 0)))
          expect(new Set(classes)).toEqual(new Set([ResolutionCode.SETTLEMENT]))
        },
      ),
      { numRuns: 30 },
    )
  })

  test('are not decided by another’s where their own was not recorded', () => {
    const rows = seconds('chainlink-spot', 5, end)
    const { payouts } = outcomes(tapeOf(markets, rows, ['chainlink-spot']))
    expect(payouts).toEqual([ONE, -1, -1])
  })

  test('are decided by a stand-in where the profile names one, and only those without their own', () => {
    const rows = [...seconds('chainlink-spot', 5, end), ...seconds('a-stand-in', -5, end)]
    const tape = tapeOf(markets, rows, ['chainlink-spot', 'a-stand-in'], 'a-stand-in')
    const run = runTape(tape, { strategy: 'nothing' })
    expect([...run.world.machine.state.ledger.payout].slice(0, 2)).toEqual([ONE, 0])
    expect(run.world.machine.settlings.map(({ stand_in }) => stand_in)).toEqual([false, true, true])
  })
})

describe('the value at the end of a window', () => {
  const end = START + 5 * MINUTE
  const rows = seconds('chainlink-spot', -5, end)

  test('that was lost is not replaced by the one before it', () => {
    const lost = rows.filter(({ at }) => at !== end)
    expect(outcomes(tapeOf([market('spot', SPOT)], lost)).payouts).toEqual([-1])
  })

  test('that comes after later ones still decides', () => {
    const late = rows.map((row) => (row.at === end ? { ...row, local: end + 20 * SECOND } : row))
    expect(outcomes(tapeOf([market('spot', SPOT)], late)).payouts).toEqual([0])
  })
})
