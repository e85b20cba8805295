import type { Micros } from '../units/index.ts'
import type { OrdersConfig } from './settings.ts'

/**
 * The venue's two token buckets a signer, on timeline time (protocol.md §3.8): one for orders, one for cancels. Tokens are
 * counted in millionths, so that a rate a second is a whole number a microsecond.
 */
export type Limiter = {
  creates: number
  cancels: number
  /** When they were last refilled. */
  time_us: Micros
}

const TOKEN = 1_000_000

/** Full buckets. */
export function create(config: OrdersConfig): Limiter {
  return { creates: config.create_burst * TOKEN, cancels: config.cancel_burst * TOKEN, time_us: 0 }
}

/** Add what time has brought; time that stands still or steps back brings nothing. */
export function refill(limiter: Limiter, config: OrdersConfig, now: Micros): void {
  const elapsed = now - limiter.time_us
  if (elapsed <= 0) return
  limiter.time_us = now
  limiter.creates = filled(limiter.creates, elapsed, config.create_rate, config.create_burst)
  limiter.cancels = filled(limiter.cancels, elapsed, config.cancel_rate, config.cancel_burst)
}

/** Orders that may be sent now. */
export function creates(limiter: Limiter): number {
  return Math.floor(limiter.creates / TOKEN)
}

/** Cancels that may be sent now. */
export function cancels(limiter: Limiter): number {
  return Math.floor(limiter.cancels / TOKEN)
}

/**
 * Take what was sent.
 *
 * @throws LimiterError `orders.rate` for more than there was
 */
export function spend(limiter: Limiter, created: number, cancelled: number): void {
  if (created > creates(limiter) || cancelled > cancels(limiter)) throw new LimiterError(created, cancelled)
  limiter.creates -= created * TOKEN
  limiter.cancels -= cancelled * TOKEN
}

function filled(tokens: number, elapsed: Micros, rate: number, burst: number): number {
  const full = burst * TOKEN
  // Long silences would overflow the product: a bucket is full long before.
  return elapsed >= full / rate ? full : Math.min(full, tokens + elapsed * rate)
}

/** More was sent than the venue's buckets allow: the plan was not asked, or not obeyed. */
export class LimiterError extends Error {
  readonly code = 'orders.rate'
  constructor(created: number, cancelled: number) {
    super(
      `${created} orders and ${cancelled} cancels are more than the token buckets hold; send what Diff planned`,
    )
    this.name = 'Orders.LimiterError'
  }
}
