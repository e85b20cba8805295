/**
 * What a run leaves behind: tables of plain columns that the machine fills and a runner drains to Parquet.
 * Column types: `f64` (integers unless said otherwise), `u32`, `u8`. −1 means "none" for prices, NaN for real numbers.
 * Prices are ticks of 1e-4, sizes micro-shares, money micro-USDC, times µs since the epoch, reference prices 1e-8 USD.
 */

export type ColumnType = 'f64' | 'u32' | 'u8'

/** Tables and their columns in file order. */
export const TABLES = {
  /** One row a decision: what the strategy saw and what came of it. */
  decisions: [
    ['decision', 'f64'], // number, from 0
    ['time_us', 'f64'],
    ['event', 'f64'], // events consumed before it
    ['market', 'u32'],
    ['trigger', 'u8'], // see Trigger
    ['regime', 'u8'], // bits, see Regime
    ['gate', 'u8'], // the gate that stopped it, 0 = none; see Gate
    ['seconds_left', 'f64'], // real
    ['s0', 'f64'], // strike, real 1e-8 USD, NaN unknown
    ['s_t', 'f64'], // spot, real 1e-8 USD, NaN unknown
    ['mean', 'f64'], // mean of the look-back so far, NaN outside it
    ['sigma', 'f64'], // per sqrt second, real
    ['q_up', 'f64'], // clamped, real
    ['z', 'f64'], // real
    ['speed', 'f64'], // real, per sqrt second
    ['cap_up', 'f64'], // real, USDC
    ['cap_down', 'f64'],
    ['target_total', 'f64'], // real, USDC
    ['size_scalar', 'f64'], // real
    ['best_bid', 'f64'], // Up ticks
    ['best_ask', 'f64'],
    ['bid_size', 'f64'],
    ['ask_size', 'f64'],
    ['up_shares', 'f64'], // held, provisional fills included
    ['down_shares', 'f64'],
    ['unpaired', 'f64'], // up − down, in-flight included
    ['cash', 'f64'],
    ['equity', 'f64'], // all markets, marked at the mid
    ['spot_age_us', 'f64'],
    ['settlement_age_us', 'f64'],
    ['book_age_us', 'f64'],
    ['desired', 'u8'], // orders wanted
    ['live', 'u8'], // orders live or in flight
    ['creates', 'u8'],
    ['cancels', 'u8'],
    ['refused', 'u8'], // intents that a gate refused
    ['sigma_naive', 'f64'], // per sqrt second, real: of the last hour by returns of a minute; NaN before ten of them
  ],
  /** One row an intent, refused ones included. */
  intents: [
    ['intent', 'f64'],
    ['decision', 'f64'], // −1: not of a decision
    ['time_us', 'f64'],
    ['kind', 'u8'], // see IntentKind
    ['gate', 'u8'], // 0 passed, else the gate that refused it
    ['order', 'f64'],
    ['market', 'u32'],
    ['outcome', 'u8'], // 0 up, 1 down
    ['side', 'u8'], // 1 buy, 2 sell
    ['level', 'u8'], // ladder level; 255 a taker or completing order
    ['price', 'f64'],
    ['size', 'f64'], // micro-shares
    ['amount', 'f64'], // micro-USDC of a marketable BUY, else 0
    ['tif', 'u8'], // see Tif
    ['post_only', 'u8'],
    ['expire_us', 'f64'], // 0 none
    ['key_hi', 'u32'], // client key
    ['key_lo', 'u32'],
  ],
  /** One row an order, written when it is done or the run ends. */
  orders: [
    ['order', 'f64'],
    ['decision', 'f64'],
    ['market', 'u32'],
    ['outcome', 'u8'],
    ['side', 'u8'],
    ['level', 'u8'],
    ['price', 'f64'],
    ['size', 'f64'],
    ['filled', 'f64'],
    ['tif', 'u8'],
    ['post_only', 'u8'],
    ['intended_us', 'f64'],
    ['accepted_us', 'f64'], // 0 never
    ['done_us', 'f64'], // 0 still open at the end
    ['status', 'u8'], // see OrderStatus
    ['reason', 'u8'], // see RejectCode
  ],
  /** One row a fill, written when its life ends or the run does. */
  fills: [
    ['fill', 'f64'],
    ['order', 'f64'],
    ['decision', 'f64'],
    ['market', 'u32'],
    ['outcome', 'u8'],
    ['side', 'u8'],
    ['price', 'f64'],
    ['size', 'f64'], // gross micro-shares
    ['fee_shares', 'f64'],
    ['amount', 'f64'], // micro-USDC paid (buy) or received (sell), before the USDC fee
    ['fee_usdc', 'f64'], // fee in USDC, micro
    ['fee_value', 'f64'], // value of both fees in micro-USDC at the fill price
    ['maker', 'u8'],
    ['gap_fill', 'u8'],
    ['beyond_display', 'u8'], // nobody knows that so much was displayed
    ['matched_us', 'f64'],
    ['mined_us', 'f64'], // 0 not yet
    ['confirmed_us', 'f64'],
    ['failed_us', 'f64'],
    ['q_up', 'f64'], // real, model at the time we heard of it; NaN unknown
    ['mid', 'f64'], // Up mid in 1e-4, real, before the fill; NaN unknown
    ['markout_1s', 'f64'], // (mid after − price) towards us, of the fill's own token, 1e-4 real; NaN where there was no mid
    ['markout_5s', 'f64'],
    ['markout_10s', 'f64'],
    ['markout_30s', 'f64'],
  ],
  /** Every move of cash or shares. */
  ledger: [
    ['entry', 'f64'],
    ['time_us', 'f64'],
    ['kind', 'u8'], // see LedgerKind
    ['market', 'u32'],
    ['outcome', 'u8'], // 0 up, 1 down, 2 both or none
    ['shares', 'f64'], // signed
    ['cash', 'f64'], // signed, fee included
    ['fee', 'f64'], // micro-USDC
    ['ref', 'f64'], // fill number, or −1
    ['balance', 'f64'], // cash after
  ],
  /** What an operator would be told: halts, pauses, strikes and outcomes that disagree. */
  risk_events: [
    ['time_us', 'f64'],
    ['kind', 'u8'], // see RiskEvent
    ['market', 'u32'], // 4294967295: none
    ['gate', 'u8'], // see Gate; 0 none
    ['value', 'f64'], // real; what was measured
    ['limit', 'f64'], // real; what it was held against
  ],
  /** Equity, at each decision where it changed, and at the end. */
  equity: [
    ['time_us', 'f64'],
    ['cash', 'f64'],
    ['inventory', 'f64'], // at the mid
    ['equity', 'f64'],
    ['drawdown', 'f64'],
    ['exposure', 'f64'],
  ],
  /** One row a window, at the end. PnL parts in micro-USDC; they sum to net. */
  windows: [
    ['market', 'u32'],
    ['class', 'u8'], // see ResolutionCode
    ['up_payout', 'f64'], // −1 unknown
    ['strike', 'f64'],
    ['final', 'f64'],
    ['decisions', 'f64'],
    ['fills', 'f64'],
    ['maker_fills', 'f64'],
    ['volume', 'f64'], // micro-USDC
    ['spread', 'f64'],
    ['pairs', 'f64'],
    ['inventory', 'f64'],
    ['settlement', 'f64'],
    ['fees', 'f64'], // ≥ 0
    ['net', 'f64'],
    ['unresolved_cost', 'f64'],
    ['unresolved_value', 'f64'],
    ['rebate_low', 'f64'], // range, never in net
    ['rebate_high', 'f64'],
    ['reward_high', 'f64'],
    ['max_unpaired', 'f64'],
  ],
  /** The hash chain: one row every N events and one at the end. `chain` is in the side text table. */
  hashes: [
    ['index', 'f64'],
    ['event', 'f64'],
    ['time_us', 'f64'],
    ['h0', 'u32'],
    ['h1', 'u32'],
    ['h2', 'u32'],
    ['h3', 'u32'],
    ['h4', 'u32'],
    ['h5', 'u32'],
    ['h6', 'u32'],
    ['h7', 'u32'],
  ],
} as const satisfies Record<string, readonly (readonly [string, ColumnType])[]>

