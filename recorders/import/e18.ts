import { REST_ONE } from '../../core/reference/boundary.ts'
import type { E8 } from '../../core/units/index.ts'

/** A price at the full precision of its series: whole 1e-8 USD, and the rest in 1e-18 USD. */
export type FullPrice = { price: E8; rest: number }

const REST = BigInt(REST_ONE)

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
 * Read a price that is stated in plain decimals, at most 18 of them, such as `78803.715261094101516288`. Exact, as
 * {@link readE18}.
 */
export function readDecimal18(text: string): FullPrice | undefined {
  const match = /^(\d{1,12})(?:\.(\d+))?$/.exec(text)
  if (match === null) return undefined
  const fraction = (match[2] ?? '').replace(/0+$/, '')
  return fraction.length > 18 ? undefined : readE18(match[1]! + fraction.padEnd(18, '0'))
}
