import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import * as Evidence from './evidence.ts'
import { LedgerError } from './ledger-error.ts'
import type { Lots } from './lots.ts'
import type { Move, Moves } from './moves.ts'
import * as Positions from './positions.ts'

/** Sums of money since the start, micro-USDC, each ≥ 0: the right side of the money identity (formulas.md §12). */
export type Totals = {
  deposits: MicroUsdc
  withdrawals: MicroUsdc
  rewards: MicroUsdc
  rebates: MicroUsdc
  bought: MicroUsdc
  sold: MicroUsdc
  fees: MicroUsdc
  splits: MicroUsdc
  merges: MicroUsdc
  redemptions: MicroUsdc
  gas: MicroUsdc
}

/** Sums of shares since the start by token, index `2·market + outcome`: the right side of the share identity. */
export type Flows = {
  /** Gross, before fees in shares. */
  bought: Float64Array
  fees: Float64Array
  split: Float64Array
  sold: Float64Array
  merged: Float64Array
  redeemed: Float64Array
  transferred_in: Float64Array
  transferred_out: Float64Array
}

/** The last move of cash or shares, as the `ledger` table has it. */
export type Entry = {
  /** Number of the entry, −1 before the first. */
  entry: number
  time_us: Micros
  /** See LedgerKind. */
  kind: number
  market: number
  /** 0 up, 1 down, 2 both or none. */
  outcome: number
  /** Signed. */
  shares: MicroShares
  /** Signed, fee included. */
  cash: MicroUsdc
  fee: MicroUsdc
  /** Fill number, or −1. */
  ref: number
  /** Cash after. */
  balance: MicroUsdc
}

/** The ledger: plain data. Cash, shares and the result of every market, and what is needed to take a fill back. */
export type LedgerState = {
  readonly markets: number
  cash: MicroUsdc
  totals: Totals
  flows: Flows
  /** Micro-shares by token that can be merged or redeemed: confirmed purchases less everything that left, sales as they match. */
  confirmed: Float64Array
  /** Trading money that came in less what went out, by market. */
  money: Float64Array
  /** Last Up mid in half ticks (2e-4 · value = price), −1 unknown. */
  mid: Int32Array
  /** Payout of one Up share in ticks, −1 unresolved. */
  payout: Int32Array
  resolved_us: Float64Array
  /** Positions with every move in them, and with only those before the oldest open fill. */
  now: Positions.Positions
  base: Positions.Positions
  /** The moves between the two, by market. */
  moves: (Moves | null)[]
  evidence: Evidence.EvidenceState
  last: Entry
  /** Value of held shares by market, and its sum. */
  value: Float64Array
  value_total: MicroUsdc
  /** Sum over markets of the value of shares transferred in less out. */
  transferred_total: MicroUsdc
  /** All-in cost of unpaired shares by market, and its sum. */
  exposure: Float64Array
  exposure_total: MicroUsdc
  /** Completed pairs held by market, and their sum. */
  pairs: Float64Array
  pairs_total: MicroShares
  /** Disagreement of the share identities by market, and its sum; 0 as long as the ledger is right. */
  residual: Float64Array
  residual_total: number
  /** Tokens of which less than nothing is held, by market, and their count. */
  short: Uint8Array
  short_total: number
  /** Buffers of markets that are done, for the next ones. */
  spare_lots: Lots[]
  spare_moves: Moves[]
  /** Reused input of the next move. */
  move: Move
}

/** `market` of an entry that belongs to none. */
export const NO_MARKET = 0xffffffff
/** The price 1 USDC in half ticks. */
export const HALF_ONE: Tick = 20_000

/**
 * A ledger over `markets` markets with cash as its first deposit.
 *
 * @param markets 0 or more; markets are numbered as in the dataset's side table
 * @param initial_cash micro-USDC, ≥ 0
 * @param open_fills_max fills that may be neither confirmed nor failed at one time
 */
export function create(markets: number, initial_cash: MicroUsdc, open_fills_max = 4_096): LedgerState {
  if (!Number.isSafeInteger(markets) || markets < 0)
    throw new LedgerError('ledger.amount', 'markets', markets, 'a whole number from 0')
  if (!Number.isSafeInteger(initial_cash) || initial_cash < 0)
    throw new LedgerError('ledger.amount', 'initial_cash', initial_cash, 'whole micro-USDC from 0')
  const moves: null[] = []
  for (let market = 0; market < markets; market++) moves.push(null)
  return {
    markets,
    cash: initial_cash,
    totals: {
      deposits: initial_cash,
      withdrawals: 0,
      rewards: 0,
      rebates: 0,
      bought: 0,
      sold: 0,
      fees: 0,
      splits: 0,
      merges: 0,
      redemptions: 0,
      gas: 0,
    },
    flows: {
      bought: new Float64Array(2 * markets),
      fees: new Float64Array(2 * markets),
      split: new Float64Array(2 * markets),
      sold: new Float64Array(2 * markets),
      merged: new Float64Array(2 * markets),
      redeemed: new Float64Array(2 * markets),
      transferred_in: new Float64Array(2 * markets),
      transferred_out: new Float64Array(2 * markets),
    },
    confirmed: new Float64Array(2 * markets),
    money: new Float64Array(markets),
    mid: new Int32Array(markets).fill(-1),
    payout: new Int32Array(markets).fill(-1),
    resolved_us: new Float64Array(markets),
    now: Positions.create(markets),
    base: Positions.create(markets),
    moves,
    evidence: Evidence.create(open_fills_max),
    last: {
      entry: -1,
      time_us: 0,
      kind: 0,
      market: NO_MARKET,
      outcome: 2,
      shares: 0,
      cash: 0,
      fee: 0,
      ref: -1,
      balance: initial_cash,
    },
    value: new Float64Array(markets),
    value_total: 0,
    transferred_total: 0,
    exposure: new Float64Array(markets),
    exposure_total: 0,
    pairs: new Float64Array(markets),
    pairs_total: 0,
    residual: new Float64Array(markets),
    residual_total: 0,
    short: new Uint8Array(markets),
    short_total: 0,
    spare_lots: [],
    spare_moves: [],
    move: {
      kind: 0,
      outcome: 0,
      maker: 0,
      open: 0,
      fill: -1,
      time_us: 0,
      shares: 0,
      fee_shares: 0,
      amount: 0,
      fee: 0,
      fee_value: 0,
      value: 0,
      mid: 0,
    },
  }
}
