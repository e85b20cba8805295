import { TimeQueue } from '../clock/index.ts'
import type { Micros } from '../units/index.ts'
import * as Latency from './latency.ts'
import type { Exchange } from './state.ts'

/**
 * What the venue tells us, in one stream that keeps its order: an answer sent later never arrives earlier, however the
 * latencies are drawn. Columns of `state.answers` by kind:
 *
 * | kind | x | y | z | w | flags |
 * |---|---|---|---|---|---|
 * | ORDER_ACCEPTED, ORDER_DELAYED | | | | | |
 * | ORDER_REJECTED, CANCEL_REJECTED | RejectCode | | | | |
 * | ORDER_CANCELLED, ORDER_EXPIRED | micro-shares not filled; 0 of an order by money | micro-USDC an order by money did not spend | | | |
 * | FILL_MATCHED | price, in the token's terms | gross micro-shares | fill number | fee | MAKER, GAP_FILL, FEE_IN_SHARES |
 * | FILL_MINED, FILL_RETRYING, FILL_CONFIRMED, FILL_FAILED | | | fill number | | |
 * | MERGED | 0 done, 1 failed | micro-pairs | | | |
 * | REDEEMED, REDEEM_REVERSED | payout in 1e-4 | micro-shares | | | outcome |
 */
export function answer(
  ex: Exchange,
  kind: number,
  market: number,
  order: number,
  x: number,
  y: number,
  flags: number,
  now: Micros,
  z = 0,
  w = 0,
): void {
  const { state } = ex
  const due = Math.max(now + Latency.response(ex), state.last_answer_us)
  state.last_answer_us = due
  TimeQueue.push(state.answers, due, kind, market, order, x, y, flags, z, w)
}
