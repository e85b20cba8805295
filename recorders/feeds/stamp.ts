import { type Micros, MS, parseIso } from '../../core/units/index.ts'

const MS_DIGITS = 13
const MICROS_DIGITS = 16

/**
 * A source's stamp as a whole number since the epoch: of 13 digits in ms, of 16 in µs.
 *
 * @returns NaN for any other number
 */
export function epochStamp(stamp: number): Micros {
  if (!Number.isSafeInteger(stamp) || stamp <= 0) return Number.NaN
  if (stamp >= 10 ** (MS_DIGITS - 1) && stamp < 10 ** MS_DIGITS) return stamp * MS
  return stamp >= 10 ** (MICROS_DIGITS - 1) && stamp < 10 ** MICROS_DIGITS ? stamp : Number.NaN
}

/**
 * A source's stamp as an ISO instant with a zone, whole µs: finer digits are cut off.
 *
 * @returns NaN for any other text, and for instants before the epoch
 */
export function isoStamp(text: string): Micros {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d{0,3}(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (match === null) return Number.NaN
  try {
    const stamp = parseIso(match[1]! + match[2]!)
    return stamp > 0 ? stamp : Number.NaN
  } catch {
    return Number.NaN
  }
}
