/**
 * The only door to transcendental functions in the core. The engine's own `Math.exp`, `log` and `pow` may differ in the
 * last bit between builds; these are pure JavaScript and give the same bits everywhere. `Math.sqrt`, `abs`, `floor`,
 * `round` and `imul` are exact by specification and are used directly.
 */
import erfcImpl from '@stdlib/math-base-special-erfc'
import expImpl from '@stdlib/math-base-special-exp'
import lnImpl from '@stdlib/math-base-special-ln'

/** e^x. */
export const exp: (x: number) => number = expImpl
/** Natural logarithm. */
export const ln: (x: number) => number = lnImpl
/** Complementary error function. */
export const erfc: (x: number) => number = erfcImpl

const SQRT_HALF = Math.sqrt(0.5)
const INV_SQRT_TAU = 1 / Math.sqrt(2 * Math.PI)
const LN2 = lnImpl(2)

/** 2^x. */
export function exp2(x: number): number {
  return expImpl(x * LN2)
}

/** Standard normal distribution function Φ(z), accurate in both tails. */
export function normalCdf(z: number): number {
  return 0.5 * erfcImpl(-z * SQRT_HALF)
}

/** Standard normal density φ(z). */
export function normalPdf(z: number): number {
  return INV_SQRT_TAU * expImpl(-0.5 * z * z)
}
