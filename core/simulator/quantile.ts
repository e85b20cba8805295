import { ln } from '../numerics/index.ts'

/**
 * The standard score below which a normal variable is with probability `p` (0 to 1, both excluded), within 1.2e-9 of it: the
 * rational approximations of Acklam, in the middle and in the tails.
 */
export function normalQuantile(p: number): number {
  if (p < TAIL) return tail(p)
  if (p > 1 - TAIL) return -tail(1 - p)
  const q = p - 0.5
  const r = q * q
  return (polynomial(A, r) * q) / (polynomial(B, r) * r + 1)
}

function tail(p: number): number {
  const q = Math.sqrt(-2 * ln(p))
  return polynomial(C, q) / (polynomial(D, q) * q + 1)
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i]!
  return sum
}

const TAIL = 0.024_25
const A = [
  -39.696_830_286_653_76, 220.946_098_424_520_5, -275.928_510_446_968_7, 138.357_751_867_269,
  -30.664_798_066_147_16, 2.506_628_277_459_239,
]
const B = [
  -54.476_098_798_224_06, 161.585_836_858_040_9, -155.698_979_859_886_6, 66.801_311_887_719_72,
  -13.280_681_552_885_72,
]
const C = [
  -0.007_784_894_002_430_293, -0.322_396_458_041_136_5, -2.400_758_277_161_838, -2.549_732_539_343_734,
  4.374_664_141_464_968, 2.938_163_982_698_783,
]
const D = [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416]
