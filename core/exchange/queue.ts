import type { MicroShares } from '../units/index.ts'

/**
 * Shares ahead of us after our level went from `prev` to `next`, by the power-probability queue: of a cancelled quantity
 * `c` the part behind us is `p = 1 − (front/(front + back))^n` (infinite → 1), the rest came from ahead.
 * Whole micro-shares, rounded up: never better than the rule. Source: formulas.md §10, oracle-hftbacktest.md.
 *
 * @param front shares ahead before
 * @param c the decrease beyond the prints since the level's last change; negative when the level grew
 * @param power n
 */
export function afterChange(
  front: MicroShares,
  prev: MicroShares,
  next: MicroShares,
  c: MicroShares,
  power: number,
): MicroShares {
  if (c <= 0) return Math.min(front, next)
  const back = prev - front
  const whole = front + back
  if (whole <= 0) return next
  const share = front / whole
  let ahead = 1
  for (let i = 0; i < power; i++) ahead *= share
  const p = 1 - ahead
  const estimate = front - (1 - p) * c + Math.min(back - p * c, 0)
  return Math.max(0, Math.min(Math.ceil(estimate), next))
}
