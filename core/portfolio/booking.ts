import type { MicroShares, Micros, MicroUsdc } from '../units/index.ts'
import { LedgerError } from './ledger-error.ts'
import * as Lots from './lots.ts'
import * as Moves from './moves.ts'
import * as Positions from './positions.ts'
import type { LedgerState } from './state.ts'
import { marketValue } from './valuation.ts'

/** How a move gets into a market's position, and what is brought up to date after it. */

/** Refuse a market that the ledger does not have. */
export function assertMarket(state: LedgerState, market: number): void {
  if (!Number.isInteger(market) || market < 0 || market >= state.markets)
    throw new LedgerError('ledger.market', 'market', market, `a market from 0 to ${state.markets - 1}`)
}

/** Refuse what is not a whole amount of at least `least` millionths. */
export function assertAmount(field: string, amount: number, least: number): void {
  if (!Number.isSafeInteger(amount) || amount < least)
    throw new LedgerError('ledger.amount', field, amount, `a whole number of millionths from ${least}`)
}

/** Refuse what is neither Up (0) nor Down (1). */
export function assertOutcome(outcome: number): void {
  if (outcome !== 0 && outcome !== 1)
    throw new LedgerError('ledger.outcome', 'outcome', outcome, '0 for Up or 1 for Down')
}

/** Refuse another move while too many wait behind a fill that is still open. */
export function assertRoom(state: LedgerState, market: number): void {
  const moves = state.moves[market]
  if (moves !== null && moves !== undefined && moves.length >= Moves.MOVES_MAX) {
    throw new LedgerError(
      'ledger.moves_full',
      'market',
      market,
      `at most ${Moves.MOVES_MAX} moves behind one open fill; confirm or fail fill ${moves.fill[Moves.row(moves, 0)]}`,
    )
  }
}

/** Play `state.move` on the market's position now, and keep it as long as an older fill may fail. */
export function book(state: LedgerState, market: number): void {
  const moves = acquire(state, market)
  const at = Moves.append(moves, state.move)
  Positions.play(state.now, market, moves, at)
  settle(state, market)
}

/** Move what can no longer change from the list of moves into the base, and bring the market's sums up to date. */
export function settle(state: LedgerState, market: number): void {
  const moves = state.moves[market]!
  while (moves.length > 0 && moves.open[moves.head] === 0) {
    Positions.play(state.base, market, moves, moves.head)
    Moves.dropOldest(moves)
  }
  revalue(state, market)
  release(state, market)
}

/** Play the list of moves again on the base. */
export function replay(state: LedgerState, market: number): void {
  const moves = state.moves[market]!
  Positions.copyMarket(state.base, state.now, market)
  for (let i = 0; i < moves.length; i++) Positions.play(state.now, market, moves, Moves.row(moves, i))
}

/** Recompute value, exposure, pairs and the share residual of one market and move their sums by the difference. */
export function revalue(state: LedgerState, market: number): void {
  const up = state.now.held[2 * market]!
  const down = state.now.held[2 * market + 1]!
  state.value_total += change(state.value, market, marketValue(state, market))
  state.exposure_total += change(state.exposure, market, state.now.cost[market]!)
  state.pairs_total += change(state.pairs, market, Math.max(0, Math.min(up, down)))
  state.short_total += change(state.short, market, (up < 0 ? 1 : 0) + (down < 0 ? 1 : 0))
  state.residual_total += change(state.residual, market, residualOf(state, market))
}

/** Set one value of a column and return by how much it grew. */
function change(column: Float64Array | Uint8Array, at: number, value: number): number {
  const grown = value - column[at]!
  column[at] = value
  return grown
}

function residualOf(state: LedgerState, market: number): number {
  const { held, unpaired } = state.now
  return (
    Math.abs(residualShares(state, market, 0)) +
    Math.abs(residualShares(state, market, 1)) +
    Math.abs(held[2 * market]! - held[2 * market + 1]! - unpaired[market]!)
  )
}

/**
 * Held shares of a token less what came and went: `bought − fees in shares + split − sold − merged − redeemed +
 * transferred in − out`, net of failed fills (formulas.md §12). 0 as long as the ledger is right: held shares come from the
 * market's moves, the sums are kept apart and never read back.
 */
export function residualShares(state: LedgerState, market: number, outcome: number): MicroShares {
  const at = 2 * market + outcome
  const flows = state.flows
  const expected =
    flows.bought[at]! -
    flows.fees[at]! +
    flows.split[at]! -
    flows.sold[at]! -
    flows.merged[at]! -
    flows.redeemed[at]! +
    flows.transferred_in[at]! -
    flows.transferred_out[at]!
  return state.now.held[at]! - expected
}

/** Write down the last entry. `cash` and `shares` are signed, fee included. */
export function enter(
  state: LedgerState,
  time_us: Micros,
  kind: number,
  market: number,
  outcome: number,
  shares: MicroShares,
  cash: MicroUsdc,
  fee: MicroUsdc,
  ref: number,
): void {
  const last = state.last
  last.entry++
  last.time_us = time_us
  last.kind = kind
  last.market = market
  last.outcome = outcome
  // Plus 0 turns a negative zero into zero: both look alike and hash differently.
  last.shares = shares + 0
  last.cash = cash + 0
  last.fee = fee + 0
  last.ref = ref
  last.balance = state.cash
}

function acquire(state: LedgerState, market: number): Moves.Moves {
  const present = state.moves[market]
  if (present !== null && present !== undefined) return present
  const moves = state.spare_moves.pop() ?? Moves.create()
  state.moves[market] = moves
  state.now.lots[market] = state.spare_lots.pop() ?? Lots.create()
  state.base.lots[market] = state.spare_lots.pop() ?? Lots.create()
  return moves
}

/** A market that is resolved and empty gives its buffers to the next one, so that memory does not grow with the tape. */
function release(state: LedgerState, market: number): void {
  const moves = state.moves[market]
  if (state.payout[market]! < 0 || moves === null || moves === undefined || moves.length > 0) return
  const { held, lots } = state.now
  if (held[2 * market] !== 0 || held[2 * market + 1] !== 0 || lots[market]!.length > 0) return
  Moves.clear(moves)
  Lots.clear(lots[market]!)
  Lots.clear(state.base.lots[market]!)
  state.spare_moves.push(moves)
  state.spare_lots.push(lots[market]!, state.base.lots[market]!)
  state.moves[market] = null
  lots[market] = null
  state.base.lots[market] = null
}
