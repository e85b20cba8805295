import type { MicroShares, Micros, MicroUsdc } from '../units/index.ts'

/**
 * The latest moves of one market, oldest first: from the oldest fill that can still fail. A failed fill is taken out
 * and the rest is played again on the position before them, which leaves the ledger as if it had never been.
 */
export type Moves = {
  head: number
  length: number
  /** See LedgerKind: BUY, SELL, SPLIT, MERGE, REDEEM, REVERSAL (of a redemption), TRANSFER_IN, TRANSFER_OUT. */
  kind: Uint8Array
  outcome: Uint8Array
  maker: Uint8Array
  /** 1: a fill that is neither confirmed nor failed. */
  open: Uint8Array
  /** Fill number, −1 for what is not a fill. */
  fill: Float64Array
  time_us: Float64Array
  /** Micro-shares that came or went: of a BUY after the fee in shares. */
  shares: Float64Array
  /** Fee in micro-shares. */
  fee_shares: Float64Array
  /** Micro-USDC paid or received before the fee in USDC. */
  amount: Float64Array
  /** Fee in micro-USDC. */
  fee: Float64Array
  /** Value of both fees, micro-USDC. */
  fee_value: Float64Array
  /** Value of `shares` at the mid of their token at the time, micro-USDC. */
  value: Float64Array
  /** Up mid of a fill at the time in half ticks. */
  mid: Float64Array
}

/** One move, as {@link append} takes it. */
export type Move = {
  kind: number
  outcome: number
  maker: number
  open: number
  fill: number
  time_us: Micros
  shares: MicroShares
  fee_shares: MicroShares
  amount: MicroUsdc
  fee: MicroUsdc
  fee_value: MicroUsdc
  value: MicroUsdc
  mid: number
}

/** Moves that may wait behind one fill that is neither confirmed nor failed. */
export const MOVES_MAX = 65_536
const FIRST_CAPACITY = 16
const BYTES = ['kind', 'outcome', 'maker', 'open'] as const
const REALS = [
  'fill',
  'time_us',
  'shares',
  'fee_shares',
  'amount',
  'fee',
  'fee_value',
  'value',
  'mid',
] as const

/** An empty list. */
export function create(): Moves {
  const moves = { head: 0, length: 0 } as Moves
  for (const name of BYTES) moves[name] = new Uint8Array(FIRST_CAPACITY)
  for (const name of REALS) moves[name] = new Float64Array(FIRST_CAPACITY)
  return moves
}

/** The row of the `i`-th move, 0 the oldest. */
export function row(moves: Moves, i: number): number {
  return (moves.head + i) & (moves.kind.length - 1)
}

/** Add a move as the newest and return its row. The list doubles when it is full. */
export function append(moves: Moves, move: Move): number {
  if (moves.length === moves.kind.length) grow(moves)
  const at = row(moves, moves.length)
  moves.length++
  moves.kind[at] = move.kind
  moves.outcome[at] = move.outcome
  moves.maker[at] = move.maker
  moves.open[at] = move.open
  moves.fill[at] = move.fill
  moves.time_us[at] = move.time_us
  moves.shares[at] = move.shares
  moves.fee_shares[at] = move.fee_shares
  moves.amount[at] = move.amount
  moves.fee[at] = move.fee
  moves.fee_value[at] = move.fee_value
  moves.value[at] = move.value
  moves.mid[at] = move.mid
  return at
}

/** Drop the oldest move. */
export function dropOldest(moves: Moves): void {
  moves.head = row(moves, 1)
  moves.length--
  if (moves.length === 0) moves.head = 0
}

/** Position of a fill among the moves, −1 where it is not there. */
export function indexOf(moves: Moves, fill_no: number): number {
  for (let i = 0; i < moves.length; i++) if (moves.fill[row(moves, i)] === fill_no) return i
  return -1
}

/** Take the `i`-th move out; later ones move up. */
export function remove(moves: Moves, i: number): void {
  for (let k = i; k < moves.length - 1; k++) {
    const to = row(moves, k)
    const from = row(moves, k + 1)
    for (const name of BYTES) moves[name][to] = moves[name][from]!
    for (const name of REALS) moves[name][to] = moves[name][from]!
  }
  moves.length--
  if (moves.length === 0) moves.head = 0
}

/** Forget every move, so that the list can serve another market. */
export function clear(moves: Moves): void {
  moves.head = 0
  moves.length = 0
}

function grow(moves: Moves): void {
  const capacity = moves.kind.length
  const mask = capacity - 1
  const { head, length } = moves
  for (const name of BYTES) {
    const wider = new Uint8Array(capacity * 2)
    for (let i = 0; i < length; i++) wider[i] = moves[name][(head + i) & mask]!
    moves[name] = wider
  }
  for (const name of REALS) {
    const wider = new Float64Array(capacity * 2)
    for (let i = 0; i < length; i++) wider[i] = moves[name][(head + i) & mask]!
    moves[name] = wider
  }
  moves.head = 0
}
