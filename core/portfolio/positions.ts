import { LedgerKind } from '../machine/records.ts'
import type { MicroShares, Micros, MicroUsdc } from '../units/index.ts'
import { mulDiv } from '../units/index.ts'
import * as Lots from './lots.ts'
import type { Moves } from './moves.ts'

/**
 * What the moves of each market add up to, in arrays over markets: shares, unpaired lots and the parts of the result.
 * A position is a function of the ordered moves alone: {@link play} is the only thing that changes one.
 *
 * Held shares split into pairs, worth exactly 1 USDC each, and the unpaired of one outcome, kept as lots. Selling a share
 * is, for what is unpaired, the same as buying one of the other outcome and giving up the pair: the sale at `p` of a share
 * whose fair value is `v` leaves or closes an exposure of the other outcome with basis `1 − v` and cost `1 − p`. One rule
 * therefore serves buys, sells, redemptions and transfers, and holds even where a sale was heard of before its shares.
 */
export type Positions = {
  /** Held micro-shares, index `2·market + outcome`. */
  held: Float64Array
  /** Signed micro-shares in the lots, Up positive. Kept beside `held` so that one checks the other. */
  unpaired: Float64Array
  /** Since when `unpaired` has its sign; 0 while it is 0. */
  since_us: Float64Array
  /** Largest |unpaired| that a fill left. */
  max_unpaired: Float64Array
  /** Sums over the unpaired lots, micro-USDC. */
  basis: Float64Array
  cost: Float64Array
  /** Parts of the result, micro-USDC; see pnl.ts. `fees` ≥ 0. */
  spread: Float64Array
  pairs: Float64Array
  inventory: Float64Array
  settlement: Float64Array
  fees: Float64Array
  fills: Float64Array
  maker_fills: Float64Array
  /** Amounts bought and sold, micro-USDC. */
  volume: Float64Array
  /** Up mid of the last fill in half ticks, 0 without a fill: what a market is valued at that was never marked. */
  fill_mid: Float64Array
  /** Value of shares transferred in less out, micro-USDC. */
  transferred: Float64Array
  /** Null where nothing is unpaired and the ring serves another market. */
  lots: (Lots.Lots | null)[]
}

const PER_MARKET = [
  'unpaired',
  'since_us',
  'max_unpaired',
  'basis',
  'cost',
  'spread',
  'pairs',
  'inventory',
  'settlement',
  'fees',
  'fills',
  'maker_fills',
  'volume',
  'fill_mid',
  'transferred',
] as const

/** Empty positions in `markets` markets. */
export function create(markets: number): Positions {
  const positions = { held: new Float64Array(2 * markets) } as Positions
  for (const name of PER_MARKET) positions[name] = new Float64Array(markets)
  positions.lots = []
  for (let market = 0; market < markets; market++) positions.lots.push(null)
  return positions
}

/** Make one market of `to` what it is in `from`. Its lots must be there in both. */
export function copyMarket(from: Positions, to: Positions, market: number): void {
  to.held[2 * market] = from.held[2 * market]!
  to.held[2 * market + 1] = from.held[2 * market + 1]!
  for (const name of PER_MARKET) to[name][market] = from[name][market]!
  Lots.copy(from.lots[market]!, to.lots[market]!)
}

