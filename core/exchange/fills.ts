import { TimeQueue } from '../clock/index.ts'
import { Flag, Kind } from '../events/index.ts'
import { Fees } from '../fees/index.ts'
import { Rng } from '../random/index.ts'
import { type MicroShares, type Micros, notional, ONE, type Tick } from '../units/index.ts'
import * as Account from './account.ts'
import { answer, type Exchange, Request, remove } from './exchange.ts'
import { Stage } from './venue-orders.ts'

const fee = Fees.createOut()

/**
 * Fill `size` of an order at a canonical price: move the account, answer with the match, and settle the fill's fate, to be
 * mined and confirmed, or retried and failed. An order filled whole leaves the table.
 */
export function fill(
  ex: Exchange,
  slot: number,
  book_price: Tick,
  size: MicroShares,
  flags: number,
  now: Micros,
): void {
  const { state } = ex
  const table = state.orders
  const market = table.market[slot]!
  const order = table.number[slot]!
  const outcome = table.outcome[slot]! as 0 | 1
  const side = table.side[slot]! as 1 | 2
  const price = outcome === 0 ? book_price : ONE - book_price
  const number = state.fills++
  let fee_amount = 0
  let all_flags = flags
  if ((flags & Flag.MAKER) === 0) {
    const terms = ex.terms[market]!
    const charged = terms.charged_in(now)
    Fees.taker(terms.fee, side === 1 ? charged.buy : charged.sell, charged.buy_amount, side, price, size, fee)
    fee_amount = fee.fee_shares > 0 ? fee.fee_shares : fee.fee_usdc
    if (fee.fee_shares > 0) all_flags |= Flag.FEE_IN_SHARES
  }
  Account.settle(ex, slot, outcome, side, size, notional(size, price, 'up'), fee_amount, all_flags)
  answer(ex, Kind.FILL_MATCHED, market, order, price, size, all_flags, now, number, fee_amount)
  decideFate(ex, market, order, outcome, side, size, price, fee_amount, all_flags, number, now)
  // An order by money may buy more shares than it named when the price is better; its rest is counted in money.
  if (table.by_money[slot] === 1) table.amount[slot] = table.amount[slot]! - notional(size, price, 'up')
  table.remaining[slot] = Math.max(0, table.remaining[slot]! - size)
  if ((flags & Flag.GAP_FILL) !== 0) state.gap_fills++
  if (table.stage[slot] === Stage.RESTING && table.remaining[slot] === 0) remove(ex, slot)
}

function decideFate(
  ex: Exchange,
  market: number,
  order: number,
  outcome: 0 | 1,
  side: 1 | 2,
  size: MicroShares,
  price: Tick,
  fee_amount: number,
  flags: number,
  number: number,
  now: Micros,
): void {
  const { config, state } = ex
  const fails = config.fail_probability > 0 && Rng.uniform(state.fate_rng) < config.fail_probability
  later(ex, fails ? Kind.FILL_RETRYING : Kind.FILL_MINED, market, order, number, now + config.mined_us)
  later(ex, fails ? Kind.FILL_FAILED : Kind.FILL_CONFIRMED, market, order, number, now + config.confirmed_us)
  if (!fails) return
  const sign = side === 1 ? -1 : 1
  const in_shares = (flags & Flag.FEE_IN_SHARES) !== 0
  const shares = sign * size + (in_shares ? fee_amount : 0)
  const cash = -sign * notional(size, price, 'up') + (in_shares ? 0 : fee_amount)
  TimeQueue.push(state.requests, now + config.confirmed_us, Request.REVERSE, market, 0, shares, cash, outcome)
}

/** Chain answers come long after the matches of their time; they are due on their own and may pass younger matches. */
function later(ex: Exchange, kind: number, market: number, order: number, number: number, at: Micros): void {
  TimeQueue.push(ex.state.answers, at + ex.config.response_us, kind, market, order, 0, 0, 0, number)
}
