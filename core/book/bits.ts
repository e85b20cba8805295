import { ONE, type Tick } from '../units/index.ts'

/**
 * Which prices of one side hold a level: one bit a price, and above them one bit a word, in a single array.
 * A search looks at two words, however far the next level is.
 */
export type Bits = Uint32Array

const WORDS = (ONE >>> 5) + 1
const SUMMARY_WORDS = ((WORDS - 1) >>> 5) + 1

/** No level anywhere. */
export function createBits(): Bits {
  return new Uint32Array(WORDS + SUMMARY_WORDS)
}

/** Mark `price` as held. HOT. */
export function mark(bits: Bits, price: Tick): void {
  const word = price >>> 5
  bits[word] = bits[word]! | (1 << (price & 31))
  const summary = WORDS + (word >>> 5)
  bits[summary] = bits[summary]! | (1 << (word & 31))
}

/** Mark `price` as empty. HOT. */
export function unmark(bits: Bits, price: Tick): void {
  const word = price >>> 5
  const rest = bits[word]! & ~(1 << (price & 31))
  bits[word] = rest
  if (rest !== 0) return
  const summary = WORDS + (word >>> 5)
  bits[summary] = bits[summary]! & ~(1 << (word & 31))
}

/** The highest held price below `price` (0 to 10001), −1 where there is none. HOT. */
export function highestBelow(bits: Bits, price: Tick): Tick {
  if (price <= 0) return -1
  const last = price - 1
  const word = last >>> 5
  const found = bits[word]! & (-1 >>> (31 - (last & 31)))
  if (found !== 0) return (word << 5) + 31 - Math.clz32(found)
  if (word === 0) return -1
  let summary = (word - 1) >>> 5
  let words = bits[WORDS + summary]! & (-1 >>> (31 - ((word - 1) & 31)))
  while (words === 0) {
    if (summary === 0) return -1
    summary--
    words = bits[WORDS + summary]!
  }
  const next = (summary << 5) + 31 - Math.clz32(words)
  return (next << 5) + 31 - Math.clz32(bits[next]!)
}

/** The lowest held price above `price` (−1 to 10000), −1 where there is none. HOT. */
export function lowestAbove(bits: Bits, price: Tick): Tick {
  if (price >= ONE) return -1
  const first = price + 1
  const word = first >>> 5
  const found = bits[word]! & (-1 << (first & 31))
  if (found !== 0) return (word << 5) + lowestBit(found)
  if (word + 1 >= WORDS) return -1
  let summary = (word + 1) >>> 5
  let words = bits[WORDS + summary]! & (-1 << ((word + 1) & 31))
  while (words === 0) {
    summary++
    if (summary >= SUMMARY_WORDS) return -1
    words = bits[WORDS + summary]!
  }
  const next = (summary << 5) + lowestBit(words)
  return (next << 5) + lowestBit(bits[next]!)
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
