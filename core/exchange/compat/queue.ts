/**
 * The power-probability queue rule with n = 3: what a level's change of size says about the quantity ahead of an order.
 * The part of a shrinking that trades do not explain is cancellation, shared between ahead and behind.
 *
 * @param front quantity ahead of the order before the change
 * @param traded quantity traded at the level since its last change
 * @param before the level's size before the change
 * @param after and after it
 * @returns the quantity ahead after the change
 */
export function frontAfter(front: number, traded: number, before: number, after: number): number {
  const cancelled = before - after - traded
  if (cancelled < 0) return Math.min(front, after)
  const back = before - front
  const share = front / (front + back)
  let behind = 1 - share * share * share
  if (behind === Number.POSITIVE_INFINITY || behind === Number.NEGATIVE_INFINITY) behind = 1
  const estimate = front - (1 - behind) * cancelled + Math.min(back - behind * cancelled, 0)
  return Number.isNaN(estimate) ? after : Math.min(estimate, after)
}

/** Has trading gone past the order by at least half a unit? A front of −0.5 rounds to one unit filled. */
export function isReached(front: number): boolean {
  return front <= -0.5
}
