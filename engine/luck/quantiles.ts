import { ln } from '../../core/numerics/index.ts'

/** Coefficients of Acklam's rational approximation of the normal quantile: relative error below 1.2e-9. */
const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
] as const
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
] as const
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
] as const
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416] as const
/** Below this probability, and above its mirror, the tail's approximation holds. */
const TAIL = 0.02425

/** The number that a standard normal one is below with probability `p`, 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  if (p >= TAIL) {
    const q = p - 0.5
    const r = q * q
    return (polynomial(A, r) * q) / (polynomial(B, r) * r + 1)
  }
  const q = Math.sqrt(-2 * ln(p))
  return polynomial(C, q) / (polynomial(D, q) * q + 1)
}

/**
 * The same of Student's t with `df` degrees of freedom, by the Cornish–Fisher series: right to 1e-3 from 9 degrees on and
 * for probabilities from 0.5 % to 99.5 %.
 */
export function studentQuantile(p: number, df: number): number {
  const z = normalQuantile(p)
  const z2 = z * z
  return (
    z *
    (1 +
      (z2 + 1) / (4 * df) +
      (5 * z2 * z2 + 16 * z2 + 3) / (96 * df ** 2) +
      (3 * z2 ** 3 + 19 * z2 * z2 + 17 * z2 - 15) / (384 * df ** 3) +
      (79 * z2 ** 4 + 776 * z2 ** 3 + 1482 * z2 * z2 - 1920 * z2 - 945) / (92_160 * df ** 4))
  )
}

/** The highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (const coefficient of coefficients) sum = sum * x + coefficient
  return sum
}
