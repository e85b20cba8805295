import { REST_ONE } from '../../core/reference/boundary.ts'
import type { E8 } from '../../core/units/index.ts'

/** A price at the full precision of its series: whole 1e-8 USD, and the rest in 1e-18 USD. */
export type FullPrice = { price: E8; rest: number }

const REST = BigInt(REST_ONE)

/** What a rounded copy may be away from the full price, of itself: far less than any other scale. */
const ROUNDED = 1e-9

/**
 * Read a price that is stated as whole 1e-18 USD in text, such as `63304200301195075000000`. Exact: no float is made.
 *
 * @returns undefined for any other text, and for prices that are 0 or beyond safe integers of 1e-8 USD
 */
export function readE18(text: string): FullPrice | undefined {
  if (!/^\d{1,30}$/.test(text)) return undefined
  const whole = BigInt(text)
  const price = Number(whole / REST)
  if (price === 0 || !Number.isSafeInteger(price)) return undefined
  return { price, rest: Number(whole % REST) }
}

/**
 * Whether a number that stands beside a full price is that price, rounded or cut: to the digits of a float, or to 1e-8 USD,
 * which of a price of some cents is a large part.
 *
 * @param copy in 1e-8 USD, real
 */
export function isCopyOf(copy: number, { price, rest }: FullPrice): boolean {
  const full = price + rest / REST_ONE
  return Math.abs(copy - full) <= ROUNDED * full + 1
}

/**
 * Read a price that is stated in plain decimals, at most 18 of them, such as `78803.715261094101516288`. Exact, as
 * {@link readE18}.
 */
export function readDecimal18(text: string): FullPrice | undefined {
  const match = /^(\d{1,12})(?:\.(\d+))?$/.exec(text)
  if (match === null) return undefined
  const fraction = (match[2] ?? '').replace(/0+$/, '')
  return fraction.length > 18 ? undefined : readE18(match[1]! + fraction.padEnd(18, '0'))
}