export type TableName = keyof typeof TABLES

/** Why a market was decided on. */
export const Trigger = {
  TICK: 1,
  FILL: 2,
  REGIME: 3,
  RESOLUTION: 4,
  OPERATOR: 5,
  CUTOFF: 6,
  GAP: 7,
  ORDER: 8,
} as const

/** Kinds of rows of the risk_events table. */
export const RiskEvent = {
  /** The day's drawdown passed its cap (a live session halts); value and limit in micro-USDC. */
  HALT: 1,
  /** The venue's own strike differs from the series'; value and limit in bps. */
  STRIKE_MISMATCH: 2,
  /** An outcome came after the window had another one; value and limit are the payouts in ticks. */
  RESOLUTION_CONFLICT: 3,
  /** Merging is paused; value is the Stop of the plan. */
  MERGES_PAUSED: 4,
  /** The reference's quality changed; value the Quality. */
  REFERENCE_QUALITY: 5,
  /** A critical invariant is broken and trading halts; value is which, see Invariants. */
  INVARIANT: 6,
} as const

/** Kinds of intents. */
export const IntentKind = { CREATE: 1, CANCEL: 2, MERGE: 3, REDEEM: 4, CANCEL_ALL: 5 } as const

/** Time in force. */
export const Tif = { GTC: 1, GTD: 2, FAK: 3, FOK: 4 } as const