/** Apply row `at` of `moves` to one market. */
export function play(positions: Positions, market: number, moves: Moves, at: number): void {
  const kind = moves.kind[at]!
  const outcome = moves.outcome[at]!
  const shares = moves.shares[at]!
  const amount = moves.amount[at]!
  const fee = moves.fee[at]!
  const value = moves.value[at]!
  const time_us = moves.time_us[at]!
  if (kind === LedgerKind.BUY) {
    add(positions.held, 2 * market + outcome, shares)
    // The part of the amount that bought the shares which were kept; the rest went to the fee in shares.
    const kept = amount - (moves.fee_value[at]! - fee)
    add(positions.spread, market, value - kept)
    const part = expose(positions, market, outcome, shares, value, amount + fee, time_us)
    add(positions.pairs, market, part)
    countFill(positions, market, moves, at)
  } else if (kind === LedgerKind.SELL) {
    add(positions.held, 2 * market + outcome, -shares)
    add(positions.spread, market, amount - value)
    const cost = shares - (amount - fee)
    const part = expose(positions, market, 1 - outcome, shares, shares - value, cost, time_us)
    add(positions.inventory, market, part)
    countFill(positions, market, moves, at)
  } else if (kind === LedgerKind.REDEEM) {
    add(positions.held, 2 * market + outcome, -shares)
    add(positions.settlement, market, amount - value)
    const part = expose(positions, market, 1 - outcome, shares, shares - value, shares - amount, time_us)
    add(positions.inventory, market, part)
  } else if (kind === LedgerKind.REVERSAL) {
    add(positions.held, 2 * market + outcome, shares)
    add(positions.settlement, market, value - amount)
    const part = expose(positions, market, outcome, shares, value, amount, time_us)
    add(positions.inventory, market, part)
  } else if (kind === LedgerKind.SPLIT || kind === LedgerKind.MERGE) {
    const sign = kind === LedgerKind.SPLIT ? 1 : -1
    add(positions.held, 2 * market, sign * shares)
    add(positions.held, 2 * market + 1, sign * shares)
  } else {
    const coming = kind === LedgerKind.TRANSFER_IN
    const basis = coming ? value : shares - value
    add(positions.held, 2 * market + outcome, coming ? shares : -shares)
    add(positions.transferred, market, coming ? value : -value)
    const part = expose(positions, market, coming ? outcome : 1 - outcome, shares, basis, basis, time_us)
    add(positions.inventory, market, part)
  }
}

function countFill(positions: Positions, market: number, moves: Moves, at: number): void {
  add(positions.fees, market, moves.fee_value[at]!)
  add(positions.fills, market, 1)
  add(positions.maker_fills, market, moves.maker[at]!)
  add(positions.volume, market, moves.amount[at]!)
  positions.fill_mid[market] = moves.mid[at]!
  const unpaired = Math.abs(positions.unpaired[market]!)
  if (unpaired > positions.max_unpaired[market]!) positions.max_unpaired[market] = unpaired
}

/**
 * Add an exposure of `outcome` and close what is unpaired on the other side, first in first paired.
 *
 * @returns what closing earned: 1 USDC for each pair less the basis of both its halves
 */
function expose(
  positions: Positions,
  market: number,
  outcome: number,
  shares: MicroShares,
  basis: MicroUsdc,
  cost: MicroUsdc,
  time_us: Micros,
): MicroUsdc {
  const lots = positions.lots[market]!
  const direction = outcome === 0 ? 1 : -1
  const before = positions.unpaired[market]!
  const opposite = before * direction < 0 ? Math.abs(before) : 0
  const closing = Math.min(opposite, shares)
  let earned = 0
  let rest_basis = basis
  let rest_cost = cost
  if (closing > 0) {
    Lots.take(lots, closing)
    const closing_basis = closing === shares ? basis : mulDiv(basis, closing, shares, 'down')
    const closing_cost = closing === shares ? cost : mulDiv(cost, closing, shares, 'down')
    earned = closing - closing_basis - lots.taken_basis
    rest_basis -= closing_basis
    rest_cost -= closing_cost
    add(positions.basis, market, -lots.taken_basis)
    add(positions.cost, market, -lots.taken_cost)
  }
  if (closing < shares) {
    Lots.push(lots, shares - closing, rest_basis, rest_cost)
    add(positions.basis, market, rest_basis)
    add(positions.cost, market, rest_cost)
  }
  const after = before + direction * shares
  positions.unpaired[market] = after
  if (after === 0) positions.since_us[market] = 0
  else if (before * after <= 0) positions.since_us[market] = time_us
  return earned
}

function add(column: Float64Array, at: number, amount: number): void {
  column[at] = column[at]! + amount
}
