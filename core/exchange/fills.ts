import { TimeQueue } from '../clock/index.ts'
import { Flag, Kind } from '../events/index.ts'
import { type Fee, Fees } from '../fees/index.ts'
import { Rng } from '../random/index.ts'
import { type MicroShares, type Micros, type MicroUsdc, mulDiv, notional, type Tick } from '../units/index.ts'
import * as Account from './account.ts'
import { answer } from './answers.ts'
import * as Ending from './ending.ts'
import { Fate, Request } from './requests.ts'
import type { Exchange } from './state.ts'
import { Stage } from './venue-orders.ts'

// Written anew by every fill.
const charged: Fee = Fees.createOut()

/**
 * Fill `size` of an order: move the account, answer with the match, and send the fill on its way to be mined and
 * confirmed, or retried and failed. A resting order filled whole ends.
 *
 * A resting buy is filled for no more than the account can pay: with not one micro-USDC free, rounding up may leave a
 * micro-share of the order that no money is there for.
 *
 * @param book_price canonical price of the trade
 * @param size micro-shares, at most what the order still wants
 * @param flags MAKER, GAP_FILL
 * @returns micro-shares filled
 */
export function fill(
  ex: Exchange,
  slot: number,
  book_price: Tick,
  size: MicroShares,
  flags: number,
  now: Micros,
): MicroShares {
  const { state } = ex
  const table = state.orders
  const market = table.market[slot]!
  const order = table.number[slot]!
  const outcome = table.outcome[slot]! as 0 | 1
  const side = table.side[slot]! as 1 | 2
  const price = Account.tokenPrice(outcome, book_price)
  const maker = (flags & Flag.MAKER) !== 0
  const shares = side === 1 && maker ? payable(ex, slot, size, price, now) : size
  if (shares === 0) return 0
  const cash = notional(shares, price, 'up')
  const { fee_shares, fee_usdc, overpaid } = feeOf(
    ex,
    slot,
    price,
    shares,
    maker,
    overpaidOf(ex, slot),
    now,
    charged,
  )
  if (table.overpaid !== undefined) table.overpaid[slot] = overpaid
  if (table.by_money[slot] === 1) table.amount[slot] = table.amount[slot]! - cash
  else table.remaining[slot] = table.remaining[slot]! - shares
  if (side === 1) Account.bought(ex, slot, shares - fee_shares, cash + fee_usdc)
  else Account.sold(ex, slot, shares, cash - fee_usdc)
  const number = state.fills++
  state.markets[market]!.filled_shares += shares
  const fee_flag = fee_shares > 0 ? Flag.FEE_IN_SHARES : 0
  answer(
    ex,
    Kind.FILL_MATCHED,
    market,
    order,
    price,
    shares,
    flags | fee_flag,
    now,
    number,
    fee_shares + fee_usdc,
  )
  const sign = side === 1 ? 1 : -1
  settleLater(ex, market, order, outcome, number, sign * shares - fee_shares, -sign * cash - fee_usdc, now)
  if ((flags & Flag.GAP_FILL) !== 0) state.gap_fills++
  if (table.stage[slot] === Stage.RESTING && table.remaining[slot] === 0) Ending.filled(ex, slot)
  return shares
}

/**
 * The fee of a fill of an order at a time.
 *
 * @param price in the token's terms
 * @param overpaid what the order's fills before it paid too much by rounding, see {@link overpaidOf}
 * @param out filled and returned: one of the two fees is 0
 */
export function feeOf(
  ex: Exchange,
  slot: number,
  price: Tick,
  size: MicroShares,
  maker: boolean,
  overpaid: MicroUsdc,
  now: Micros,
  out: Fee,
): Fee {
  const table = ex.state.orders
  const terms = ex.terms[table.market[slot]!]!
  return Fees.ofFill(terms.fee, terms.charged_in(now), maker, table.side[slot]!, price, size, overpaid, out)
}

/** What rounding has taken from an order too much so far. */
export function overpaidOf(ex: Exchange, slot: number): MicroUsdc {
  return ex.state.orders.overpaid?.[slot] ?? 0
}

/** A fill's transaction is in a block, or is tried again. */
export function mined(
  ex: Exchange,
  market: number,
  order: number,
  number: number,
  fate: number,
  now: Micros,
): void {
  const kind = (fate & Fate.FAILS) !== 0 ? Kind.FILL_RETRYING : Kind.FILL_MINED
  answer(ex, kind, market, order, 0, 0, 0, now, number)
}

/** A fill is confirmed, or has failed and is taken back to the last unit. */
export function settled(
  ex: Exchange,
  market: number,
  order: number,
  number: number,
  shares: MicroShares,
  cash: MicroUsdc,
  fate: number,
  now: Micros,
): void {
  const failed = (fate & Fate.FAILS) !== 0
  Account.settled(ex, market, (fate & Fate.DOWN) as 0 | 1, shares, cash, failed)
  answer(ex, failed ? Kind.FILL_FAILED : Kind.FILL_CONFIRMED, market, order, 0, 0, 0, now, number)
}

/** Draws once a fill, and not at all where none can fail, so that the failures of a run do not depend on other draws. */
function settleLater(
  ex: Exchange,
  market: number,
  order: number,
  outcome: 0 | 1,
  number: number,
  shares: MicroShares,
  cash: MicroUsdc,
  now: Micros,
): void {
  const { config, state } = ex
  const fails = config.fail_probability > 0 && Rng.uniform(state.fate_rng) < config.fail_probability
  const fate = outcome | (fails ? Fate.FAILS : 0)
  TimeQueue.push(state.requests, now + config.mined_us, Request.MINED, market, order, 0, 0, fate, number)
  TimeQueue.push(
    state.requests,
    now + config.confirmed_us,
    Request.SETTLED,
    market,
    order,
    shares,
    cash,
    fate,
    number,
  )
}

/** Each round comes closer by what rounding added, at most two micro-USDC: two or three do. */
const PAYABLE_ROUNDS = 8

function payable(ex: Exchange, slot: number, size: MicroShares, price: Tick, now: Micros): MicroShares {
  const most = Account.affordable(ex, slot)
  let shares = size
  for (let round = 0; round < PAYABLE_ROUNDS; round++) {
    feeOf(ex, slot, price, shares, true, overpaidOf(ex, slot), now, charged)
    const cost = notional(shares, price, 'up') + charged.fee_usdc
    if (cost <= most) return shares
    shares = mulDiv(shares, most, cost, 'down')
  }
  return 0
}
