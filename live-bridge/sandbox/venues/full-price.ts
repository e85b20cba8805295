import { REST_ONE } from '../../../core/reference/boundary.ts'

/** A price at full precision: whole 1e-8 USD, and the rest in 1e-18 USD. */
export type FullPrice = { whole: number; rest: number }

const REST_DIGITS = String(REST_ONE).length - 1
const DIGITS = 18

/** As whole 1e-18 USD: `63304200301195075000000`. */
export function e18Text({ whole, rest }: FullPrice): string {
  return `${whole}${String(rest).padStart(REST_DIGITS, '0')}`
}

/** As a plain decimal with 18 digits behind the point, without trailing zeros. */
export function decimalText(price: FullPrice): string {
  const digits = e18Text(price).padStart(DIGITS + 1, '0')
  return `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`.replace(/\.?0+$/, '')
}
