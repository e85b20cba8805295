/**
 * SplitMix64 (Steele, Lea, Flood 2014) in 32-bit halves: the random source of the oracle's streams. Plain data.
 * `hi`, `lo` are the state; `out_hi`, `out_lo` the last draw; all as signed 32-bit words.
 */
export type SplitMix = { hi: number; lo: number; out_hi: number; out_lo: number }

const WORD = 0x1_0000_0000
/** 2^53 and 2^21. */
const UNIT = 0x20_0000_0000_0000
const HIGH = 0x20_0000

/** A generator whose state is `seed`, taken modulo 2^64. A number must be a safe integer. */
export function createSplitMix(seed: number | bigint): SplitMix {
  const bits = BigInt.asUintN(64, BigInt(seed))
  return { hi: Number(bits >> 32n) | 0, lo: Number(bits & 0xffffffffn) | 0, out_hi: 0, out_lo: 0 }
}

/** A draw from [0, 1): the upper 53 bits over 2^53. HOT. */
export function unit(r: SplitMix): number {
  draw(r)
  return ((r.out_hi >>> 0) * HIGH + (r.out_lo >>> 11)) / UNIT
}

/** A whole draw from `low` (included) to `high` (excluded), by remainder; `high − low` at most 2^21. HOT. */
export function whole(r: SplitMix, low: number, high: number): number {
  draw(r)
  const n = high - low
  return low + ((((r.out_hi >>> 0) % n) * WORD + (r.out_lo >>> 0)) % n)
}

function draw(r: SplitMix): void {
  // state += 0x9e3779b97f4a7c15
  const sum = (r.lo >>> 0) + 0x7f4a7c15
  r.hi = (r.hi + (0x9e3779b9 | 0) + (sum >= WORD ? 1 : 0)) | 0
  r.lo = sum | 0
  let hi = r.hi
  let lo = r.lo
  // z = (z ^ z >>> 30) · 0xbf58476d1ce4e5b9
  lo ^= (lo >>> 30) | (hi << 2)
  hi ^= hi >>> 30
  hi = (Math.imul(hi, 0x1ce4e5b9) + Math.imul(lo, 0xbf58476d) + highProduct(lo, 0x1ce4, 0xe5b9)) | 0
  lo = Math.imul(lo, 0x1ce4e5b9)
  // z = (z ^ z >>> 27) · 0x94d049bb133111eb
  lo ^= (lo >>> 27) | (hi << 5)
  hi ^= hi >>> 27
  hi = (Math.imul(hi, 0x133111eb) + Math.imul(lo, 0x94d049bb) + highProduct(lo, 0x1331, 0x11eb)) | 0
  lo = Math.imul(lo, 0x133111eb)
  // z ^ z >>> 31
  r.out_lo = lo ^ ((lo >>> 31) | (hi << 1))
  r.out_hi = hi ^ (hi >>> 31)
}

/** Upper 32 bits of the unsigned product of `a` and `bHigh·2^16 + bLow`. */
function highProduct(a: number, bHigh: number, bLow: number): number {
  const aHigh = a >>> 16
  const aLow = a & 0xffff
  const low = Math.imul(aLow, bLow)
  const crossed = Math.imul(aHigh, bLow)
  const other = Math.imul(aLow, bHigh)
  const carry = ((low >>> 16) + (crossed & 0xffff) + (other & 0xffff)) >>> 16
  return Math.imul(aHigh, bHigh) + (crossed >>> 16) + (other >>> 16) + carry
}