/** An order's state as the machine knows it. */
export const OrderStatus = {
  SENT: 1,
  LIVE: 2,
  DELAYED: 3,
  PARTIAL: 4,
  FILLED: 5,
  CANCELLED: 6,
  REJECTED: 7,
  EXPIRED: 8,
  UNKNOWN: 9,
  OPEN_AT_END: 10,
} as const

/** Kinds of ledger entries. */
export const LedgerKind = {
  DEPOSIT: 1,
  WITHDRAWAL: 2,
  BUY: 3,
  SELL: 4,
  FEE: 5,
  SPLIT: 6,
  MERGE: 7,
  REDEEM: 8,
  REVERSAL: 9,
  GAS: 10,
  REWARD: 11,
  REBATE: 12,
  TRANSFER_IN: 13,
  TRANSFER_OUT: 14,
} as const

/** How a window ended, as a number. */
export const ResolutionCode = { UNRESOLVED: 0, RECORDED: 1, SETTLEMENT: 2, INFERRED_FROM_BOOK: 3 } as const

type ArrayOf<T extends ColumnType> = T extends 'f64'
  ? Float64Array
  : T extends 'u32'
    ? Uint32Array
    : Uint8Array
/** The columns of one table, by name, and how many rows are in use. */
export type Table<N extends TableName> = {
  readonly name: N
  length: number
  readonly capacity: number
  readonly columns: { readonly [C in (typeof TABLES)[N][number] as C[0]]: ArrayOf<C[1]> }
}
/** All tables of a run. */
export type Records = { readonly [N in TableName]: Table<N> }

/** Rows a table holds before it must be drained. */
export const TABLE_ROWS = 8_192

/** Empty tables. */
export function createRecords(capacity: number = TABLE_ROWS): Records {
  const records: Record<string, unknown> = {}
  for (const name of Object.keys(TABLES) as TableName[]) {
    // Made in one go: an object that is given its keys one by one becomes a hash table, and every access a search.
    const columns = Object.fromEntries(
      TABLES[name].map(([column, type]) => [column, arrayOf(type, capacity)]),
    )
    records[name] = { name, length: 0, capacity, columns }
  }
  return records as Records
}

function arrayOf(type: ColumnType, capacity: number): Float64Array | Uint32Array | Uint8Array {
  if (type === 'f64') return new Float64Array(capacity)
  return type === 'u32' ? new Uint32Array(capacity) : new Uint8Array(capacity)
}
