/**
 * The units of everything that is money, size, price or time: safe integers, never binary fractions.
 * One share pays 1 USDC; prices are held in units of 1e-4 USDC, the finest tick of the venue.
 */

/** Money in 1e-6 USDC. */
export type MicroUsdc = number
/** Outcome shares in 1e-6 shares. */
export type MicroShares = number
/** Price of one share in 1e-4 USDC: an integer from 0 to {@link ONE}. Tradable prices lie strictly inside. */
export type Tick = number
/** Time in µs: since the Unix epoch, or since the start of a stream without an epoch. */
export type Micros = number
/** Price of a reference asset in 1e-8 USD. */
export type E8 = number
/** A number in [0, 1]; the only floats that decisions see come from the probability model. */
export type Probability = number

/** The price 1 USDC in ticks of 1e-4: what a completed pair of Up and Down is worth. */
export const ONE: Tick = 10_000
/** Micro-shares in one share, and micro-USDC in one USDC. */
export const MICRO = 1_000_000
/** Reference-price units in one USD. */
export const E8_ONE = 100_000_000
/** µs in one millisecond, second, minute, hour and day. */
export const MS = 1_000
export const SECOND = 1_000_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Direction in which {@link mulDiv} rounds a quotient that is not whole: towards −∞, towards +∞, or to nearest with halves away from zero. */
export type Rounding = 'down' | 'up' | 'half_away'

const SAFE_PRODUCT = Number.MAX_SAFE_INTEGER

/**
 * Exact `a·b/c`, rounded once. All products of prices, sizes and rates go through it.
 *
 * @param a safe integer
 * @param b safe integer
 * @param c safe integer, not 0
 * @returns a safe integer
 * @throws UnitsError when an argument or the result is not a safe integer, or `c` is 0
 */
export function mulDiv(a: number, b: number, c: number, rounding: Rounding): number {
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b) || !Number.isSafeInteger(c) || c === 0) {
    throw new UnitsError(
      'units.mul_div',
      `mulDiv(${a}, ${b}, ${c}) takes safe integers and a divisor that is not 0`,
    )
  }
  const product = a * b
  if (product <= SAFE_PRODUCT && product >= -SAFE_PRODUCT) return divide(product, c, rounding)
  return divideWide(BigInt(a) * BigInt(b), BigInt(c), rounding)
}

// Without `%`, which costs several times the rest of this for numbers beyond 32 bits. The quotient of two safe integers,
// rounded to a double, is less than 1/d away from the true one, so the remainder is exact and at most one step off.
function divide(n: number, d: number, rounding: Rounding): number {
  const positive = n > 0 === d > 0
  let whole = Math.trunc(n / d)
  let rest = n - whole * d
  if (rest !== 0 && rest > 0 !== n > 0) {
    whole -= positive ? 1 : -1
    rest += positive ? d : -d
  }
  if (rest === 0) return whole + 0
  if (rounding === 'down') return positive ? whole + 0 : whole - 1
  if (rounding === 'up') return positive ? whole + 1 : whole + 0
  const away = Math.abs(rest) >= Math.abs(d) - Math.abs(rest)
  return away ? whole + (positive ? 1 : -1) : whole + 0
}

function divideWide(n: bigint, d: bigint, rounding: Rounding): number {
  const rest = n % d
  let whole = n / d
  if (rest !== 0n) {
    const positive = n > 0n === d > 0n
    const absRest = rest < 0n ? -rest : rest
    const absD = d < 0n ? -d : d
    if (rounding === 'down' && !positive) whole -= 1n
    else if (rounding === 'up' && positive) whole += 1n
    else if (rounding === 'half_away' && absRest * 2n >= absD) whole += positive ? 1n : -1n
  }
  const result = Number(whole)
  if (!Number.isSafeInteger(result)) {
    throw new UnitsError(
      'units.mul_div_overflow',
      `mulDiv result ${whole} is beyond 2^53; use smaller amounts`,
    )
  }
  return result
}

/** Value in micro-USDC of `size` micro-shares at price `tick`, exact, rounded once. */
export function notional(size: MicroShares, tick: Tick, rounding: Rounding): MicroUsdc {
  return mulDiv(size, tick, ONE, rounding)
}

/** A number that breaks the rules of the units. `code` is stable. */
export class UnitsError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'Units.UnitsError'
    this.code = code
  }
}
