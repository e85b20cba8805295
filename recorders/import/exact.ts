import { parseDecimal } from '../../core/units/index.ts'

/** A plain decimal text as an integer of `decimals` fractional digits; NaN for any other value or text. No float is made. */
export function exact(text: unknown, decimals: number): number {
  if (typeof text !== 'string') return Number.NaN
  try {
    return parseDecimal(text, decimals)
  } catch {
    return Number.NaN
  }
}

/** What a printed or computed float may be off the number that it stands for: in units of the result, and of itself. */
const NOISE = 1e-3
const NOISE_RELATIVE = 1e-15

/**
 * A number that a recording holds as a float, as a whole number of units: the nearest one, where it is no further away than
 * the noise of a float.
 *
 * @param units units in one, such as 10,000 for a price of 1e-4
 * @returns NaN for a number that is finer than the unit, and for what is no number
 */
export function nearest(real: unknown, units: number): number {
  if (typeof real !== 'number') return Number.NaN
  const scaled = real * units
  const whole = Math.round(scaled)
  const noise = NOISE + Math.abs(scaled) * NOISE_RELATIVE
  return Math.abs(scaled - whole) <= noise && Number.isSafeInteger(whole) ? whole + 0 : Number.NaN
}

/** A number that a recording holds as a float, to the nearest whole unit, however fine it is; NaN for what is no number. */
export function rounded(real: unknown, units: number): number {
  const whole = typeof real === 'number' ? Math.round(real * units) : Number.NaN
  return Number.isSafeInteger(whole) ? whole + 0 : Number.NaN
}
