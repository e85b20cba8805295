import { UnitsError } from './units.ts'

/**
 * Read a decimal text such as `0.5` or `-75373.93` into an integer of `decimals` fractional digits, exactly: no float is
 * made on the way.
 *
 * @param text plain decimal notation, an optional sign, no exponent
 * @param decimals 0 to 15, digits kept after the point
 * @param rest what to do with further digits: `refuse` them unless they are zeros (default), or cut them off
 * @returns a safe integer
 * @throws UnitsError `units.decimal` for text that is not a decimal, has too many digits or is too large
 */
export function parseDecimal(text: string, decimals: number, rest: 'refuse' | 'cut' = 'refuse'): number {
  const n = text.length
  let i = 0
  let negative = false
  if (n > 0 && (text.charCodeAt(0) === 45 || text.charCodeAt(0) === 43)) {
    negative = text.charCodeAt(0) === 45
    i = 1
  }
  let value = 0
  let digits = 0
  let fraction = -1
  for (; i < n; i++) {
    const c = text.charCodeAt(i)
    if (c === 46 && fraction < 0) {
      fraction = 0
      continue
    }
    if (c < 48 || c > 57) throw new UnitsError('units.decimal', `"${text}" is not a plain decimal number`)
    digits++
    if (fraction < 0) value = value * 10 + (c - 48)
    else if (fraction < decimals) {
      value = value * 10 + (c - 48)
      fraction++
    } else if (rest === 'refuse' && c !== 48) {
      throw new UnitsError('units.decimal', `"${text}" has more than ${decimals} decimals`)
    }
  }
  if (digits === 0) throw new UnitsError('units.decimal', `"${text}" is not a plain decimal number`)
  for (let k = Math.max(fraction, 0); k < decimals; k++) value *= 10
  if (!Number.isSafeInteger(value)) throw new UnitsError('units.decimal', `"${text}" is too large`)
  return negative && value !== 0 ? -value : value
}

/** Write an integer of `decimals` fractional digits as a decimal text without trailing zeros: `formatDecimal(500000, 6) = "0.5"`. */
export function formatDecimal(value: number, decimals: number): string {
  const negative = value < 0
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
