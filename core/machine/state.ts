import type { TimeQueue } from '../clock/index.ts'
import type { Chain } from '../hash/index.ts'
import type { MarketFeed } from '../markets/index.ts'
import type { Limiter, Orders } from '../orders/index.ts'
import type { EquityState, LedgerState, OperationsState, WindowsState } from '../portfolio/index.ts'
import type { Naive, TwapMean, Volatility } from '../probability/index.ts'
import type { Reference, Regime, Settle, Strike } from '../reference/index.ts'
import type { Risk } from '../risk/index.ts'
import type { E8, Micros, MicroUsdc } from '../units/index.ts'

/** Where a window is in its life. */
export const Phase = { WAITING: 0, OPEN: 1, ENDED: 2, RESOLVED: 3 } as const

/** What the machine knows of a window beyond its book: from its start on. */
export type WindowState = {
  strike: Strike.Strike
  settle: Settle.Settle
  /** Mean of the look-back, where the window settles on a TWAP; null without and after the end. */
  twap: TwapMean.TwapMean | null
  /** Since when it is silent: time of the last message; 0 when it is not. */
  silent_from_us: Micros
}

/** Newest value, by its own stamp, of a series that windows settle by. */
export type Settler = {
  /** Whole 1e-8 USD (−1 none), the rest in 1e-18 USD, its stamp, and when we knew of it. */
  price: E8
  rest: number
  stamp_us: Micros
  local_us: Micros
  /** It is a trade, not a value of a series. */
  trade: boolean
}

/** What the machine knows of one reference asset. */
export type AssetState = {
  reference: Reference.Reference
  volatility: Volatility.Volatility
  /** What reports hold the model against; no decision depends on it. */
  naive: Naive.Naive
  regime: Regime.Regime
  /** Regime bits and quality that the last decision of its markets saw. */
  bits: number
  quality: number
  /** When either may change with no event; Infinity never. */
  regime_due_us: Micros
}

/** A fill whose row is not complete yet. Fields as in the fills table. */
export type OpenFill = {
  fill: number
  order: number
  decision: number
  market: number
  outcome: number
  side: number
  price: number
  size: number
  fee_shares: number
  amount: number
  fee_usdc: number
  fee_value: number
  maker: number
  gap_fill: number
  beyond_display: number
  matched_us: Micros
  mined_us: Micros
  confirmed_us: Micros
  failed_us: Micros
  q_up: number
  mid: number
  markouts: Float64Array
  /** Horizons sampled so far. */
  sampled: number
}

/** Counts of a run, for its summary. */
export type Counts = {
  /** Rows consumed. */
  events: number
  decisions: number
  intents: number
  orders: number
  fills: number
  maker_fills: number
  volume: number
  gap_fills: number
  /** Fills whose size nobody knows to have been displayed. */
  beyond_display: number
  risk_halts: number
  merges: number
  merge_failures: number
  gaps: number
  gap_us: Micros
  /** Outcomes that came after a window had another one. */
  conflicts: number
  strike_mismatches: number
}

/** Everything that a decision may depend on, and nothing else: plain data. */
export type MachineState = {
  /** Time of what is being handled. */
  now_us: Micros
  counts: Counts
  /** By market. */
  feeds: MarketFeed.MarketFeed[]
  phase: Uint8Array
  dirty: Uint8Array
  open_windows: (WindowState | null)[]
  /** By market: the gate that refused an order of its last decision, 0 none. */
  refused_by: Uint8Array
  /** Last clamped q_up of a market; NaN before any. */
  q_up: Float64Array
  /** Markets whose window is open or ended and not resolved, in order of index. */
  active: number[]
  /** Resolved markets that still hold shares, in order of index. */
  redeemable: number[]
  /** Markets to decide at the next quote tick, and when that is. */
  dirty_list: number[]
  tick_due_us: Micros
  timers: TimeQueue.TimeQueue
  /** By asset. */
  assets: AssetState[]
  /** By instrument; null of one that no window settles by. */
  settlers: (Settler | null)[]
  ledger: LedgerState
  windows: WindowsState
  operations: OperationsState
  /** Proceeds of sales that are not confirmed: the venue does not let them pay for anything yet. */
  cash_pending: MicroUsdc
  /** Why merging is paused (a Stop), 0 when it is not. */
  merges_paused: number
  /** Redemptions not answered yet, by market. */
  redeem_answers: Uint8Array
  /** Gas of the operation under way, micro-USDC, by market. */
  operation_gas: Float64Array
  /** Gas of the redemptions that are done, micro-USDC, by market. */
  redeem_gas: Float64Array
  equity: EquityState
  orders: Orders.OrdersState
  limiter: Limiter.Limiter
  risk: Risk.RiskState
  strategy: unknown
  open_fills: OpenFill[]
  chain: Chain.Chain
  next_checkpoint: number
}
