import type { OutcomeIndex } from '../book/token.ts'
import { TimeQueue } from '../clock/index.ts'
import { Kind } from '../events/index.ts'
import { Rng } from '../random/index.ts'
import { type MicroShares, type Micros, mulDiv, ONE, type Tick } from '../units/index.ts'
import * as Account from './account.ts'
import { answer } from './answers.ts'
import { Request } from './requests.ts'
import type { Exchange } from './state.ts'

/** Shares turned back into cash: pairs merged at any time, outcomes redeemed once they are known. */

/**
 * A merge arrives: its shares leave now, its cash comes after the merge latency. It fails when confirmed shares that no
 * open sell needs are short, and as often as the settings say.
 */
export function mergeArrives(ex: Exchange, market: number, pairs: MicroShares, now: Micros): void {
  const { config, state } = ex
  const venue = state.markets[market]!
  const unlucky =
    config.merge_fail_probability > 0 && Rng.uniform(state.fate_rng) < config.merge_fail_probability
  const short = Account.freeShares(venue, 0) < pairs || Account.freeShares(venue, 1) < pairs
  const failed = unlucky || short
  if (!failed) takeShares(ex, market, pairs, pairs)
  TimeQueue.push(
    state.requests,
    now + config.merge_us,
    Request.MERGE_DONE,
    market,
    0,
    pairs,
    0,
    failed ? 1 : 0,
  )
}

/** The merge is on chain, or has failed. A pair is worth exactly 1 USDC. */
export function mergeDone(
  ex: Exchange,
  market: number,
  pairs: MicroShares,
  failed: number,
  now: Micros,
): void {
  if (failed === 0) ex.state.cash += pairs
  answer(ex, Kind.MERGED, market, 0, failed, pairs, 0, now)
}

/**
 * Resolved shares are paid out, rounded down: as many as were asked for and are there, confirmed and not on sale. The answer
 * says how many, and what each paid: by the outcome as it stands now.
 *
 * @param expected payout of one share in ticks, by the outcome as it stood when they were asked for
 */
export function redeemDone(
  ex: Exchange,
  market: number,
  outcome: OutcomeIndex,
  asked: MicroShares,
  expected: Tick,
  now: Micros,
): void {
  const venue = ex.state.markets[market]!
  const shares = Math.min(asked, Account.freeShares(venue, outcome))
  const payout = venue.payout < 0 ? expected : payoutOf(venue.payout, outcome)
  takeShares(ex, market, outcome === 0 ? shares : 0, outcome === 1 ? shares : 0)
  ex.state.cash += mulDiv(shares, payout, ONE, 'down')
  if (shares > 0) venue.redeemed.push({ outcome, shares, payout })
  answer(ex, Kind.REDEEMED, market, 0, payout, shares, outcome, now)
}

/**
 * The outcome is another than the one that was paid out: every redemption is taken back as it was made, the shares are
 * held again and can be redeemed anew. What was spent meanwhile leaves the account short of cash, and it buys nothing
 * until that is made good.
 */
export function takeBack(ex: Exchange, market: number, now: Micros): void {
  const venue = ex.state.markets[market]!
  for (const { outcome, shares, payout } of venue.redeemed.toReversed()) {
    venue.held[outcome] += shares
    ex.state.cash -= mulDiv(shares, payout, ONE, 'down')
    answer(ex, Kind.REDEEM_REVERSED, market, 0, payout, shares, outcome, now)
  }
  venue.redeemed.length = 0
}

function payoutOf(up_payout: Tick, outcome: OutcomeIndex): Tick {
  return outcome === 0 ? up_payout : ONE - up_payout
}

function takeShares(ex: Exchange, market: number, up: MicroShares, down: MicroShares): void {
  const { held } = ex.state.markets[market]!
  held[0] -= up
  held[1] -= down
}
