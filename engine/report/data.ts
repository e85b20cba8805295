import type { Calibration as Probabilities } from '../../core/probability/index.ts'
import type { AuditFile } from './audit-file.ts'
import type { GapInterval, RunFile } from './run-file.ts'

/**
 * What the panels draw: a run, already counted and cut to the size of a page. Units are those of core/machine/records
 * (micro-USDC, micro-shares, ticks of 1e-4, µs); NaN where nothing is known.
 */

/** A column of points in time order, each standing for `bucket_us` of a run; 0: every recorded row is a point. */
export type Series<Point> = { rows: number; bucket_us: number; points: Point[] }

/** Equity in one bucket: its last value, its exact lowest and highest, the deepest drawdown and the largest exposure. */
export type EquityPoint = {
  time_us: number
  last: number
  low: number
  high: number
  drawdown: number
  exposure: number
}

/** Equity over time, and what it was at the start: the cash before the first trade. */
export type Equity = Series<EquityPoint> & { start: number }

/** Shares held in all markets at the end of one bucket, and the exact range of up − down inside it. */
export type InventoryPoint = { time_us: number; up: number; down: number; low: number; high: number }

/** One window as the run left it; the columns of the `windows` table with the market's name and times. */
export type Window = {
  market: number
  slug: string
  start_us: number
  end_us: number
  class: number
  up_payout: number
  decisions: number
  fills: number
  maker_fills: number
  volume: number
  spread: number
  pairs: number
  inventory: number
  settlement: number
  fees: number
  net: number
  unresolved_cost: number
  unresolved_value: number
  rebate_low: number
  rebate_high: number
  reward_high: number
  max_unpaired: number
}

/**
 * What one window's decisions saw, in buckets of `step_us` from `from_us`. Columns of equal length: the bucket, the last
 * touch in it, the lowest bid and highest ask in it (ticks, −1 none) and the last q_up (1e-4, −1 none).
 */
export type Path = {
  market: number
  from_us: number
  to_us: number
  step_us: number
  rows: number
  bucket: number[]
  bid: number[]
  ask: number[]
  low: number[]
  high: number[]
  q: number[]
  fills: PathFill[]
  /** Fills of the window that are not in `fills`, for lack of room. */
  fills_left_out: number
}

/** One fill: time, token price in ticks, micro-shares. */
export type PathFill = {
  time_us: number
  price: number
  size: number
  outcome: number
  side: number
  maker: boolean
  gap_fill: boolean
  failed: boolean
}

/** Markouts at one horizon, in ticks of 1e-4 per share towards us. Horizon 0 is the edge at the fill itself. */
export type Horizon = {
  seconds: number
  n: number
  missing: number
  mean: number
  /** Standard error of the mean with fills of one window taken as one cluster. */
  se: number
  /** Windows with at least one fill. */
  clusters: number
  weighted_mean: number
  p5: number
  p25: number
  median: number
  p75: number
  p95: number
  positive: number
  /** Counts by bin from −bound to bound; the outermost hold what lies beyond. */
  bins: number[]
}

/** Markouts of maker fills that did not fail. */
export type Markouts = {
  fills: number
  failed: number
  gap_fills: number
  bin: number
  bound: number
  horizons: Horizon[]
}

/** How resting orders ended. */
export type Ending = { name: EndingName; n: number; median_us: number; counts: number[] }
export type EndingName = 'filled' | 'partly filled' | 'cancelled' | 'expired' | 'failed' | 'open at the end'
/** Lifetimes of resting orders from acceptance to end, by how they ended. */
export type Lifetimes = {
  orders: number
  rejected: number
  unanswered: number
  /** Lower bounds of the bins in µs; the last has no upper bound. */
  bounds_us: number[]
  endings: Ending[]
}

/** How often a code came. */
export type Tally = { code: number; n: number }
/** What became of the decisions, the intents and the orders. */
export type Idle = {
  decisions: number
  changed: number
  kept: number
  wanted_nothing: number
  gates: Tally[]
  triggers: Tally[]
  regimes: Tally[]
  intents: number
  refused: Tally[]
  rejects: Tally[]
}

/** How good a forecast was. */
export type Score = { brier: number; log_loss: number; bins: Probabilities.Bin[] }
/** The model's probability and the market's mid against outcomes, on the same decisions. */
export type Calibration = {
  sample_s: number
  samples: number
  windows: number
  by_class: Tally[]
  /** How often Up won among the samples, and the Brier score of saying so every time. */
  base_rate: number
  brier_base: number
  model: Score
  market: Score
  /** Brier score of the model less the market's; below 0 the model was better. Standard error clustered by window. */
  difference: number
  difference_se: number
}

/** Gaps and where they were read from. */
export type Gaps = { intervals: GapInterval[]; total: number; source: 'run' | 'dataset' | 'none' }

/** One breach of the daily drawdown limit: how far equity had fallen, and how far it may; micro-USDC. */
export type Halt = { time_us: number; value: number; limit: number }

/** Everything a report shows. */
export type ReportData = {
  run: RunFile
  /** First and last instant of the run: windows and decisions. */
  from_us: number
  to_us: number
  windows: Window[]
  equity: Equity
  inventory: Series<InventoryPoint>
  paths: Path[]
  /** Windows with decisions that have no path here, for lack of room. */
  paths_left_out: number
  markouts: Markouts
  lifetimes: Lifetimes
  idle: Idle
  calibration: Calibration
  gaps: Gaps
  /** The run under other assumptions; null where nobody made it. */
  audit: AuditFile | null
  /** Breaches of the drawdown limit: a live session would have halted at the first. */
  halts: Halt[]
  /** Other events that an operator would have been told of, by RiskEvent. */
  risk_events: Tally[]
}
