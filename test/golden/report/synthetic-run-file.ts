import { ResolutionCode } from '../../../core/machine/records.ts'
import { MICRO, MINUTE, SECOND } from '../../../core/units/index.ts'
import { blocksOf, intervalOf } from '../../../engine/luck/index.ts'
import type { RunFile } from '../../../engine/report/run-file.ts'
import { type Options, type Rows, START_US } from './synthetic.ts'

const hash = (digit: string): string => digit.repeat(64)

/** `run.json` of a made-up run: its totals are those of the rows. */
export function runFileOf(
  rows: Rows,
  options: Options,
  risk_halts: number,
  deepest: number,
  gap: { start_us: number; end_us: number },
): RunFile {
  const sum = (column: string): number => {
    let total = 0
    for (const row of rows.windows) total += row[column]!
    return total
  }
  const of = (code: number): number => rows.windows.filter((w) => w.class === code).length
  const fills = rows.fills.filter((f) => f.failed_us === 0)
  const nets = rows.windows.flatMap((w, i) =>
    w.class === ResolutionCode.UNRESOLVED
      ? []
      : [
          {
            start_us: START_US + i * 5 * MINUTE,
            end_us: START_US + (i + 1) * 5 * MINUTE,
            net: w.net!,
            stake: w.max_unpaired!,
            fills: w.fills!,
          },
        ],
  )
  const least = (table: 'ledger' | 'equity', column: string): number =>
    rows[table].reduce((low, row) => Math.min(low, row[column]!), 5_000 * MICRO)
  const seconds = (gap.end_us - gap.start_us) / SECOND
  const cellGap = { start_us: gap.start_us + 20 * MINUTE, end_us: gap.start_us + 20 * MINUTE + 14 * SECOND }
  return {
    run: 'runs/synthetic',
    dataset_hash: hash('a'),
    config_hash: hash('b'),
    code_version: '0.1.0',
    runtime: 'node 24.21.0',
    events: rows.decisions.length * 37,
    wall_s: 1.25,
    events_per_s: rows.decisions.length * 30,
    peak_rss_mb: 180,
    state_hash: hash('c'),
    decisions: rows.decisions.length,
    intents: rows.intents.length,
    orders: rows.orders.length,
    fills: fills.length,
    maker_fills: fills.filter((f) => f.maker === 1).length,
    taker_fills: fills.filter((f) => f.maker === 0).length,
    volume_usdc: sum('volume') / MICRO,
    fees_usdc: sum('fees') / MICRO,
    gross_pnl_usdc: (sum('net') + sum('fees')) / MICRO,
    net_pnl_usdc: sum('net') / MICRO,
    net_pnl_interval_usdc: intervalOf(blocksOf(nets)),
    initial_cash_usdc: 5_000,
    return_pct: sum('net') / MICRO / 50,
    ruined_at: null,
    lowest_cash_usdc: least('ledger', 'balance') / MICRO,
    lowest_equity_usdc: least('equity', 'equity') / MICRO,
    unresolved_cost_usdc: sum('unresolved_cost') / MICRO,
    unresolved_value_usdc: sum('unresolved_value') / MICRO,
    max_drawdown_usdc: deepest / MICRO,
    risk_halts,
    gap_fills: fills.filter((f) => f.gap_fill === 1).length,
    beyond_display: 0,
    taken: {
      displayed_shares: 4_000,
      taken_shares: 390,
      share: 0.0975,
      worst_share: 0.31,
      worst_window: 'btc-updown-5m-1776254400',
      printed_shares: 0,
      filled_shares: 390,
      printed_share: null,
      worst_printed_share: null,
      worst_printed_window: null,
    },
    windows: {
      total: rows.windows.length,
      traded: rows.windows.filter((w) => w.fills! > 0).length,
      won: nets.filter(({ net }) => net > 0).length,
      lost: nets.filter(({ net }) => net < 0).length,
      recorded: of(ResolutionCode.RECORDED),
      settlement: of(ResolutionCode.SETTLEMENT),
      inferred_from_book: of(ResolutionCode.INFERRED_FROM_BOOK),
      unresolved: of(ResolutionCode.UNRESOLVED),
      unassigned: 0,
    },
    gaps: {
      count: 1,
      seconds,
      policy: 'blackout',
      known: { count: 2, seconds: seconds + 14 },
      hidden: { count: 0, seconds: 0 },
      intervals: [
        { ...gap, market: null, cause: 'silence' },
        { ...cellGap, market: 7, cause: 'silence of one market' },
      ],
    },
    ledger_residual_micro: 0,
    strategy: 'market-maker',
    fill: 'queue-pessimistic',
    gaps_policy: 'blackout',
    seed: options.seed,
    config: {
      exchange: {
        entry_latency_ms: 50,
        response_latency_ms: 50,
        latency_model: 'constant',
        fail_probability: 0,
      },
      strategy: { base_size: 20, levels: 3 },
    },
    reference_profile: {
      name: 'binance-perp-1m',
      settlement: 'binance-perp-btcusdt-1m',
      spot: 'binance-perp-btcusdt-1m',
      fast: [],
      bar_s: 60,
      stale_ms: 75_000,
      min_venues: 1,
      notes: ['A stand-in for Chainlink: windows that end near their strike may have settled otherwise.'],
      overrides: {},
    },
    datasets: [
      {
        path: 'datasets/none',
        dataset_hash: hash('a'),
        attribution: 'A made-up recording',
        licence: 'CC BY 4.0',
        inferred: [
          {
            what: 'the recorded token is Down',
            how: 'book against the reference over the session',
            agreement: '36 of 36',
          },
        ],
      },
    ],
    markets: rows.windows.map((_, i) => ({
      slug: `btc-updown-5m-${(START_US + i * 5 * MINUTE) / SECOND}`,
      start_us: START_US + i * 5 * MINUTE,
      end_us: START_US + (i + 1) * 5 * MINUTE,
    })),
    recording: { has_trades: false, messages: 48_000 },
  }
}
