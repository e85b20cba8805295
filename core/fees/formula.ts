import type { FeeSchedule } from '../events/index.ts'
import { MICRO, type MicroShares, mulDiv, ONE, type Tick } from '../units/index.ts'

/** The exponents that are computed: 0 to this in halves, so that a root of p(1−p) is the only one needed. */
const EXPONENT_MAX = 16

/** Whether the fees of a schedule can be computed to the last unit. */
export function isComputable({ rate_ppm, exponent }: FeeSchedule): boolean {
  const rate = Number.isInteger(rate_ppm) && rate_ppm >= 0 && rate_ppm <= MICRO
  return rate && Number.isInteger(2 * exponent) && exponent >= 0 && exponent <= EXPONENT_MAX
}

/**
 * Refuse what no fee can be computed of.
 *
 * @throws FeeError `fees.schedule`, `fees.price`, `fees.size`
 */
export function check(schedule: FeeSchedule, price: Tick, size: MicroShares): void {
  if (!isComputable(schedule)) {
    const { rate_ppm, exponent } = schedule
    throw new FeeError(
      'fees.schedule',
      'fee',
      `rate ${rate_ppm} ppm with exponent ${exponent} is no schedule that can be computed`,
      `use rates from 0 to ${MICRO} ppm and exponents from 0 to ${EXPONENT_MAX} in halves`,
    )
  }
  if (!Number.isInteger(price) || price <= 0 || price >= ONE) {
    throw new FeeError(
      'fees.price',
      'price',
      `${price} is no price of a fill`,
      `use 1 to ${ONE - 1}, in 1e-4`,
    )
  }
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new FeeError('fees.size', 'size', `${size} is no size of a fill`, 'use whole micro-shares')
  }
}

/**
 * The formula's number in whole multiples of `step`·1e-6, rounded once: `size · rate · (p(1−p))^exponent`. At whole cents
 * and the rates seen so far the products fit a double and nothing is allocated.
 *
 * @param over_price divide by the price: a USDC value as shares
 */
export function scaled(
  schedule: FeeSchedule,
  price: Tick,
  size: MicroShares,
  over_price: boolean,
  step: number,
  rounding: 'down' | 'up',
): number {
  const { exponent } = schedule
  if (exponent !== 1 && exponent !== 2) return large(schedule, price, size, over_price, step, rounding)
  const scale = price % 100 === 0 ? 100 : price % 10 === 0 ? 1000 : ONE
  const p = price / (ONE / scale)
  const common = gcd(schedule.rate_ppm, MICRO)
  let top = (schedule.rate_ppm / common) * (scale - p)
  let bottom = (MICRO / common) * scale * step
  if (!over_price) {
    top *= p
    bottom *= scale
  }
  if (exponent === 2) {
    top *= p * (scale - p)
    bottom *= scale * scale
  }
  if (top <= Number.MAX_SAFE_INTEGER && bottom <= Number.MAX_SAFE_INTEGER)
    return mulDiv(size, top, bottom, rounding)
  return large(schedule, price, size, over_price, step, rounding)
}

/** The same in whole numbers of any size, for every exponent. */
function large(
  { rate_ppm, exponent }: FeeSchedule,
  price: Tick,
  size: MicroShares,
  over_price: boolean,
  step: number,
  rounding: 'down' | 'up',
): number {
  const one = BigInt(ONE)
  const p = BigInt(price)
  const q = p * (one - p)
  let top = BigInt(size) * BigInt(rate_ppm)
  let bottom = BigInt(MICRO) * BigInt(step)
  for (let i = 1; i <= exponent; i++) {
    top *= q
    bottom *= one * one
  }
  if (over_price) {
    top *= one
    bottom *= p
  }
  if (Number.isInteger(exponent)) {
    const n = top / bottom
    return Number(rounding === 'up' && n * bottom < top ? n + 1n : n)
  }
  // A root of q over one² is left: n is the largest whole number whose square, over the same bottom, is not above it.
  const square = top * top * q
  bottom *= one
  const n = floorRoot(square) / bottom
  return Number(rounding === 'up' && n * bottom * n * bottom < square ? n + 1n : n)
}

/** The largest whole number whose square is at most `value`. */
function floorRoot(value: bigint): bigint {
  if (value < 2n) return value
  // From above, Newton's steps fall until they are there.
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2))
  for (;;) {
    const next = (root + value / root) / 2n
    if (next >= root) return root
    root = next
  }
}

function gcd(a: number, b: number): number {
  let x = a
  let y = b
  while (y !== 0) {
    const rest = x % y
    x = y
    y = rest
  }
  return x
}

/** A fee that cannot be computed. */
export class FeeError extends Error {
  readonly code: string
  readonly field: string
  readonly fix: string
  constructor(code: string, field: string, message: string, fix: string) {
    super(message)
    this.name = 'Fees.FeeError'
    this.code = code
    this.field = field
    this.fix = fix
  }
}
